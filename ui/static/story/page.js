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
  node.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
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
export function tell(sentence, undo = null) {
  let place = document.getElementById("desk-told");
  if (!place) { place = h("div", { id: "desk-told", role: "status" }); document.getElementById("story-desk").append(place); }
  const line = h("p", { cls: "told" }, h("span", {}, sentence));
  if (undo) line.append(button("undo", "undo", () => { line.remove(); undo(); }));
  place.replaceChildren(line);
  setTimeout(() => line.remove(), undo ? 9000 : 6000);
}

export async function ask(path, given) {
  const how = given === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(given) };
  const answer = await fetch(new URL(`stories/${path}`, document.baseURI), how);
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
