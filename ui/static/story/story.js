/* One story under the pen: a copy here, the truth on disk. Each change goes out at once, in order, and can be undone. */
import { ask, fresh, tell } from "./page.js";

const LISTS = new Set(["scenes", "cast", "places", "variables", "assets", "nodes", "options", "directives", "lore"]);
const GROUPS = new Set(["meta", "looks", "languages", "groups", "prompts"]);
const MERGE_MS = 2500, AGAIN_MS = 1500, STEP = [320, 136];
export const END = "@end";

const placeOf = (rows, key) => rows.findIndex((row, at) => (row.id ?? row.name ?? String(at)) === key);

/* The same change that Python makes (core/story/edits.py), on the copy in the page. */
export function put(row, path, edit) {
  const [name, key, ...rest] = path;
  if (key === undefined) {
    if (edit.op === "set") row[name] = structuredClone(edit.value);
    else if (edit.op === "add") {
      const rows = (row[name] ??= []);
      rows.splice(edit.at >= 0 && edit.at <= rows.length ? edit.at : rows.length, 0, structuredClone(edit.value));
    }
  } else if (LISTS.has(name)) {
    const rows = (row[name] ??= []), at = placeOf(rows, key);
    if (at < 0) throw new Error(`${path.join("/")}?`);
    if (rest.length) put(rows[at], rest, edit);
    else if (edit.op === "remove") rows.splice(at, 1);
    else rows[at] = structuredClone(edit.value);
  } else if (GROUPS.has(name)) {
    const rows = rest.length ? (row[name] ??= {})[key] : (row[name] ??= {}), last = rest[0] ?? key;
    if (edit.op === "remove") delete rows[last];
    else rows[last] = structuredClone(edit.value);
  } else put((row[name] ??= {}), [key, ...rest], edit);
}

export class Story {
  constructor(id) {
    Object.assign(this, { id, told: {}, revision: "", past: [], future: [], heard: new Set(), line: Promise.resolve(), waiting: 0, sent: 0, people: [], behind: false, away: false, closed: false });
  }

  static async open(id) {
    const story = new Story(id);
    const [said, people] = await Promise.all([ask(id), ask("people").catch(() => [])]);
    story.take(said);
    story.people = people;
    return story;
  }

  take(said) { this.told = said.story; this.revision = said.revision; this.known = null; }
  on(hear) { this.heard.add(hear); }
  /* Nobody looks at it any more; what was written still goes out. */
  close() { this.closed = true; this.heard.clear(); }
  spread(what) { for (const hear of this.heard) hear(what); }

  get scenes() { return this.told.scenes ?? []; }
  get cast() { return this.told.cast ?? []; }
  get places() { return this.told.places ?? []; }
  get variables() { return this.told.variables ?? []; }
  get assets() { return this.told.assets ?? []; }
  scene(id) { return (this.known ??= new Map(this.scenes.map((one) => [one.id, one]))).get(id); }
  get first() {
    const known = new Set(this.scenes.map((one) => one.id));
    return [this.told.start, ...(this.told.timeline?.order ?? []), ...known].find((one) => known.has(one)) ?? "";
  }
  file(asset) { return this.assets.find((one) => one.id === asset)?.file ?? ""; }

  /* Where a scene leads: what is chosen, what follows. `path` is the value to change, `alive` leaves out an end that no way reaches. */
  ways(scene, alive = false) {
    const found = [], at = ["scenes", scene.id];
    for (const node of scene.nodes ?? []) {
      for (const option of node.options ?? []) if (option.to) found.push({ to: option.to.split("#")[0], text: option.text ?? "", path: [...at, "nodes", node.id, "options", option.id, "to"], chance: node.by === "chance" });
      if (node.next) found.push({ to: node.next.split("#")[0], text: "", path: [...at, "nodes", node.id, "next"] });
    }
    if (scene.next && !(alive && this.asksAll(scene))) found.push({ to: scene.next.split("#")[0], text: "", path: [...at, "next"] });
    return found;
  }

