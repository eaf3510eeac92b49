"""The job strip: the pill that is always in sight, the drawer behind it, and the two ways in which a page watches jobs.

A click is followed by `follow`, a thin generator in Gradio's queue; everything else by one timer per page. Neither runs
a job, and neither stops one by going away.
"""

import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from core import characters
from core.jobs import ACTIVE, ENDED, Job
from core.language import Words
from ui import examples, parts, usage
from ui.form import Form
from ui.page import Page, Slot, sender_of

BUSY_SECONDS, IDLE_SECONDS = 1.0, 4.0
LET_GO_SECONDS = 20.0
"""A running event holds one of the six connections that a browser has: after this the timer watches on alone."""
BREATH_SECONDS = 0.2
DRAWER_JOBS = 30
KEPT_ASSETS = 60
"""Results of one job that a slot shows; the Library has the rest."""
ABOUT = 70
"""So many letters of what a job is about stand on its card."""


def watch(page: Page, window: gr.Blocks, drawer: gr.HTML) -> None:
    """One timer per page. It skips whatever this page has seen already, and slows down while nothing happens."""
    timer = gr.Timer(BUSY_SECONDS)

    def look(seen: str, request: gr.Request) -> list[Any]:
        return look_around(page, seen, request)

    def act(event: gr.EventData, request: gr.Request) -> str:
        obey(page, parts.said(event), request)
        return ""

    outputs = [page.seen, timer, page.stock, page.pill, drawer, *(slot.place for slot in page.slots)]
    page.on(timer.tick, look, [page.seen], outputs, trigger_mode="once", queue=False)
    page.on(window.load, look, [page.seen], outputs, queue=False)
    page.results.append(drawer)
    for place in (drawer, *(slot.place for slot in page.slots)):
        page.on(place.act, act, None, [page.seen]).then(
            look, [page.seen], outputs, queue=False, show_progress="hidden", api_visibility="private")


def look_around(page: Page, seen: str, request: gr.Request) -> list[Any]:
    """What changed for this page since `seen`: pill, drawer and every slot; gr.skip() for what did not."""
    words, revision = page.words(request), page.studio.jobs.revision
    before = _seen(seen)
    if before.get("revision") == revision and before.get("words") == words.code:
        return [gr.skip()] * (5 + len(page.slots))
    jobs = page.jobs(request)
    drawn = {"stock": str(page.studio.library.count()), "pill": pill(jobs, words)}
    drawn["drawer"] = drawer_of(page, jobs, words)
    drawn |= {slot.name: slot.draw(page.shown(slot.tasks, jobs), words) for slot in page.slots}
    prints = {name: zlib.crc32(html.encode()) for name, html in drawn.items()}
    shown = [gr.skip() if before.get(name) == prints[name] else drawn[name] for name in drawn]
    busy = any(job.state == "queued" or job.state in ACTIVE for job in jobs)
    now = json.dumps({"revision": revision, "words": words.code, **prints})
    return [now, gr.Timer(BUSY_SECONDS if busy else IDLE_SECONDS), *shown]


def run(page: Page, start: gr.Button, form: Form, slot: Slot,
        check: Callable[[Any, gr.Request], None] = lambda asked, request: None) -> Any:
    """Connect the one button of a tab: read the form, check what only this tab knows, submit, follow."""
    def press(values: dict[Any, Any], request: gr.Request,
              progress: gr.Progress = gr.Progress()) -> Iterator[Any]:  # noqa: B008
        key, asked = form.read(values)
        check(asked, request)
        job = page.studio.submit(key, asked, sender_of(request), device=form.device(values))
        yield from follow(page, job, slot, request, progress)

    return page.on(start.click, press, form.inputs(), [slot.place, page.pill], preprocess=False)


def follow(page: Page, job: Job, slot: Slot, request: gr.Request, progress: Callable[..., Any]) -> Iterator[Any]:
    """Shows a job, and what is at work before it, until it ends, until the timer can take over, or until a newer one
    is followed: several that draw in turn would leave the browser no breath."""
    words, until, revision, shown = page.words(request), time.monotonic() + LET_GO_SECONDS, -1, None
    while True:
        ended, jobs = job.state in ENDED, page.jobs(request)  # asked first: what ends meanwhile is drawn once more
        seen = page.shown(slot.tasks, jobs) or job
        now = slot.draw(seen, words), pill(jobs, words)
        if now != shown:
            progress(seen.progress.share, desc=parts.progress_line(seen, words, *line_of(page, seen)))
            yield now
        shown = now
        if ended or time.monotonic() > until or any(one.created > job.created for one in page.of(slot.tasks, jobs)):
            return
        time.sleep(BREATH_SECONDS)
        revision = page.studio.jobs.wait(revision, 1.0)


