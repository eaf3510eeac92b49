/* The world of a story: its spirit, its rules, who and where, the facts that hold, and what is added to the words of each picture. */
import { button, field, h, redraw, say } from "./page.js";

const PAGE = 20, PICTURES = ["place", "look", "picture"], SEARCH_FROM = 8;

export function world(story, give) {
  const path = (...more) => ["world", ...more], wish = { find: "", more: 0 }, opened = new Set();
  const here = () => story.told.world ?? {};

  /* One thing to a line. */
  const rows = (name) => field(`world_${name}`, give.typed(h("textarea", { rows: 3, value: (here()[name] ?? []).join("\n"), "aria-label": say(`world_${name}`), placeholder: say("one_a_line") }), path(name),
    (words) => words.split("\n").map((one) => one.trim()).filter(Boolean)));

  const lore = (one, at, draw) => {
    const own = (name) => path("lore", String(at), name);
    const keys = give.typed(h("input", { type: "text", value: (one.keys ?? []).join(", "), "aria-label": say("lore_keys"), placeholder: say("lore_keys") }), own("keys"), (words) => words.split(",").map((word) => word.trim()).filter(Boolean));
    const box = (name, value, word) => h("label", { cls: "tick" }, h("input", { type: "checkbox", checked: value, onchange: (event) => give.set(own(name), event.target.checked) }), h("span", {}, say(word)));
    const fact = h("details", { open: opened.has(at), cls: one.enabled === false ? "off" : null, ontoggle: (event) => event.target.open ? opened.add(at) : opened.delete(at) },
      h("summary", {}, one.title || (one.keys ?? []).join(", ") || (one.text ?? "").slice(0, 60) || say("a_fact")),
      h("div", { cls: "facts-in" }, give.line(one.title, own("title"), "name"), keys, give.text(one.text, own("text"), "lore_text", { rows: 2 }),
        h("div", { cls: "verbs" }, box("always", one.always ?? false, "lore_always"), box("enabled", one.enabled ?? true, "lore_enabled"),
          button("remove", "trash", () => { opened.clear(); story.change([{ op: "remove", path: path("lore", String(at)) }]); draw(); }, { bare: true }))));
    return h("li", {}, fact);
  };

  const root = h("section", { cls: "world" });
  const facts = h("ul", { cls: "lore" });
  const list = () => {
    const all = (here().lore ?? []).map((one, at) => [one, at]), wanted = wish.find.trim().toLowerCase();
    const found = wanted ? all.filter(([one]) => [one.title, one.text, ...(one.keys ?? [])].some((text) => text?.toLowerCase().includes(wanted))) : all;
    const shown = found.slice(0, PAGE + wish.more);
    facts.replaceChildren(...shown.map(([one, at]) => lore(one, at, list)), ...(found.length > shown.length ? [h("li", {}, h("button", { type: "button", cls: "jump", onclick: () => { wish.more += 5 * PAGE; list(); } }, say("and_more", { n: found.length - shown.length })))] : []));
  };
  const add = () => {
    const at = (here().lore ?? []).length;
    wish.find = ""; wish.more = Math.max(wish.more, at);
    opened.add(at);
    story.change([{ op: "add", path: path("lore"), value: { keys: [], text: "" }, at: -1 }]);
    requestAnimationFrame(() => root.querySelector(".lore li:last-child input")?.focus());
  };
  const draw = () => {
    const told = here(), many = (told.lore ?? []).length;
    list();
    return [h("h3", {}, say("world")), h("p", { cls: "quiet" }, say("world_hint")),
      h("div", { cls: "facts-in" }, field("summary", give.text(told.summary, path("summary"), "summary", { rows: 2 })), field("world_tone", give.line(told.tone, path("tone"), "world_tone", { placeholder: say("world_tone_hint") })),
        rows("rules"), h("div", { cls: "two" }, rows("locations"), rows("factions"))),
      h("h4", {}, say("lore")), many > SEARCH_FROM ? h("input", { type: "search", value: wish.find, placeholder: say("find_fact"), "aria-label": say("find_fact"), data: { key: "find fact" }, oninput: (event) => { wish.find = event.target.value; list(); } }) : null, facts, button("add_fact", "plus", add),
      h("h4", {}, say("prompts")), h("p", { cls: "quiet small" }, say("prompts_hint")),
      h("div", { cls: "facts-in" }, PICTURES.map((name) => field(`prompt_${name}`, give.line(told.prompts?.[name], path("prompts", name), `prompt_${name}`, { placeholder: say("prompt_example") }))))];
  };
  return { root, draw: () => redraw(root, draw()) };
}
