/* Who and where: the cast, the places, what the story remembers, and the button that draws the pictures. */
import * as cast from "./cast.js";
import { fields, flush } from "./fields.js";
import { ask, askFor, button, choose, field, h, redraw, say, tell } from "./page.js";
import { languages, tongues } from "./tongues.js";
import { world } from "./world.js";
import { follow, underWay } from "./work.js";

const KINDS = ["flag", "whole", "number", "text"], SCOPES = ["session", "global", "scene"];
const START = { flag: false, whole: 0, number: 0, text: "" };

export function look(story, desk) {
  const give = fields(story), { set, line } = give, spirit = world(story, give), spoken = tongues(story, give, desk);
  const root = h("div", { cls: "look" });

  const person = (one) => h("article", { cls: "card-row" }, cast.pictures(story, one), h("div", { cls: "facts-in" }, cast.person(story, give, one)));
  const place = (one) => h("article", { cls: "card-row" }, cast.backdrop(story, one), h("div", { cls: "facts-in" }, cast.place(story, give, one)));

  const start = (one) => {
    const path = ["variables", one.name, "start"], kind = one.kind ?? "flag";
    if (kind === "flag") return choose([["false", say("no")], ["true", say("yes")]], String(one.start ?? false), (value) => set(path, value === "true"), { "aria-label": say("begins_as"), "data-key": path.join("/") });
    if (kind === "text") return line(one.start, path, "begins_as");
    return h("input", { type: "number", step: kind === "whole" ? 1 : "any", value: one.start ?? 0, "aria-label": say("begins_as"), onchange: (event) => set(path, kind === "whole" ? Math.round(Number(event.target.value)) || 0 : Number(event.target.value) || 0) });
  };
  /* Not written while it is typed: a name that is half there would be one that nothing knows. */
  const called = (one) => h("input", { type: "text", cls: "called", value: one.name, maxlength: 40, spellcheck: "false", "aria-label": say("new_name"), title: say("new_name"), data: { key: `called ${one.name}` },
    onkeydown: (event) => { if (event.key === "Enter") event.target.blur(); else if (event.key === "Escape") { event.target.value = one.name; event.target.blur(); } },
    onchange: (event) => { if (event.target.value.trim() !== one.name) story.reword("rename", { variable: one.name, name: event.target.value.trim() }); } });
  const variable = (one) => h("li", {}, called(one),
    choose(KINDS.map((kind) => [kind, say(`kind_${kind}`)]), one.kind ?? "flag", (kind) => story.change([{ op: "set", path: ["variables", one.name, "kind"], value: kind }, { op: "set", path: ["variables", one.name, "start"], value: START[kind] }]), { "aria-label": say("kind") }),
    start(one), choose(SCOPES.map((scope) => [scope, say(`scope_${scope}`)]), one.scope ?? "session", (scope) => set(["variables", one.name, "scope"], scope), { "aria-label": say("scope") }),
    button("remove", "trash", () => story.change([{ op: "remove", path: ["variables", one.name] }]), { bare: true }));

  const addVariable = async () => {
    const name = await askFor("name_of_variable"), plain = name.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^[^A-Za-z]+/, "").slice(0, 40) || "fact";
    if (name && !story.variables.some((one) => one.name === plain)) story.change([{ op: "add", path: ["variables"], value: { name: plain }, at: -1 }]);
  };

  const work = h("div", { cls: "work-line" });
  const asks = (values) => async () => { await story.line; return (await ask(`${story.id}/jobs`, { key: "illustrate.pictures", values })).job; };
  const illustrate = h("button", { type: "button", cls: "nb main", onclick: () => draws(asks({})) }, h("span", {}, say("illustrate")));
  const cut = button("cut_again", "again", () => draws(asks({ what: "cut-outs" }))), older = h("p", { cls: "quiet" }), cuts = h("div", { cls: "cuts", hidden: true }, older, cut);
  const draws = async (begin) => {
    illustrate.disabled = cut.disabled = true;
    try { if (await follow(story, await begin(), work)) await story.reload(); } catch (error) { tell(error.message); }
    illustrate.disabled = cut.disabled = false;
    offer();
  };
  /* Figures that today's cutter would take out of their drawings more cleanly. */
  const offer = async () => {
    const said = await ask(`${story.id}/cuts`).catch(() => ({ older: 0 }));
    cuts.hidden = !said.older;
    older.textContent = say("cut_before", { n: said.older });
  };
  offer();
  underWay(story).then((jobs) => { const job = jobs.find((one) => one.key.startsWith("illustrate.")); if (job && !illustrate.disabled) draws(() => job.id); });

  const draw = (anew = false) => {
    flush();
    spirit.draw();
    if (anew) spoken.begin(); else spoken.draw();
    redraw(root,
      h("section", { cls: "lead" }, h("p", {}, say("illustrate_hint")), illustrate, cuts, work),
      h("section", {}, h("h3", {}, say("cast")), story.cast.length ? story.cast.map(person) : h("p", { cls: "quiet" }, say("no_cast")), button("add_person", "plus", async () => { if (await give.newPerson()) draw(); })),
      h("section", {}, h("h3", {}, say("places")), story.places.length ? story.places.map(place) : h("p", { cls: "quiet" }, say("no_places")), button("add_place", "plus", async () => { if (await give.newPlace()) draw(); })),
      h("section", {}, h("h3", {}, say("memory")), h("p", { cls: "quiet" }, say("memory_hint")), h("ul", { cls: "variables" }, story.variables.map(variable)), button("add_variable", "plus", addVariable)),
      spirit.root,
      h("section", {}, h("h3", {}, say("about")), h("div", { cls: "facts-in" },
        field("author", line(story.told.author, ["author"], "author")), field("summary", give.text(story.told.summary, ["summary"], "summary", { rows: 2 })),
        field("licence", line(story.told.licence, ["licence"], "licence")),
        field("story_language", give.pick(languages(), story.told.language ?? "en", ["language"], "story_language")),
        field("rating", give.pick(["unknown", "everyone", "suggestive", "explicit"].map((one) => [one, say(`rating_${one}`)]), story.told.rating ?? "unknown", ["rating"], "rating")),
        field("seed", give.number(story.told.timeline?.seed ?? 1, ["timeline", "seed"], "seed", { whole: true, most: 4294967295 })))), spoken.root);
  };
  draw();
  return { root, draw };
}
