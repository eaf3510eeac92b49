/* The scenes as a graph: drag, connect, zoom, choose several, search. What is drawn follows the story, never the other way round. */
import { whatIs } from "./inspector.js";
import { button, h, icon, say, thumb } from "./page.js";
import { END } from "./story.js";

const WIDE = 180, HIGH = 78, COLUMN = 320, ROW = 136, PICTURES_MOST = 120, FOUND_MOST = 12, NUDGE = 20, LETTER_LEAST = 5, FIT_LEAST = 0.35, FEW = 12, READ = 0.6, EDGE = 56;
/* What the check says of a scene that is worth a mark in the graph, and what the mark reads. */
const MARKS = { "dead-end": "just_stops", unreachable: "not_reached", nowhere: "leads_nowhere", circle: "never_ends" };

/* Columns by the number of steps from the start; what a person has placed stays where it is. */
export function places(story, anew = new Set()) {
  const depth = new Map(), open = story.first ? [[story.first, 0]] : [];
  while (open.length) {
    const [id, deep] = open.shift(), scene = story.scene(id);
    if (!scene || depth.has(id)) continue;
    depth.set(id, deep);
    for (const way of story.ways(scene)) open.push([way.to, deep + 1]);
  }
  const rows = new Map(), found = new Map(), last = Math.max(0, ...depth.values()) + 1;
  for (const scene of story.scenes) {
    const column = depth.get(scene.id) ?? last, row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    const at = scene.meta?.at;
    found.set(scene.id, Array.isArray(at) && at.length === 2 && !anew.has(scene.id) ? { x: at[0], y: at[1] } : { x: column * COLUMN, y: row * ROW });
  }
  return found;
}

