/* Chooses a file for a story: one it has, one of the Library, or one from this computer. Answers with its id in the story, or "". */
import { ask, button, fresh, h, icon, say, tell, thumb } from "./page.js";

const SOUND = ".ogg,.opus,.mp3,.wav", READS = { picture: "image/*", music: SOUND, sound: SOUND, voice: SOUND };
const WAIT_MS = 250;

export function pickFile(story, kind) {
  return new Promise((answer) => {
    let chosen = "";
    const rows = h("ul", { cls: kind === "picture" ? "pictures" : "files" });
    const search = h("input", { type: "search", placeholder: say("find_file"), "aria-label": say("find_file") });
    const done = (id) => { chosen = id; dialog.close(); };
    /* A file of the studio becomes one of the story, once. */
    const take = (file, title) => {
      const there = story.assets.find((one) => one.file === file && (one.kind ?? "picture") === kind);
      if (there) { done(there.id); return; }
      const id = fresh(title || kind, new Set(story.assets.map((one) => one.id)));
      story.change([{ op: "add", path: ["assets"], value: { id, kind, file, title: title.slice(0, 300) }, at: -1 }], { what: "none" });
      done(id);
    };
    const input = h("input", { type: "file", accept: READS[kind], hidden: true, onchange: async () => {
      const [one] = input.files;
      input.value = "";
      if (!one) return;
      try {
        const sent = await fetch(new URL(`stories/${story.id}/files?kind=${kind}&name=${encodeURIComponent(one.name)}`, document.baseURI), { method: "POST", body: one });
        const said = await sent.json().catch(() => ({}));
        if (!sent.ok) throw new Error(said.error || say("lost"));
        take(said.id, said.title);
      } catch (error) { tell(error.message); }
    } });
    const face = (file, title, act) => h("li", {}, h("button", { type: "button", title, onclick: act },
      kind === "picture" ? h("img", { src: thumb(file), alt: title, loading: "lazy" }) : [icon("play"), h("span", {}, title)]));
    const draw = async () => {
      const wanted = search.value.trim().toLowerCase(), own = story.assets.filter((one) => one.file && (one.kind ?? "picture") === kind && (one.title || one.id).toLowerCase().includes(wanted));
      const known = new Set(own.map((one) => one.file));
      let found = [];
      try { found = await ask(`${story.id}/files?kind=${kind}&find=${encodeURIComponent(search.value)}`); } catch (error) { tell(error.message); }
      if (search.value.trim().toLowerCase() !== wanted) return;  /* typed on meanwhile: a later answer is on its way */
      const shown = [...own.map((one) => face(one.file, one.title || one.id, () => done(one.id))), ...found.filter((one) => !known.has(one.id)).map((one) => face(one.id, one.title, () => take(one.id, one.title)))];
      rows.replaceChildren(...(shown.length ? shown : [h("li", { cls: "quiet" }, say("no_files"))]));
    };
    let timer = 0;
    search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, WAIT_MS); });
    const dialog = h("dialog", { cls: "picking", "aria-label": say("choose_file") }, h("header", { cls: "verbs" }, search, button("from_computer", "up", () => input.click()), button("leave_it", "close", () => dialog.close()), input), rows);
    dialog.addEventListener("close", () => { dialog.remove(); answer(chosen); });
    document.getElementById("story-desk").append(dialog);
    draw();
    dialog.showModal();
  });
}
