/* What is chosen, with all that can be said of it: a scene, a line, a way, somebody, a place, several scenes, or the story itself. */
import * as cast from "./cast.js";
import { fields, flush } from "./fields.js";
import { button, choose, field, fresh, h, icon, redraw, say } from "./page.js";
import { STAGE, begun, direction, small } from "./stage.js";
import { END, freshNode } from "./story.js";

const KINDS = ["text", "choice", "action"], WAYS_MOST = 12;

export function inspector(story, desk) {
  const give = fields(story), { set } = give;
  const root = h("aside", { cls: "inspect", "aria-label": say("inspector") });

  const title = (id) => id === END ? say("the_end") : story.scene(id.split("#")[0])?.title || id.split("#")[0];
  const go = (words, act, symbol = "link") => h("button", { type: "button", cls: "jump", onclick: act }, icon(symbol), h("span", {}, words));
  const fold = (word, ...inside) => h("section", { cls: "part" }, h("h4", {}, say(word)), inside);
  const jumps = (rows, none) => rows.length ? h("ul", { cls: "jumps" }, rows.slice(0, WAYS_MOST).map((row) => h("li", {}, row)), rows.length > WAYS_MOST ? h("li", { cls: "quiet" }, say("and_more", { n: rows.length - WAYS_MOST })) : null) : h("p", { cls: "quiet small" }, say(none));

  // --- one scene

  const scene = (id) => {
    const one = story.scene(id), order = story.order, at = order.indexOf(id), path = (...more) => ["scenes", id, ...more];
    if (!one) return null;
    const into = story.scenes.flatMap((from) => story.ways(from).filter((way) => way.to === id).map((way) => [from, way]));
    const out = story.ways(one, true), groups = [...new Set(Object.values(story.told.timeline?.groups ?? {}).filter(Boolean))];
    const move = (to) => { const next = order.filter((each) => each !== id); next.splice(to, 0, id); set(["timeline", "order"], next); };
    return [say("scene"), one.title || id, [
      field("scene_title", give.line(one.title, path("title"), "scene_title")),
      id === story.first ? h("p", { cls: "quiet small" }, icon("star"), say("is_first")) : button("make_first", "star", () => set(["start"], id)),
      field("afterwards", give.lead(one.next, path("next"), "nowhere", "afterwards")),
      h("div", { cls: "two" }, field("told_as", h("input", { type: "number", min: 1, max: order.length, value: at + 1, data: { key: `order ${id}` }, onchange: (event) => move(Math.min(order.length, Math.max(1, Math.round(Number(event.target.value)) || 1)) - 1) })),
        field("branch", give.line(story.told.timeline?.groups?.[id], ["timeline", "groups", id], "branch", { list: "desk-groups" }))),
      h("datalist", { id: "desk-groups" }, groups.map((group) => h("option", { value: group }))),
      fold("ways_in", jumps(into.map(([from, way]) => go(`${from.title || from.id}${way.text ? ` · ${way.text}` : ""}`, () => desk.choose(whatIs(way, from.id)))), id === story.first ? "is_first" : "no_ways_in")),
      fold("ways_out", jumps(out.map((way) => go(`${way.text ? `${way.text} → ` : "→ "}${title(way.to)}`, () => desk.choose(whatIs(way, id)))), "no_ways_out")),
      give.note(one, path()),
      h("p", { cls: "quiet small" }, say("short_name"), " ", h("code", {}, id)),
      h("div", { cls: "verbs" }, button("play_scene", "play", () => desk.play(id)), button("duplicate", "equal", () => duplicate(one)), button("remove_it", "trash", () => { story.removeScenes([id]); desk.open(""); }))]];
  };
  const duplicate = (one) => {
    const id = fresh(one.title || one.id, new Set(story.scenes.map((each) => each.id))), at = one.meta?.at;
    const meta = { ...one.meta, ...(at ? { at: [at[0] + 40, at[1] + 110] } : {}) };
    story.change([{ op: "add", path: ["scenes"], value: { ...structuredClone(one), id, title: say("copy_of", { title: one.title || one.id }), meta }, at: -1 }]);
    desk.open(id, true);
  };

  // --- one line

  const beat = (sceneId, id) => {
    const nodes = story.scene(sceneId)?.nodes ?? [], at = nodes.findIndex((one) => one.id === id), node = nodes[at];
    if (!node) return null;
    const path = (...more) => ["scenes", sceneId, "nodes", id, ...more], kind = node.type ?? "text", stage = node.directives ?? [];
    const speaker = story.cast.find((one) => one.id === node.who);
    const drop = (place) => set(path("directives"), stage.filter((_, other) => other !== place));
    return [say(`kind_${kind}`), say("n_of", { n: at + 1, of: nodes.length, scene: title(sceneId) }), [
      small(story, sceneId, id),
      h("div", { cls: "two" }, field("kind", choose((kind === "raw" ? [...KINDS, "raw"] : KINDS).map((one) => [one, say(`kind_${one}`)]), kind, (value) => set(path("type"), value), { "data-key": path("type").join("/") })),
        kind === "text" || kind === "choice" ? field("who", give.person(node.who ?? "", (value) => set(path("who"), value), { "data-key": path("who").join("/") })) : null),
      speaker ? go(speaker.name || speaker.id, () => desk.choose({ kind: "person", id: node.who }), "face") : null,
      fold("on_stage", stage.map((one, place) => direction(story, give, path("directives", String(place)), one, () => drop(place))),
        choose([["", say("add_direction")], ...Object.keys(STAGE).map((one) => [one, say(`stage_${one}`)])], "", (value) => value && set(path("directives"), [...stage, begun(story, node, value)]), { "aria-label": say("on_stage"), "data-key": `${id} add` })),
      kind === "choice" ? fold("answers", field("who_picks", give.pick([["player", say("the_player")], ["chance", say("chance")]], node.by ?? "player", path("by"), "who_picks")),
        jumps((node.options ?? []).map((one) => go(`${one.text || say("answer")} → ${one.to ? title(one.to) : say("goes_on")}`, () => desk.choose({ kind: "option", scene: sceneId, node: id, option: one.id }), "branch")), "no_answers")) : null,
      story.scenes.length > 1 ? field("in_scene", elsewhere(sceneId, id)) : null,
      field("only_when", give.condition(node.when, path("when"))),
      field("changes", give.changes(node.do, path("do"))),
      field("then", give.lead(node.next, path("next"), "next_beat", "then")),
      give.note(node, path()),
      h("p", { cls: "quiet small" }, say("short_name"), " ", h("code", {}, `${sceneId}#${id}`)),
      h("div", { cls: "verbs" }, button("play_from", "play", () => desk.play(`${sceneId}#${id}`)),
        h("div", { cls: "acts" }, button("earlier", "up", () => desk.views.beats?.move(at, at - 1), { bare: true }), button("later", "later", () => desk.views.beats?.move(at, at + 1), { bare: true }),
        button("duplicate", "equal", () => {
          const made = freshNode(story.scene(sceneId));
          story.change([{ op: "add", path: ["scenes", sceneId, "nodes"], value: { ...structuredClone(node), id: made }, at: at + 1 }]);
          desk.views.beats?.focus(made);
        }, { bare: true }), button("remove_beat", "trash", () => { story.change([{ op: "remove", path: path() }]); desk.choose({ kind: "scene", id: sceneId }); }, { bare: true })))]];
  };

  /* The scene that a line is in; another one takes the line there. Filled when it is opened: a story may have thousands. */
  const elsewhere = (sceneId, id) => {
    const select = choose([[sceneId, title(sceneId)]], sceneId, (to) => desk.carry(sceneId, id, to), { "aria-label": say("in_scene"), "data-key": `in ${sceneId} ${id}` });
    const fill = () => { if (select.options.length === 1) select.replaceChildren(...story.order.map((one) => h("option", { value: one, selected: one === sceneId }, title(one)))); };
    for (const kind of ["pointerdown", "focus"]) select.addEventListener(kind, fill, { once: true });
    return select;
  };

  // --- one way: an answer, or where a line or a scene leads

  const option = (sceneId, nodeId, id) => {
    const node = (story.scene(sceneId)?.nodes ?? []).find((one) => one.id === nodeId), one = node?.options?.find((each) => each.id === id);
    if (!one) return null;
    const path = (...more) => ["scenes", sceneId, "nodes", nodeId, "options", id, ...more];
    const all = node.options.reduce((sum, each) => sum + (each.weight ?? 1), 0), share = all > 0 ? Math.round(100 * (one.weight ?? 1) / all) : 0;
    return [say("answer"), node.text || title(sceneId), [
      field("answer", give.text(one.text, path("text"), "answer")),
      field("leads_to", give.lead(one.to, path("to"), "goes_on", "leads_to", one.text)),
      field("only_when", give.condition(one.when, path("when"))),
      field("changes", give.changes(one.do, path("do"))),
      field("weight", give.number(one.weight ?? 1, path("weight"), "weight", { step: 0.5 })),
      h("p", { cls: "quiet small" }, say(node.by === "chance" ? "share_chance" : "share_player", { n: share })),
      h("ul", { cls: "jumps" }, h("li", {}, go(title(sceneId), () => desk.open(sceneId, false, nodeId), "back")), one.to && story.scene(one.to.split("#")[0]) ? h("li", {}, go(title(one.to), () => desk.open(one.to.split("#")[0]))) : null),
      h("div", { cls: "verbs" }, button("play_from", "play", () => desk.play(`${sceneId}#${nodeId}`)), button("remove_answer", "trash", () => { story.change([{ op: "remove", path: path() }]); desk.choose({ kind: "beat", scene: sceneId, node: nodeId }); }))]];
  };
  const lead = (path) => {
    const [, sceneId, , nodeId] = path, one = story.scene(sceneId), node = path.length > 3 && (one?.nodes ?? []).find((each) => each.id === nodeId);
    if (!one || (path.length > 3 && !node)) return null;
    const now = (node || one).next ?? "", gone = () => { set(path, path.length === 3 ? END : ""); desk.choose({ kind: "scene", id: sceneId }); };
    return [say("way"), `${title(sceneId)} → ${now ? title(now) : say("nowhere")}`, [
      field(node ? "then" : "afterwards", give.lead(now, path, node ? "next_beat" : "nowhere", node ? "then" : "afterwards")),
      node ? field("only_when", give.condition(node.when, ["scenes", sceneId, "nodes", nodeId, "when"])) : null,
      h("ul", { cls: "jumps" }, h("li", {}, go(title(sceneId), () => desk.open(sceneId, false, node ? nodeId : ""), "back")), story.scene(now.split("#")[0]) ? h("li", {}, go(title(now), () => desk.open(now.split("#")[0]))) : null),
      h("div", { cls: "verbs" }, button("remove_it", "trash", gone))]];
  };

  // --- people, places, many, all

  const person = (id) => {
    const one = story.cast.find((each) => each.id === id);
    return one && [say("somebody"), one.name || id, [cast.pictures(story, one), ...cast.person(story, give, one), h("p", { cls: "quiet small" }, say("short_name"), " ", h("code", {}, id))]];
  };
  const place = (id) => {
    const one = story.places.find((each) => each.id === id);
    return one && [say("stage_place"), one.title || id, [cast.backdrop(story, one), ...cast.place(story, give, one), h("p", { cls: "quiet small" }, say("short_name"), " ", h("code", {}, id))]];
  };
  const many = (ids) => {
    const there = ids.filter((id) => story.scene(id));
    const group = h("input", { type: "text", "aria-label": say("branch"), placeholder: say("branch"), onchange: () => story.change(there.map((id) => ({ op: "set", path: ["timeline", "groups", id], value: group.value.trim() }))) });
    return there.length > 1 && [say("scenes"), say("n_scenes", { n: there.length }), [
      h("p", { cls: "quiet small" }, there.slice(0, 8).map(title).join(", "), there.length > 8 ? " …" : ""),
      field("branch", group),
      h("div", { cls: "verbs" }, button("tidy", "grid", () => desk.views.graph.tidy(there)), button("remove_them", "trash", () => { story.removeScenes(there); desk.open(""); }))]];
  };
  const whole = () => [say("story"), story.told.title || story.told.id, [
    field("summary", give.text(story.told.summary, ["summary"], "summary")),
    fold("cast", jumps(story.cast.map((one) => go(one.name || one.id, () => desk.choose({ kind: "person", id: one.id }), "face")), "no_cast"), button("add_person", "plus", async () => { const id = await give.newPerson(); if (id) { desk.draw(); desk.choose({ kind: "person", id }); } })),
    fold("places", jumps(story.places.map((one) => go(one.title || one.id, () => desk.choose({ kind: "place", id: one.id }), "picture")), "no_places"), button("add_place", "plus", async () => { const id = await give.newPlace(); if (id) { desk.draw(); desk.choose({ kind: "place", id }); } })),
    fold("memory", h("p", { cls: "quiet small" }, story.variables.map((one) => one.name).join(", ") || say("no_memory")), button("all_of_it", "more", () => desk.go("look")))]];

  const chosen = (what) => ({ scene: () => scene(what.id), beat: () => beat(what.scene, what.node), option: () => option(what.scene, what.node, what.option),
    lead: () => lead(what.path), person: () => person(what.id), place: () => place(what.id), many: () => many(what.ids) })[what?.kind]?.() || null;

  const draw = () => {
    flush();
    let what = desk.chosen, found = chosen(what);
    if (!found && what?.scene && (found = scene(what.scene))) what = { kind: "scene", id: what.scene };
    const [kind, name, inside] = found ?? whole();
    root.dataset.kind = found ? what.kind : "story";
    redraw(root, h("header", {}, h("div", {}, h("h4", {}, kind), h("h3", {}, name)), button("close", "close", () => desk.fold(), { bare: true })), h("div", { cls: "inside" }, inside.flat()));
    for (const area of root.querySelectorAll("textarea")) area.style.height = `${area.scrollHeight + 2}px`;
  };
  draw();
  return { root, draw };
}

/* What a way of the graph is called when it is chosen. */
export function whatIs(way, scene) {
  const [, , , node, kind, option] = way.path;
  return kind === "options" ? { kind: "option", scene, node, option } : { kind: "lead", scene, path: way.path };
}
