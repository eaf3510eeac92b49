/* Earlier versions of a story: when they were, what they said and what is different, and the way back to one. */
import { ask, button, h, icon, say, tell } from "./page.js";

const SHOWN_MOST = 60, LINES_MOST = 200;

export function versions(story, desk) {
  const sheet = h("div", { cls: "sheet" });
  const root = h("details", { cls: "more versions" }, h("summary", { title: say("versions"), "aria-label": say("versions") }, icon("clock")), sheet);
  const time = (when) => new Date(when).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "medium" });
  const id = (when) => String(when).padStart(13, "0");

  root.addEventListener("toggle", async () => {
    if (!root.open) return;
    let found;
    try { await story.line; found = await ask(`${story.id}/versions`); } catch (error) { tell(error.message); return; }
    sheet.replaceChildren(h("h4", {}, say("versions")), found.length ? h("ul", {}, found.slice(0, SHOWN_MOST).map((when) => h("li", {}, h("button", { type: "button", cls: "jump", onclick: () => see(when) }, icon("eye"), h("span", {}, time(when)))))) : h("p", { cls: "quiet" }, say("no_versions")));
  });
  root.addEventListener("keydown", (event) => { if (event.key === "Escape" && root.open) { root.open = false; root.querySelector("summary").focus(); event.stopPropagation(); } });

  const see = async (when) => {
    let old;
    try { old = (await ask(`${story.id}/versions/${id(when)}`)).story; } catch (error) { tell(error.message); return; }
    root.open = false;
    const dialog = h("dialog", { cls: "arrival", "aria-label": say("versions") }, h("h2", {}, old.title || old.id),
      h("p", { cls: "quiet" }, `${time(when)} · ${say("n_scenes", { n: (old.scenes ?? []).length })}`),
      h("p", {}, differences(old)), h("div", { cls: "lines old" }, lines(old)),
      h("div", { cls: "verbs" }, button("restore", "again", () => { dialog.close(); restore(when); }, { main: true }), button("leave_it", "close", () => dialog.close())));
    dialog.addEventListener("close", () => dialog.remove());
    document.getElementById("story-desk").append(dialog);
    dialog.showModal();
  };

  /* How many lines came, went and changed between then and now, by the name of each line. */
  const differences = (old) => {
    const told = (one) => new Map((one.scenes ?? []).flatMap((scene) => (scene.nodes ?? []).map((node) => [`${scene.id}#${node.id}`, JSON.stringify(node)])));
    const then = told(old), now = told(story.told);
    const came = [...now.keys()].filter((key) => !then.has(key)).length, went = [...then.keys()].filter((key) => !now.has(key)).length;
    const other = [...now].filter(([key, node]) => then.has(key) && then.get(key) !== node).length;
    return came || went || other ? say("since_then", { came, went, other }) : say("since_then_none");
  };
  const lines = (old) => {
    const names = new Map((old.cast ?? []).map((one) => [one.id, one.name || one.id])), made = [];
    for (const scene of old.scenes ?? []) {
      made.push(h("h4", {}, scene.title || scene.id));
      for (const node of scene.nodes ?? []) {
        if (made.length > LINES_MOST) return [...made, h("p", { cls: "quiet" }, "…")];
        const said = [node.text, ...(node.options ?? []).map((one) => `→ ${one.text ?? ""}`)].filter(Boolean).join("  ");
        if (said) made.push(h("p", {}, node.who ? h("b", {}, `${names.get(node.who) ?? node.who}: `) : null, said));
      }
    }
    return made;
  };
  const restore = async (when) => {
    try { await story.line; story.take(await ask(`${story.id}/restore`, { version: id(when) })); } catch (error) { tell(error.message); return; }
    Object.assign(story, { past: [], future: [] });
    story.spread("all");
    desk.views.check.draw();
    tell(say("restored"));
  };
  return { root };
}
