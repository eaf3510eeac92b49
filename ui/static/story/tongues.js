/* The story in further languages: each line beside its words in them, a page at a time. What is still to be said comes first. */
import { button, choose, h, redraw, say } from "./page.js";

const PAGE = 30, GROUPED = new Intl.NumberFormat(document.documentElement.lang || undefined);
/* Each in itself. What a fix writes, and the buttons of an exported story, are in this language where the studio speaks it. */
const KNOWN = ["en", "es", "ja", "de", "fr", "it", "pt", "nl", "pl", "tr", "ru", "uk", "ko", "zh", "vi", "id", "hi", "ar"];

export const called = (code) => { try { return new Intl.DisplayNames([code], { type: "language" }).of(code); } catch { return code; } };
export const languages = () => KNOWN.map((code) => [code, called(code)]);

/* All that is read, in the order in which it is told: its key (core/story/model.py, line_key), who says it, and the words. */
export function lines(story) {
  const names = new Map(story.cast.map((one) => [one.id, one.name || one.id])), found = [];
  const add = (key, who, words, scene = "", node = "") => { if (words?.trim()) found.push({ key, who, words, scene, node }); };
  add("title", say("story_title"), story.told.title);
  for (const one of story.cast) add(`cast.${one.id}`, say("name"), one.name);
  for (const id of story.order) for (const node of story.scene(id).nodes ?? []) {
    if (!["text", "choice"].includes(node.type ?? "text")) continue;
    add(`${id}.${node.id}`, names.get(node.who) ?? "", node.text, id, node.id);
    for (const one of node.options ?? []) add(`${id}.${node.id}.${one.id}`, say("answer"), one.text, id, node.id);
  }
  return found;
}

export function tongues(story, give, desk) {
  const root = h("section", { cls: "tongues" }), wish = { open: true, find: "", page: 0 };
  let listed = [];
  const spoken = () => Object.entries(story.told.languages ?? {});
  const missing = (line) => spoken().some(([, texts]) => !texts[line.key]?.trim());

  /* Which lines are on the table: found anew when something else is asked for, so that no line goes away from under the pen. */
  const list = (page = 0) => {
    const wanted = wish.find.trim().toLowerCase();
    listed = lines(story).filter((line) => (!wish.open || missing(line))
      && (!wanted || [line.words, line.who, ...spoken().map(([, texts]) => texts[line.key] ?? "")].some((text) => text.toLowerCase().includes(wanted)))).map((line) => line.key);
    wish.page = page;
    draw();
  };
  const add = (code) => { if (code) { story.change([{ op: "set", path: ["languages", code], value: {} }]); list(); } };
  const remove = (code) => { story.change([{ op: "remove", path: ["languages", code] }]); list(); };

  const row = (line) => {
    const cells = spoken().map(([code, texts]) => h("label", { data: { code: called(code) } }, give.text(texts[line.key], ["languages", code, line.key], "translation", { lang: code, dir: "auto", "aria-label": `${called(code)}: ${line.words}`.slice(0, 200), placeholder: called(code) })));
    const said = [line.who ? h("b", {}, line.who) : null, h("span", { lang: story.told.language ?? "en", dir: "auto" }, line.words)];
    return h("li", {}, line.scene ? h("button", { type: "button", cls: "said", title: say("show_me"), onclick: () => desk.open(line.scene, false, line.node) }, said) : h("p", { cls: "said" }, said), cells);
  };
  const count = ([code, texts], all) => {
    const done = all.filter((line) => texts[line.key]?.trim()).length;
    return h("li", {}, h("b", {}, called(code)), h("span", { cls: "quiet" }, done === all.length ? say("all_translated") : say("n_translated", { n: GROUPED.format(done), of: GROUPED.format(all.length) })),
      h("progress", { max: all.length || 1, value: done, "aria-label": called(code) }), button("remove_language", "trash", () => remove(code), { bare: true }));
  };
  const turn = (to) => { wish.page = to; draw(); root.querySelector(".table textarea")?.focus(); };

  const draw = () => {
    const known = spoken(), own = story.told.language ?? "en", free = languages().filter(([code]) => code !== own && !known.some(([one]) => one === code));
    const more = choose([["", say("add_language")], ...free], "", add, { "aria-label": say("add_language"), "data-key": "add language" });
    const inside = [h("h3", {}, say("in_other_languages"))];
    if (!known.length) inside.push(h("p", { cls: "quiet" }, say("other_languages_hint")), more);
    else {
      const all = lines(story), there = new Map(all.map((line) => [line.key, line])), keys = listed.filter((key) => there.has(key));
      const first = Math.min(wish.page * PAGE, Math.max(0, Math.ceil(keys.length / PAGE) - 1) * PAGE), shown = keys.slice(first, first + PAGE);
      inside.push(h("ul", { cls: "spoken" }, known.map((one) => count(one, all)), h("li", {}, more)),
        h("div", { cls: "sieve" }, choose([["open", say("still_to_translate")], ["all", say("all_lines")]], wish.open ? "open" : "all", (value) => { wish.open = value === "open"; list(); }, { "aria-label": say("which_lines"), "data-key": "which lines" }),
          h("input", { type: "search", value: wish.find, placeholder: say("find_line"), "aria-label": say("find_line"), data: { key: "find line" }, oninput: (event) => { wish.find = event.target.value; clearTimeout(draw.soon); draw.soon = setTimeout(() => list(), 200); } })),
        shown.length ? h("ol", { cls: "table", style: `--tongues: ${known.length}` }, shown.map((key) => row(there.get(key)))) : h("p", { cls: "quiet" }, say(wish.find ? "nothing_found" : "all_translated")),
        keys.length > PAGE ? h("div", { cls: "verbs" }, button("earlier", "up", () => turn(first / PAGE - 1), { disabled: !first, bare: true }), h("span", { cls: "quiet", role: "status" }, say("lines_from_to", { from: GROUPED.format(first + 1), to: GROUPED.format(first + shown.length), of: GROUPED.format(keys.length) })), button("later", "later", () => turn(first / PAGE + 1), { disabled: first + PAGE >= keys.length, bare: true })) : null);
    }
    redraw(root, inside);
  };
  return { root, draw, begin: () => list() };
}
