"""Shared pieces of the window, as HTML with everything escaped: jobs, progress, results, thumbnails, empty states."""

import base64
import json
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Any

import gradio as gr

from core.jobs import ACTIVE, Job
from core.language import Words, mark

STAR = '<span class="star"></span>'
ATTEND = ('window.studionova.attend(element, (said) => trigger("act", said), (said) => trigger("make", said));'
          ' watch("value", () => window.studionova.repick(element));')
WELL = """
element.addEventListener("click", (event) => {
  const node = event.target.closest("[data-drop]");
  if (node) props.value = (props.value || []).filter((id) => id !== node.dataset.drop);
});
element.dataset.takes = "yes";
element.addEventListener("studionova-take", (event) => {
  const id = event.detail, lying = props.value || [];
  props.value = %s;
});
"""
"""What lies in a well can be taken out, and a picture dragged from the Library laid into it."""
STATE_ICONS = {"queued": "clock", "running": "play", "paused": "pause", "done": "check", "failed": "warn",
               "cancelled": "close", "interrupted": "warn"}
AGAIN = frozenset({"failed", "cancelled", "interrupted"})
LOOKS, RESEMBLES = 80, 50
"""From these scores on a picture looks like somebody, or resembles them (core.likeness says the same)."""
Verbs = Iterable[tuple[str, str, str]] | Callable[[dict[str, Any], Words], str]


def piece(value: str = "", *, id: str = "", classes: str = "") -> gr.HTML:
    """A place for our own HTML. Its `act` event brings the data of whatever with data-act was clicked in it, and its
    `make` event that of a verb with data-make, which goes on from a picture (ui/verbs.py)."""
    return gr.HTML(value, elem_id=id or None, elem_classes=["piece", *classes.split()], js_on_load=ATTEND,
                   apply_default_css=False, padding=False)


def intro(section: str) -> gr.HTML:
    """The head of a tab: what it is for, in one line."""
    return gr.HTML(f'<h2>{mark(f"{section}.title")}</h2><p>{mark(f"{section}.intro")}</p>',
                   elem_classes=["intro"], js_on_load=None, apply_default_css=False, padding=False)


def icon(name: str) -> str:
    return f'<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><use href="#i-{name}"></use></svg>'


def thumb_url(asset_id: str) -> str:
    return f"thumb/{escape(asset_id, quote=True)}"


def file_url(asset_id: str) -> str:
    return f"file/{escape(asset_id, quote=True)}"


def button(act: str, label: str, symbol: str = "", *, quiet: bool = True, bare: bool = False, **data: str) -> str:
    """A button inside a piece. `bare` shows only the symbol; the label is still read aloud and shown on hover."""
    notes = "".join(f' data-{name}="{escape(str(value), quote=True)}"' for name, value in data.items())
    says = f' aria-label="{escape(label)}" title="{escape(label)}"' if bare else ""
    inside = (icon(symbol) if symbol else "") + ("" if bare else f"<span>{escape(label)}</span>")
    look = "nb bare" if bare else "nb quiet" if quiet else "nb"
    return f'<button type="button" class="{look}" data-act="{act}"{notes}{says}>{inside}</button>'


