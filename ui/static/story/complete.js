/* `@` in a line offers the names of the cast: at its beginning it says who speaks, inside it writes the name. */
import { h, say } from "./page.js";

const MOST = 7, TOKEN = /(^|\s)@([^\s@]*)$/;

export function complete(area, { people, speaks, isNew }) {
  let list = null, rows = [], at = 0;
  const token = () => area.value.slice(0, area.selectionStart).match(TOKEN);
  const close = () => { list?.remove(); list = null; area.removeAttribute("aria-activedescendant"); area.removeAttribute("aria-controls"); };
  const mark = (to) => {
    at = (to + rows.length) % rows.length;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === at)));
    area.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const take = (row) => {
    const found = token(), start = area.selectionStart - found[2].length - 1, begins = !area.value.slice(0, start).trim();
    close();
    if (begins) { speaks(row, area.value.slice(area.selectionStart).replace(/^[\s:,]+/, "")); return; }
    area.setRangeText(row.name || row.id, start, area.selectionStart, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const look = () => {
    const found = token();
    if (!found) { close(); return; }
    const wanted = found[2].toLowerCase(), begins = !area.value.slice(0, area.selectionStart - found[2].length - 1).trim();
    rows = people().filter((one) => (one.name || one.id).toLowerCase().split(/\s+/).some((part) => part.startsWith(wanted)) || one.id.startsWith(wanted)).slice(0, MOST);
    if (begins && found[2] && !rows.length) rows = [{ id: "", name: found[2], fresh: true }];
    if (!rows.length) { close(); return; }
    list ??= area.parentElement.appendChild(h("ul", { cls: "names", role: "listbox", id: "desk-names", "aria-label": say("who") }));
    list.replaceChildren(...rows.map((row, place) => h("li", { role: "option", id: `desk-name-${place}`, onpointerdown: (event) => { event.preventDefault(); take(row.fresh ? isNew(row) : row); } },
      h("i", {}), row.fresh ? say(row.character ? "from_studio" : "new_person", { name: row.name }) : row.name || row.id)));
    rows.forEach((row, place) => { list.children[place].firstChild.style.background = row.color || ""; });
    list.style.top = `${area.offsetTop + area.offsetHeight}px`;
    list.style.left = `${area.offsetLeft}px`;
    area.setAttribute("aria-controls", list.id);
    mark(0);
  };
  area.setAttribute("aria-autocomplete", "list");
  area.addEventListener("input", look);
  area.addEventListener("blur", close);
  /* True when the key was for the names. */
  return (event) => {
    if (!list) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") mark(at + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter" || event.key === "Tab") take(rows[at].fresh ? isNew(rows[at]) : rows[at]);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
}
