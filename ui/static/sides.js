/* Extending a picture: its four sides are pulled outwards, by handle or by number. */
(() => {
  "use strict";
  const make = window.studionova.make;
  const NAMES = ["left", "top", "right", "bottom"], STEP = 8;

  const sides = (element, props, watch, words) => {
    const root = element.querySelector("[data-editor]") || element;
    const picture = make("img", { alt: "", draggable: false });
    const sheet = make("div", { className: "sheet" }, picture);
    const ground = make("div", { className: "ground" }, sheet);
    const none = make("p", { className: "quiet", textContent: words.none });
    const hint = make("p", { className: "quiet hint", textContent: words.hint_sides });
    const fields = NAMES.map((name, which) => make("input", {
      type: "number", min: 0, max: 4096, step: STEP, value: 0, "aria-label": words[name],
      oninput: (event) => put(which, Number(event.target.value)) }));
    const rows = make("div", { className: "numbers" }, ...NAMES.map((name, which) => make("label", {}, make("span", { textContent: words[name] }), fields[which])));
    let now = [0, 0, 0, 0], pull = null;

    const most = () => Math.max(64, Math.max(picture.naturalWidth, picture.naturalHeight));
    const put = (which, value, keepField = true) => {
      now[which] = Math.max(0, Math.min(4096, Math.round((value || 0) / STEP) * STEP));
      if (!keepField) fields[which].value = now[which];
      show();
      props.value = { ...props.value, sides: [...now] };
    };
    const show = () => {
      if (!picture.naturalWidth) return;
      const width = picture.naturalWidth + now[0] + now[2], height = picture.naturalHeight + now[1] + now[3];
      const scale = pull ? pull.scale : Math.min(root.clientWidth * .8 / width, 240 / height);
      Object.assign(sheet.style, { width: width * scale + "px", height: height * scale + "px" });
      Object.assign(picture.style, { left: now[0] * scale + "px", top: now[1] * scale + "px",
        width: picture.naturalWidth * scale + "px", height: picture.naturalHeight * scale + "px" });
      sheet.dataset.scale = scale;
    };
    NAMES.forEach((name, which) => {
      const handle = make("button", { type: "button", className: "handle " + name, title: words[name], "aria-label": words[name] });
      const across = which % 2 === 0, sign = which < 2 ? -1 : 1;
      handle.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        handle.setPointerCapture(event.pointerId);
        pull = { from: across ? event.clientX : event.clientY, was: now[which], scale: Number(sheet.dataset.scale), moved: false };
      });
      handle.addEventListener("pointermove", (event) => {
        if (!pull) return;
        const by = ((across ? event.clientX : event.clientY) - pull.from) * sign;
        pull.moved ||= Math.abs(by) > 3;
        put(which, Math.min(most() * 2, pull.was + by / pull.scale), false);
      });
      const done = () => {
        if (!pull) return;
        const clicked = !pull.moved;
        pull = null;
        if (clicked) put(which, now[which] + most() / 4, false); else show();
      };
      handle.addEventListener("pointerup", done);
      handle.addEventListener("pointercancel", done);
      handle.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (!by && event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        put(which, now[which] + (by ? by * sign * most() / 16 : most() / 4), false);
      });
      sheet.append(handle);
    });
    root.replaceChildren(none, ground, rows, hint);

    const open = () => {
      const given = props.value || {};
      ground.hidden = rows.hidden = hint.hidden = !given.picture;
      none.hidden = Boolean(given.picture);
      now = [0, 1, 2, 3].map((which) => Number(given.sides?.[which]) || 0);
      fields.forEach((field, which) => { field.value = now[which]; });
      if (!given.picture) return;
      picture.onload = show;
      picture.src = "file/" + encodeURIComponent(given.picture);
      show();
    };
    watch("value", () => {
      const given = props.value || {};
      if (!picture.src.endsWith(given.picture || "-") || String(given.sides) !== String(now)) open();
    });
    new ResizeObserver(show).observe(root);
    open();
  };

  (window.studionova ||= {}).sides = sides;
})();
