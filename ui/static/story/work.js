/* A job of the studio, followed here while its story is open. It goes on without the page, and a page that comes back finds it. */
import { ask, button, h, say, tell } from "./page.js";

const LOOK_MS = 700, ENDED = ["done", "failed", "cancelled", "interrupted"];

/* The jobs about a story that have not ended. */
export const underWay = (story) => ask(`${story.id}/jobs`).catch(() => []);

/* The pill of the frame hears at once that a job began or ended: its own timer may look seconds later. */
const announce = () => document.querySelector("#story-desk [data-desk]").dispatchEvent(new CustomEvent("studionova-job", { bubbles: true }));

/* How the job ended; null when the story was left before. */
export async function follow(story, job, place) {
  const bar = h("i"), line = h("p", { cls: "says", role: "status" }, say("waiting"));
  const stop = button("stop_it", "close", async () => {
    stop.disabled = true;
    line.textContent = say("stopping");
    try { await ask(`jobs/${job}/stop`, {}); } catch (error) { tell(error.message); stop.disabled = false; }
  });
  place.replaceChildren(h("div", { cls: "bar", role: "progressbar", "aria-label": say("working") }, bar), line, h("div", { cls: "verbs" }, stop));
  announce();
  while (!story.closed) {
    const now = await ask(`jobs/${job}`).catch((error) => { if (error.offline) return null; place.replaceChildren(); throw error; });
    if (now && ENDED.includes(now.state)) {
      announce();
      const notes = now.state === "done" ? now.notices : [[now.error?.message, now.error?.hint].filter(Boolean).join(" ") || say("stopped")];
      place.replaceChildren(...notes.map((note) => h("p", { cls: "says" }, note)));
      return now;
    }
    if (now) {
      bar.style.width = `${Math.round(now.progress * 100)}%`;
      const words = stop.disabled ? say("stopping") : now.phase || say("waiting");
      if (line.textContent !== words) line.textContent = words;
    }
    await new Promise((ready) => setTimeout(ready, LOOK_MS));
  }
  return null;
}
