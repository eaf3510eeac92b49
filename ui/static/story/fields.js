/* Fields that write into a story. What is typed reaches the disk while it is typed; the rest of the desk follows when the field is left. */
import { choose, field, fresh, askFor, h, say } from "./page.js";
import { END } from "./story.js";

const TYPING_MS = 80, timers = new Map(), touched = new WeakSet();
const COLOURS = ["#b45309", "#0f766e", "#7c3aed", "#be123c", "#1d4ed8"];
const NEW = "+new", LONG = 60;

function later(control, send) {
  clearTimeout(timers.get(control)?.timer);
  timers.set(control, { send, timer: setTimeout(() => now(control), TYPING_MS) });
}

/* What is waiting in a field goes out at once. */
export function now(control) {
  const waiting = timers.get(control);
  if (!waiting) return;
  clearTimeout(waiting.timer);
  timers.delete(control);
  waiting.send();
}
export const flush = () => { for (const control of [...timers.keys()]) now(control); };

const grow = (area) => { area.style.height = "auto"; area.style.height = area.scrollHeight + 2 + "px"; };

/* The same words stand in the lines and in the panel. */
function mirror(control) {
  for (const twin of document.querySelectorAll(`#story-desk [data-key="${CSS.escape(control.dataset.key)}"]`)) {
    if (twin === control) continue;
    twin.value = control.value;
    if (twin.tagName === "TEXTAREA") grow(twin);
  }
}

export function fields(story) {
  const set = (path, value, how) => story.change([{ op: "set", path, value }], how);

  /* Lets a control write to a path as it is typed into; `read` makes the value of its words. */
  const typed = (control, path, read = (words) => words) => {
    control.dataset.key = path.join("/");
    control.addEventListener("input", () => { touched.add(control); later(control, () => { set(path, read(control.value), { merge: path.join("/"), what: "words" }); mirror(control); }); });
    control.addEventListener("blur", () => {
      now(control);
      /* Only when the caret has arrived where it goes: what is drawn anew keeps it there. */
      if (touched.delete(control)) setTimeout(() => control.isConnected && story.spread("all"));
    });
    return control;
  };
  const text = (value, path, word, more = {}) => {
    const area = typed(h("textarea", { rows: 1, value: value ?? "", "aria-label": say(word), placeholder: say(word), ...more }), path);
    area.addEventListener("input", () => grow(area));
    requestAnimationFrame(() => grow(area));
    return area;
  };
  const line = (value, path, word, more = {}) => typed(h("input", { type: "text", value: value ?? "", "aria-label": say(word), placeholder: say(word), ...more }), path);
  const changes = (list, path) => typed(h("input", { type: "text", value: (list ?? []).join("; "), placeholder: "gold += 1; met = true", "aria-label": say("changes"), spellcheck: "false" }), path,
    (words) => words.split(";").map((one) => one.trim()).filter(Boolean));
  const condition = (value, path) => line(value, path, "only_when", { placeholder: "met and gold > 2", spellcheck: "false" });
  const number = (value, path, word, { whole = false, least = 0, most = 1e6, step = whole ? 1 : 0.1 } = {}) => h("input", { type: "number", min: least, max: most, step, value, "aria-label": say(word), data: { key: path.join("/") },
    onchange: (event) => set(path, Math.min(most, Math.max(least, whole ? Math.round(Number(event.target.value)) || 0 : Number(event.target.value) || 0))) });
  const pick = (rows, value, path, word) => choose(rows, value ?? "", (chosen) => set(path, chosen), { "aria-label": say(word), "data-key": path.join("/") });

  /* Where something may lead; a line inside a scene is named by the scene and its place in it. */
  const goals = (none, at = "") => {
    const [there, beat] = at.split("#"), goal = beat && story.scene(there);
    const inside = goal ? [[at, `${goal.title || there}, ${(goal.nodes ?? []).findIndex((one) => one.id === beat) + 1}`]] : [];
    return [["", none], ...story.scenes.map((one) => [one.id, one.title || one.id]), ...inside, [END, say("the_end")]];
  };
  /* A choice of where something leads; a new scene can be begun from it. In a long story the list is filled when it is opened. */
  const lead = (at, path, none, word, title = "") => {
    const rows = () => [...goals(say(none), at ?? ""), [NEW, say("a_new_scene")]], long = story.scenes.length > LONG;
    const known = long ? goals(say(none), at ?? "").filter(([one]) => one === (at ?? "")) : rows();
    const select = choose(known, at ?? "", (chosen) => chosen === NEW ? story.addSceneFrom(path, title || say("scene_n", { n: story.scenes.length + 1 })) : set(path, chosen), { "aria-label": say(word), "data-key": path.join("/") });
    const fill = () => { if (select.options.length === known.length) select.replaceChildren(...rows().map(([one, shown]) => h("option", { value: one, selected: one === (at ?? "") }, shown))); };
    if (long) for (const kind of ["pointerdown", "focus"]) select.addEventListener(kind, fill, { once: true });
    return select;
  };
  const addPerson = (name) => {
    const id = fresh(name, new Set(story.cast.map((one) => one.id)));
    const known = story.people.find((one) => one.name.toLowerCase() === name.toLowerCase());
    story.change([{ op: "add", path: ["cast"], value: { id, name, color: COLOURS[story.cast.length % COLOURS.length], character: known?.id ?? "", voice: known?.voice ?? "" }, at: -1 }], { what: "none" });
    return id;
  };
  /* The cast, and those of the studio's characters who are not in it yet. */
  const known = () => {
    const names = new Set(story.cast.map((one) => (one.name || one.id).toLowerCase()));
    return [...story.cast, ...story.people.filter((one) => !names.has(one.name.toLowerCase())).map((one) => ({ id: "", name: one.name, character: one.id, fresh: true }))];
  };
  const newPerson = async () => {
    const name = await askFor("name_of_new", { known: known().filter((one) => one.fresh).map((one) => one.name) });
    return name && addPerson(name);
  };
  const newPlace = async () => {
    const name = await askFor("name_of_place");
    if (!name) return "";
    const id = fresh(name, new Set(story.places.map((one) => one.id)));
    story.change([{ op: "add", path: ["places"], value: { id, title: name, prompt: name }, at: -1 }], { what: "none" });
    return id;
  };
  const among = (rows, make, value, then, given) => choose(rows, value, async (chosen) => {
    const made = chosen === NEW ? await make() : chosen;
    if (made || chosen !== NEW) then(made);
    else story.spread("all");
  }, given);
  const person = (value, then, given = {}) => among([["", say("narrator")], ...story.cast.map((one) => [one.id, one.name || one.id]), [NEW, say("somebody_new")]], newPerson, value, then, { "aria-label": say("who"), ...given });
  const actor = (value, then, given = {}) => among([...(value ? [] : [["", say("nobody")]]), ...story.cast.map((one) => [one.id, one.name || one.id]), [NEW, say("somebody_new")]], newPerson, value, then, { "aria-label": say("who"), ...given });
  const place = (value, then, given = {}) => among([...(value ? [] : [["", say("nothing")]]), ...story.places.map((one) => [one.id, one.title || one.id]), [NEW, say("a_new_place")]], newPlace, value, then, { "aria-label": say("stage_place"), ...given });
  const note = (row, path) => field("note", text(row.meta?.note, [...path, "meta", "note"], "note", { placeholder: say("note_hint") }));

  return { set, typed, text, line, changes, condition, number, pick, goals, lead, person, actor, place, known, addPerson, newPerson, newPlace, note };
}