def obey(page: Page, said: dict[str, Any], request: gr.Request) -> None:
    """What the buttons of a job card do."""
    jobs, owner, job_id = page.studio.jobs, page.owner(request), str(said.get("job", ""))
    match said.get("act"):
        case "cancel":
            jobs.cancel(job_id, owner)
        case "skip":
            jobs.skip(job_id, owner)
        case "pause":
            jobs.pause(job_id, owner)
        case "lend":
            jobs.pause(job_id, owner, lend=True)
        case "wish":
            jobs.wish(job_id, str(said.get("word", "")), owner)
        case "resume":
            jobs.resume(job_id, owner)
        case "retry":
            page.studio.retry(job_id, sender_of(request))
        case "up":
            jobs.move(job_id, str(said.get("before", "")), owner)
        case "cancel-pending":
            jobs.cancel_pending(owner)


def pill_now(page: Page) -> Callable[[gr.Request], str]:
    """Draws the pill ahead of the timer."""
    def now(request: gr.Request) -> str:
        return pill(page.jobs(request), page.words(request))

    return now


def tell_at_once(page: Page, click: Any) -> None:
    """The pill says what a click began, ahead of the timer."""
    click.then(pill_now(page), None, [page.pill], queue=False, show_progress="hidden", api_visibility="private")


def pill(jobs: list[Job], words: Words) -> str:
    """"1 running · 2 waiting · 3 min", as the button that opens the drawer."""
    active = [job for job in jobs if job.state in ACTIVE]
    waiting = [job for job in jobs if job.state == "queued"]
    said = []
    if active:
        stands = len(active) == 1 and active[0].state == "paused"
        said.append(words("states.paused") if stands else words("jobs.running", count=len(active)))
    if waiting:
        said.append(words("jobs.waiting", count=len(waiting)))
    left = [job.eta_seconds for job in active if job.eta_seconds is not None]
    if left:
        said.append(parts.duration(max(left), words))
    look = "busy" if active or waiting else "idle"
    share = f' style="--share:{active[0].progress.share * 100:.0f}%"' if active else ""
    text = " · ".join(said) or words("jobs.none")
    return (f'<button type="button" class="pill {look}" aria-haspopup="dialog" aria-controls="drawer"{share} '
            f'title="{words("jobs.title")}"><i></i><span>{text}</span></button>')


def drawer_of(page: Page, jobs: list[Job], words: Words) -> str:
    """The drawer: what runs, what waits in its order, and what ended lately."""
    own = {job.id for job in jobs}
    waiting = [job for job in page.studio.jobs.waiting() if job.id in own]
    active = [job for job in jobs if job.state in ACTIVE]
    ended = [job for job in jobs if job.state in ENDED][:DRAWER_JOBS]
    cards = [card(page, job, words) for job in active]
    for number, job in enumerate(waiting[:DRAWER_JOBS]):
        ahead = [other.id for other in waiting[:number] if other.lane == job.lane]
        cards.append(card(page, job, words, ahead))
    cards += [card(page, job, words) for job in ended]
    body = "".join(cards) or f'<p class="quiet">{words("jobs.empty")}</p>'
    clear = parts.button("cancel-pending", words("jobs.cancel_pending"), "close") if len(waiting) > 1 else ""
    return (f'<aside role="dialog" aria-label="{words("jobs.title")}"><div class="topline"><h2>{words("jobs.title")}'
            f'</h2>{clear}'
            f'<button type="button" class="nb bare" data-close aria-label="{words("frame.close")}">'
            f'{parts.icon("close")}'
            f'</button></div><div class="cards">{body}</div></aside>')


