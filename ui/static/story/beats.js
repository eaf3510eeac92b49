/* The lines of one scene as rows: who says what, and the answers. Written from the keyboard; the rest of a line is in the panel. */
import { complete } from "./complete.js";
import { fields, flush, now } from "./fields.js";
import { button, field, fresh, h, icon, redraw, say } from "./page.js";
import { words } from "./stage.js";
import { freshNode } from "./story.js";

export function beats(story, desk, sceneId) {
  const give = fields(story), { set, goals } = give;
  const scene = () => story.scene(sceneId);
  const path = (...more) => ["scenes", sceneId, ...more];
  let rows = h("ol", { cls: "beats" });
  const goalOf = (at) => goals("", at).find(([one]) => one === at)?.[1] ?? at;

  const insert = (at, made = {}) => {
    const id = freshNode(scene());
    story.change([{ op: "add", path: path("nodes"), value: { id, ...made }, at }]);
    focus(id);
  };
  const focus = (id) => requestAnimationFrame(() => { const area = rows.querySelector(`[data-node="${id}"] textarea`); area?.focus(); area?.setSelectionRange(area.value.length, area.value.length); });
  const move = (from, to) => {
    const nodes = scene().nodes ?? [];
    if (to < 0 || to >= nodes.length || from === to) return;
    const node = nodes[from], by = document.activeElement?.dataset.key;
    story.change([{ op: "remove", path: path("nodes", node.id) }, { op: "add", path: path("nodes"), value: node, at: to }]);
    requestAnimationFrame(() => (by && desk.root.querySelector(`[data-key="${CSS.escape(by)}"]`))?.focus());
  };
  const remove = (at) => {
    const nodes = scene().nodes ?? [], before = nodes[at - 1]?.id ?? nodes[at + 1]?.id;
    story.change([{ op: "remove", path: path("nodes", nodes[at].id) }]);
    if (before) focus(before);
  };
  const says = (node, who, text) => {
    story.change([{ op: "set", path: path("nodes", node.id, "who"), value: who.id }, { op: "set", path: path("nodes", node.id, "text"), value: text }]);
    focus(node.id);
  };

  const line = (node, at, kind) => {
    const area = give.text(node.text, path("nodes", node.id, "text"), kind === "choice" ? "question" : "line", { "aria-autocomplete": "list" });
    const names = complete(area, { people: give.known, speaks: (who, text) => { now(area); says(node, who, text); }, isNew: ({ name }) => ({ id: give.addPerson(name), name }) });
    area.addEventListener("keydown", (event) => {
      if (event.isComposing || names(event)) return;
      if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey) { event.preventDefault(); now(area); insert(at + 1, kind === "text" ? { who: node.who ?? "", text: "" } : { text: "" }); }
      else if (event.key === "Backspace" && area.value === "" && (scene().nodes ?? []).length > 1) { event.preventDefault(); remove(at); }
      else if (event.altKey && event.key === "ArrowUp") { event.preventDefault(); move(at, at - 1); }
      else if (event.altKey && event.key === "ArrowDown") { event.preventDefault(); move(at, at + 1); }
    });
    return area;
  };

  const details = (what) => h("button", { type: "button", cls: "nb bare", title: say("more"), "aria-label": say("more"), data: { key: `more ${what.node} ${what.option ?? ""}` }, onclick: () => desk.choose(what, true) }, icon("more"));
  const option = (node, one) => {
    const where = path("nodes", node.id, "options", one.id), what = { kind: "option", scene: sceneId, node: node.id, option: one.id };
    const facts = [one.when ? `${say("only_when")}: ${one.when}` : "", ...(one.do ?? []), (one.weight ?? 1) !== 1 ? `${say("weight")}: ${one.weight}` : ""].filter(Boolean);
    return h("li", { cls: "option", data: { option: one.id }, onfocusin: (event) => { event.stopPropagation(); desk.choose(what); } }, icon("branch"),
      give.text(one.text, [...where, "text"], "answer"),
      give.lead(one.to, [...where, "to"], "goes_on", "leads_to", one.text),
      details(what), facts.length ? h("p", { cls: "facts" }, facts.join("  ·  ")) : null);
  };

  /* A line is put before or after the one under the pointer. */
  const dragging = (item, handle, at) => {
    const below = (event) => { const box = item.getBoundingClientRect(); return event.clientY > box.top + box.height / 2; };
    const clear = () => item.classList.remove("above", "below");
    handle.addEventListener("dragstart", (event) => { event.dataTransfer.setData("text/beat", String(at)); event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setDragImage(item, 12, 12); });
    item.addEventListener("dragover", (event) => { if (!event.dataTransfer.types.includes("text/beat")) return; event.preventDefault(); clear(); item.classList.add(below(event) ? "below" : "above"); });
    item.addEventListener("dragleave", clear);
    item.addEventListener("drop", (event) => {
      event.preventDefault();
      clear();
      const from = Number(event.dataTransfer.getData("text/beat")), to = at + (below(event) ? 1 : 0);
      move(from, from < to ? to - 1 : to);
    });
  };

  const row = (node, at) => {
    const kind = node.type ?? "text", what = { kind: "beat", scene: sceneId, node: node.id };
    const handle = h("button", { type: "button", cls: "nb bare drag", draggable: "true", title: say("move_hint"), "aria-label": say("move_hint"), data: { key: `drag ${node.id}` } }, icon("drag"));
    handle.addEventListener("keydown", (event) => { if (event.key === "ArrowUp") move(at, at - 1); else if (event.key === "ArrowDown") move(at, at + 1); else return; event.preventDefault(); });
    const item = h("li", { cls: `beat ${kind}`, data: { node: node.id }, onfocusin: () => desk.choose(what) });
    dragging(item, handle, at);
    const body = kind === "action" ? h("code", {}, [...(node.do ?? []), node.next ? `→ ${node.next}` : ""].filter(Boolean).join("; ") || say("kind_action"))
      : kind === "raw" ? h("pre", {}, node.text ?? "") : line(node, at, kind);
    item.append(handle, kind === "text" || kind === "choice" ? give.person(node.who ?? "", (value) => set(path("nodes", node.id, "who"), value), { "data-key": `who ${node.id}` }) : h("span", { cls: "quiet" }, say(`kind_${kind}`)), body, details(what));
    const facts = [node.when ? `${say("only_when")}: ${node.when}` : "", kind !== "action" && node.do?.length ? node.do.join("; ") : "", kind !== "action" && node.next ? `→ ${goalOf(node.next)}` : "", node.by === "chance" ? `${say("who_picks")}: ${say("chance")}` : ""].filter(Boolean);
    if (facts.length) item.append(h("p", { cls: "facts" }, facts.join("  ·  ")));
    if (node.meta?.note) item.append(h("p", { cls: "facts note" }, node.meta.note));
    if (node.directives?.length) item.append(h("ul", { cls: "directives" }, node.directives.map((one) => h("li", {}, h("button", { type: "button", cls: "directive", onclick: () => desk.choose(what, true) }, h("b", {}, say(`stage_${one.kind}`)), " ", words(story, one))))));
    if (kind === "choice") {
      const taken = new Set((node.options ?? []).map((one) => one.id));
      item.append(h("ul", { cls: "options" }, (node.options ?? []).map((one) => option(node, one)),
        h("li", {}, button("add_answer", "plus", () => {
          const id = fresh("answer", taken);
          story.change([{ op: "add", path: path("nodes", node.id, "options"), value: { id, text: "" }, at: -1 }]);
          requestAnimationFrame(() => rows.querySelector(`[data-node="${node.id}"] [data-option="${id}"] textarea`)?.focus());
        }))));
    }
    return item;
  };

  const root = h("section", { cls: "scene", "aria-label": say("scene") });
  const draw = () => {
    flush();
    const here = scene();
    if (!here) { root.replaceChildren(); return; }
    const title = give.line(here.title, path("title"), "scene_title", { cls: "title", placeholder: here.id });
    title.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.isComposing) { now(title); rows.querySelector("textarea")?.focus(); } });
    rows = h("ol", { cls: "beats" }, (here.nodes ?? []).map(row));
    const last = here.nodes?.at(-1)?.who ?? "";
    const foot = [h("div", { cls: "verbs" }, button("add_line", "plus", () => insert(-1, { who: last, text: "" })),
      button("add_choice", "branch", () => insert(-1, { type: "choice", text: "", options: [{ id: "answer", text: "" }, { id: "answer-2", text: "" }] })),
      button("add_action", "bolt", () => insert(-1, { type: "action" }))),
    field("afterwards", give.lead(here.next, path("next"), "nowhere", "afterwards"))];
    redraw(root, h("header", {}, title, button("scene_details", "more", () => desk.choose({ kind: "scene", id: sceneId }, true), { bare: true }), button("play_scene", "play", () => desk.play(sceneId), { main: true })), rows, foot);
  };
  draw();
  return { root, draw, focus, move, show: (node) => { const item = rows.querySelector(`[data-node="${CSS.escape(node)}"]`); item?.scrollIntoView({ block: "center" }); item?.classList.add("shown"); desk.choose({ kind: "beat", scene: sceneId, node }); } };
}
