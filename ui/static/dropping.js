/* A picture dropped anywhere on Image Gen, from the desktop or from the window itself, is the picture to go on from. */
(() => {
  "use strict";
  const ours = /(?:file|thumb)\/([0-9a-z]{13})(?:[?#]|$)/;
  const target = (event) => {
    const go = document.querySelector("#image-go");
    if (!go || go.offsetParent === null || document.body.classList.contains("drawer-open")) return null;
    return event.target.closest?.(".block.drop, .block.well, textarea, input, [data-editor]") ? null : go.closest(".work");
  };
  const wanted = (event) => [...(event.dataTransfer?.types || [])].some((type) => type === "Files" || type === "text/uri-list");
  const wait = (find, then, tries = 60) => {
    const found = find();
    if (found) then(found); else if (tries) setTimeout(() => wait(find, then, tries - 1), 50);
  };

  // One of our own pictures: the verb that stands below it everywhere does the rest.
  const begin = (id) => {
    const holder = document.querySelector("#image-slot .stage");
    if (!holder) return;
    const button = Object.assign(document.createElement("button"), { type: "button", hidden: true });
    Object.assign(button.dataset, { make: "start", asset: id });
    holder.append(button);
    button.click();
    button.remove();
  };
  const give = (file) => {
    const chosen = document.querySelector("#image-task input:checked");
    if (!chosen || chosen.value === "words") document.querySelector("#image-task input[value=picture]")?.click();
    wait(() => document.querySelector("#image-given-drop input[type=file]"), (field) => {
      const hand = new DataTransfer();
      hand.items.add(file);
      field.files = hand.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  };

  document.addEventListener("dragover", (event) => {
    const place = wanted(event) && target(event);
    document.querySelectorAll(".work.taking").forEach((other) => { if (other !== place) other.classList.remove("taking"); });
    if (!place) return;
    event.preventDefault();
    place.classList.add("taking");
  });
  for (const name of ["dragleave", "dragend"]) {
    document.addEventListener(name, (event) => { if (!event.relatedTarget) document.querySelector(".work.taking")?.classList.remove("taking"); });
  }
  document.addEventListener("drop", (event) => {
    const place = wanted(event) && target(event);
    document.querySelector(".work.taking")?.classList.remove("taking");
    if (!place) return;
    event.preventDefault();
    const file = [...event.dataTransfer.files].find((one) => one.type.startsWith("image/"));
    const id = ours.exec(event.dataTransfer.getData("text/uri-list") || "")?.[1];
    if (id) begin(id); else if (file) give(file);
  });
})();
