/* The beats of one scene as rows: who, what, choices, and what happens on the stage. Written from the keyboard. */
import { button, choose, field, fresh, h, icon, say } from "./page.js";
import { END, freshNode } from "./story.js";

const KINDS = ["text", "choice", "action"];
const STAGE = {
  place: ["place", "transition"], show: ["who", "expression", "pose", "at", "transition"], hide: ["who", "transition"],
  picture: ["asset", "transition"], camera: ["move", "seconds"], wait: ["seconds"], music: ["asset"], sound: ["asset"], voice: ["asset"],
};
const AMONG = {
  transition: ["", "cut", "dissolve", "fade", "flash", "slide-left", "slide-right"], at: ["", "far-left", "left", "center", "right", "far-right"],
  move: ["reset", "zoom-in", "zoom-out", "pan-left", "pan-right", "shake"],
};
const NEW = "+new";

export function beats(story, desk, sceneId) {
  const scene = () => story.scene(sceneId);
  const path = (...more) => ["scenes", sceneId, ...more];
  const set = (where, value, how) => story.change([{ op: "set", path: where, value }], how);
  /* Where something may lead; a line inside a scene is named by the scene and its place in it. */
  const goals = (none, now = "") => {
    const [there, line] = now.split("#"), goal = line && story.scene(there);
    const inside = goal ? [[now, `${goal.title || there}, ${(goal.nodes ?? []).findIndex((one) => one.id === line) + 1}`]] : [];
    return [["", none], ...story.scenes.map((one) => [one.id, one.title || one.id]), ...inside, [END, say("the_end")]];
  };
  const people = () => [["", say("narrator")], ...story.cast.map((one) => [one.id, one.name || one.id]), [NEW, say("somebody_new")]];
  const rows = h("ol", { cls: "beats" }), opened = new Set();

  /* A field that reaches the disk while it is typed, without drawing the rows anew. */
  const text = (value, where, word, more = {}) => {
    const area = h("textarea", { rows: 1, value: value ?? "", "aria-label": say(word), placeholder: say(word), ...more });
    const grow = () => { area.style.height = "auto"; area.style.height = area.scrollHeight + 2 + "px"; };
    area.addEventListener("input", () => { grow(); later(area, () => set(where, area.value, { merge: where.join("/"), what: "words" })); });
    area.addEventListener("blur", () => now(area));
    requestAnimationFrame(grow);
    return area;
  };
  const line = (value, where, word, more = {}) => {
    const input = h("input", { type: "text", value: value ?? "", "aria-label": say(word), placeholder: say(word), spellcheck: "false", ...more });
    input.addEventListener("change", () => set(where, input.value));
    return input;
  };
  const changes = (list, where) => {
    const input = h("input", { type: "text", value: (list ?? []).join("; "), placeholder: "gold += 1; met = true", "aria-label": say("changes"), spellcheck: "false" });
    input.addEventListener("change", () => set(where, input.value.split(";").map((one) => one.trim()).filter(Boolean)));
    return input;
  };

  const person = (value, then) => choose(people(), value, (chosen) => {
    if (chosen !== NEW) { then(chosen); return; }
    const name = window.prompt(say("name_of_new"), "");
    if (!name?.trim()) { desk.draw(); return; }
    const id = fresh(name, new Set(story.cast.map((one) => one.id)));
    story.change([{ op: "add", path: ["cast"], value: { id, name: name.trim(), color: ["#b45309", "#0f766e", "#7c3aed", "#be123c", "#1d4ed8"][story.cast.length % 5] }, at: -1 }], { what: "none" });
    then(id);
  }, { "aria-label": say("who") });

  const insert = (at, made = {}) => {
    const id = freshNode(scene());
    story.change([{ op: "add", path: path("nodes"), value: { id, ...made }, at }]);
    focus(id);
  };
  const focus = (id) => requestAnimationFrame(() => { const area = rows.querySelector(`[data-node="${id}"] textarea`); area?.focus(); area?.setSelectionRange(area.value.length, area.value.length); });
  const move = (from, to) => {
    const nodes = scene().nodes ?? [];
    if (to < 0 || to >= nodes.length || from === to) return;
    const node = nodes[from];
    story.change([{ op: "remove", path: path("nodes", node.id) }, { op: "add", path: path("nodes"), value: node, at: to }]);
    focus(node.id);
  };
  const remove = (at) => {
    const nodes = scene().nodes ?? [], before = nodes[at - 1]?.id ?? nodes[at + 1]?.id;
    story.change([{ op: "remove", path: path("nodes", nodes[at].id) }]);
    if (before) focus(before);
  };

  const keys = (event, node, at) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) { event.preventDefault(); now(event.target); insert(at + 1, node.type === "text" || !node.type ? { who: node.who ?? "", text: "" } : { text: "" }); }
    else if (event.key === "Backspace" && event.target.value === "" && (scene().nodes ?? []).length > 1) { event.preventDefault(); remove(at); }
    else if (event.altKey && event.key === "ArrowUp") { event.preventDefault(); move(at, at - 1); }
    else if (event.altKey && event.key === "ArrowDown") { event.preventDefault(); move(at, at + 1); }
    else if (event.key === "@" || (event.key === " " && /^@\S+$/.test(event.target.value))) {
      const wanted = event.target.value.slice(1).toLowerCase();
      const who = event.key === " " && story.cast.find((one) => (one.name || one.id).toLowerCase().startsWith(wanted));
      if (who) { event.preventDefault(); story.change([{ op: "set", path: path("nodes", node.id, "who"), value: who.id }, { op: "set", path: path("nodes", node.id, "text"), value: "" }]); focus(node.id); }
    }
  };

  const option = (node, one) => {
    const where = path("nodes", node.id, "options", one.id);
    return h("li", { cls: "option", data: { option: one.id } }, icon("branch"),
      text(one.text, [...where, "text"], "answer"),
      choose(goals(say("goes_on"), one.to), one.to ?? "", (value) => set([...where, "to"], value), { "aria-label": say("leads_to") }),
      h("details", { cls: "more" }, h("summary", { "aria-label": say("more"), title: say("more") }, icon("more")),
        h("div", { cls: "sheet" },
          field("only_when", line(one.when, [...where, "when"], "condition", { placeholder: "gold >= 3" })),
          field("changes", changes(one.do, [...where, "do"])),
          field("weight", h("input", { type: "number", min: 0, step: 0.5, value: one.weight ?? 1, onchange: (event) => set([...where, "weight"], Number(event.target.value) || 0) })),
          button("remove_answer", "trash", () => story.change([{ op: "remove", path: where }])))));
  };

  const directive = (node, one, at) => {
    const where = path("nodes", node.id, "directives"), put = (name, value) => set([...where, String(at)], { ...one, [name]: value });
    const control = (name) => {
      if (AMONG[name]) return choose(AMONG[name].map((value) => [value, value ? say(`stage_${value.replace("-", "_")}`) : say("as_usual")]), one[name] ?? "", (value) => put(name, value), { "aria-label": say(`stage_${name}`) });
      if (name === "who") return choose(story.cast.map((person) => [person.id, person.name || person.id]), one.who ?? "", (value) => put("who", value), { "aria-label": say("who") });
      if (name === "place") return choose(story.places.map((place) => [place.id, place.title || place.id]), one.place ?? "", (value) => put("place", value), { "aria-label": say("stage_place") });
      if (name === "asset") return choose([["", say("nothing")], ...story.assets.filter((asset) => (asset.kind ?? "picture") === one.kind).map((asset) => [asset.id, asset.title || asset.id])], one.asset ?? "", (value) => put("asset", value), { "aria-label": say(`stage_${one.kind}`) });
      if (name === "seconds") return h("input", { type: "number", min: 0, max: 600, step: 0.1, value: one.seconds ?? 0, "aria-label": say("seconds"), onchange: (event) => put("seconds", Number(event.target.value) || 0) });
      return h("input", { type: "text", value: one[name] ?? "", placeholder: say(`stage_${name}`), "aria-label": say(`stage_${name}`), onchange: (event) => put(name, event.target.value.trim().toLowerCase().replace(/[^a-z0-9_-]+/g, "-")) });
    };
    const key = `${node.id} ${at}`, shown = (name) => name === "who" ? story.cast.find((person) => person.id === one.who)?.name ?? one.who
      : name === "place" ? story.places.find((place) => place.id === one.place)?.title ?? one.place
      : name === "asset" ? story.assets.find((asset) => asset.id === one.asset)?.title ?? one.asset
      : AMONG[name] && one[name] ? say(`stage_${one[name].replace("-", "_")}`) : one[name];
    const words = STAGE[one.kind].map(shown).filter(Boolean).join(" · ");
    const chip = h("details", { cls: "directive", open: opened.has(key) }, h("summary", {}, h("b", {}, say(`stage_${one.kind}`)), " ", words || say("nothing")),
      h("div", {}, STAGE[one.kind].map(control), button("remove_direction", "close", () => { opened.delete(key); set(where, (node.directives ?? []).filter((_, place) => place !== at)); }, { bare: true })));
    chip.addEventListener("toggle", () => { if (chip.open) opened.add(key); else opened.delete(key); });
    return h("li", {}, chip);
  };
  const addDirective = (node, kind) => {
    const made = { kind };
    if (kind === "place") made.place = story.places[0]?.id ?? "";
    if (kind === "show" || kind === "hide") made.who = node.who || (story.cast[0]?.id ?? "");
    if (kind === "camera") made.move = "zoom-in";
    opened.add(`${node.id} ${(node.directives ?? []).length}`);
    set(path("nodes", node.id, "directives"), [...(node.directives ?? []), made]);
  };

  const row = (node, at) => {
    const where = path("nodes", node.id), kind = node.type ?? "text";
    const handle = h("button", { type: "button", cls: "nb bare drag", draggable: "true", title: say("move_hint"), "aria-label": say("move_hint") }, icon("drag"));
    const item = h("li", { cls: `beat ${kind}`, data: { node: node.id } });
    handle.addEventListener("dragstart", (event) => { event.dataTransfer.setData("text/beat", String(at)); event.dataTransfer.setDragImage(item, 12, 12); });
    handle.addEventListener("keydown", (event) => { if (event.key === "ArrowUp") move(at, at - 1); else if (event.key === "ArrowDown") move(at, at + 1); else return; event.preventDefault(); });
    item.addEventListener("dragover", (event) => { if (event.dataTransfer.types.includes("text/beat")) { event.preventDefault(); item.classList.add("over"); } });
    item.addEventListener("dragleave", () => item.classList.remove("over"));
    item.addEventListener("drop", (event) => { event.preventDefault(); item.classList.remove("over"); move(Number(event.dataTransfer.getData("text/beat")), at); });
    const kinds = kind === "raw" ? [...KINDS, "raw"] : KINDS;
    const menu = h("details", { cls: "more" }, h("summary", { "aria-label": say("more"), title: say("more") }, icon("more")),
      h("div", { cls: "sheet" },
        field("kind", choose(kinds.map((one) => [one, say(`kind_${one}`)]), kind, (value) => set([...where, "type"], value))),
        field("only_when", line(node.when, [...where, "when"], "condition", { placeholder: "met and gold > 2" })),
        field("changes", changes(node.do, [...where, "do"])),
        field("then", choose(goals(say("next_beat"), node.next), node.next ?? "", (value) => set([...where, "next"], value))),
        kind === "choice" ? field("who_picks", choose([["player", say("the_player")], ["chance", say("chance")]], node.by ?? "player", (value) => set([...where, "by"], value))) : null,
        field("on_stage", choose([["", say("add_direction")], ...Object.keys(STAGE).map((one) => [one, say(`stage_${one}`)])], "", (value) => value && addDirective(node, value))),
        h("div", { cls: "verbs" },
          button("play_from", "play", () => desk.play(`${sceneId}#${node.id}`)),
          button("duplicate", "equal", () => insert(at + 1, { ...structuredClone(node), id: freshNode(scene()) })),
          button("remove_beat", "trash", () => remove(at)))));
    const body = kind === "action" ? h("code", {}, [...(node.do ?? []), node.next ? `→ ${node.next}` : ""].filter(Boolean).join("; ") || say("kind_action"))
      : kind === "raw" ? h("pre", {}, node.text ?? "")
      : text(node.text, [...where, "text"], kind === "choice" ? "question" : "line", { onkeydown: (event) => keys(event, node, at) });
    item.append(handle, kind === "text" || kind === "choice" ? person(node.who ?? "", (value) => set([...where, "who"], value)) : h("span", { cls: "quiet" }, say(`kind_${kind}`)), body, menu);
    const facts = [node.when ? `${say("only_when")}: ${node.when}` : "", kind !== "action" && node.do?.length ? node.do.join("; ") : "", kind !== "action" && node.next ? `→ ${goals("", node.next).find(([one]) => one === node.next)?.[1] ?? node.next}` : ""].filter(Boolean);
    if (facts.length) item.append(h("p", { cls: "facts" }, facts.join("  ·  ")));
    if (node.directives?.length) item.append(h("ul", { cls: "directives" }, node.directives.map((one, place) => directive(node, one, place))));
    if (kind === "choice") {
      const taken = new Set((node.options ?? []).map((one) => one.id));
      item.append(h("ul", { cls: "options" }, (node.options ?? []).map((one) => option(node, one)),
        h("li", {}, button("add_answer", "plus", () => story.change([{ op: "add", path: [...where, "options"], value: { id: fresh("answer", taken), text: "" }, at: -1 }])))));
    }
    return item;
  };

  const root = h("section", { cls: "scene", "aria-label": say("scene") });
  const draw = () => {
    const here = scene();
    if (!here) { root.replaceChildren(); return; }
    const kept = document.activeElement?.closest?.("[data-node]")?.dataset.node, caret = document.activeElement?.selectionStart;
    const title = h("input", { type: "text", cls: "title", value: here.title ?? "", "aria-label": say("scene_title"), placeholder: here.id });
    title.addEventListener("input", () => later(title, () => set(path("title"), title.value, { merge: `title ${sceneId}`, what: "graph" })));
    rows.replaceChildren(...(here.nodes ?? []).map(row));
    root.replaceChildren(
      h("header", {}, title, button("play_scene", "play", () => desk.play(sceneId), { main: true })),
      rows,
      h("div", { cls: "verbs" }, button("add_line", "plus", () => insert(-1, { text: "" })),
        button("add_choice", "branch", () => insert(-1, { type: "choice", text: "", options: [{ id: "answer", text: "" }, { id: "answer-2", text: "" }] })),
        button("add_action", "bolt", () => insert(-1, { type: "action" }))),
      field("afterwards", choose(goals(say("nowhere"), here.next), here.next ?? "", (value) => set(path("next"), value))),
      field("branch", line(story.told.timeline?.groups?.[sceneId], ["timeline", "groups", sceneId], "branch")),
      here.id === story.first ? h("p", { cls: "quiet" }, say("is_first")) : button("make_first", "star", () => set(["start"], sceneId)));
    if (kept && caret !== undefined) { const area = rows.querySelector(`[data-node="${kept}"] textarea`); if (area) { area.focus(); area.setSelectionRange(caret, caret); } }
  };
  draw();
  return { root, draw, focus, show: (node) => { const item = rows.querySelector(`[data-node="${CSS.escape(node)}"]`); item?.scrollIntoView({ block: "center" }); item?.classList.add("shown"); } };
}

/* Typing goes to the disk a moment after the last key, or at once when the field is left. */
const TYPING_MS = 120, timers = new Map();
function later(field, send) {
  clearTimeout(timers.get(field)?.timer);
  timers.set(field, { send, timer: setTimeout(() => now(field), TYPING_MS) });
}
export function now(field) {
  const waiting = timers.get(field);
  if (!waiting) return;
  clearTimeout(waiting.timer);
  timers.delete(field);
  waiting.send();
}