export async function graph(story, desk) {
  const { default: cytoscape } = await import("./cytoscape.js");
  cytoscape.warnings(false);  /* it tells of each line that it cannot draw before the board has a size */
  const board = h("div", { cls: "board", tabindex: "0", role: "application", "aria-label": say("graph") });
  const hits = h("ul", { cls: "hits", hidden: true, role: "listbox", "aria-label": say("find_scene") });
  const search = h("input", { type: "search", placeholder: say("find_scene"), "aria-label": say("find_scene"), oninput: () => find() });
  const marked = h("button", { type: "button", cls: "nb marked", hidden: true, title: say("marks_hint"), onclick: () => nextMark() });
  const link = button("connect", "link", () => arm(!linking), { bare: true, "aria-pressed": "false" });
  const tools = h("div", { cls: "tools" }, h("div", { cls: "seek" }, search, hits),
    button("add_scene", "plus", () => add(), {}), link,
    button("closer", "plus", () => zoom(1.25), { bare: true }), button("farther", "minus", () => zoom(0.8), { bare: true }),
    button("fit", "fit", () => fit(), { bare: true }), button("remove_scene", "trash", () => remove(), { bare: true }));
  const root = h("section", { cls: "graph", "aria-label": say("scenes") }, tools, board, marked);
  const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  let linking = false, from = null, drawn = "", marks = new Map(), lastMark = -1;

  const cy = cytoscape({ container: board, minZoom: 0.02, maxZoom: 2.4, boxSelectionEnabled: true, selectionType: "single",
    hideEdgesOnViewport: false, layout: { name: "preset" }, style: [] });
  const dress = () => cy.style([
    { selector: "node", style: { shape: "round-rectangle", width: WIDE, height: HIGH, "background-color": colour("--raised"), "border-width": 1.5,
      "border-color": colour("--edge"), label: "data(label)", color: colour("--text"), "font-family": "IBM Plex Sans, system-ui, sans-serif", "font-size": 14, "min-zoomed-font-size": LETTER_LEAST,
      "font-weight": 700, "text-valign": "center", "text-wrap": "ellipsis", "text-max-width": WIDE - 16 } },
    { selector: "node[picture]", style: { "background-image": "data(picture)", "background-fit": "cover", "background-image-opacity": 0.9, "text-valign": "bottom",
      "text-margin-y": -26, "text-background-color": colour("--raised"), "text-background-opacity": 0.92, "text-background-padding": 5, "text-background-shape": "round-rectangle" } },
    { selector: "node.lost", style: { "border-style": "dashed", "border-color": colour("--warn") } },
    { selector: "node.end", style: { shape: "ellipse", width: 86, height: 40, "background-color": colour("--well"), "border-width": 0, color: colour("--dim"), "font-size": 13, "font-weight": 400 } },
    { selector: "node.dead", style: { "border-color": colour("--bad") } },
    { selector: "node.mark", style: { shape: "round-rectangle", width: (node) => node.data("label").length * 6.4 + 18, height: 24, label: "data(label)", "background-color": colour("--warn-soft"), "border-width": 0, color: colour("--warn"), "font-size": 12, "font-weight": 700, events: "no" } },
    { selector: "edge", style: { width: 2, "line-color": colour("--edge"), "target-arrow-color": colour("--edge"), "target-arrow-shape": "triangle", "curve-style": "bezier",
      "control-point-step-size": 34, label: "data(label)", color: colour("--dim"), "font-size": 12, "min-zoomed-font-size": LETTER_LEAST, "text-wrap": "ellipsis", "text-max-width": 118,
      "text-background-color": colour("--surface"), "text-background-opacity": 1, "text-background-padding": 3, "font-family": "IBM Plex Sans, system-ui, sans-serif" } },
    { selector: "edge.chance", style: { "line-style": "dashed" } },
    { selector: "node:selected, edge:selected", style: { "border-color": colour("--focus"), "border-width": 4, "line-color": colour("--focus"), "target-arrow-color": colour("--focus") } },
    { selector: "node.found", style: { "background-color": colour("--warn-soft") } },
    { selector: "node.faint, edge.faint", style: { opacity: 0.25 } },
    { selector: "node.from", style: { "border-color": colour("--accent"), "border-width": 5 } },
  ]);

  const endOf = ({ x, y }) => ({ x: x + 168, y: y - 58 });  /* above, for ways lead to the right and down */
  const pictureOf = (scene) => {
    const place = (scene.nodes ?? []).flatMap((node) => node.directives ?? []).find((one) => one.kind === "place")?.place;
    const file = place && story.file(story.places.find((one) => one.id === place)?.asset);
    return file ? thumb(file) : undefined;
  };

  const elements = () => {
    const first = story.first, at = places(story), pictures = story.scenes.length <= PICTURES_MOST, made = [], lines = [], ends = new Set();
    for (const scene of story.scenes) {
      const picture = pictures ? pictureOf(scene) : undefined;
      made.push({ group: "nodes", data: { id: scene.id, label: (scene.id === first ? "✦ " : "") + (scene.title || scene.id), ...(picture ? { picture } : {}) }, position: at.get(scene.id),
        classes: troubles(scene.id) });
      const said = marks.get(scene.id), here = at.get(scene.id);
      if (said) made.push({ group: "nodes", data: { id: `${scene.id}/mark`, of: scene.id, label: `! ${[...said].map((kind) => say(MARKS[kind])).join(", ")}` }, position: { x: here.x, y: here.y - 54 }, classes: "mark", selectable: false, grabbable: false });
      for (const way of story.ways(scene, true)) {
        let goal = way.to;
        if (goal === END) {
          goal = `${scene.id}/${END}`;
          const { x, y } = at.get(scene.id);
          if (!ends.has(goal)) made.push({ group: "nodes", data: { id: goal, of: scene.id, label: say("ending") }, position: endOf({ x, y }), classes: "end", selectable: false, grabbable: false });
          ends.add(goal);
        } else if (!story.scene(goal)) continue;
        lines.push({ group: "edges", data: { id: way.path.join("/"), source: scene.id, target: goal, label: way.text.slice(0, 60), path: way.path }, classes: way.chance ? "chance" : "" });
      }
    }
    return [...made, ...lines];
  };

  const troubles = (id) => { const said = marks.get(id); return !said ? "" : said.has("unreachable") ? "lost" : said.has("circle") ? "" : "dead"; };
  /* What the check has found is shown where it is, and counted. */
  const mark = (found) => {
    marks = new Map();
    for (const one of found) if (MARKS[one.kind] && story.scene(one.scene) && (one.kind !== "unreachable" || !one.node)) marks.set(one.scene, (marks.get(one.scene) ?? new Set()).add(one.kind));
    const count = (kind) => [...marks.values()].filter((kinds) => kinds.has(kind)).length;
    marked.hidden = !marks.size;
    marked.replaceChildren(icon("warn"), h("span", {}, Object.entries(MARKS).filter(([kind]) => count(kind)).map(([kind, word]) => `${say(word)}: ${count(kind)}`).join(" · ")));
    draw();
  };
  const nextMark = () => { const ids = [...marks.keys()]; lastMark = (lastMark + 1) % ids.length; desk.open(ids[lastMark]); };

  /* Only what is different is touched, so that a drag or a long story does not flicker. */
  const draw = () => {
    const wanted = elements(), print = JSON.stringify(wanted);
    if (print === drawn) return;
    drawn = print;
    const ids = new Set(wanted.map((one) => one.data.id));
    const before = cy.nodes().length;
    let fresh = cy.collection();
    if (!before) { cy.add(wanted); return; }
    cy.batch(() => {
      cy.elements().filter((one) => !ids.has(one.id())).remove();
      for (const one of wanted) {
        const there = cy.getElementById(one.data.id);
        if (there.empty()) { const made = cy.add(one); if (story.scene(one.data.id) || one.classes === "end") fresh = fresh.union(made); continue; }
        if (one.group === "edges" && (there.source().id() !== one.data.source || there.target().id() !== one.data.target)) { there.remove(); cy.add(one); continue; }
        there.data(one.data);
        if (!one.data.picture) there.removeData("picture");
        there.classes(one.classes);
        if (one.position && !there.grabbed()) there.position(one.position);
      }
    });
    if (fresh.nonempty() && fresh.some((node) => !inSight(node))) fit();
  };

  const show = (id) => {
    cy.elements(":selected").unselect();
    const node = id ? cy.getElementById(id) : cy.collection();
    node.select();
    if (node.nonempty() && !inSight(node)) cy.animate({ center: { eles: node }, duration: 160 });
  };
  const inSight = (node) => { const box = node.renderedBoundingBox(); return box.x1 > 0 && box.y1 > 0 && box.x2 < cy.width() && box.y2 < cy.height(); };
  /* All scenes in sight, never larger than life. Reckoned from where they lie: measuring each word of a long story takes seconds. */
  const whole = () => {
    const at = cy.nodes().map((node) => node.position());
    if (!at.length) return { zoom: 1, pan: { x: cy.width() / 2, y: cy.height() / 2 } };
    const [left, right] = [Math.min, Math.max].map((pick) => pick(...at.map(({ x }) => x))), [top, bottom] = [Math.min, Math.max].map((pick) => pick(...at.map(({ y }) => y)));
    const zoom = Math.min(1, (cy.width() - 2 * EDGE) / (right - left + WIDE), (cy.height() - 2 * EDGE) / (bottom - top + HIGH));
    return { zoom, pan: { x: cy.width() / 2 - zoom * (left + right) / 2, y: cy.height() / 2 - zoom * (top + bottom) / 2 } };
  };
  const fit = () => cy.animate({ ...whole(), duration: 160 });
  /* Once, when the board has got its size: everything in sight; of a long story the beginning, large enough to read. */
  let settled = false;
  const settle = () => {
    if (settled || !board.clientWidth) return;
    settled = true;
    cy.resize();
    const all = whole(), first = cy.getElementById(desk.at || story.first);
    if (all.zoom >= FIT_LEAST || story.scenes.length <= FEW || first.empty()) cy.viewport(all);
    else { cy.zoom(READ); cy.center(first); }
  };
  const zoom = (by) => cy.animate({ zoom: { level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }, duration: 120 });
  let chosenHit = 0, found = [];
  const find = () => {
    found = story.find(search.value, FOUND_MOST * 20);
    const there = new Set(found.map((one) => one.scene)), wanted = Boolean(search.value.trim());
    cy.batch(() => { cy.nodes().forEach((node) => { const id = node.data("of") ?? node.id(); node.toggleClass("found", wanted && there.has(id) && !node.data("of")); node.toggleClass("faint", wanted && !there.has(id)); });
      cy.edges().toggleClass("faint", wanted); });
    hits.hidden = !wanted;
    hits.replaceChildren(...found.slice(0, FOUND_MOST).map((one, at) => h("li", { role: "option", id: `desk-hit-${at}`, onpointerdown: (event) => { event.preventDefault(); jump(at); } }, h("b", {}, story.scene(one.scene).title || one.scene), one.text ? h("span", {}, one.text) : null)),
      ...(found.length > FOUND_MOST ? [h("li", { cls: "quiet", role: "presentation" }, say("and_more", { n: found.length - FOUND_MOST }))] : found.length ? [] : [h("li", { cls: "quiet", role: "presentation" }, say("nothing_found"))]));
    markHit(0);
  };
  const markHit = (to) => {
    const most = Math.min(found.length, FOUND_MOST);
    chosenHit = most ? (to + most) % most : 0;
    [...hits.children].forEach((row, at) => row.getAttribute("role") === "option" && row.setAttribute("aria-selected", String(at === chosenHit)));
    if (most) search.setAttribute("aria-activedescendant", `desk-hit-${chosenHit}`); else search.removeAttribute("aria-activedescendant");
  };
  const jump = (at) => { const one = found[at]; if (!one) return; hits.hidden = true; desk.open(one.scene, false, one.node); };
  search.addEventListener("blur", () => { hits.hidden = true; });
  search.addEventListener("focus", () => { if (search.value.trim()) find(); });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") jump(chosenHit);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") markHit(chosenHit + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Escape") { search.value = ""; find(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  let gathering = 0;
  const scenesChosen = () => cy.nodes(":selected").filter((node) => Boolean(story.scene(node.id())));
  const place = (nodes) => {
    const edits = nodes.map((node) => ({ op: "set", path: ["scenes", node.id(), "meta", "at"], value: [Math.round(node.position("x")), Math.round(node.position("y"))] }))
      .filter((edit) => String(story.scene(edit.path[1]).meta?.at) !== String(edit.value));
    if (edits.length) story.change(edits, { merge: `place ${edits.map((edit) => edit.path[1])}`, what: "graph" });
  };
  /* Back to columns: where the way from the beginning puts them. */
  const tidy = (ids) => {
    const at = places(story, new Set(ids));
    story.change(ids.map((id) => ({ op: "set", path: ["scenes", id, "meta", "at"], value: [at.get(id).x, at.get(id).y] })));
  };
  /* The nearest place below where nothing lies yet. */
  const free = (x, y) => {
    const taken = cy.nodes().filter((node) => Boolean(story.scene(node.id()))).map((node) => node.position());
    while (taken.some((one) => Math.abs(one.x - x) < WIDE + 20 && Math.abs(one.y - y) < HIGH + 30)) y += ROW;
    return [Math.round(x), Math.round(y)];
  };
  const add = (at = null) => {
    const box = cy.extent(), chosen = cy.nodes(":selected").filter((node) => story.scene(node.id()));
    const near = chosen.nonempty() ? { x: chosen[0].position("x") + COLUMN, y: chosen[0].position("y") } : { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 };
    const { x, y } = at ?? near;
    desk.open(story.addScene(say("scene_n", { n: story.scenes.length + 1 }), free(x, y), at ? "" : chosen.nonempty() ? chosen[0].id() : ""), "name");
  };
  const remove = () => {
    const edge = cy.edges(":selected")[0];
    if (edge) { const path = edge.data("path"); story.change([{ op: "set", path, value: path.length === 3 ? END : "" }]); return; }
    const ids = scenesChosen().map((node) => node.id());
    if (ids.length) { story.removeScenes(ids); desk.open(""); }
  };
  const arm = (on) => {
    linking = on; from = null;
    link.setAttribute("aria-pressed", String(on));
    board.classList.toggle("linking", on);
    cy.nodes().removeClass("from");
    cy.autoungrabify(on);
    if (on) desk.hint(say("connect_hint"));
  };

  cy.on("tap", "node", (event) => {
    const id = event.target.id();
    if (!story.scene(id)) return;
    if (!linking) { if (!event.originalEvent.shiftKey && !event.originalEvent.ctrlKey && !event.originalEvent.metaKey) desk.open(id); return; }
    if (!from) { from = id; event.target.addClass("from"); return; }
    const start = from;
    arm(false);
    story.connect(start, id);
  });
  cy.on("tap", (event) => { if (event.target === cy) { if (linking) arm(false); else desk.open(""); } });
  cy.on("tap", "edge", (event) => { const path = event.target.data("path"), scene = event.target.data("source"); desk.choose(whatIs({ path }, scene)); });
  /* Several at once: shift and a drag, shift and a click, or Ctrl and A. */
  cy.on("select unselect", "node", () => { clearTimeout(gathering); gathering = setTimeout(() => {
    const ids = scenesChosen().map((node) => node.id());
    if (ids.length > 1) desk.choose({ kind: "many", ids });
    else if (desk.chosen?.kind === "many") desk.choose(ids.length ? { kind: "scene", id: ids[0] } : null);
  }, 60); });
  cy.on("dbltap", (event) => { if (event.target === cy) add(event.position); });
  cy.on("free", "node", () => {
    const moved = cy.nodes().filter((node) => story.scene(node.id()) && (node.selected() || node.same(lastGrabbed)));
    place(moved);
  });
  /* An ending and a mark go along with their scene. */
  cy.on("drag", "node", () => cy.batch(() => cy.nodes(":selected").union(lastGrabbed).forEach((node) => {
    const { x, y } = node.position();
    cy.getElementById(`${node.id()}/${END}`).position(endOf({ x, y }));
    cy.getElementById(`${node.id()}/mark`).position({ x, y: y - 54 });
  })));
  let lastGrabbed = cy.collection();
  cy.on("grab", "node", (event) => { lastGrabbed = event.target; });

  board.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase(), chosen = cy.nodes(":selected")[0];
    if ((event.ctrlKey || event.metaKey) && "cnf".includes(key)) return;
    if (key === "delete" || key === "backspace") remove();
    else if (key === "c") arm(!linking);
    else if (key === "n") add();
    else if (key === "f") fit();
    else if (key === "+") zoom(1.25);
    else if (key === "-") zoom(0.8);
    else if (key === "enter" && chosen) desk.open(chosen.id(), true);
    else if (key === "a" && (event.ctrlKey || event.metaKey)) cy.nodes().filter((node) => Boolean(story.scene(node.id()))).select();
    else if (event.ctrlKey || event.metaKey) return;
    else if (event.altKey && key.startsWith("arrow")) nudge(key.slice(5));
    else if (key.startsWith("arrow")) step(key.slice(5), chosen);
    else if (key === "escape") { arm(false); desk.open(""); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  const nudge = (side) => {
    const [x, y] = { left: [-NUDGE, 0], right: [NUDGE, 0], up: [0, -NUDGE], down: [0, NUDGE] }[side], nodes = scenesChosen();
    cy.batch(() => nodes.forEach((node) => node.shift({ x, y })));
    place(nodes);
  };
  const step = (side, chosen) => {
    if (!chosen) { desk.open(story.first); return; }
    const away = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] }[side], here = chosen.position();
    let best = null, least = Infinity;
    cy.nodes().forEach((node) => {
      if (!story.scene(node.id()) || node.same(chosen)) return;
      const x = node.position("x") - here.x, y = node.position("y") - here.y, along = x * away[0] + y * away[1], aside = Math.abs(x * away[1]) + Math.abs(y * away[0]);
      if (along > 1 && along + 2 * aside < least) { least = along + 2 * aside; best = node; }
    });
    if (best) desk.open(best.id());
  };

  dress();
  draw();
  const size = new ResizeObserver(() => cy.resize()), clothes = new MutationObserver(dress);
  size.observe(board);
  clothes.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  const close = () => { size.disconnect(); clothes.disconnect(); clearTimeout(gathering); cy.destroy(); };
  return { root, draw, show, settle, mark, tidy, close, cy };
}