def card(page: Page, job: Job, words: Words, ahead: Sequence[str] = ()) -> str:
    """One job in the drawer; `ahead` are the ids of those that wait in its lane before it."""
    there = page.studio.library.entry(job.assets[0]) if job.assets else None
    seen = parts.preview(job) or (parts.thumb_url(there.id) if there and there.kind == "image" else "")
    picture = f'<img src="{seen}" alt="">' if seen else parts.icon(parts.STATE_ICONS[job.state])
    moving = job.state in ACTIVE
    lines = parts.bar(job, words) if moving else ""
    if moving or job.state == "queued":
        lines += f'<p class="says">{parts.progress_line(job, words, len(ahead))}</p>'
    elif job.error:
        told = " ".join(words.phrase(job.error.get(part, "")) for part in ("message", "hint"))
        lines += f'<p class="says">{parts.escape(told)}</p>'
    else:
        facts = [parts.ago(job.ended or job.created, words), *usage.cost(job.measured, words)]
        lines += f'<p class="says">{parts.escape(" · ".join(facts))}</p>'
    return (f'<article class="job {job.state}" data-job="{parts.escape(job.id)}"><div class="pic">{picture}</div><div '
            f'class="grow">'
            f'<p class="name"><b>{parts.escape(words.phrase(job.title))}</b>{parts.state_word(job, words)}</p>'
            f'{_about(page, job)}{lines}</div>'
            f'<div class="acts">{parts.job_buttons(job, words, abilities(page, job), ahead)}</div></article>')


def _about(page: Page, job: Job) -> str:
    """What it is about, in the person's own words: a dozen jobs of one name are told apart by it."""
    asked = job.request.get("request") if isinstance(job.request.get("request"), dict) else job.request
    said, who = str(asked.get("prompt") or ""), str(asked.get("character") or "")
    if who and not said:
        rows = page.studio.store.rows(characters.TABLE)
        said = next((str(row["name"]) for row in rows if characters.answers_to(row, who)), "")
    short = said if len(said) <= ABOUT else said[:ABOUT].rstrip() + " …"
    return f'<p class="says about">{parts.escape(short)}</p>' if short else ""


def abilities(page: Page, job: Job) -> tuple[str, ...]:
    entry = page.studio.catalog.entries.get(job.key)
    return entry.card.can if entry else ()


def line_of(page: Page, job: Job) -> tuple[int, int]:
    """How many wait in its lane before a job, and how many of the same person's behind it."""
    line = page.studio.jobs.waiting(job.lane)
    here = next((n for n, other in enumerate(line) if other.id == job.id), -1)
    return max(0, here), sum(other.owner == job.owner for other in line[here + 1:])


def slot(page: Page, name: str, tasks: tuple[str, ...], verbs: parts.Verbs = ()) -> Slot:
    """A place for a job of these tasks: empty state, progress, trouble or result, all of the same size."""
    def draw(job: Job | None, words: Words) -> str:
        made = results_of(page, job) if job is not None and job.state in ENDED else []
        if job is None or not made and (job.state in ("cancelled", "done")):
            return _nothing_yet(name, words)
        if made:
            return parts.results(made, job, words, verbs)
        if job.state in ENDED:
            return f'<div class="stage"><div class="canvas">{parts.trouble(job, words)}</div></div>'
        return parts.working(job, words, line_of(page, job), abilities(page, job))

    place = Slot(name, parts.piece(id=f"{name}-slot", classes="slot"), tasks, draw)
    page.slots.append(place)
    page.results.append(place.place)
    return place


def _nothing_yet(name: str, words: Words) -> str:
    title, hint = words(f"{name}.empty"), words(f"{name}.empty_hint")
    if name not in examples.OF:
        return parts.empty(title, hint)
    shown, button = examples.OF[name](words)
    return parts.empty(title, hint, f'<div class="verbs">{button}</div>', shown)


def results_of(page: Page, job: Job) -> list[dict[str, Any]]:
    """The assets of a job as `parts.results` wants them; an upscale brings its picture of before along."""
    found = []
    library = page.studio.library
    entries = [*filter(None, map(library.entry, job.assets[-KEPT_ASSETS:]))]  # what was thrown away stays out
    if job.key.startswith("grid."):  # the sheets show what the single pictures are
        entries.sort(key=lambda entry: job.key not in entry.labels.get("pipeline", []))
    for entry in entries:
        parents = library.lineage(entry.id).parents if job.key.startswith("upscale.") else ()
        before = next((one for one in parents if library.entry(one) is not None), "")
        found.append({"id": entry.id, "title": entry.title, "kind": entry.kind, "before": before,
                      "likeness": entry.likeness, "people": entry.labels.get("character", [])})
    return found


def _seen(text: str) -> dict[str, Any]:
    try:
        before = json.loads(text or "{}")
    except ValueError:
        return {}
    return before if isinstance(before, dict) else {}