  /* Whether a scene ends in a question of which every answer leads away. */
  asksAll(scene) {
    const last = scene.nodes?.at(-1);
    return last?.type === "choice" && !last.when && last.options?.some((one) => !one.when) && last.options.every((one) => one.to);
  }

  /* `merge`: changes with the same word, made shortly after one another, are undone together. `what` says who has to draw anew. */
  change(edits, { merge = "", what = "all" } = {}) {
    const last = this.past.at(-1), together = merge && last?.merge === merge && Date.now() - last.when < MERGE_MS;
    const entry = together ? last : { merge, undo: null, when: 0 };
    entry.when = Date.now();
    if (!together) this.past.push(entry);
    this.future = [];
    this.apply(edits);
    this.send(edits, (undo) => { entry.undo ??= undo; });
    this.spread(what);
  }

  apply(edits) {
    for (const edit of edits) put(this.told, edit.path, edit);
    this.known = null;
  }

  send(edits, then) {
    const once = `${Date.now()}-${Math.random()}`;  /* asked again, it is not done twice */
    this.waiting += 1;
    this.sent += 1;
    this.line = this.line.then(async () => {
      try {
        const said = await this.surely(`${this.id}/edits`, { edits, base: this.revision, once });
        this.revision = said.revision;
        then(said.undo);
        /* While later changes still wait, the copy here stays; what another page wrote is fetched after the last one. */
        if (said.story && this.waiting > 1) this.behind = true;
        else if (said.story) { this.take(said); this.behind = false; this.spread("all"); }
      } catch (error) {
        tell(error.message);
        this.behind = true;
      }
      this.waiting -= 1;
      if (this.behind && !this.waiting) await this.reload();
      this.spread("saved");
    });
    return this.line;
  }

  /* Asks until there is an answer: what was written stays here while the studio is away. */
  async surely(path, given) {
    for (;;) {
      try { const said = await ask(path, given); this.away = false; return said; } catch (error) {
        if (!error.offline) throw error;
        if (!this.away) tell(error.message);
        this.away = true;
        this.spread("saved");
        await new Promise((ready) => setTimeout(ready, AGAIN_MS));
      }
    }
  }

  async reload() {
    const before = this.sent;
    let said;
    try { said = await ask(this.id); } catch (error) { tell(error.message); return; }
    this.behind = this.sent !== before;  /* written meanwhile: that answer is older than the page, and is asked for again */
    if (this.behind) return;
    this.take(said);
    this.past = this.past.filter((entry) => entry.undo);
    this.spread("all");
  }

  async step(from, to) {
    await this.line;
    const entry = from.pop();
    if (!entry?.undo) return;
    this.apply(entry.undo);
    const sent = this.send(entry.undo, (undo) => to.push({ merge: "", undo, when: 0 }));
    this.spread("all");
    await sent;
  }
  undo() { return this.step(this.past, this.future); }
  redo() { return this.step(this.future, this.past); }

  /* Another page may have written: what is on disk wins, and what is being typed has gone there already. */
  async look() {
    if (this.waiting) return;
    const said = await ask(`${this.id}/revision`).catch(() => null);
    if (said && !this.waiting && (this.behind || said.revision !== this.revision)) await this.reload();
  }

  // --- changes that need more than one step

  addScene(title, at, from = "") {
    const id = fresh(title, new Set(this.scenes.map((one) => one.id)));
    const made = { id, title, next: END, nodes: [{ id: "n1", text: "" }], meta: { at } };
    const edits = [{ op: "add", path: ["scenes"], value: made, at: -1 }];
    this.change(from ? [...edits, ...this.leading(from, id, title)] : edits);
    return id;
  }

  /* A scene that something leads to from now on: an answer, a line or the end of a scene, named by its path. */
  addSceneFrom(path, title) {
    const id = fresh(title, new Set(this.scenes.map((one) => one.id))), from = this.scene(path[1]), at = from?.meta?.at;
    const made = { id, title: title.slice(0, 300), next: END, nodes: [{ id: "n1", text: "" }], meta: at ? { at: [at[0] + STEP[0], at[1] + STEP[1] * this.ways(from).filter((way) => way.to !== END).length] } : {} };
    this.change([{ op: "add", path: ["scenes"], value: made, at: -1 }, { op: "set", path, value: id }]);
    return id;
  }

