/* Before a story leaves: what would spoil it, with a button for each mending; then the ways of giving it away. */
import { ask, button, h, icon, say, tell } from "./page.js";
import { follow } from "./work.js";

const LOOKS = { error: ["bad", "warn"], warning: ["warn", "warn"], note: ["good", "eye"] };

export function findings(story, desk) {
  const root = h("div", { cls: "findings-list" });
  let found = [];
  const draw = async () => {
    await story.line;
    try { found = await ask(`${story.id}/check`); } catch (error) { tell(error.message); return; }
    desk.count(found.filter((one) => one.severity !== "note").length);
    root.replaceChildren(...(found.length ? found.map(card) : [h("div", { cls: "empty-state" }, h("span", { cls: "star" }), h("h3", {}, say("all_well")), h("p", {}, say("all_well_hint")))]));
  };
  const card = (one) => {
    const [look, symbol] = LOOKS[one.severity] ?? LOOKS.note;
    return h("article", { cls: `advice ${look}` }, icon(symbol), h("div", {}, h("p", {}, one.message), h("div", { cls: "verbs" },
      one.scene && story.scene(one.scene) ? button("show_me", "eye", () => desk.open(one.scene, true, one.node)) : null,
      one.fixes.map((fix) => h("button", { type: "button", cls: "nb quiet", onclick: () => { story.change(fix.edits); draw(); } }, h("span", {}, fix.label))))));
  };
  return { root, draw };
}

export function finish(story) {
  const root = h("div", { cls: "exports" });
  const draw = async () => {
    await story.line;
    let ways, concerns;
    try { [ways, concerns] = await Promise.all([ask("exporters"), ask(`${story.id}/concerns`)]); } catch (error) { root.replaceChildren(h("div", { cls: "advice bad" }, h("p", {}, error.message))); return; }
    const asks = concerns.some((one) => one.asks);
    const read = h("input", { type: "checkbox", id: "story-read" });
    const rows = [
      concerns.length ? h("section", { cls: "concerns" }, h("h3", {}, say("before_it_leaves")), concerns.map((one) => h("div", { cls: `advice ${one.asks ? "warn" : "good"}` }, icon(one.asks ? "warn" : "eye"), h("div", {}, h("p", {}, one.words), one.hint ? h("small", {}, one.hint) : null))),
        asks ? h("label", { cls: "tick" }, read, h("span", {}, say("i_have_read"))) : null) : null,
      h("section", { cls: "ways" }, ways.map((way) => {
        const place = h("div", { cls: "work-line" });
        const go = h("button", { type: "button", cls: "nb main", disabled: Boolean(way.unavailable), onclick: async () => {
          if (asks && !read.checked) { tell(say("tick_first")); read.focus(); return; }
          go.disabled = true;
          try {
            const { job } = await ask(`${story.id}/jobs`, { key: way.key, values: { acknowledged: read.checked } });
            const ended = await follow(job, place);
            if (ended.state === "done") for (const asset of ended.assets) place.prepend(h("a", { cls: "nb", href: new URL(`file/${asset}?download=1`, document.baseURI).href, download: "" }, icon("down"), h("span", {}, say("download"))));
          } catch (error) { tell(error.message); }
          go.disabled = false;
        } }, h("span", {}, say("export")));
        return h("article", { cls: "way" }, h("h3", {}, way.name), h("p", {}, way.unavailable || way.about), h("div", { cls: "verbs" }, go, h("code", {}, way.writes)), place);
      }))];
    root.replaceChildren(...rows.filter(Boolean));
  };
  return { root, draw };
}
