/* Before a story leaves: what would spoil it, with a button for each mending; then the ways of giving it away. */
import { ask, askFor, button, choose, field, h, icon, redraw, say, tell } from "./page.js";
import { pickFile } from "./pick.js";
import { follow, underWay } from "./work.js";

const LOOKS = { error: ["bad", "warn"], warning: ["warn", "warn"], note: ["good", "eye"] };

export function findings(story, desk) {
  const root = h("div", { cls: "findings-list" });
  let found = [];
  const draw = async () => {
    await story.line;
    try { found = await ask(`${story.id}/check`); } catch (error) { tell(error.message); return; }
    mark();
    desk.count(found.filter((one) => one.severity !== "note").length);
    if (desk.mode === "check") list();
  };
  const mark = () => desk.views.graph?.mark(found);
  const list = () => {
    root.replaceChildren(...(found.length ? found.map(card) : [h("div", { cls: "empty-state" }, h("span", { cls: "star" }), h("h3", {}, say("all_well")), h("p", {}, say("all_well_hint")))]));
  };
  const card = (one) => {
    const [look, symbol] = LOOKS[one.severity] ?? LOOKS.note;
    return h("article", { cls: `advice ${look}` }, icon(symbol), h("div", {}, h("p", {}, one.message), h("div", { cls: "verbs" },
      one.scene && story.scene(one.scene) ? button("show_me", "eye", () => desk.open(one.scene, true, one.node)) : null,
      one.fixes.map((fix) => h("button", { type: "button", cls: "nb quiet", onclick: () => { story.change(fix.edits); draw(); } }, h("span", {}, fix.label))))));
  };
  return { root, draw, mark };
}

/* What is said yes to once, before the first story leaves. */
const LICENCES = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "MIT"];
const PROMISES = ["promise_mine", "promise_people", "promise_young", "promise_made"];

