/* What happens on the stage: the directions of a line as choices, and the stage as it then looks. The same words mean the same in every export. */
import { askFor, button, choose, field, h, say, thumb } from "./page.js";
import { pickFile } from "./pick.js";

export const STAGE = {
  place: ["place", "transition", "seconds"], show: ["who", "expression", "pose", "at", "transition", "seconds"], hide: ["who", "transition", "seconds"],
  picture: ["asset", "transition", "seconds"], camera: ["move", "seconds"], wait: ["seconds"], music: ["asset"], sound: ["asset"], voice: ["asset"],
};
const AMONG = {
  transition: ["", "cut", "dissolve", "fade", "flash", "slide-left", "slide-right"], at: ["", "far-left", "left", "center", "right", "far-right"],
  move: ["reset", "zoom-in", "zoom-out", "pan-left", "pan-right", "shake"],
};
const FACES = ["neutral", "smiling", "laughing", "sad", "angry", "surprised", "sleepy", "embarrassed"];
const PART = { expression: 0, pose: 1 };
const OTHER = "+other", FILE = "+file", ACTORS_MOST = 9;
const plain = (words) => words.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[^a-z0-9]+|-+$/g, "").slice(0, 40);
const face = (name) => FACES.includes(name) ? say(`face_${name}`) : name;

/* Faces and bodies that somebody has pictures of, then those that are often wanted. */
function looks(story, who, part) {
  const own = Object.keys(story.cast.find((one) => one.id === who)?.looks ?? {}).map((look) => look.split(" ")[PART[part]]).filter(Boolean);
  return [...new Set([...own, ...(part === "expression" ? FACES : [])])];
}

export function words(story, one) {
  const title = (rows, id) => { const row = rows.find((each) => each.id === id); return row?.name || row?.title || id; };
  const shown = (name) => name === "who" ? title(story.cast, one.who) : name === "place" ? title(story.places, one.place) : name === "asset" ? title(story.assets, one.asset)
    : name === "expression" ? one.expression && face(one.expression) : name === "seconds" ? one.seconds && say("n_seconds", { n: one.seconds })
    : AMONG[name] && one[name] ? say(`stage_${one[name].replace("-", "_")}`) : one[name];
  return STAGE[one.kind].map(shown).filter(Boolean).join(" · ") || say(one.kind === "music" || one.kind === "picture" ? "taken_away" : "nothing");
}

/* One direction with all that can be said of it. */
export function direction(story, give, path, one, remove) {
  const put = (name, value) => give.set(path, { ...one, [name]: value });
  const given = (name) => ({ "aria-label": say(`stage_${name}`), "data-key": `${path.join("/")} ${name}` });
  const control = (name) => {
    if (AMONG[name]) return choose(AMONG[name].map((value) => [value, value ? say(`stage_${value.replace("-", "_")}`) : say("as_usual")]), one[name] ?? "", (value) => put(name, value), given(name));
    if (name === "who") return give.actor(one.who ?? "", (value) => put("who", value), given("who"));
    if (name === "place") return give.place(one.place ?? "", (value) => put("place", value), given("place"));
    if (name in PART) return choose([["", say("as_usual")], ...looks(story, one.who, name).map((look) => [look, face(look)]), [OTHER, say("another")]], one[name] ?? "", async (value) => {
      put(name, value === OTHER ? plain(await askFor(`stage_${name}`)) || one[name] || "" : value);
    }, given(name));
    if (name === "asset") return choose([["", say(one.kind === "music" || one.kind === "picture" ? "taken_away" : "nothing")], ...story.assets.filter((asset) => (asset.kind ?? "picture") === one.kind).map((asset) => [asset.id, asset.title || asset.id]), [FILE, say("choose_file")]], one.asset ?? "", async (value) => {
      put("asset", value === FILE ? await pickFile(story, one.kind) || one.asset || "" : value);
    }, { ...given("file"), "aria-label": say(`stage_${one.kind}`) });
    return h("input", { type: "number", min: 0, max: 600, step: 0.1, value: one.seconds ?? 0, ...given("seconds"), "aria-label": say("seconds"), title: say("seconds_hint"), onchange: (event) => put("seconds", Math.min(600, Math.max(0, Number(event.target.value) || 0))) });
  };
  return h("fieldset", { cls: "direction" }, h("legend", {}, say(`stage_${one.kind}`)), button("remove_direction", "close", remove, { bare: true }),
    STAGE[one.kind].map((name) => field(name === "asset" ? "file" : name === "who" || name === "seconds" ? name : `stage_${name}`, control(name))));
}

/* A new direction with what is most likely meant. */
export function begun(story, node, kind) {
  const made = { kind };
  if (kind === "place") made.place = story.places[0]?.id ?? "";
  if (kind === "show" || kind === "hide") made.who = node.who || (story.cast[0]?.id ?? "");
  if (kind === "camera") made.move = "zoom-in";
  if (kind === "wait") made.seconds = 1;
  return made;
}

/* The picture of somebody that fits best, as core/story/model.py chooses it. */
export function lookOf(person, expression = "", pose = "") {
  const all = person?.looks ?? {};
  const found = [`${expression} ${pose}`.trim(), expression, `neutral ${pose}`.trim(), "neutral", ""].find((look) => look in all);
  return all[found ?? Object.keys(all)[0]] ?? "";
}

/* The stage at one line, as the lines of its scene before it have set it. */
export function seen(story, sceneId, nodeId) {
  const stage = { place: "", picture: "", cast: new Map(), move: "" };
  for (const node of story.scene(sceneId)?.nodes ?? []) {
    for (const one of node.directives ?? []) {
      if (one.kind === "place") Object.assign(stage, { place: one.place, picture: "", cast: new Map() });
      else if (one.kind === "show") stage.cast.set(one.who, { file: story.file(lookOf(story.cast.find((each) => each.id === one.who), one.expression, one.pose)), at: one.at || stage.cast.get(one.who)?.at || "center" });
      else if (one.kind === "hide") stage.cast.delete(one.who);
      else if (one.kind === "picture") stage.picture = one.asset ?? "";
      else if (one.kind === "camera") stage.move = one.move ?? "";
    }
    if (node.id === nodeId) break;
  }
  return stage;
}

export function small(story, sceneId, nodeId) {
  const stage = seen(story, sceneId, nodeId), place = story.places.find((one) => one.id === stage.place);
  const back = story.file(stage.picture || place?.asset), who = story.scene(sceneId)?.nodes?.find((one) => one.id === nodeId)?.who;
  if (!back && !stage.cast.size && !place?.color) return null;
  const picture = h("div", { cls: "set", data: { camera: stage.move } }, h("div", { cls: "stage-in" }, back ? h("img", { src: thumb(back), alt: "" }) : null,
    stage.picture ? null : [...stage.cast].filter(([, one]) => one.file).slice(0, ACTORS_MOST).map(([id, one]) => h("img", { cls: `actor at-${one.at} ${who && who !== id ? "aside" : ""}`, src: thumb(one.file), alt: "" }))));
  if (place?.color) picture.style.backgroundColor = place.color;
  return h("figure", { cls: "small-stage", role: "img", "aria-label": say("stage_now", { place: place?.title || place?.id || say("nothing"), cast: [...stage.cast.keys()].map((id) => story.cast.find((one) => one.id === id)?.name || id).join(", ") || say("nobody") }) }, picture);
}
