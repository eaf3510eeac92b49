/* A job of the studio, followed here while this page is open. It goes on without it. */
import { ask, button, h, say, tell } from "./page.js";

const LOOK_MS = 700, ENDED = ["done", "failed", "cancelled", "interrupted"];

export async function follow(job, place) {
  const bar = h("i"), line = h("p", { cls: "says", role: "status" });
  const stop = button("stop_it", "close", async () => {
    stop.disabled = true;
    try { await ask(`jobs/${job}/stop`, {}); } catch (error) { tell(error.message); stop.disabled = false; }
  });
  place.replaceChildren(h("div", { cls: "bar", role: "progressbar", "aria-label": say("working") }, bar), line, h("div", { cls: "verbs" }, stop));
  for (;;) {
    const now = await ask(`jobs/${job}`);
    bar.style.width = `${Math.round(now.progress * 100)}%`;
    line.textContent = now.phase || say("waiting");
    if (ENDED.includes(now.state)) {
      const notes = now.state === "done" ? now.notices : [[now.error?.message, now.error?.hint].filter(Boolean).join(" ") || say("stopped")];
      place.replaceChildren(...notes.map((note) => h("p", { cls: "says" }, note)));
      return now;
    }
    await new Promise((ready) => setTimeout(ready, LOOK_MS));
  }
}