export function finish(story) {
  const root = h("div", { cls: "exports" });
  const wish = { commercial: false, private: false, language: "" };
  const works = new Map();  /* by the way of giving away: it is followed on while the page around it is drawn anew */
  let given = 0;

  const promise = () => {
    const read = h("input", { type: "checkbox", id: "story-promise" });
    return h("section", { cls: "promise" }, h("h3", {}, say("promise")), h("ul", {}, PROMISES.map((word) => h("li", {}, icon("check"), h("span", {}, say(word))))),
      h("label", { cls: "tick" }, read, h("span", {}, say("promise_yes"))),
      h("div", { cls: "verbs" }, button("promise_keep", "check", async () => {
        if (!read.checked) { tell(say("tick_first")); read.focus(); return; }
        try { given = (await ask("promise", {})).when; } catch (error) { tell(error.message); return; }
        draw();
      }, { main: true })));
  };
  /* What only the giver knows, and what it changes. */
  const questions = () => {
    const box = (name, word) => h("label", { cls: "tick" }, h("input", { type: "checkbox", checked: wish[name], onchange: (event) => { wish[name] = event.target.checked; draw(); } }), h("span", {}, say(word)));
    const languages = Object.keys(story.told.languages ?? {});
    return h("section", { cls: "questions" }, box("commercial", "will_be_sold"), box("private", "keep_my_words"),
      languages.length ? field("first_language", choose([["", story.told.language ?? "en"], ...languages.map((one) => [one, one])], wish.language, (value) => { wish.language = value; })) : null);
  };
  const mend = (edits) => { story.change(edits); draw(); };
  const waive = async (one, why) => {
    if (why !== "") try { await story.line; await ask(`${story.id}/waive`, { id: one.id, sold: wish.commercial, ...(why ? { why } : { again: true }) }); } catch (error) { tell(error.message); }
    draw();
  };
  /* Another file stands wherever this one stood; whose it is, nobody has said yet. */
  const replace = async (id) => {
    const there = new Set(story.assets.map((one) => one.id)), old = story.assets.find((one) => one.id === id), taken = old && await pickFile(story, old.kind ?? "picture");
    const made = taken && story.assets.find((one) => one.id === taken);
    if (made && taken !== id) mend([{ op: "set", path: ["assets", id], value: { ...made, id } }, ...(there.has(taken) ? [] : [{ op: "remove", path: ["assets", taken] }])]);
    else draw();
  };
  const nameLicence = async (ids) => {
    const said = await askFor("which_licence", { known: LICENCES });
    if (said) mend(ids.map((id) => ({ op: "set", path: ["assets", id, "licence"], value: said })));
  };
  const titled = (id) => [id, story.assets.find((one) => one.id === id)?.title || id];
  const concern = (one) => h("div", { cls: `advice ${one.asks ? "warn" : "good"}` }, icon(one.asks ? "warn" : one.waived ? "check" : "eye"), h("div", {}, h("p", {}, one.words), one.hint ? h("small", {}, one.hint) : null,
    one.waived ? h("p", { cls: "quiet small" }, say("waived_because", { why: one.waived })) : null,
    h("div", { cls: "verbs" },
      one.kind === "licence" ? button("name_licence", "words", () => nameLicence(one.assets)) : null,
      !one.fixes.length || !one.assets.length ? null : one.assets.length === 1 ? button("replace_file", "picture", () => replace(one.assets[0])) : choose([["", say("replace_file")], ...one.assets.map(titled)], "", (id) => id && replace(id), { "aria-label": say("replace_file") }),
      one.fixes.map((fix) => h("button", { type: "button", cls: "nb quiet", onclick: () => mend(fix.edits) }, h("span", {}, fix.label))),
      one.waived ? button("ask_again", "undo", () => waive(one)) : one.asks ? button("waive", "check", async () => waive(one, await askFor("waive_why"))) : null)));
  const way = (one, asks, read) => {
    const work = workOf(one.key);
    const go = work.go = h("button", { type: "button", cls: "nb main", disabled: Boolean(one.unavailable || !given || work.busy), onclick: () => {
      if (asks && !read.checked) { tell(say("tick_first")); read.focus(); return; }
      makes(work, async () => (await ask(`${story.id}/jobs`, { key: one.key, values: { ...wish, acknowledged: read.checked } })).job);
    } }, h("span", {}, say("export")));
    return h("article", { cls: "way" }, h("h3", {}, one.name), h("p", {}, one.unavailable || one.about), h("div", { cls: "verbs" }, go, button("try_it", "eye", () => { if (!work.busy) makes(work, async () => (await ask(`${story.id}/jobs`, { key: one.key, values: { ...wish, dry_run: true } })).job); }, { title: say("try_it_hint"), disabled: Boolean(one.unavailable) }), h("code", {}, one.writes)), work.place);
  };
  const workOf = (key) => {
    if (!works.has(key)) works.set(key, { place: h("div", { cls: "work-line" }), busy: false, go: null });
    return works.get(key);
  };
  const makes = async (work, begin) => {
    work.busy = true;
    if (work.go) work.go.disabled = true;
    try {
      const ended = await follow(story, await begin(), work.place);
      if (ended?.state === "done") for (const asset of ended.assets) work.place.prepend(h("a", { cls: "nb", href: new URL(`file/${asset}?download=1`, document.baseURI).href, download: "" }, icon("down"), h("span", {}, say("download"))));
    } catch (error) { tell(error.message); }
    work.busy = false;
    if (work.go) work.go.disabled = !given;
  };
  underWay(story).then((jobs) => { for (const job of jobs) { const work = workOf(job.key); if (job.key.startsWith("exporters.") && !work.busy) makes(work, () => job.id); } });

  let asked = 0;
  const draw = async () => {
    const mine = asked += 1;
    await story.line;
    let ways, concerns;
    try { [ways, concerns, { when: given }] = await Promise.all([ask("exporters"), ask(`${story.id}/concerns?sold=${wish.commercial}`), ask("promise")]); } catch (error) { root.replaceChildren(h("div", { cls: "advice bad" }, h("p", {}, error.message))); return; }
    if (mine !== asked) return;  /* ticked again meanwhile: a later answer is on its way */
    const asks = concerns.some((one) => one.asks), read = h("input", { type: "checkbox", id: "story-read" });
    redraw(root, given ? null : promise(), questions(),
      concerns.length ? h("section", { cls: "concerns" }, h("h3", {}, say("before_it_leaves")), concerns.map(concern), asks ? h("label", { cls: "tick" }, read, h("span", {}, say("i_have_read"))) : null) : null,
      h("section", { cls: "ways" }, ways.map((one) => way(one, asks, read))),
      given ? h("p", { cls: "quiet small" }, say("promise_when", { when: new Date(given * 1000).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" }) })) : null);
  };
  return { root, draw };
}
