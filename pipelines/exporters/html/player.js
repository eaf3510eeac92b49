// Plays a story that Python has laid out as numbered steps. The engine knows no page; the stage below draws it.
// Story text only ever becomes text nodes, so nothing written in a story can run.
globalThis.StudioNova = (() => {
  "use strict";
  const LIMIT = 1e9, SMALLEST = 1e-9, LONGEST = 2000, QUIET = 10000, WALKER = 0x5eed;
  const clamp = x => x < -LIMIT ? -LIMIT : x > LIMIT ? LIMIT : x;
  const cut = t => t.length > LONGEST ? Array.from(t).slice(0, LONGEST).join("") : t;
  const show = x => {
    if (typeof x === "boolean") return x ? "yes" : "no";
    if (typeof x === "string") return x;
    const n = Math.floor(Math.abs(x) * 100 + 0.5), tail = String(n % 100).padStart(2, "0").replace(/0+$/, "");
    return (x < 0 && n ? "-" : "") + String(Math.floor(n / 100)) + (tail && "." + tail);
  };
  const f = {
    times: (a, b) => clamp(a * b),
    divide: (a, b) => Math.abs(b) >= SMALLEST ? clamp(a / b) : 0,
    remainder: (a, b) => Math.abs(b) >= SMALLEST ? a - b * Math.floor(a / b) : 0,
    join: (a, b) => cut(show(a) + show(b)),
    min: Math.min, max: Math.max, abs: Math.abs, floor: Math.floor, round: x => Math.floor(x + 0.5),
  };
  const fit = (x, kind) => kind === "text" ? cut(x) : kind === "flag" ? Boolean(x)
    : kind === "whole" ? Math.floor(clamp(x)) : clamp(x);
  const draw = state => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ state >>> 15, state | 1);
    t ^= t + Math.imul(t ^ t >>> 7, t | 61);
    return [state, ((t ^ t >>> 14) >>> 0) / 4294967296];
  };
  const pick = (number, weights) => {
    let total = 0, passed = 0, last = -1;
    for (const w of weights) total += w;
    if (total <= 0) return weights.length ? Math.floor(number * weights.length) : -1;
    for (let i = 0; i < weights.length; i++) if (weights[i] > 0) {
      passed += weights[i]; last = i;
      if (number * total < passed) return i;
    }
    return last;
  };

  function play(story, seed, globals) {
    const s = { v: Object.assign(Object.create(null), story.vars, globals), visits: Object.create(null),
      seed: (seed ?? story.seed) >>> 0, at: story.start, here: "", open: [], log: [], stuck: false };
    const g = { ...f,
      visits: scene => s.visits[scene] || 0,
      roll: (a, b) => { a = Math.floor(a); b = Math.floor(b); const low = Math.min(a, b), high = Math.max(a, b);
        const [next, n] = draw(s.seed); s.seed = next; return low + Math.floor(n * (high - low + 1)); },
      chance: p => { const [next, n] = draw(s.seed); s.seed = next; return n * 100 < p; } };
    const holds = c => c == null || story.code[c](s.v, g);
    const change = list => { for (const [name, kind, c] of list) s.v[name] = fit(story.code[c](s.v, g), kind); };
    const openWays = step => (step.o || []).filter(way => holds(way.w));
    const take = way => { change(way.d); s.at = way.g; };
    s.settle = () => {
      s.here = ""; s.open = [];
      for (let n = 0; n < QUIET; n++) {
        if (s.at < 0) return;
        const step = story.steps[s.at];
        if (step.k === "door") {
          s.visits[step.a] = (s.visits[step.a] || 0) + 1;
          Object.assign(s.v, story.fresh);
          s.at = step.g; continue;
        }
        if (!holds(step.w)) { s.at = step.n; continue; }
        change(step.d);
        if (step.x && s.staged) s.staged(step);
        if (step.k === "text") { s.here = step.a; return; }
        if (step.k !== "choice") { s.at = step.g; continue; }
        const ways = openWays(step);
        if (!ways.length) s.at = step.n;
        else if (step.by) { const [next, x] = draw(s.seed); s.seed = next; take(ways[pick(x, ways.map(w => w.p))]); }
        else { s.open = ways; s.here = step.a; return; }
      }
      s.stuck = true; s.at = -1;
    };
    s.step = () => story.steps[s.at];
    s.go = () => { if (s.here && !s.open.length) { s.at = s.step().g; s.settle(); } };
    s.answer = i => { const way = s.open[i]; s.log.push(way.i); take(way); s.settle(); };
    s.save = () => ({ story: story.id, at: s.here, v: { ...s.v }, visits: { ...s.visits }, seed: s.seed, log: [...s.log] });
    s.load = save => { Object.assign(s.v, save.v); s.visits = Object.assign(Object.create(null), save.visits);
      s.seed = save.seed; s.log = [...save.log]; s.at = story.steps.findIndex(step => step.a === save.at && step.k !== "door");
      s.here = s.at < 0 ? "" : save.at; s.open = s.at < 0 ? [] : openWays(s.step()); };
    return s;
  }

  function walk(story, seed, most, at) {
    const s = play(story, seed), path = [];
    let walker = (seed ^ WALKER) >>> 0, n;
    if (at) s.at = story.steps.findIndex(step => step.a === at);
    s.settle();
    while (s.here && path.length < most) {
      path.push(s.here);
      if (s.open.length) { [walker, n] = draw(walker); s.answer(pick(n, s.open.map(w => w.p))); } else s.go();
    }
    return path;
  }
  return { f, fit, draw, pick, play, walk, show };
})();

