/* The story desk: a shelf of stories, and one of them open to write, look at, play, check and give away. */
import { beats } from "./beats.js";
import { findings, finish } from "./finish.js";
import { graph } from "./graph.js";
import { look } from "./look.js";
import { ask, button, h, icon, say, tell, words } from "./page.js";
import { play } from "./play.js";
import { shelf } from "./shelf.js";
import { Story } from "./story.js";
import { timeline } from "./timeline.js";

const MODES = [["write", "words"], ["look", "picture"], ["play", "play"], ["check", "check"], ["export", "down"]];
const LOOK_MS = 3000, CHECK_MS = 900;
const remembered = { get id() { try { return sessionStorage.getItem("studionova.story") ?? ""; } catch { return ""; } },
  set id(id) { try { sessionStorage.setItem("studionova.story", id); } catch { /* a private window forgets */ } } };

class Desk {
  constructor(root) {
    Object.assign(this, { root, story: null, at: "", mode: "write", views: {}, shelf: shelf(this) });
    root.addEventListener("keydown", (event) => this.keys(event));
    setInterval(() => { if (this.story && !document.hidden && root.offsetParent) this.story.look(); }, LOOK_MS);
  }

  async begin() {
    if (remembered.id) { try { await this.enter(remembered.id); return; } catch { remembered.id = ""; } }
    this.leave();
  }

  leave() {
    this.views.play?.close();
    Object.assign(this, { story: null, views: {}, at: "" });
    remembered.id = "";
    this.root.replaceChildren(this.shelf.root);
    this.shelf.draw();
  }

  async enter(id) {
    const story = await Story.open(id);
    Object.assign(this, { story, views: {}, at: story.first, mode: "write" });
    remembered.id = id;
    this.frame();
    this.views.check = findings(story, this);
    story.on((what) => this.hear(what));
    await this.go("write");
    this.views.check.draw();
  }

  frame() {
    const { story } = this;
    const title = h("input", { type: "text", cls: "title", value: story.told.title ?? "", placeholder: story.told.id, "aria-label": say("story_title"), onchange: () => story.change([{ op: "set", path: ["title"], value: title.value }], { what: "none" }) });
    this.kept = h("span", { cls: "kept", role: "status" }, say("kept"));
    this.tabs = MODES.map(([name, symbol]) => h("button", { type: "button", role: "tab", cls: "mode", data: { mode: name }, onclick: () => this.go(name) }, icon(symbol), h("span", {}, say(`mode_${name}`)), name === "check" ? h("b", { cls: "count", hidden: true }) : null));
    this.place = h("div", { cls: "place" });
    this.versions = h("details", { cls: "more" }, h("summary", { title: say("versions"), "aria-label": say("versions") }, icon("clock")), h("div", { cls: "sheet" }));
    this.versions.addEventListener("toggle", () => this.versions.open && this.showVersions());
    this.title = title;
    this.root.replaceChildren(h("header", { cls: "desk-head" }, button("back", "back", () => this.leave(), { bare: true }), title, this.kept,
      button("undo", "undo", () => story.undo(), { bare: true }), button("redo", "redo", () => story.redo(), { bare: true }), this.versions,
      h("nav", { role: "tablist", cls: "modes", "aria-label": say("story") }, this.tabs)), this.place);
  }

  async go(mode) {
    const { story } = this;
    this.mode = mode;
    for (const tab of this.tabs) tab.setAttribute("aria-selected", String(tab.dataset.mode === mode));
    if (mode === "write") { await this.write(); return; }
    if (mode === "look") this.views.look ??= look(story);
    if (mode === "play" && !this.views.play) { this.views.play = play(story); this.views.play.begin(); }
    if (mode === "export") this.views.export ??= finish(story);
    const view = this.views[mode];
    this.place.replaceChildren(view.root);
    view.draw();
  }

  async write() {
    const { story, views } = this;
    if (!views.graph) {
      views.timeline = timeline(story, this);
      this.side = h("div", { cls: "pen" });
      const waiting = h("div", { cls: "map" });
      this.writing = h("div", { cls: "write" }, waiting, this.side);
      this.place.replaceChildren(this.writing);
      views.graph = await graph(story, this);
      waiting.replaceWith(h("div", { cls: "map" }, views.graph.root, views.timeline.root));
      views.graph.settle();
    }
    this.place.replaceChildren(this.writing);
    this.open(this.at);
  }

  /* Open a scene at the right; `write` puts the caret into it. */
  open(id, write = false, node = "") {
    if (this.mode !== "write") { this.at = id; this.go("write").then(() => this.open(id, write, node)); return; }
    this.at = this.story.scene(id) ? id : "";
    const { views } = this;
    views.beats = this.at ? beats(this.story, this, this.at) : null;
    this.side.replaceChildren(views.beats?.root ?? h("div", { cls: "empty-state" }, h("h3", {}, say("choose_scene")), h("p", {}, say("choose_scene_hint"))));
    views.graph?.show(this.at);
    views.timeline?.draw();
    if (node) views.beats?.show(node);
    else if (write) requestAnimationFrame(() => this.side.querySelector(".beats textarea, input.title")?.focus());
  }

  async play(at) {
    if (!this.views.play) this.views.play = play(this.story);
    this.views.play.begin(at);
    await this.go("play");
  }

  draw() { this.views.beats?.draw(); this.views.graph?.draw(); this.views.timeline?.draw(); }

  hear(what) {
    const { story } = this;
    this.kept.textContent = say(story.waiting ? "keeping" : "kept");
    if (what === "saved") return;
    if (what === "all") {
      if (this.at && !story.scene(this.at)) this.open("");
      this.draw();
      if (document.activeElement !== this.title) this.title.value = story.told.title ?? "";
      if (this.mode === "look") this.views.look.draw();
    }
    if (what === "graph") { this.views.graph?.draw(); this.views.timeline?.draw(); }
    clearTimeout(this.checking);
    this.checking = setTimeout(() => this.views.check.draw(), CHECK_MS);
  }

  count(number) {
    const place = this.root.querySelector(".mode .count");
    if (place) { place.hidden = !number; place.textContent = number; place.setAttribute("aria-label", say("n_findings", { n: number })); }
  }

  hint(sentence) { tell(sentence); }

  async showVersions() {
    const sheet = this.versions.querySelector(".sheet");
    let found;
    try { found = await ask(`${this.story.id}/versions`); } catch (error) { tell(error.message); return; }
    sheet.replaceChildren(h("h4", {}, say("versions")), found.length ? h("ul", {}, found.slice(0, 40).map((when) => h("li", {}, h("button", { type: "button", cls: "nb quiet", onclick: async () => {
      try { await this.story.line; this.story.take(await ask(`${this.story.id}/restore`, { version: String(when).padStart(13, "0") })); } catch (error) { tell(error.message); return; }
      Object.assign(this.story, { past: [], future: [] });
      this.story.spread("all");
      this.versions.open = false;
      tell(say("restored"));
    } }, h("span", {}, new Date(when).toLocaleString(document.documentElement.lang || undefined)))))) : h("p", { cls: "quiet" }, say("no_versions")));
  }

  keys(event) {
    if (!this.story) return;
    const ctrl = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    if (ctrl && key === "z" && !event.shiftKey) this.story.undo();
    else if (ctrl && (key === "y" || (key === "z" && event.shiftKey))) this.story.redo();
    else if (ctrl && key === "p") this.play(this.at);
    else if (key === "escape" && this.mode === "play") this.go("write");
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
