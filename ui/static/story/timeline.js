/* The order in which scenes are told, as a line of cards that can be dragged or moved with the keys. */
import { h, say } from "./page.js";

export function timeline(story, desk) {
  const line = h("ol", { cls: "timeline", "aria-label": say("timeline") });
  const move = (from, to) => {
    const order = story.order;
    if (to < 0 || to >= order.length || from === to) return;
    order.splice(to, 0, ...order.splice(from, 1));
    story.change([{ op: "set", path: ["timeline", "order"], value: order }]);
    requestAnimationFrame(() => line.children[to]?.querySelector("button")?.focus());
  };
  /* The scene that is open stays in sight; the line is never moved for another reason. */
  let seen = "";
  const reach = () => {
    const card = line.querySelector("[aria-current=true]")?.parentNode;
    if (!card || seen === desk.at) return;
    seen = desk.at;
    if (card.offsetLeft < line.scrollLeft || card.offsetLeft + card.offsetWidth > line.scrollLeft + line.clientWidth) line.scrollLeft = card.offsetLeft - (line.clientWidth - card.offsetWidth) / 2;
  };
  const draw = () => { line.replaceChildren(...story.order.map((id, at) => {
    const scene = story.scene(id), group = story.told.timeline?.groups?.[id];
    const card = h("button", { type: "button", cls: "stop", draggable: "true", "aria-current": id === desk.at ? "true" : null, title: say("order_hint"),
      onclick: () => desk.open(id), onkeydown: (event) => {
        if (!event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
        event.preventDefault();
        move(at, at + (event.key === "ArrowLeft" ? -1 : 1));
      } }, h("b", {}, String(at + 1)), h("span", {}, scene.title || id), group ? h("i", {}, group) : null);
    const after = (event) => { const box = card.getBoundingClientRect(); return event.clientX > box.left + box.width / 2; };
    const clear = () => card.classList.remove("before", "after", "takes");
    card.addEventListener("dragstart", (event) => { event.dataTransfer.setData("text/stop", String(at)); event.dataTransfer.effectAllowed = "move"; });
    const isLine = (event) => event.dataTransfer.types.includes("text/beat") && id !== desk.at;
    card.addEventListener("dragover", (event) => {
      const mark = isLine(event) ? "takes" : !event.dataTransfer.types.includes("text/stop") ? "" : after(event) ? "after" : "before";
      if (!mark) return;
      event.preventDefault();
      clear();
      card.classList.add(mark);
    });
    card.addEventListener("dragleave", clear);
    card.addEventListener("drop", (event) => {
      event.preventDefault();
      clear();
      if (isLine(event)) { desk.carry(desk.at, story.scene(desk.at)?.nodes?.[Number(event.dataTransfer.getData("text/beat"))]?.id ?? "", id); return; }
      if (!event.dataTransfer.types.includes("text/stop")) return;
      const from = Number(event.dataTransfer.getData("text/stop")), to = at + (after(event) ? 1 : 0);
      move(from, from < to ? to - 1 : to);
    });
    return h("li", {}, card);
  })); requestAnimationFrame(reach); };
  draw();
  return { root: h("section", { cls: "order" }, h("h4", {}, say("timeline")), line), draw };
}
