/* What the window does by itself in the browser: words, look, keys, drawer, wipe slider. No framework, no outside request. */
(() => {
  "use strict";
  const LANGUAGE = "~~language.code~~";
  // Gradio's own few words (drop zones, pickers) follow the same choice as ours.
  if (!LANGUAGE.includes("~")) {
    for (const [name, value] of [["language", LANGUAGE], ["languages", [LANGUAGE]]]) {
      Object.defineProperty(navigator, name, { get: () => value, configurable: true });
    }
    document.documentElement.lang = LANGUAGE;
  }

  // What breaks here is told to the log, a few times for each page and never more.
  let complaints = 0;
  const complain = (message, source, line, stack) => {
    if (!message || (complaints += 1) > 8) return;
    const told = { message: String(message), source: String(source || "").split("/").pop(), line: line || 0, stack: String(stack || "") };
    fetch("page-errors", { method: "POST", keepalive: true, headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...told, agent: navigator.userAgent }) }).catch(() => {});
  };
  addEventListener("error", (event) => complain(event.message, event.filename, event.lineno, event.error?.stack));
  addEventListener("unhandledrejection", (event) => {
    if (event.reason?.name !== "AbortError") complain(event.reason?.message || event.reason, "", 0, event.reason?.stack);
  });

  // Gradio sends all that was dropped as one request, and thirty photos of a phone are larger than one may be.
  const PARCEL = 6 * 2 ** 20, send = window.fetch;
  window.fetch = async (where, how) => {
    const files = how?.body instanceof FormData && /\/upload(\?|$)/.test(where) ? how.body.getAll("files") : [], parcels = [[]];
    let bytes = 0;
    for (const file of files) {
      if (parcels.at(-1).length && bytes + file.size > PARCEL) { parcels.push([]); bytes = 0; }
      parcels.at(-1).push(file);
      bytes += file.size;
    }
    if (parcels.length === 1) return send(where, how);
    const paths = [];
    for (const parcel of parcels) {
      const body = new FormData();
      for (const file of parcel) body.append("files", file);
      const answer = await send(where, { ...how, body });
      if (!answer.ok) return answer;
      paths.push(...await answer.json());
    }
    return new Response(JSON.stringify(paths), { headers: { "Content-Type": "application/json" } });
  };

  const TABS = ["characters", "training", "image", "upscale", "video", "story", "library", "settings"];
  const $ = (selector, root = document) => root.querySelector(selector);
  const kept = (name, value) => {
    try {
      if (value === undefined) return localStorage.getItem("studionova." + name);
      localStorage.setItem("studionova." + name, value);
    } catch { /* storage is off: the choice lasts for this page */ }
    return value;
  };

  // --- what was typed and chosen: kept for this tab of the browser alone, so that a page loaded anew loses nothing
  const FIELD_MOST = 200_000;
  const session = (name, value) => {
    try {
      if (value === undefined) return sessionStorage.getItem("studionova." + name) || "";
      sessionStorage.setItem("studionova." + name, value);
    } catch { /* storage is off or full: this page forgets */ }
    return "";
  };
  // Whoever has just come through the door of a shared studio begins afresh.
  if (performance.getEntriesByType("navigation")[0]?.type === "navigate" && /\/login\/?$/.test(document.referrer)) {
    session("drafts", "");
    session("tab", "");
  }
  const before = session("drafts"), drafts = JSON.parse(before || "{}");
  let saving = 0, touched = false;
  // A page says what its fields hold also while it is still being built: nothing counts before a hand or a key did.
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => { touched = true; }, { capture: true, once: true });
  const saveDrafts = () => { if (saving) { clearTimeout(saving); saving = 0; session("drafts", JSON.stringify(drafts)); } };
  const keepDraft = (name, fields, values) => {
    if (!touched) return;
    const small = fields.map((field, place) => [field, values[place]]).filter(([, value]) => JSON.stringify(value ?? "").length < FIELD_MOST);
    drafts[name] = Object.fromEntries(small);
    saving ||= setTimeout(saveDrafts, 300);
  };
  addEventListener("pagehide", saveDrafts);

  // --- look
  const wantsDark = () => {
    const chosen = kept("look");
    return chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  };
  const dressBody = () => {
    if (document.body && document.body.classList.contains("dark") !== wantsDark()) {
      document.body.classList.toggle("dark", wantsDark());
    }
  };
  const setLook = (look) => { kept("look", look); dressBody(); };

  // --- tabs
  const goTo = (name) => { const button = $(`#tab-${name}-button`); if (button) { button.click(); button.focus(); } };
  const showDrawer = (open) => {
    document.body.classList.toggle("drawer-open", open);
    $("#pill button")?.setAttribute("aria-expanded", String(open));
    if (open) $("#drawer [data-close]")?.focus(); else if ($("#drawer")?.contains(document.activeElement)) $("#pill button")?.focus();
  };
  const showKeys = () => { const dialog = $("#keys"); if (dialog && !dialog.open) dialog.showModal(); };

  // --- the first visit: a card in the corner that can be skipped, and found again in Settings
  const tour = (act) => {
    const card = $("#tour");
    if (!card) return;
    // Out of the frame, whose layer lies below the drawer that the last step opens.
    if (card.parentNode !== document.body) document.body.append(card);
    const steps = [...card.querySelectorAll("[data-step]")];
    let now = steps.findIndex((step) => !step.hidden);
    if (act === "begin") now = 0;
    if (act === "next") now += 1;
    kept("toured", "yes");
    card.hidden = act === "end" || now >= steps.length;
    if (card.hidden) { showDrawer(false); steps.forEach((step, place) => { step.hidden = place > 0; }); return; }
    steps.forEach((step, place) => { step.hidden = place !== now; });
    const step = steps[now].dataset.step, button = $("[data-tour=next]", card);
    if (!button.dataset.first) button.dataset.first = button.textContent;
    button.textContent = now === steps.length - 1 ? button.dataset.last : button.dataset.first;
    if (act === "next" && TABS.includes(step)) goTo(step);
    showDrawer(step === "jobs");
    if (act !== "open") button.focus();
  };

  // A card of the Library can be dragged into any picture field; waiting over a tab opens it on the way.
  const ASSET = "application/x-studionova";
  let opening = 0;
  const wellAt = (node) => {
    const place = node.closest?.(".drop, .well");
    return place && document.getElementById(place.id.replace(/-drop$/, ""))?.closest(".well");
  };
  const drags = (event) => event.dataTransfer?.types.includes(ASSET);
  const aim = (node) => {
    for (const old of document.querySelectorAll(".aim")) if (old !== node) old.classList.remove("aim");
    node?.classList.add("aim");
  };
  document.addEventListener("dragstart", (event) => {
    const id = event.target.closest?.("[data-card]")?.dataset.card;
    if (id) { event.dataTransfer.setData(ASSET, id); event.dataTransfer.effectAllowed = "copyLink"; }
  });
  document.addEventListener("dragover", (event) => {
    if (!drags(event)) return;
    const tab = event.target.closest?.("button[role=tab]"), well = wellAt(event.target);
    if (well) { event.preventDefault(); event.stopPropagation(); event.dataTransfer.dropEffect = "copy"; }
    aim(well ? event.target.closest(".drop, .well") : null);
    if (!tab || tab.getAttribute("aria-selected") === "true") { clearTimeout(opening); opening = 0; }
    else if (!opening) opening = setTimeout(() => { opening = 0; tab.click(); }, 350);
  }, true);
  document.addEventListener("drop", (event) => {
    const well = drags(event) && wellAt(event.target);
    aim(null);
    if (!well) return;
    event.preventDefault(); event.stopPropagation();
    const place = [well, ...well.querySelectorAll("*")].find((node) => node.dataset.takes) || well;
    place.dispatchEvent(new CustomEvent("studionova-take", { detail: event.dataTransfer.getData(ASSET) }));
  }, true);
  document.addEventListener("dragend", () => { aim(null); clearTimeout(opening); opening = 0; });

  const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName)
    && !/^(checkbox|radio|range|button)$/.test(node.type));
  const visible = (node) => node && node.offsetParent !== null && !node.disabled;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const run = [...document.querySelectorAll(".go")].find(visible);
      if (run) { event.preventDefault(); run.click(); }
      return;
    }
    const digit = event.altKey && /^Digit([1-8])$/.exec(event.code);  // by its place: with Alt a Mac writes another sign
    if (digit) { event.preventDefault(); goTo(TABS[digit[1] - 1]); return; }
    const menu = event.key === "Escape" && $("details.more[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); return; }
    if (event.key === "Escape" && $("#tour:not([hidden])") && !$("dialog[open]")) { tour("end"); return; }
    if (event.key === "Escape" && document.body.classList.contains("drawer-open")) { showDrawer(false); return; }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); showKeys(); }
    if (event.key === "j") showDrawer(!document.body.classList.contains("drawer-open"));
    if (event.key === "/") {
      event.preventDefault();
      goTo("library");
      waitFor("#library-search textarea, #library-search input", (field) => field.focus());
    }
  });

  const waitFor = (selector, then, tries = 40) => {
    const found = $(selector);
    if (found && found.offsetParent !== null) then(found);
    else if (tries) setTimeout(() => waitFor(selector, then, tries - 1), 50);
  };

  // A menu of verbs closes when something else is clicked.
  document.addEventListener("pointerdown", (event) => {
    for (const menu of document.querySelectorAll("details.more[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    if (at("#pill button")) showDrawer(!document.body.classList.contains("drawer-open"));
    else if (at("[data-close]")) at("dialog") ? at("dialog").close() : showDrawer(false);
    else if (at("[data-keys]")) showKeys();
    else if (at("[data-tour]")) tour(at("[data-tour]").dataset.tour);
    else if (at("[data-tab]")) { showDrawer(false); goTo(at("[data-tab]").dataset.tab); }
    else if (at("[data-look]")) setLook(at("[data-look]").dataset.look);
    else if (at("[data-copy]")) copy(at("[data-copy]"));
    else if (at("[data-show]")) showOne(at("[data-show]"));
    else if (event.target.matches?.("dialog[open]")) event.target.close();
    const advanced = at(".advanced:not(.own) > button");
    if (advanced) setTimeout(() => kept("advanced", String(advanced.classList.contains("open"))), 0);
  });

  const copy = async (button) => {
    const source = $(button.dataset.copy);
    if (!source) return;
    const text = source.value ?? source.innerText;
    try { await navigator.clipboard.writeText(text); } catch {
      const field = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(field); field.select(); document.execCommand("copy"); field.remove();
    }
    const before = button.textContent;
    button.textContent = button.dataset.done || before;
    setTimeout(() => { button.textContent = before; }, 1600);
  };

  // One of several results, large; the others as a strip below.
  const showOne = (button) => {
    const stage = button.closest("[data-stage]");
    stage.dataset.stage = button.dataset.show;
    for (const figure of stage.querySelectorAll("[data-figure]")) figure.hidden = figure.dataset.figure !== button.dataset.show;
    for (const other of stage.querySelectorAll("[data-show]")) other.setAttribute("aria-pressed", String(other === button));
  };

  // On a narrow screen the result stands below the fold: the button brings it into sight.
  document.addEventListener("click", (event) => {
    const go = event.target.closest(".go");
    const slot = go && innerWidth <= 900 && go.closest(".work")?.querySelector(".slot");
    if (!slot) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    setTimeout(() => slot.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" }), 150);
  });
  // Before and after: the range input moves the cut.
  document.addEventListener("input", (event) => {
    if (event.target.matches?.(".wipe input[type=range]")) {
      event.target.closest(".wipe").style.setProperty("--cut", event.target.value + "%");
    }
    if (event.target.matches?.("input[data-pick]")) countPicked(event.target);
  });

  // Choosing several: the bar with what can be done shows how many.
  let lastPick = null;
  const picks = new Set();
  const countPicked = (box) => {
    const group = box.closest("[data-group]");
    if (!group) return;
    for (const one of group.querySelectorAll("input[data-pick]")) one.checked ? picks.add(one.value) : picks.delete(one.value);
    showPicked(group);
  };
  const showPicked = (group) => {
    const count = group.querySelectorAll("input[data-pick]:checked").length;
    group.classList.toggle("picking", count > 0);
    const place = $("[data-count]", group);
    if (place) place.textContent = count;
  };
  // Gradio mends the page in place: a tick would stay where it was while another picture moved under it.
  const stays = new Set();
  document.addEventListener("toggle", (event) => {
    const stay = event.target.dataset?.stay;
    if (stay) event.target.open ? stays.add(stay) : stays.delete(stay);
  }, true);
  const repick = (root) => {
    for (const one of root.querySelectorAll("details[data-stay]")) if (stays.has(one.dataset.stay)) one.open = true;
    const boxes = [...root.querySelectorAll("input[data-pick]")];
    if (!boxes.length) return;
    const here = new Set(boxes.map((box) => box.value));
    for (const id of picks) if (!here.has(id)) picks.delete(id);
    for (const box of boxes) box.checked = picks.has(box.value);
    showPicked(boxes[0].closest("[data-group]"));
  };
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("input[data-pick]");
    if (!box) return;
    const all = [...box.closest("[data-group]").querySelectorAll("input[data-pick]")];
    if (event.shiftKey && lastPick && all.includes(lastPick)) {
      const [from, to] = [all.indexOf(lastPick), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
    }
    lastPick = box;
    countPicked(box);
  });

  const keepLanguage = (code) => {
    const year = 60 * 60 * 24 * 365;
    document.cookie = `studionova_language=${code};path=/;max-age=${code ? year : 0};samesite=lax`;
  };
  // The pause lets the click that asked for it come to its end first.
  const changeLanguage = (code) => { keepLanguage(code); setTimeout(() => location.reload(), 400); };

  // Settings: one section at a time. A section is a head and whatever follows it, up to the next head.
  const sections = (root) => {
    let board = root;
    while (board.parentElement && !board.parentElement.querySelector(":scope > .group")) board = board.parentElement;
    board = board.parentElement;
    if (!board) return;
    const show = (name) => {
      let now = "";
      for (const part of board.children) {
        if (part.contains(root)) continue;
        now = $("[data-section]", part)?.dataset.section || now;
        part.classList.toggle("elsewhere", now !== "" && now !== name);
      }
      for (const door of root.querySelectorAll("[data-to]")) door.setAttribute("aria-current", String(door.dataset.to === name));
      sessionStorage.setItem("studionova-section", name);
    };
    root.addEventListener("click", (event) => {
      const door = event.target.closest("[data-to]");
      if (door) show(door.dataset.to);
    });
    const kept = sessionStorage.getItem("studionova-section");
    show(root.querySelector(`[data-to="${CSS.escape(kept || "")}"]`) ? kept : "general");
    // The rest of the tab arrives after this piece of it, and drawn parts come anew.
    new MutationObserver(() => show(sessionStorage.getItem("studionova-section"))).observe(board, { childList: true, subtree: true });
  };

  // Live meters: read only while they can be seen.
  const METER_SECONDS = 3;
  const readings = {
    cpu: (now) => [now.cpu_percent, `${Math.round(now.cpu_percent)} %`],
    ram: (now) => [100 * now.ram_used_gb / now.ram_total_gb, `${now.ram_used_gb.toFixed(1)} / ${now.ram_total_gb.toFixed(0)} GB`],
    disk: (now) => [100 - 100 * now.disk_free_gb / now.disk_total_gb, `${now.disk_free_gb.toFixed(0)} GB`],
    gpu: (now) => now.gpus[0]?.busy_percent != null && [now.gpus[0].busy_percent, `${Math.round(now.gpus[0].busy_percent)} %`],
    vram: (now) => now.gpus[0]?.vram_used_gb != null && [now.gpus[0].vram_used_gb, `${now.gpus[0].vram_used_gb.toFixed(1)} GB`],
  };
  const meters = (root) => {
    const past = {};
    const read = async () => {
      if (document.hidden || root.offsetParent === null) return;
      let now;
      try { now = await (await fetch("system/metrics")).json(); } catch { return; }
      for (const meter of root.querySelectorAll("[data-meter]")) {
        const got = readings[meter.dataset.meter](now);
        meter.hidden = !got;
        if (!got) continue;
        const line = (past[meter.dataset.meter] ||= []);
        line.push(got[0]);
        if (line.length > 40) line.shift();
        $("b", meter).textContent = got[1];
        $("polyline", meter).setAttribute("points", line.map((value, place) =>
          `${(120 - (line.length - 1 - place) * 3).toFixed(1)},${(27 - Math.max(0, Math.min(100, value)) * 0.26).toFixed(1)}`).join(" "));
      }
    };
    read();
    setInterval(read, METER_SECONDS * 1000);
  };

  // In each of our HTML pieces: a click on anything with data-act becomes one event with the data of that thing.
  const SUBMITS = new Set(["again", "vary", "repeat", "bigger", "face"]);
  const gather = (root, node) => {
    const said = { ...node.dataset };
    const group = node.closest("[data-group]");
    if (group) said.ids = [...group.querySelectorAll("input[data-pick]:checked")].map((box) => box.value);
    const field = node.dataset.field && $(node.dataset.field, root);
    if (field) said.text = field.value;
    const also = node.dataset.also && $(node.dataset.also, root);
    if (also) said.also = also.value;
    return said;
  };
  const attend = (root, tell, make) => {
    root.addEventListener("click", (event) => {
      const verb = event.target.closest("[data-make]");
      if (verb && make) {
        verb.closest("details")?.removeAttribute("open");
        make(gather(root, verb));
        // What fills the form is seen where the form is, also on a phone.
        if (!SUBMITS.has(verb.dataset.make)) scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
        return;
      }
      const node = event.target.closest("[data-act]");
      if (!node || node.matches("select, textarea, input[type=text], :disabled")) return;
      if (node.dataset.sure && !window.confirm(node.dataset.sure)) return;
      tell(gather(root, node));
    });
    root.addEventListener("change", (event) => {
      const line = event.target.closest("[data-keep]");
      if (line) { tell({ ...gather(root, line), text: line.value }); return; }
      const node = event.target.closest("select[data-act]");
      if (!node || !node.value) return;
      tell({ ...gather(root, node), text: node.value });
      node.selectedIndex = 0;
    });
    root.addEventListener("keydown", (event) => {
      const node = event.target.closest("input[type=text][data-act]:not([data-keep])"); // Enter ends a change there already
      if (node && event.key === "Enter") tell({ ...gather(root, node), text: node.value });
    });
  };

  window.studionova = { ...window.studionova, attend, repick, meters, sections, keepDraft, keptDrafts: () => before, keepLanguage, goTo, showDrawer, showKeys, setLook, changeLanguage };

  const TOASTS = { error: "~~errors.refused~~", warning: "~~errors.heed~~", info: "~~errors.heed~~" };
  // The tab that was open when the page was loaded anew.
  let back = session("tab"), stood = "";
  const stand = () => {
    const open = /^tab-(\w+)-button$/.exec($("#tabs button[role=tab][aria-selected=true]")?.id || "")?.[1];
    if (!open) return;
    const last = back;
    back = "";
    if (last && last !== open && $(`#tab-${last}-button`)) $(`#tab-${last}-button`).click();
    else if (touched && open !== stood) session("tab", stood = open);
  };
  const settle = () => {
    dressBody();
    stand();
    if ($("#tour") && $("#pill button") && kept("toured") === null) tour("open");
    for (const button of document.querySelectorAll(".advanced:not(.own) > button:not([data-known])")) {
      button.dataset.known = "yes";
      if (kept("advanced") === "true" && !button.classList.contains("open")) button.click();
    }
    // Gradio heads its toasts with "Error" and the like, in English and for everybody.
    for (const title of document.querySelectorAll(".toast-title")) {
      const word = TOASTS[["error", "warning", "info"].find((kind) => title.classList.contains(kind))];
      if (word && title.firstChild.data !== word + " ") title.firstChild.data = word + " ";
    }
    for (const said of document.querySelectorAll("[data-testid=toast-text]")) {
      if (/^(HTTP 413|File\(s\) exceed)/.test(said.textContent)) said.firstChild.data = "~~errors.too_large~~";
    }
    // A toast holds a button that closes it: its head is no second one around that.
    for (const head of document.querySelectorAll(".toast-header[role]")) { head.removeAttribute("role"); head.removeAttribute("tabindex"); }
  };
  const start = () => {
    settle();
    let waiting = false;
    new MutationObserver(() => {
      if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; settle(); }); }
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dressBody);
  };
  if (document.body) start(); else document.addEventListener("DOMContentLoaded", start);
})();
