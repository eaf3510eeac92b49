/* Somebody of the cast, and a place: all that is said of them. The same fields stand under Look and in the panel beside the lines. */
import { askFor, button, choose, field, h, say, thumb } from "./page.js";
import { pickFile } from "./pick.js";

/* A picture of the story with the others that were drawn for it, and buttons to take another or none. */
export function picture(story, asset, title, { choose: put = null, remove = null } = {}) {
  const told = story.assets.find((one) => one.id === asset), others = (told?.meta?.candidates ?? []).filter((one) => one !== told.file);
  const swap = (candidate) => story.change([{ op: "set", path: ["assets", asset, "file"], value: candidate }]);
  const acts = [put && button("choose_picture", "picture", put, { bare: true }), remove && button("remove", "close", remove, { bare: true })].filter(Boolean);
  return h("figure", { cls: told?.file ? "frame" : "frame empty", title: told?.file ? null : say("no_picture") },
    told?.file ? h("img", { src: thumb(told.file), alt: title, loading: "lazy" }) : h("span", { cls: "star" }),
    acts.length ? h("div", { cls: "acts" }, acts) : null,
    others.length ? h("details", { cls: "more" }, h("summary", { title: say("other_pictures"), "aria-label": say("other_pictures") }, String(others.length + 1)),
      h("div", { cls: "sheet pictures" }, others.map((one) => h("button", { type: "button", "aria-label": say("take_this"), onclick: () => swap(one) }, h("img", { src: thumb(one), alt: "" }))))) : null);
}

const LOOK = /[^a-z0-9_-]+/g;

export function pictures(story, one) {
  const path = ["cast", one.id, "looks"], set = (look, asset) => story.change([{ op: "set", path: [...path, look], value: asset }]);
  const add = async () => {
    const said = await askFor("name_of_look", { value: one.looks?.neutral ? "" : "neutral", known: ["neutral", "smiling", "laughing", "sad", "angry", "surprised"] });
    const look = said.toLowerCase().split(/\s+/).map((part) => part.replace(LOOK, "-").replace(/^[^a-z0-9]+|-+$/g, "")).filter(Boolean).slice(0, 2).join(" ");
    const asset = look && await pickFile(story, "picture");
    if (asset) set(look, asset);
  };
  return h("div", { cls: "frames" }, Object.entries(one.looks ?? {}).map(([look, asset]) => h("div", {}, picture(story, asset, `${one.name}: ${look}`, {
    choose: async () => { const other = await pickFile(story, "picture"); if (other) set(look, other); },
    remove: () => story.change([{ op: "remove", path: [...path, look] }]) }), h("small", {}, look))),
    h("button", { type: "button", cls: "frame add", title: say("add_look"), "aria-label": say("add_look"), onclick: add }, "+"));
}

/* Who of the studio somebody is. Their voice comes along, over none and over that of whoever they were before. */
function cast(story, one, character) {
  const voice = (id) => story.people.find((each) => each.id === id)?.voice ?? "", set = (name, value) => ({ op: "set", path: ["cast", one.id, name], value });
  const theirs = voice(character), kept = one.voice && one.voice !== voice(one.character);
  story.change([set("character", character), ...(theirs && !kept ? [set("voice", theirs)] : [])]);
}

export function person(story, give, one) {
  const path = (name) => ["cast", one.id, name], lines = story.scenes.reduce((sum, scene) => sum + (scene.nodes ?? []).filter((node) => node.who === one.id).length, 0);
  const colour = h("input", { type: "color", value: one.color || "#8a4f00", "aria-label": say("colour"), title: say("colour"), onchange: (event) => give.set(path("color"), event.target.value) });
  return [
    h("div", { cls: "pair" }, give.line(one.name, path("name"), "name"), colour, button("remove", "trash", () => removePerson(story, one.id), { bare: true })),
    give.text(one.notes, path("notes"), "who_is_it", { rows: 2 }),
    h("div", { cls: "two" }, field("character", choose([["", say("nobody_of_studio")], ...story.people.map((each) => [each.id, each.name])], one.character ?? "", (value) => cast(story, one, value), { "data-key": path("character").join("/") })),
      field("voice", give.line(one.voice, path("voice"), "voice"))),
    h("p", { cls: "quiet small" }, say("n_lines", { n: lines }))];
}

/* Whoever goes takes nothing else along: their lines stay and are the narrator's, and nobody else is moved. */
function removePerson(story, id) {
  const edits = [];
  for (const scene of story.scenes) for (const node of scene.nodes ?? []) {
    const path = ["scenes", scene.id, "nodes", node.id], kept = (node.directives ?? []).filter((one) => one.who !== id);
    if (node.who === id) edits.push({ op: "set", path: [...path, "who"], value: "" });
    if (kept.length !== (node.directives ?? []).length) edits.push({ op: "set", path: [...path, "directives"], value: kept });
  }
  story.change([...edits, { op: "remove", path: ["cast", id] }]);
}

function removePlace(story, id) {
  const edits = [];
  for (const scene of story.scenes) for (const node of scene.nodes ?? []) {
    const kept = (node.directives ?? []).filter((one) => one.kind !== "place" || one.place !== id);
    if (kept.length !== (node.directives ?? []).length) edits.push({ op: "set", path: ["scenes", scene.id, "nodes", node.id, "directives"], value: kept });
  }
  story.change([...edits, { op: "remove", path: ["places", id] }]);
}

export const backdrop = (story, one) => picture(story, one.asset, one.title ?? one.id, {
  choose: async () => { const asset = await pickFile(story, "picture"); if (asset) story.change([{ op: "set", path: ["places", one.id, "asset"], value: asset }]); },
  remove: one.asset ? () => story.change([{ op: "set", path: ["places", one.id, "asset"], value: "" }]) : null });

export function place(story, give, one) {
  const path = (name) => ["places", one.id, name];
  const scenes = story.scenes.filter((scene) => (scene.nodes ?? []).some((node) => (node.directives ?? []).some((each) => each.kind === "place" && each.place === one.id)));
  return [
    h("div", { cls: "pair" }, give.line(one.title, path("title"), "name"),
      h("input", { type: "color", value: one.color || "#8c7a66", "aria-label": say("colour_of_place"), title: say("colour_of_place"), onchange: (event) => give.set(path("color"), event.target.value) }),
      button("remove", "trash", () => removePlace(story, one.id), { bare: true })),
    give.text(one.prompt, path("prompt"), "what_is_seen", { rows: 2 }),
    h("p", { cls: "quiet small" }, scenes.length ? say("seen_in", { scenes: scenes.slice(0, 4).map((one) => one.title || one.id).join(", ") }) : say("seen_nowhere"))];
}
