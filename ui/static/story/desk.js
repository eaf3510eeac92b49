/* The story desk: a shelf of stories, and one of them open to write, look at, play, check and give away. */
import { beats } from "./beats.js";
import { fields, flush } from "./fields.js";
import { findings, finish } from "./finish.js";
import { graph } from "./graph.js";
import { inspector } from "./inspector.js";
import { look } from "./look.js";
import { button, h, icon, say, tell, words } from "./page.js";
import { play } from "./play.js";
import { shelf } from "./shelf.js";
import { Story } from "./story.js";
import { timeline } from "./timeline.js";
import { versions } from "./versions.js";

const MODES = [["write", "words"], ["look", "picture"], ["play", "play"], ["check", "check"], ["export", "down"]];
/* When all that was put into the page can be seen; a page in the background is never painted. */
const painted = () => new Promise((ready) => { setTimeout(ready, 100); requestAnimationFrame(() => setTimeout(ready)); });
const LOOK_MS = 3000, CHECK_MS = 900;
const remembered = { get id() { try { return sessionStorage.getItem("studionova.story") ?? ""; } catch { return ""; } },
  set id(id) { try { sessionStorage.setItem("studionova.story", id); } catch { /* a private window forgets */ } } };

class Desk {
  constructor(root) {
    Object.assign(this, { root, story: null, at: "", chosen: null, mode: "write", views: {}, shelf: shelf(this), pressed: false, due: false });
    root.addEventListener("keydown", (event) => this.keys(event));
    /* Nothing is drawn anew between a press and its click, or the click would fall on what is not there any more. */
    root.addEventListener("pointerdown", () => { this.pressed = true; }, true);
    for (const end of ["pointerup", "pointercancel", "dragend"]) addEventListener(end, () => this.release(), true);
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", () => document.hidden && flush());
    addEventListener("beforeunload", (event) => { flush(); if (this.story?.away || this.story?.waiting > 1) event.preventDefault(); });
    setInterval(() => { if (this.story && !document.hidden && root.offsetParent) this.story.look(); }, LOOK_MS);
  }

  async begin() {
    if (remembered.id) { try { await this.enter(remembered.id); return; } catch { remembered.id = ""; } }
    this.leave();
  }

  release() {
    this.pressed = false;
    if (this.due) setTimeout(() => this.draw());
  }

  /* What runs by itself ends with the story that it is about. */
  close() {
    flush();
    clearTimeout(this.checking);
    this.story?.close();
    this.views.play?.close();
    this.views.graph?.close();
  }

  leave() {
    this.close();
    Object.assign(this, { story: null, views: {}, drawing: null, at: "", chosen: null });
    remembered.id = "";
    this.root.replaceChildren(this.shelf.root);
    this.shelf.draw();
  }

  async enter(id) {
    const story = await Story.open(id);
    this.close();
    Object.assign(this, { story, views: {}, drawing: null, at: story.first, chosen: { kind: "scene", id: story.first }, mode: "write" });
    remembered.id = id;
    this.frame();
    this.views.check = findings(story, this);
    story.on((what) => story === this.story && this.hear(what));
    await this.go("write");
    this.views.check?.draw();
  }

  frame() {
    const { story } = this;
    const title = fields(story).line(story.told.title, ["title"], "story_title", { cls: "title", placeholder: story.told.id });
    this.kept = h("span", { cls: "kept", role: "status" }, say("kept"));
    this.tabs = MODES.map(([name, symbol]) => h("button", { type: "button", role: "tab", cls: "mode", data: { mode: name }, onclick: () => this.go(name) }, icon(symbol), h("span", {}, say(`mode_${name}`)), name === "check" ? h("b", { cls: "count", hidden: true }) : null));
    this.place = h("div", { cls: "place" });
    this.versions = versions(story, this);
    this.title = title;
    this.root.replaceChildren(h("header", { cls: "desk-head" }, button("back", "back", () => this.leave(), { bare: true }), title, this.kept,
      button("undo", "undo", () => { flush(); story.undo(); }, { bare: true }), button("redo", "redo", () => { flush(); story.redo(); }, { bare: true }), this.versions.root,
      h("nav", { role: "tablist", cls: "modes", "aria-label": say("story") }, this.tabs)), this.place);
  }

  async go(mode) {
    const { story } = this;
    this.mode = mode;
    for (const tab of this.tabs) tab.setAttribute("aria-selected", String(tab.dataset.mode === mode));
    if (mode === "write") { await this.write(); return; }
    if (mode === "look") this.views.look ??= look(story, this);
    if (mode === "play" && !this.views.play) { this.views.play = play(story, this); this.views.play.begin(); }
    if (mode === "export") this.views.export ??= finish(story);
    const view = this.views[mode];
    this.place.replaceChildren(view.root);
    view.draw(true);
  }

  async write() {
    const { story, views } = this;
    if (!views.inspector) {
      this.side = h("div", { cls: "pen" });
      views.inspector = inspector(story, this);
      this.map = h("div", { cls: "map" }, h("section", { cls: "graph", "aria-busy": "true" }));
      this.writing = h("div", { cls: "write" }, this.map, this.side, views.inspector.root);
    }
    this.place.replaceChildren(this.writing);
    this.open(this.at);
    await (this.drawing ??= this.chart(story, views));
    views.graph?.settle();
  }