  /* From one scene to another: the end of a scene leads there; where it leads somewhere already, there is a choice. */
  leading(from, to, title) {
    const scene = this.scene(from), last = scene.nodes?.at(-1), path = ["scenes", from];
    const option = (text, goal, taken) => ({ id: fresh(text || "answer", taken), text, to: goal });
    if (last?.type === "choice") {
      const taken = new Set((last.options ?? []).map((one) => one.id));
      return [{ op: "add", path: [...path, "nodes", last.id, "options"], value: option(title, to, taken), at: -1 }];
    }
    if (!scene.next || scene.next === END) return [{ op: "set", path: [...path, "next"], value: to }];
    const before = this.scene(scene.next.split("#")[0])?.title ?? scene.next, first = option(before, scene.next, new Set());
    const id = freshNode(scene), options = [first, option(title, to, new Set([first.id]))];
    return [{ op: "add", path: [...path, "nodes"], value: { id, type: "choice", options }, at: -1 }];
  }

  /* Changes in many places, which the studio works out from the story on disk. */
  async reword(way, given) {
    await this.line;
    try {
      const edits = await ask(`${this.id}/${way}`, given);
      if (edits.length) this.change(edits);
      return true;
    } catch (error) { tell(error.message); this.spread("all"); return false; }
  }

  connect(from, to) { this.change(this.leading(from, to, this.scene(to).title ?? to)); }

  /* Scenes and lines with these words, in the order in which they are told. */
  find(words, most) {
    const wanted = words.trim().toLowerCase(), found = [];
    const names = new Map(this.cast.map((one) => [one.id, (one.name || one.id).toLowerCase()]));
    if (!wanted) return found;
    for (const id of this.order) {
      const scene = this.scene(id);
      if (`${scene.title ?? ""} ${id}`.toLowerCase().includes(wanted)) found.push({ scene: id, node: "", text: "" });
      for (const node of scene.nodes ?? []) {
        const said = [node.text, ...(node.options ?? []).map((one) => one.text)].find((text) => text?.toLowerCase().includes(wanted)) ?? (names.get(node.who)?.includes(wanted) ? node.text ?? "" : undefined);
        if (said !== undefined) found.push({ scene: id, node: node.id, text: said });
        if (found.length >= most) return found;
      }
    }
    return found;
  }

  removeScenes(ids) {
    const gone = new Set(ids), edits = [];
    for (const scene of this.scenes) if (!gone.has(scene.id)) for (const way of this.ways(scene)) {
      if (gone.has(way.to)) edits.push({ op: "set", path: way.path, value: way.path.length === 3 ? END : "" });
    }
    if (gone.has(this.told.start)) edits.push({ op: "set", path: ["start"], value: "" });
    const order = this.told.timeline?.order;
    if (order?.some((one) => gone.has(one))) edits.push({ op: "set", path: ["timeline", "order"], value: order.filter((one) => !gone.has(one)) });
    for (const id of ids) if (id in (this.told.timeline?.groups ?? {})) edits.push({ op: "remove", path: ["timeline", "groups", id] });
    this.change([...edits, ...ids.map((id) => ({ op: "remove", path: ["scenes", id] }))]);
  }

  /* The order in which scenes are told: what was put in order first, then the rest as they stand. */
  get order() {
    const named = (this.told.timeline?.order ?? []).filter((one) => this.scene(one));
    return [...named, ...this.scenes.map((one) => one.id).filter((one) => !named.includes(one))];
  }
}

export const freshNode = (scene) => {
  const taken = new Set((scene.nodes ?? []).map((one) => one.id));
  for (let number = taken.size + 1; ; number++) if (!taken.has("n" + number)) return "n" + number;
};