globalThis.document && STORY && (() => {
  "use strict";
  const { play, show } = StudioNova, $ = id => document.getElementById(id), KEY = "studionova:" + STORY.id;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let memory = {}, game, auto = false, skip = false, timer = 0, typing = null, back = [], opened = null;
  const keep = {
    get: name => { try { return JSON.parse(localStorage.getItem(KEY + name)); } catch { return memory[name] ?? null; } },
    set: (name, value) => { memory[name] = value;
      try { localStorage.setItem(KEY + name, JSON.stringify(value)); } catch { /* a private window keeps it in memory */ } },
  };
  const wish = Object.assign({ speed: 40, theme: "", lang: STORY.lang, volume: 0.7, size: 1 }, keep.get(":wishes"));
  const el = (tag, text, cls) => { const e = document.createElement(tag); if (text) e.textContent = text; if (cls) e.className = cls; return e; };
  const word = id => { const own = STORY.texts[wish.lang]; return (own && own[id]) ?? STORY.texts[STORY.lang][id] ?? ""; };
  const W = () => STORY.words[wish.lang] || STORY.words[STORY.lang];
  const plain = id => { const t = word(id); return typeof t === "string" ? t : t.map(([k, x]) => k & 4 ? show(game.v[x]) : x).join(""); };
  function write(node, id) {
    const t = word(id); node.textContent = "";
    for (const [k, x] of typeof t === "string" ? [[0, t]] : t) {
      const inner = k & 2 ? el("strong") : k & 1 ? el("em") : el("span");
      inner.textContent = k & 4 ? show(game.v[x]) : x; node.append(inner);
    }
  }
  // ---- the stage
  const stage = { place: null, cast: {}, picture: "", camera: "", music: "" };
  const audio = {};
  const sound = (channel, id, loop) => {
    if (audio[channel]) { audio[channel].pause(); delete audio[channel]; }
    if (!id || !STORY.files[id]) return;
    const a = audio[channel] = new Audio(STORY.files[id]); a.loop = loop; a.volume = wish.volume;
    a.play().catch(() => { /* sound waits for the first click */ });
  };
  let wait = 0;
  function brief(name, clock, seconds) {
    const v = $("view"); v.style.setProperty(clock, seconds + "s");
    v.classList.remove(name); void v.offsetWidth; v.classList.add(name); setTimeout(() => v.classList.remove(name), seconds * 1000);
  }
  function direct(step) {
    for (const d of step.x) {
      const seconds = d.seconds || 0.5, how = d.transition || "";
      if (d.kind === "place") { stage.place = d.place; stage.cast = {}; stage.picture = ""; }
      else if (d.kind === "show") stage.cast[d.who] = { img: d.img, at: d.at || (stage.cast[d.who] || {}).at || "center" };
      else if (d.kind === "hide") delete stage.cast[d.who];
      else if (d.kind === "picture") stage.picture = d.asset || "";
      else if (d.kind === "camera" && d.move === "shake") brief("shake", "--shake", d.seconds || 0.4);
      else if (d.kind === "camera") { stage.camera = d.move || "reset"; $("view").style.setProperty("--move", (d.seconds || (stage.camera === "reset" ? 0.5 : 2)) + "s"); }
      else if (d.kind === "music") { stage.music = d.asset || ""; sound("music", stage.music, true); }
      else if (d.kind === "wait") wait += seconds;
      else sound(d.kind, d.asset, false);
      if (how && how !== "cut" && !still.matches) brief("t-" + how, "--t", seconds);
    }
  }
  function paint() {
    const p = STORY.places[stage.place] || {}, bg = stage.picture ? STORY.files[stage.picture] : STORY.files[p.asset];
    const b = $("back"); b.style.backgroundImage = bg ? `url("${bg}")` : ""; b.style.backgroundColor = p.color || "";
    b.setAttribute("aria-label", p.title || "");
    $("view").dataset.camera = stage.camera;
    const box = $("cast"); box.textContent = "";
    if (!stage.picture) for (const [who, c] of Object.entries(stage.cast)) if (STORY.files[c.img]) {
      const i = el("img", "", "at-" + c.at); i.src = STORY.files[c.img]; i.alt = plain(STORY.cast[who].name);
      if (game.here && game.step().who && game.step().who !== who) i.classList.add("quiet");
      box.append(i);
    }
  }
  // ---- words
  function render() {
    clearTimeout(timer); paint();
    const step = game.here ? game.step() : null, ways = $("ways"); ways.textContent = "";
    if (!step) { $("who").textContent = ""; $("line").textContent = ""; finish(); return; }
    const person = STORY.cast[step.who];
    $("who").textContent = person ? plain(person.name) : ""; $("who").style.setProperty("--who", (person && person.color) || "");
    write($("line"), step.t);
    const said = (person ? plain(person.name) + ": " : "") + $("line").textContent;
    $("said").textContent = said;
    if ($("line").textContent) back.push(said);
    if (back.length > 300) back.shift();
    keep.set(":auto", { ...game.save(), stage, back: back.slice(-60) });
    keepGlobals();
    sound("voice", STORY.voices[step.a], false);
    $("box").hidden = !$("line").textContent && game.open.length > 0;
    game.open.forEach((way, n) => { const b = el("button", "", "way"); write(b, way.t); b.prepend(el("kbd", String(n + 1)));
      b.onclick = e => { e.stopPropagation(); choose(n); }; ways.append(b); });
    reveal(() => { ways.hidden = false; if (game.open.length) { press("skip", skip = false); ways.firstChild.focus({ preventScroll: true }); } else if (auto || skip) plan(); });
  }
  const keepGlobals = () => keep.set(":globals", Object.fromEntries(STORY.globals.map(name => [name, game.v[name]])));
  function reveal(done) {
    const spans = [...$("line").children], full = spans.map(s => s.textContent), length = full.join("").length;
    $("ways").hidden = game.open.length > 0; $("box").classList.remove("done");
    const end = () => { typing = null; spans.forEach((s, i) => { s.textContent = full[i]; }); $("box").classList.add("done"); done(); };
    if (skip || (wish.speed >= 200 && !wait) || still.matches || !length) { wait = 0; end(); return; }
    const began = performance.now() + wait * 1000; wait = 0; typing = end;
    const tick = now => { if (typing !== end) return;
      let left = Math.max(0, (now - began) / 1000) * wish.speed;
      if (left >= length) { end(); return; }
      spans.forEach((s, i) => { s.textContent = full[i].slice(0, Math.floor(left)); left = Math.max(0, left - full[i].length); });
      requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  }
  const plan = () => { timer = setTimeout(next, skip ? 60 : 900 + $("said").textContent.length * 45); };
  function next() {
    if (opened) return;
    if (typing) { typing(); return; }
    if (!game.here || game.open.length) return;
    game.go(); render();
  }
  function choose(n) { if (typing) { typing(); return; } if (game.open[n]) { back.push("→ " + plain(game.open[n].t)); game.answer(n); render(); } }
  function finish() {
    press("skip", skip = false); $("said").textContent = W().end; $("box").hidden = true; keepGlobals(); keep.set(":auto", null);
    const w = $("ways"); w.hidden = false; w.append(el("p", W().end, "end"));
    const again = el("button", W().again, "way"); again.onclick = e => { e.stopPropagation(); start(); }; w.append(again); again.focus();
  }
  function fresh() { Object.assign(stage, { place: null, cast: {}, picture: "", camera: "", music: "" });
    const kept = keep.get(":globals") || {}, globals = {};
    for (const name of STORY.globals) if (typeof kept[name] === typeof STORY.vars[name]) globals[name] = kept[name];
    game = play(STORY, undefined, globals); game.staged = direct; back = []; wait = 0; }
  function start() { fresh(); sound("music", "", true); game.settle(); close(); render(); }
  function load(saved) {
    if (!saved || saved.story !== STORY.id) return;
    fresh(); game.load(saved); if (!game.here) { start(); return; }
    Object.assign(stage, saved.stage); back = saved.back || []; back.pop(); sound("music", stage.music, true); close(); render();
  }
  // ---- sheets: menu, saves, backlog
  function open(title, fill) { clearTimeout(timer); const s = $("sheet"), inner = $("inner"); inner.textContent = "";
    inner.append(el("h2", title)); fill(inner); const shut = el("button", W().back, "way"); shut.onclick = close; inner.append(shut);
    opened = document.activeElement; s.showModal(); }
  function close() { if ($("sheet").open) $("sheet").close(); opened = null; }
  function field(box, label, input, change) { const l = el("label", label); l.append(input); input.oninput = () => { change(input); keep.set(":wishes", wish); look(); }; box.append(l); }
  const range = (min, max, step, value) => { const i = el("input"); Object.assign(i, { type: "range", min, max, step, value }); return i; };
  const select = (rows, value) => { const s = el("select"); for (const [v, t] of rows) { const o = el("option", t); o.value = v; s.append(o); } s.value = value; return s; };
  const sheets = {
    log: () => open(W().log, box => { const l = el("ol", "", "log"); back.forEach(t => l.append(el("li", t))); box.append(l); setTimeout(() => { l.scrollTop = l.scrollHeight; }); }),
    menu: () => open(W().menu, box => {
      for (let n = 1; n <= 6; n++) { const row = el("div", "", "row"), saved = keep.get(":slot" + n);
        row.append(el("span", `${n} · ${saved ? saved.words : W().empty}`));
        const put = el("button", W().save), get = el("button", W().load); get.disabled = !saved; put.disabled = !game.here;
        put.onclick = () => { keep.set(":slot" + n, { ...game.save(), stage: { ...stage }, back: back.slice(-60), words: $("said").textContent.slice(0, 60) }); close(); sheets.menu(); };
        get.onclick = () => load(saved); row.append(put, get); box.append(row); }
      field(box, W().speed, range(10, 200, 10, wish.speed), i => { wish.speed = +i.value; });
      field(box, W().size, range(0.8, 1.6, 0.1, wish.size), i => { wish.size = +i.value; });
      field(box, W().volume, range(0, 1, 0.1, wish.volume), i => { wish.volume = +i.value; for (const a of Object.values(audio)) a.volume = wish.volume; });
      field(box, W().theme, select([["", W().auto_theme], ["light", W().light], ["dark", W().dark]], wish.theme), i => { wish.theme = i.value; });
      if (Object.keys(STORY.texts).length > 1) field(box, W().language, select(Object.keys(STORY.texts).map(c => [c, STORY.names[c] || c]), wish.lang), i => { wish.lang = i.value; label(); close(); if (game.here) { back.pop(); render(); } sheets.menu(); });
      const again = el("button", W().again, "way"); again.onclick = start; box.append(again); }),
  };
  function look() { const r = document.documentElement; r.style.setProperty("--size", wish.size); if (wish.theme) r.dataset.theme = wish.theme; else delete r.dataset.theme; }
  function label() { document.documentElement.lang = wish.lang; for (const id of ["auto", "skip", "log", "menu"]) $(id).textContent = W()[id]; }
  // On a narrow screen people stand above the words and the answers, not behind them.
  new ResizeObserver(() => $("view").style.setProperty("--low", $("low").offsetHeight + "px")).observe($("low"));
  const press = (id, on) => $(id).setAttribute("aria-pressed", on);
  function go() { clearTimeout(timer); if (skip && typing) next(); else if ((auto || skip) && !typing) plan(); }
  function toggleAuto() { press("auto", auto = !auto); go(); }
  function toggleSkip() { press("skip", skip = !skip && !game.open.length); go(); }
  $("view").onclick = next; $("log").onclick = e => { e.stopPropagation(); sheets.log(); };
  $("menu").onclick = e => { e.stopPropagation(); sheets.menu(); }; $("auto").onclick = e => { e.stopPropagation(); toggleAuto(); };
  $("skip").onclick = e => { e.stopPropagation(); toggleSkip(); };
  $("sheet").onclose = () => { const to = opened; opened = null; if (to && to.focus) to.focus(); };
  document.onkeydown = e => {
    if (opened || e.ctrlKey || e.altKey || e.metaKey) return;
    const key = e.key.toLowerCase();
    if (key >= "1" && key <= "9" && game.open[key - 1]) { choose(key - 1); }
    else if ((key === " " || key === "enter" || key === "arrowright") && !(e.target.closest && e.target.closest("button"))) { e.preventDefault(); next(); }
    else if (key === "l") sheets.log(); else if (key === "m" || key === "escape") sheets.menu(); else if (key === "a") toggleAuto(); else if (key === "s") toggleSkip();
  };
  if (!STORY.texts[wish.lang]) wish.lang = STORY.lang;
  look(); label(); fresh();
  const kept = keep.get(":auto");
  $("title").textContent = plain(STORY.title); $("author").textContent = STORY.author;
  const begin = saved => () => { $("cover").remove(); saved ? load(saved) : start(); };
  $("new").textContent = W().begin; $("new").onclick = begin(null);
  $("go").textContent = W().resume; $("go").hidden = !kept; $("go").onclick = begin(kept);
  (kept ? $("go") : $("new")).focus();
  // Begins in the middle, with the stage as the lines before have set it.
  function jump(at, values) {
    fresh(); sound("music", "", true); Object.assign(game.v, values);
    const goal = STORY.steps.findIndex(step => step.a === at);
    if (goal >= 0) game.at = goal;
    for (let n = goal - 1; n >= 0 && STORY.steps[n + 1].k !== "door"; n--) if (STORY.steps[n].k === "door") {
      for (const step of STORY.steps.slice(n, goal)) if (step.x) direct(step);
    }
    $("cover")?.remove(); game.settle(); close(); render();
  }
  globalThis.studionova = { get game() { return game; }, next, choose, jump };
})();