  /* The lines are there to be written at once; the graph of a long story comes after them. */
  async chart(story, views) {
    await painted();
    if (this.story !== story) return;
    views.timeline = timeline(story, this);
    this.map.append(views.timeline.root);
    const map = await graph(story, this);
    if (this.story !== story) { map.close(); return; }
    views.graph = map;
    this.map.firstChild.replaceWith(map.root);
    map.settle();
    map.show(this.at);
    views.check?.mark();
  }

  /* Open a scene at the right; `write` puts the caret into its lines, "name" into its title. */
  open(id, write = false, node = "") {
    if (!this.story) return;
    if (this.mode !== "write") { this.at = id; this.go("write").then(() => this.open(id, write, node)); return; }
    flush();
    const { views } = this, before = this.at;
    this.at = this.story.scene(id) ? id : "";
    if (this.at !== before || !this.chosen || !node) this.chosen = this.at ? { kind: "scene", id: this.at } : null;
    views.beats = this.at ? beats(this.story, this, this.at) : null;
    this.side.replaceChildren(views.beats?.root ?? h("div", { cls: "empty-state" }, h("h3", {}, say("choose_scene")), h("p", {}, say("choose_scene_hint"))));
    views.graph?.show(this.at);
    views.timeline?.draw();
    views.inspector?.draw();
    if (node) views.beats?.show(node);
    else if (write === "name") requestAnimationFrame(() => this.side.querySelector("input.title")?.select());
    else if (write) requestAnimationFrame(() => (this.side.querySelector(".beats textarea") ?? this.side.querySelector("input.title"))?.focus());
  }

  /* A line into another scene, with all that leads to it; the desk goes along. */
  async carry(scene, node, to) {
    flush();
    if (to !== scene && await this.story.reword("move", { scene, node, to })) this.open(to, false, this.story.scene(to)?.nodes?.at(-1)?.id ?? "");
  }

  async play(at) {
    if (!this.views.play) this.views.play = play(this.story, this);
    this.views.play.begin(at);
    await this.go("play");
  }

  /* What the panel is about. `open` brings the panel up where it is not beside the lines, and goes into it. */
  choose(what, open = false) {
    if (JSON.stringify(what) !== JSON.stringify(this.chosen)) {
      this.chosen = what;
      this.views.inspector?.draw();
    }
    const panel = this.views.inspector?.root;
    if (!open || !panel) return;
    panel.classList.add("open");
    requestAnimationFrame(() => panel.querySelector(".inside :is(input, select, textarea, button)")?.focus({ preventScroll: true }));
  }
  fold() {
    const panel = this.views.inspector.root;
    if (panel.classList.contains("open") && getComputedStyle(panel).position === "fixed") { panel.classList.remove("open"); this.side.querySelector("textarea, input")?.focus(); } else this.open(this.at);
  }

  draw() {
    this.due = this.pressed;
    if (this.pressed || !this.story) return;
    const { views } = this;
    views.graph?.draw(); views.timeline?.draw();
    if (this.mode === "write") { views.beats?.draw(); views.inspector?.draw(); }
    if (this.mode === "look") views.look.draw();
  }

  hear(what) {
    const { story } = this;
    this.kept.textContent = say(story.away ? "not_kept" : story.waiting ? "keeping" : "kept");
    this.kept.classList.toggle("away", story.away);
    if (what === "saved") return;
    if (what === "all") {
      if (this.at && !story.scene(this.at)) this.open("");
      this.draw();
      if (document.activeElement !== this.title) this.title.value = story.told.title ?? "";
    }
    if (what === "graph") { this.views.graph?.draw(); this.views.timeline?.draw(); }
    clearTimeout(this.checking);
    this.checking = setTimeout(() => this.views.check?.draw(), CHECK_MS);
  }

  count(number) {
    const place = this.root.querySelector(".mode .count");
    if (place) { place.hidden = !number; place.textContent = number; place.setAttribute("aria-label", say("n_findings", { n: number })); }
  }

  hint(sentence) { tell(sentence); }

  keys(event) {
    if (!this.story) return;
    const ctrl = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    if (ctrl) flush();
    if (ctrl && key === "z" && !event.shiftKey) this.story.undo();
    else if (ctrl && (key === "y" || (key === "z" && event.shiftKey))) this.story.redo();
    else if (ctrl && key === "p") this.play(this.at);
    else if (key === "escape" && this.mode === "play") this.go("write");
    else if (key === "escape" && this.views.inspector?.root.matches(".open:focus-within")) this.fold();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export function mount(root, said) {
  Object.assign(words, said);
  const style = h("link", { rel: "stylesheet", href: new URL("./story.css", import.meta.url).href });
  document.head.append(style);
  const desk = new Desk(root);
  const ready = new Promise((done) => { style.onload = done; style.onerror = done; });
  ready.then(() => desk.begin()).catch((error) => tell(error.message));
  return desk;
}
