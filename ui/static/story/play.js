/* Plays the story in the very page that an export makes: what is seen here is what a friend will see. */
import { button, choose, field, h, say } from "./page.js";

const LOOK_MS = 400;

export function play(story, desk) {
  const frame = h("iframe", { title: say("play"), cls: "player" });
  const facts = h("ul", { cls: "variables" }), where = h("p", { cls: "quiet" });
  const overridden = new Map();
  let from = "", given = {};
  const game = () => { try { return frame.contentWindow?.studionova; } catch { return null; } };

  const begin = async (at = from, values = given) => {
    from = at; given = values;
    overridden.clear();
    await story.line;
    frame.src = new URL(`stories/${story.id}/player?${story.revision}`, document.baseURI).href;
  };
  frame.addEventListener("load", () => {
    const player = game();
    if (!player) return;
    player.jump(from || story.first, given);
    frame.contentWindow.focus();
    /* Esc leaves, as everywhere else in the desk; a sheet of the player that is open is closed first. */
    frame.contentWindow.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || frame.contentDocument.querySelector("dialog[open]")) return;
      event.stopImmediatePropagation();
      desk.go("write");
    }, true);
    show();
  });

  const value = (one, now) => {
    const put = (made) => { if (!overridden.has(one.name)) overridden.set(one.name, now); game().game.v[one.name] = made; show(true); };
    const kind = one.kind ?? "flag";
    if (kind === "flag") return choose([["false", say("no")], ["true", say("yes")]], String(now), (made) => put(made === "true"), { "aria-label": one.name });
    if (kind === "text") return h("input", { type: "text", value: now, "aria-label": one.name, onchange: (event) => put(event.target.value) });
    return h("input", { type: "number", step: kind === "whole" ? 1 : "any", value: now, "aria-label": one.name, onchange: (event) => put(Number(event.target.value) || 0) });
  };
  const all = button("revert_all", "undo", () => { for (const [name, made] of overridden) game().game.v[name] = made; overridden.clear(); show(true); }, { hidden: true });
  let drawn = "";
  const show = (anew = false) => {
    const player = game();
    if (!player?.game) return;
    const now = player.game.v, print = JSON.stringify([now, player.game.here]);
    if (!anew && (print === drawn || facts.contains(document.activeElement))) return;
    drawn = print;
    const [scene] = player.game.here.split("#");
    all.hidden = overridden.size < 2;
    where.textContent = player.game.here ? say("now_in", { scene: story.scene(scene)?.title || scene }) : say("the_end");
    facts.replaceChildren(...story.variables.map((one) => h("li", { cls: overridden.has(one.name) ? "changed" : "" }, h("code", {}, one.name), value(one, now[one.name]),
      overridden.has(one.name) ? button("revert", "undo", () => { player.game.v[one.name] = overridden.get(one.name); overridden.delete(one.name); show(true); }, { bare: true }) : null)));
  };
  const timer = setInterval(() => { if (!root.isConnected) return; show(); }, LOOK_MS);

  const scenes = h("select", { onchange: () => begin(scenes.value, {}) }), none = h("p", { cls: "quiet" }, say("no_memory"));
  /* As the story is now: it is written on while this view waits. */
  const list = (at) => {
    const rows = [["", say("the_beginning")], ...story.scenes.map((one) => [one.id, one.title || one.id])];
    scenes.replaceChildren(...rows.map(([id, title]) => h("option", { value: id, selected: id === at }, title)));
    none.hidden = story.variables.length > 0;
  };
  const side = h("aside", { cls: "side" }, field("play_from_here", scenes),
    h("div", { cls: "verbs" }, button("again", "again", () => begin(from, {})), button("again_with", "play", () => begin(from, { ...(game()?.game.v ?? {}) }))),
    where, h("h4", {}, say("memory")), facts, all, none, h("p", { cls: "quiet" }, say("play_keys")));
  const root = h("div", { cls: "play" }, frame, side);
  return { root, draw: () => list(scenes.value), begin: (at = "") => { list(at.split("#")[0]); begin(at, {}); }, close: () => clearInterval(timer) };
}