def duration(seconds: float | None, words: Words) -> str:
    """"12 s", "3 min", "1 h 20 min"."""
    if seconds is None:
        return ""
    if seconds < 90:
        return words("time.seconds", n=max(1, round(seconds)))
    if seconds < 5400:
        return words("time.minutes", n=round(seconds / 60))
    return words("time.hours", h=int(seconds // 3600), n=round(seconds % 3600 / 60))


def ago(moment: float, words: Words) -> str:
    passed = max(0.0, time.time() - moment)
    if passed < 60:
        return words("time.now")
    if passed < 86400:
        return words("time.ago", span=duration(passed, words))
    return time.strftime("%Y-%m-%d", time.localtime(moment))


def size(count: int) -> str:
    """Of a file, as people know it."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    return f"{count / 1_000_000:.1f} MB" if count < 1_000_000_000 else f"{count / 1_000_000_000:.1f} GB"


def when(created: str) -> str:
    """A moment of a sidecar, on the clock of this computer."""
    try:
        return datetime.fromisoformat(created).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""


def bar(job: Job, words: Words) -> str:
    """How far it is, readable by eye and by screen readers; a moving stripe while there is no number yet."""
    share = job.progress.share
    now = f' aria-valuenow="{round(share * 100)}"' if job.progress.total else ""
    state = "" if job.progress.total else " unknown"
    label = escape(words("jobs.progress"))
    return (f'<div class="bar{state}" role="progressbar" aria-label="{label}" aria-valuemin="0" '
            f'aria-valuemax="100"{now}>'
            f'<i style="width:{share * 100:.1f}%"></i></div>')


def progress_line(job: Job, words: Words, before: int = 0, behind: int = 0) -> str:
    """Phase words, share, time left and how many wait, as one line."""
    if job.state == "queued":
        said = [words("jobs.next") if before == 0 else words("jobs.before", count=before)]
    else:
        said = [words("jobs.paused")] if job.state == "paused" else []
        said.append(words.phrase(job.phase) if job.phase else words("jobs.starting"))
    if job.progress.total:
        said.append(f"{round(job.progress.share * 100)} %")
    if job.eta_seconds is not None:
        said.append(words("jobs.left", span=duration(job.eta_seconds, words)))
    if behind:
        said.append(words("jobs.behind", count=behind))
    return " · ".join(escape(word) for word in said)


def state_word(job: Job, words: Words) -> str:
    text = words(f"states.{job.state}")
    return f'<span class="state {job.state}">{icon(STATE_ICONS[job.state])}{escape(text)}</span>'


def preview(job: Job) -> str:
    """The newest preview of a running job, as data inside the page: nothing of it ever lies on disk."""
    if not job.progress.preview:
        return ""
    return f"data:image/jpeg;base64,{base64.b64encode(job.progress.preview).decode()}"


def job_buttons(job: Job, words: Words, can: Iterable[str] = (), ahead: Sequence[str] = (), named: bool = False) -> str:
    """What can be done with a job; `named` says it in words too. `ahead` wait in its lane before it, in their order."""
    made = []
    look: dict[str, Any] = {"quiet": False} if named else {"bare": True}
    if job.state == "queued" and ahead:
        made.append(button("up", words("jobs.up"), "up", bare=True, job=job.id, before=ahead[-1]))
    if job.state == "queued" and len(ahead) > 1:
        made.append(button("up", words("jobs.first"), "top", bare=True, job=job.id, before=ahead[0]))
    if job.state == "running" and job.progress.part:
        made.append(button("skip", words("jobs.skip", n=job.progress.part[0], count=job.progress.part[1]), "skip",
                           bare=True, job=job.id))
    if job.state == "running" and "pause" in can:
        made.append(button("pause", words("jobs.pause"), "pause", **look, job=job.id))
    if job.state == "paused":
        made.append(button("resume", words("jobs.resume"), "play", **look, job=job.id))
    if job.state == "queued" or job.state in ACTIVE:
        made.append(button("cancel", words("jobs.cancel"), "close", **look, job=job.id))
    if job.state in AGAIN:
        made.append(button("retry", words("jobs.again"), "again", bare=True, job=job.id))
    if job.assets:
        made.append(button("open", words("jobs.open"), "large", bare=True, job=job.id, asset=job.assets[-1]))
    return "".join(made)


def trouble(job: Job, words: Words) -> str:
    """What went wrong and what to do, with the button that does it."""
    error = job.error or {"message": words("jobs.interrupted"), "hint": ""}
    message, hint = (escape(words.phrase(error.get(part, ""))) for part in ("message", "hint"))
    return (f'<div class="advice bad" role="alert">{icon("warn")}<div><p><b>{message}</b></p><p>{hint}</p>'
            f'{button("retry", words("jobs.again"), "again", quiet=False, job=job.id)}</div></div>')


def working(job: Job, words: Words, line: tuple[int, int] = (0, 0), can: Iterable[str] = ()) -> str:
    """A job on its way, standing where its result will stand. `line`: how many wait before it and behind it."""
    seen = preview(job)
    picture = f'<img src="{seen}" alt="{escape(words("jobs.preview"))}">' if seen else '<span class="star"></span>'
    return (f'<div class="stage working" aria-busy="true"><div class="canvas">{picture}</div>'
            f'<div class="under"><div class="grow"><p class="says">{progress_line(job, words, *line)}</p>'
            f'{bar(job, words)}</div>'
            f'{job_buttons(job, words, can, named=True)}</div></div>')


def empty(title: str, text: str, more: str = "", shown: str = STAR) -> str:
    """Nothing here yet: what to do next; `shown` may be a finished example."""
    return (f'<div class="stage empty"><div class="canvas">{shown}<h3>{title}</h3><p>{text}</p>{more}</div></div>')


def wipe(before: str, after: str, words: Words) -> str:
    """Two pictures of the same thing, one over the other; a range input moves the cut: mouse, touch, arrow keys."""
    return (f'<div class="wipe"><img class="before" src="{before}" alt="{escape(words("compare.before"))}">'
            f'<img class="after" src="{after}" alt="{escape(words("compare.after"))}"><span class="cut"></span>'
            f'<span class="tag left">{escape(words("compare.before"))}</span>'
            f'<span class="tag right">{escape(words("compare.after"))}</span>'
            f'<input type="range" min="0" max="100" value="50" aria-label="{escape(words("compare.cut"))}"></div>')


def results(assets: list[dict[str, Any]], job: Job, words: Words, verbs: Verbs = ()) -> str:
    """What a job made: one large, the others as a strip. Each asset: id, kind, title, and `before` for a wipe.
    `verbs` are (act, word key, symbol), or a function that gives the whole row for an asset."""
    figures, strip = [], []
    for number, asset in enumerate(assets):
        hidden = " hidden" if number else ""
        figures.append(f'<figure data-figure="{number}"{hidden}>{shown(asset, words)}{likeness(asset, words)}'
                       f'<figcaption class="verbs">{_verbs(asset, job, words, verbs)}</figcaption></figure>')
        pressed = "true" if number == 0 else "false"
        strip.append(f'<button type="button" data-show="{number}" aria-pressed="{pressed}" aria-label="'
                     f'{escape(words("results.show", n=number + 1))}"><img loading="lazy" '
                     f'src="{thumb_url(asset["id"])}" alt="">'
                     "</button>")
    line = f'<div class="strip">{"".join(strip)}</div>' if len(strip) > 1 else ""
    notes = "".join(f'<p class="note">{icon("warn")}{escape(words.phrase(note))}</p>' for note in job.notices)
    return f'<div class="stage done" data-stage="0" data-job="{escape(job.id)}">{"".join(figures)}{line}{notes}</div>'


def likeness(asset: dict[str, Any], words: Words) -> str:
    """"Likeness 87 · Looks like Mira", where somebody could judge it: a number with its meaning."""
    score, people = asset.get("likeness"), asset.get("people") or []
    if score is None or not people:
        return ""
    key = "looks" if score >= LOOKS else "resembles" if score >= RESEMBLES else "differs"
    number = escape(words("library.likeness", n=round(score)))
    said = escape(words(f"likeness.{key}", name=", ".join(people)))
    return (f'<p class="likeness {key}" style="--score:{round(score)}%"><b>{number}</b><i></i><span>{said}</span></p>')


def shown(asset: dict[str, Any], words: Words) -> str:
    """One asset, large, by what it is."""
    source, title = file_url(asset["id"]), escape(asset.get("title") or words("results.picture"), quote=True)
    kind = asset.get("kind", "image")
    if asset.get("before"):
        return wipe(file_url(asset["before"]), source, words)
    if kind == "video":
        return f'<div class="canvas"><video src="{source}" controls playsinline aria-label="{title}"></video></div>'
    if kind == "audio":
        return f'<div class="canvas"><audio src="{source}" controls aria-label="{title}"></audio></div>'
    if kind == "image":
        return f'<div class="canvas"><img src="{source}" alt="{title}"></div>'
    return f'<div class="canvas"><span class="star"></span><h3>{title}</h3></div>'


def _verbs(asset: dict[str, Any], job: Job, words: Words, verbs: Verbs) -> str:
    if callable(verbs):
        made = [verbs(asset, words)]
    else:
        made = [button("retry", words("jobs.again"), "again", job=job.id)]
        made += [button(act, words(key), symbol, asset=asset["id"]) for act, key, symbol in verbs]
    made.append(f'<a class="nb quiet" href="{file_url(asset["id"])}?download=1" download>{icon("down")}'
                f'<span>{escape(words("results.download"))}</span></a>')
    return "".join(made)


def well(id: str, many: bool = True, label: str = "", kinds: Iterable[str] = ("image",)
         ) -> tuple[gr.File, gr.HTML]:
    """Where pictures are given: a drop zone, and the row of what lies in it. The row's value is a list of asset ids."""
    drop = gr.File(label=f"{label}: {mark('well.drop')}" if label else mark("well.drop"),
                   file_count="multiple" if many else "single", file_types=list(kinds), elem_id=f"{id}-drop",
                   elem_classes=["drop"], height=112)
    taken = mark("well.out")
    row = gr.HTML([], elem_id=id, elem_classes=["piece", "well"], apply_default_css=False, padding=False,
                  html_template='{{#each value}}<figure><img src="thumb/{{this}}" alt=""><button type="button" '
                                'class="nb bare" '
                                f'data-drop="{{{{this}}}}" aria-label="{taken}" title="{taken}">{icon("close")}'
                                f'</button>'
                                "</figure>{{/each}}",
                  js_on_load=WELL % ("[...lying.filter((one) => one !== id), id]" if many else "[id]"))
    return drop, row


def pulled(slider: gr.Slider, value: Any) -> float:
    """Where a slider stands: what is typed beyond its ends is about to become the end in the browser too."""
    known = isinstance(value, (int, float))
    return max(slider.minimum, min(slider.maximum, value)) if known else slider.value


def said(event: gr.EventData) -> dict[str, Any]:
    """What an `act` event brought: only short strings and lists of short strings, whatever a client sends."""
    given = event._data if isinstance(event._data, dict) else {}
    short: dict[str, Any] = {str(key)[:40]: value[:2000] for key, value in given.items() if isinstance(value, str)}
    ids = given.get("ids")
    if isinstance(ids, list):
        short["ids"] = [one for one in ids[:2000] if isinstance(one, str) and len(one) < 200]
    return short


def as_ids(value: Any) -> list[str]:
    """The ids in a well or a hidden field, whatever a client sends."""
    if isinstance(value, str):
        try:
            value = json.loads(value or "[]")
        except ValueError:
            return []
    return [one for one in value if isinstance(one, str) and len(one) < 200] if isinstance(value, list) else []
