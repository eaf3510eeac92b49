/* The stories of this home as cards: new, bring in with a look before, copy, throw away with undo. */
import { ask, button, choose, field, h, icon, say, tell, thumb } from "./page.js";
import { languages } from "./tongues.js";

/* So few notes on what comes stand open; more wait under their number. */
const NOTES_SHOWN = 3;

export function shelf(desk) {
  const root = h("div", { cls: "shelf" });
  const safely = async (act) => { try { await act(); } catch (error) { tell(error.message); } };

  const begin = () => safely(async () => {
    const { id } = await ask("new", { title: say("new_story") });
    await desk.enter(id);
    desk.title.select();
  });
  /* Several belong together: a chat and its branches. */
  const file = h("input", { type: "file", multiple: true, hidden: true, onchange: () => { const some = [...file.files]; file.value = ""; if (some.length) safely(() => arrive(some)); } });
  const send = async (some, keep, language = "", yes = false) => {
    const form = new FormData();
    for (const one of some) form.append("file", one);
    const stop = new AbortController();
    tell(say("reading"), () => stop.abort(), "stop_it");
    const answer = await fetch(new URL(`stories/arrivals?keep=${keep}&language=${language}&yes=${yes}`, document.baseURI), { method: "POST", body: form, signal: stop.signal })
      .catch((wrong) => { throw stop.signal.aborted ? new Error(say("stopped")) : wrong; });
    document.getElementById("desk-told")?.replaceChildren();
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error || say("lost"));
    return said;
  };
  const arrive = async (some) => {
    const seen = await send(some, false);
    let language = seen.language;
    const read = h("input", { type: "checkbox", onchange: () => { take.disabled = !read.checked; } });
    const take = button("bring_in", "check", () => { dialog.close(); safely(async () => desk.enter((await send(some, true, language, read.checked)).id)); }, { main: true, disabled: seen.asks });
    const dialog = h("dialog", { cls: "arrival", "aria-label": say("what_comes") },
      h("h2", {}, seen.title || some[0].name), h("p", { cls: "quiet" }, say("comes", { scenes: seen.scenes, beats: seen.beats, files: seen.files, how: seen.importer })),
      seen.cast.length ? h("p", {}, h("b", {}, say("cast")), ": ", seen.cast.join(", ")) : null,
      h("ol", { cls: "lines" }, seen.lines.map((line) => h("li", {}, line))),
      seen.unmapped.length ? h("details", { open: seen.unmapped.length <= NOTES_SHOWN }, h("summary", {}, say("unmapped", { n: seen.unmapped.length })), h("ul", {}, seen.unmapped.map((line) => h("li", {}, line)))) : null,
      seen.concerns.length ? h("details", { open: seen.asks }, h("summary", {}, say("whose_is_it", { n: seen.concerns.length })), h("ul", {}, seen.concerns.map((one) => h("li", {}, one.words, one.hint ? h("small", {}, ` ${one.hint}`) : null)))) : null,
      field("story_language", choose(languages(), seen.language, (value) => { language = value; })),
      seen.asks ? h("label", { cls: "tick" }, read, h("span", {}, say("pack_yes"))) : null,
      h("div", { cls: "verbs" }, take, button("leave_it", "close", () => dialog.close())));
    dialog.addEventListener("close", () => dialog.remove());
    document.getElementById("story-desk").append(dialog);
    dialog.showModal();
  };

  const ago = (seconds) => {
    const passed = Date.now() / 1000 - seconds, form = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
    for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) if (passed >= size) return form.format(-Math.floor(passed / size), unit);
    return form.format(0, "minute");
  };
  const card = (one) => h("article", { cls: "story-card", data: { story: one.id } },
    h("button", { type: "button", cls: "face", onclick: () => one.trouble ? tell(one.trouble) : safely(() => desk.enter(one.id)) },
      one.cover ? h("img", { src: thumb(one.cover), alt: "", loading: "lazy" }) : h("span", { cls: "star" }),
      h("span", { cls: "plate" }, h("b", {}, one.title), h("span", {}, one.trouble || `${say("n_scenes", { n: one.scenes })} · ${ago(one.changed)}`))),
    h("div", { cls: "acts" },
      button("duplicate", "equal", () => safely(async () => { await ask(`${one.id}/copy`, {}); draw(); }), { bare: true }),
      button("throw_away", "trash", () => safely(async () => {
        const { token } = await ask(`${one.id}/trash`, {});
        draw();
        tell(say("thrown_away", { title: one.title }), () => safely(async () => { await ask("back", { token }); draw(); }));
      }), { bare: true })));

  root.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("Files")) { event.preventDefault(); root.classList.add("takes"); } });
  root.addEventListener("dragleave", (event) => { if (!root.contains(event.relatedTarget)) root.classList.remove("takes"); });
  root.addEventListener("drop", (event) => { event.preventDefault(); root.classList.remove("takes"); const some = [...event.dataTransfer.files]; if (some.length) safely(() => arrive(some)); });

  const draw = () => safely(async () => {
    const found = await ask("list");
    root.replaceChildren(
      h("header", { cls: "verbs" }, button("new_story", "plus", begin, { main: true }), button("import", "down", () => file.click()), file),
      found.length ? h("div", { cls: "story-wall" }, found.map(card))
        : h("div", { cls: "empty-state" }, h("span", { cls: "star" }), h("h3", {}, say("none_yet")), h("p", {}, say("none_yet_hint"))));
  });
  return { root, draw };
}
