/* Who and where: the cast, the places, what the story remembers, and the button that draws the pictures. */
import { ask, button, choose, field, fresh, h, say, tell, thumb } from "./page.js";
import { follow } from "./work.js";

const KINDS = ["flag", "whole", "number", "text"], SCOPES = ["session", "global", "scene"];
const START = { flag: false, whole: 0, number: 0, text: "" };

export function look(story) {
  const set = (path, value) => story.change([{ op: "set", path, value }], { what: "none" });
  const line = (value, path, word, tag = "input") => h(tag, { ...(tag === "input" ? { type: "text" } : { rows: 2 }), value: value ?? "", placeholder: say(word), "aria-label": say(word), onchange: (event) => set(path, event.target.value) });
  const remove = (path) => story.change([{ op: "remove", path }]);
  const root = h("div", { cls: "look" });

  const picture = (asset, title) => {
    const told = story.assets.find((one) => one.id === asset);
    if (!told?.file) return h("div", { cls: "frame empty", title: say("no_picture") }, h("span", { cls: "star" }));
    const others = (told.meta?.candidates ?? []).filter((one) => one !== told.file);
    return h("figure", { cls: "frame" }, h("img", { src: thumb(told.file), alt: title, loading: "lazy" }),
      others.length ? h("details", { cls: "more" }, h("summary", { title: say("other_pictures"), "aria-label": say("other_pictures") }, String(others.length + 1)),
        h("div", { cls: "sheet pictures" }, others.map((one) => h("button", { type: "button", "aria-label": say("take_this"), onclick: async () => {
          try { await story.line; story.take(await ask(`${story.id}/swap`, { picture: asset, candidate: one })); story.spread("all"); } catch (error) { tell(error.message); }
        } }, h("img", { src: thumb(one), alt: "" }))))) : null);
  };

  const person = (one) => h("article", { cls: "card-row" },
    h("div", { cls: "frames" }, Object.keys(one.looks ?? {}).length ? Object.entries(one.looks).map(([name, asset]) => h("div", {}, picture(asset, `${one.name}: ${name}`), h("small", {}, name))) : picture("", one.name)),
    h("div", { cls: "facts-in" }, h("div", { cls: "pair" }, line(one.name, ["cast", one.id, "name"], "name"),
      h("input", { type: "color", value: one.color || "#8a4f00", "aria-label": say("colour"), title: say("colour"), onchange: (event) => set(["cast", one.id, "color"], event.target.value) }),
      button("remove", "trash", () => remove(["cast", one.id]), { bare: true })),
      line(one.notes, ["cast", one.id, "notes"], "who_is_it", "textarea")));

  const place = (one) => h("article", { cls: "card-row" }, picture(one.asset, one.title ?? one.id),
    h("div", { cls: "facts-in" }, h("div", { cls: "pair" }, line(one.title, ["places", one.id, "title"], "name"), button("remove", "trash", () => remove(["places", one.id]), { bare: true })),
      line(one.prompt, ["places", one.id, "prompt"], "what_is_seen", "textarea")));

  const start = (one) => {
    const path = ["variables", one.name, "start"], kind = one.kind ?? "flag";
    if (kind === "flag") return choose([["false", say("no")], ["true", say("yes")]], String(one.start ?? false), (value) => set(path, value === "true"), { "aria-label": say("begins_as") });
    if (kind === "text") return line(one.start, path, "begins_as");
    return h("input", { type: "number", step: kind === "whole" ? 1 : "any", value: one.start ?? 0, "aria-label": say("begins_as"), onchange: (event) => set(path, kind === "whole" ? Math.round(Number(event.target.value)) || 0 : Number(event.target.value) || 0) });
  };
  const variable = (one) => h("li", {}, h("code", {}, one.name),
    choose(KINDS.map((kind) => [kind, say(`kind_${kind}`)]), one.kind ?? "flag", (kind) => story.change([{ op: "set", path: ["variables", one.name, "kind"], value: kind }, { op: "set", path: ["variables", one.name, "start"], value: START[kind] }]), { "aria-label": say("kind") }),
    start(one), choose(SCOPES.map((scope) => [scope, say(`scope_${scope}`)]), one.scope ?? "session", (scope) => set(["variables", one.name, "scope"], scope), { "aria-label": say("scope") }),
    button("remove", "trash", () => remove(["variables", one.name]), { bare: true }));

  const named = (word, rows, then) => {
    const name = window.prompt(say(word), "");
    if (name?.trim()) then(name.trim(), fresh(name, new Set(rows.map((one) => one.id))));
  };

  const work = h("div", { cls: "work-line" });
  const illustrate = h("button", { type: "button", cls: "nb main", onclick: async () => {
    illustrate.disabled = true;
    try {
      await story.line;
      const { job } = await ask(`${story.id}/jobs`, { key: "illustrate.pictures", values: {} });
      const ended = await follow(job, work);
      if (ended.state === "done") await story.reload();
    } catch (error) { tell(error.message); }
    illustrate.disabled = false;
  } }, h("span", {}, say("illustrate")));

  const draw = () => {
    if (root.contains(document.activeElement) && /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) document.activeElement.blur();
    root.replaceChildren(
      h("section", { cls: "lead" }, h("p", {}, say("illustrate_hint")), illustrate, work),
      h("section", {}, h("h3", {}, say("cast")), story.cast.length ? story.cast.map(person) : h("p", { cls: "quiet" }, say("no_cast")),
        button("add_person", "plus", () => named("name_of_new", story.cast, (name, id) => story.change([{ op: "add", path: ["cast"], value: { id, name }, at: -1 }])))),
      h("section", {}, h("h3", {}, say("places")), story.places.length ? story.places.map(place) : h("p", { cls: "quiet" }, say("no_places")),
        button("add_place", "plus", () => named("name_of_place", story.places, (name, id) => story.change([{ op: "add", path: ["places"], value: { id, title: name, prompt: name }, at: -1 }])))),
      h("section", {}, h("h3", {}, say("memory")), h("p", { cls: "quiet" }, say("memory_hint")), h("ul", { cls: "variables" }, story.variables.map(variable)),
        button("add_variable", "plus", () => named("name_of_variable", [], (name) => {
          const plain = name.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^[^A-Za-z]+/, "").slice(0, 40) || "fact";
          if (!story.variables.some((one) => one.name === plain)) story.change([{ op: "add", path: ["variables"], value: { name: plain }, at: -1 }]);
        }))),
      h("section", {}, h("h3", {}, say("about")), h("div", { cls: "facts-in" },
        field("author", line(story.told.author, ["author"], "author")), field("summary", line(story.told.summary, ["summary"], "summary", "textarea")),
        field("licence", line(story.told.licence, ["licence"], "licence")),
        field("rating", choose(["unknown", "everyone", "suggestive", "explicit"].map((one) => [one, say(`rating_${one}`)]), story.told.rating ?? "unknown", (value) => set(["rating"], value))),
        field("seed", h("input", { type: "number", min: 0, max: 4294967295, value: story.told.timeline?.seed ?? 1, onchange: (event) => set(["timeline", "seed"], Math.min(4294967295, Math.max(0, Math.round(Number(event.target.value)) || 0))) })))));
  };
  draw();
  return { root, draw };
}
