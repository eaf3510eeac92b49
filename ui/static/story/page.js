/* Small things that every part of the desk is made of: elements, icons, words, requests. Story text only ever becomes text. */
export const words = {};
export const say = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export function h(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name === "cls" ? "class" : name, value === true ? "" : value);
  }
  node.append(...inside.flat(4).filter((one) => one !== null && one !== undefined && one !== false));
  return node;
}

export function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("viewBox", "0 0 20 20");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", "#i-" + name);
  picture.append(use);
  return picture;
}

/* A button with a word; `bare` shows only its symbol and says the word on hover and to screen readers. */
export function button(word, symbol, act, { bare = false, main = false, ...more } = {}) {
  const label = say(word);
  const shown = bare ? { "aria-label": label, title: label } : {};
  return h("button", { type: "button", cls: `nb ${bare ? "bare" : main ? "main" : "quiet"}`, onclick: act, ...shown, ...more },
    symbol ? icon(symbol) : null, bare ? null : h("span", {}, label));
}

export function choose(rows, value, change, given = {}) {
  const known = rows.some(([one]) => one === value) ? rows : [...rows, [value, value]];
  return h("select", { onchange: (event) => change(event.target.value), ...given },
    known.map(([one, shown]) => h("option", { value: one, selected: one === value }, shown)));
}

export const field = (word, control) => h("label", { cls: "field" }, h("span", {}, say(word)), control);

/* What went wrong, in a line that goes away by itself; read aloud by screen readers. */
export function tell(sentence, undo = null, verb = "undo") {
  let place = document.getElementById("desk-told");
  if (!place) { place = h("div", { id: "desk-told", role: "status" }); document.getElementById("story-desk").append(place); }
  const line = h("p", { cls: "told" }, h("span", {}, sentence));
  if (undo) line.append(button(verb, verb === "undo" ? "undo" : "close", () => { line.remove(); undo(); }));
  place.replaceChildren(line);
  if (verb === "undo") setTimeout(() => line.remove(), undo ? 9000 : 6000);
}

/* A question with one line for an answer, or one to be said yes to: the words, or "" when it was left. */
export function askFor(question, { value = "", yes = "done", known = [] } = {}) {
  return new Promise((answer) => {
    const input = h("input", { type: "text", value, maxlength: 200, autocomplete: "off", list: known.length ? "desk-known" : null });
    const dialog = h("dialog", { cls: "asking", "aria-label": say(question) }, h("form", { method: "dialog" }, field(question, input),
      known.length ? h("datalist", { id: "desk-known" }, known.map((one) => h("option", { value: one }))) : null,
      h("div", { cls: "verbs" }, h("button", { cls: "nb main", value: "yes" }, h("span", {}, say(yes))), button("leave_it", "close", () => dialog.close()))));
    dialog.addEventListener("close", () => { dialog.remove(); answer(dialog.returnValue === "yes" ? input.value.trim() : ""); });
    document.getElementById("story-desk").append(dialog);
    dialog.showModal();
    input.select();
  });
}

/* Draws a part anew; who was writing in it goes on writing at the same letter. Controls are known by their `data-key`. */
export function redraw(root, ...inside) {
  const active = document.activeElement, key = root.contains(active) ? active.dataset.key : "";
  const [from, to] = key && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : [null, null];
  root.replaceChildren(...inside.flat(4).filter(Boolean));
  const again = key && root.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!again) return;
  again.focus({ preventScroll: true });
  if (from !== null) again.setSelectionRange(from, to);
}

const KEEP_ALIVE = 60_000;

/* `offline` tells an answer that never came from one that says no. What is small still goes out while the page is left. */
export async function ask(path, given) {
  const body = given === undefined ? undefined : JSON.stringify(given);
  const how = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body, keepalive: body.length < KEEP_ALIVE };
  let answer;
  try { answer = await fetch(new URL(`stories/${path}`, document.baseURI), how); } catch { throw Object.assign(new Error(say("lost")), { offline: true }); }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || say("lost"));
  return said;
}

export const thumb = (asset) => new URL(`thumb/${encodeURIComponent(asset)}`, document.baseURI).href;
export const fresh = (wanted, taken) => {
  const plain = wanted.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "scene";
  for (let number = 1; ; number++) {
    const name = number === 1 ? plain : `${plain}-${number}`;
    if (!taken.has(name)) return name;
  }
};
