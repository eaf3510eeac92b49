/* The mask painter: marks a part of a picture with brush, touch or keys. White on nothing is what the studio gets. */
(() => {
  "use strict";
  const LONGEST = 1024;
  const make = (tag, given = {}, ...inside) => {
    const node = Object.assign(document.createElement(tag), given);
    for (const [name, value] of Object.entries(given)) if (name.includes("-")) node.setAttribute(name, value);
    node.append(...inside);
    return node;
  };
  const icon = (name) => {
    const holder = document.createElement("span");
    holder.innerHTML = `<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-${name}"></use></svg>`;
    return holder.firstChild;
  };

  const painter = (element, props, watch, words) => {
    const root = element.querySelector("[data-editor]") || element;
    const mask = document.createElement("canvas"), paint = mask.getContext("2d");
    const view = make("canvas", { tabIndex: 0, "role": "application", "aria-label": words.canvas });
    const ring = make("i", { className: "ring" });
    const picture = make("img", { alt: "", draggable: false });
    const board = make("div", { className: "board" }, picture, view, ring);
    const none = make("p", { className: "quiet", textContent: words.none });
    const state = { erase: false, size: 48, soft: 4, done: [], undone: [], start: null, at: null, sent: null, scale: 1 };

    const button = (name, symbol, act) => {
      const made = make("button", { type: "button", className: "nb bare", title: words[name], "aria-label": words[name], onclick: act }, icon(symbol));
      made.dataset.tool = name;
      return made;
    };
    const slider = (name, low, high, value, act) => {
      const field = make("input", { type: "range", min: low, max: high, value, oninput: () => act(Number(field.value)) });
      return [make("label", {}, make("span", { textContent: words[name] }), field), field];
    };
    const brush = button("brush", "brush", () => choose(false)), rubber = button("erase", "erase", () => choose(true));
    const [sizeRow, sizeField] = slider("size", 4, 240, state.size, (value) => { state.size = value; showRing(); });
    const [softRow, softField] = slider("soft", 0, 64, state.soft, (value) => { state.soft = value; draw(); send(); });
    const grow = button("large", "large", () => setLarge(!root.classList.contains("large")));
    const ready = make("button", { type: "button", className: "nb main", textContent: words.done, onclick: () => setLarge(false) });
    ready.dataset.tool = "done";
    const tools = make("div", { className: "tools" }, brush, rubber, button("undo", "undo", () => undo()), button("redo", "redo", () => redo()),
      button("invert", "invert", () => push({ kind: "invert" })), button("clear", "trash", () => push({ kind: "clear" })), grow, ready);
    const hint = make("p", { className: "quiet hint" }, make("span", { className: "part", textContent: words.hint }),
      make("span", { className: "faces", textContent: words.faces }));
    root.replaceChildren(none, board, tools, make("div", { className: "sliders" }, sizeRow, softRow), hint);

    const setLarge = (large) => {
      root.classList.toggle("large", large);
      document.body.classList.toggle("painting", large);
      grow.setAttribute("aria-pressed", String(large));
      if (large) view.focus();
      requestAnimationFrame(fit);
    };
    const choose = (erase) => {
      state.erase = erase;
      brush.setAttribute("aria-pressed", String(!erase));
      rubber.setAttribute("aria-pressed", String(erase));
    };

    // --- what was painted: a list of strokes, so that any of them can be taken back
    const stroke = (one) => {
      paint.globalCompositeOperation = one.erase ? "destination-out" : "source-over";
      paint.strokeStyle = paint.fillStyle = "#fff";
      paint.lineWidth = one.size;
      paint.lineCap = paint.lineJoin = "round";
      paint.beginPath();
      const [first, ...rest] = one.points;
      if (!rest.length) { paint.arc(first[0], first[1], one.size / 2, 0, 7); paint.fill(); return; }
      paint.moveTo(...first);
      for (const point of rest) paint.lineTo(...point);
      paint.stroke();
    };
    const invert = () => { paint.globalCompositeOperation = "xor"; paint.fillStyle = "#fff"; paint.fillRect(0, 0, mask.width, mask.height); };
    const apply = (one) => {
      if (one.kind === "invert") invert();
      else if (one.kind === "clear") paint.clearRect(0, 0, mask.width, mask.height);
      else stroke(one);
    };
    const replay = () => {
      paint.globalCompositeOperation = "source-over";
      paint.clearRect(0, 0, mask.width, mask.height);
      if (state.start) paint.drawImage(state.start, 0, 0, mask.width, mask.height);
      state.done.forEach(apply);
      draw();
    };
    const push = (one) => { state.done.push(one); state.undone = []; apply(one); draw(); send(); };
    const undo = () => { if (state.done.length) { state.undone.push(state.done.pop()); replay(); send(); } };
    const redo = () => { if (state.undone.length) { const one = state.undone.pop(); state.done.push(one); apply(one); draw(); send(); } };

    // --- how it is shown: the mark over the picture, its edge as soft as it will be
    const draw = () => {
      const pen = view.getContext("2d");
      pen.globalCompositeOperation = "source-over";
      pen.clearRect(0, 0, view.width, view.height);
      pen.filter = state.soft ? `blur(${(state.soft * state.scale * view.width / mask.width / 2).toFixed(1)}px)` : "none";
      pen.drawImage(mask, 0, 0, view.width, view.height);
      pen.filter = "none";
      pen.globalCompositeOperation = "source-in";
      pen.fillStyle = getComputedStyle(root).getPropertyValue("--accent") || "orange";
      pen.fillRect(0, 0, view.width, view.height);
    };
    const fit = () => {
      const box = picture.getBoundingClientRect();
      if (!box.width) return;
      const dense = Math.min(2, window.devicePixelRatio || 1);
      view.width = Math.round(box.width * dense);
      view.height = Math.round(box.height * dense);
      Object.assign(view.style, { left: picture.offsetLeft + "px", top: picture.offsetTop + "px", width: box.width + "px", height: box.height + "px" });
      draw(); showRing();
    };
    const send = () => {
      const empty = !state.done.length && !state.start;
      state.sent = empty ? "" : mask.toDataURL("image/png");
      props.value = { ...props.value, mask: state.sent, soft: state.soft };
    };

    // --- the hand: pointer, touch, or arrow keys with the space bar
    const showRing = () => {
      const ratio = view.clientWidth / (mask.width || 1);
      ring.hidden = !state.at;
      if (!state.at) return;
      Object.assign(ring.style, { width: state.size * ratio + "px", height: state.size * ratio + "px",
        left: view.offsetLeft + state.at[0] * ratio + "px", top: view.offsetTop + state.at[1] * ratio + "px" });
    };
    const place = (event) => {
      const box = view.getBoundingClientRect();
      return [(event.clientX - box.left) * mask.width / box.width, (event.clientY - box.top) * mask.height / box.height];
    };
    let now = null;
    view.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      event.preventDefault();
      view.focus({ preventScroll: true });
      view.setPointerCapture(event.pointerId);
      now = { size: state.size, erase: state.erase || event.pointerType === "pen" && event.buttons === 32, points: [place(event)] };
      apply(now); draw();
    });
    view.addEventListener("pointermove", (event) => {
      state.at = place(event);
      showRing();
      if (!now) return;
      const before = now.points.at(-1);
      for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) now.points.push(place(one));
      stroke({ ...now, points: [before, ...now.points.slice(now.points.indexOf(before) + 1)] });
      draw();
    });
    const lift = () => {
      if (!now) return;
      state.done.push(now); state.undone = []; now = null;
      replay(); send();
    };
    view.addEventListener("pointerup", lift);
    view.addEventListener("pointercancel", lift);
    view.addEventListener("pointerleave", () => { if (!now) { state.at = null; showRing(); } });
    const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    root.addEventListener("keydown", (event) => {
      const resize = (by) => { sizeField.value = state.size = Math.max(4, Math.min(240, state.size + by)); showRing(); };
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if ((event.ctrlKey || event.metaKey) && key === "z") event.shiftKey ? redo() : undo();
      else if ((event.ctrlKey || event.metaKey) && key === "y") redo();
      else if (event.ctrlKey || event.metaKey || event.altKey) return;
      else if (key === "Escape" && root.classList.contains("large")) setLarge(false);
      else if (key === "[") resize(-8);
      else if (key === "]") resize(8);
      else if (event.target !== view) return;
      else if (key === "e") choose(!state.erase);
      else if (key === "i") push({ kind: "invert" });
      else if (MOVES[key]) {
        const [x, y] = state.at || [mask.width / 2, mask.height / 2], step = event.shiftKey ? 2 : Math.max(4, state.size / 3);
        state.at = [Math.max(0, Math.min(mask.width, x + MOVES[key][0] * step)), Math.max(0, Math.min(mask.height, y + MOVES[key][1] * step))];
        showRing();
      } else if (key === " ") { state.at ||= [mask.width / 2, mask.height / 2]; push({ size: state.size, erase: state.erase, points: [state.at] }); }
      else return;
      event.preventDefault();
      event.stopPropagation();
    });

    // --- a picture arrives
    const open = () => {
      const given = props.value || {};
      board.hidden = tools.hidden = hint.hidden = sizeRow.parentNode.hidden = !given.picture;
      none.hidden = Boolean(given.picture);
      if (given.large && given.picture) setLarge(true);
      if (!given.picture) { setLarge(false); return; }
      Object.assign(state, { done: [], undone: [], start: null, sent: given.mask || "", soft: given.soft ?? state.soft });
      softField.value = state.soft;
      picture.onload = () => {
        state.scale = Math.min(1, LONGEST / Math.max(picture.naturalWidth, picture.naturalHeight));
        board.style.setProperty("--ratio", picture.naturalWidth / picture.naturalHeight);
        mask.width = Math.max(1, Math.round(picture.naturalWidth * state.scale));
        mask.height = Math.max(1, Math.round(picture.naturalHeight * state.scale));
        state.size = Math.round(Math.max(mask.width, mask.height) / 10);
        sizeField.value = state.size;
        if (given.mask) {
          const before = new Image();
          before.onload = () => { state.start = before; replay(); };
          before.src = given.mask;
        }
        fit();
        replay();
      };
      picture.src = "file/" + encodeURIComponent(given.picture);
    };
    watch("value", () => { if ((props.value?.mask || "") !== (state.sent || "") || !picture.src.endsWith(props.value?.picture || "-")) open(); });
    new ResizeObserver(fit).observe(board);
    choose(false);
    open();
  };

  Object.assign(window.studionova ||= {}, { painter, make });
})();
