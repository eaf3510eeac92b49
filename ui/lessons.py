"""How a training looks: while it runs (curve, samples, likeness, figures, orders) and after it (which step is worn)."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core.jobs import Job
from core.language import Words
from ui import chart, parts

ORDERS = (("sample", "training.sample_now", "picture"), ("save", "training.save_now", "down"),
          ("stop", "training.stop_keep", "check"))
CHOSEN = "Best at step"
"""So begins the note that the head of a finished training says already."""
DOUBT = "look at the pictures"
"""Stands in the reason for a choice of which something is wrong."""
SCORES = ("likeness", "looks", "adherence", "bleed", "diversity", "memorised")


def running(job: Job, words: Words, line: tuple[int, int] = (0, 0)) -> str:
    """A training on its way, with all that it tells of itself."""
    told = job.progress.told
    seen = parts.preview(job)
    picture = f'<img src="{seen}" alt="{escape(words("jobs.preview"))}">' if seen else '<span class="star"></span>'
    return (f'<div class="stage working lesson" aria-busy="true"><div class="canvas">{picture}</div>'
            f'{_film(job, words)}'
            f'<div class="under"><div class="grow"><p class="says">{parts.progress_line(job, words, *line)}</p>'
            f'{parts.bar(job, words)}</div></div>{_orders(job, words)}{_figures(told, words)}'
            f'{_loss(told.get("curve") or [], told.get("checkpoints") or [], words, told.get("steps", 0))}'
            f'{_likeness(told.get("checkpoints") or [], words, told.get("steps", 0))}{_notes(job, words)}</div>')


def finished(job: Job, asset: Mapping[str, Any], person: Mapping[str, Any] | None, worn: tuple[str, float],
             words: Words) -> str:
    """What came of it. `worn` is the file that pictures wear now, and how strongly."""
    told, name = asset["training"], str((person or {}).get("name", ""))
    best: Mapping[str, Any] = next((s for s in told["scores"] if _is_best(s, told)), {})
    losses = [(n + 1, value) for n, value in enumerate(told.get("losses") or ())]
    curve = [(n, loss, mean) for (n, loss), mean in zip(losses, _smooth([v for _, v in losses]), strict=True)]
    stride = max(1, len(curve) // 240)
    whole = [one for one in told["scores"] if one.get("strength", 1.0) == 1.0]
    score = parts.likeness({"likeness": round(100 * best["likeness"]), "people": [name]}, words) \
        if best.get("likeness") is not None and name else ""
    rows = "".join(_row(one, told, person, worn, words) for one in told["scores"])
    grid = escape(words("training.grid"), quote=True)
    return (f'<div class="stage done lesson" data-job="{escape(job.id)}">{_head(told, best, person, words)}{score}'
            f'<figure class="table"><div class="canvas">'
            f'<img src="{parts.file_url(asset["id"])}" alt="{grid}"></div><figcaption class="quiet">'
            f'{escape(words("training.grid_help"))}</figcaption></figure>{_film(job, words)}'
            f'<ul class="lines steps">{rows}</ul>'
            f'{_loss(curve[::stride], whole, words, len(losses))}'
            f'{_likeness(whole, words, len(losses))}{_notes(job, words, CHOSEN)}</div>')


def _head(told: Mapping[str, Any], best: Mapping[str, Any], person: Mapping[str, Any] | None, words: Words) -> str:
    """Which one was chosen, why, and the way on; no praise for what does not look like them yet."""
    sound = best.get("likeness", 1.0) >= 0.5 and DOUBT not in str(told.get("reason", ""))
    kind, mark = ("good", "check") if sound else ("warn", "warn")
    head = words("training.best_at", step=told.get("best", 0), strength=f"{told.get('strength', 1.0):g}")
    reason = "; ".join(words.phrase(part) for part in str(told.get("reason", "")).split("; "))
    use = parts.button("use", words("training.use_it"), "picture", quiet=False, person=str(person["id"])) \
        if person else ""
    return (f'<div class="advice {kind} slim">{parts.icon(mark)}<p><b>{escape(head)}</b> {escape(reason)}.</p>{use}'
            f'</div>')


def _is_best(one: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    return one["step"] == told.get("best") and one.get("strength", 1.0) == told.get("strength", 1.0)


def _row(one: Mapping[str, Any], told: Mapping[str, Any], person: Mapping[str, Any] | None, worn: tuple[str, float],
         words: Words) -> str:
    """One step at one strength: what is known of it, and the button that makes pictures wear exactly this."""
    said = " · ".join(_figure(one, name, words) for name in SCORES if one.get(name) is not None)
    file, strength = str(one.get("file", "")), float(one.get("strength", 1.0))
    if not file:
        act = ""
    elif (file, strength) == worn:
        act = f'<span class="state done">{parts.icon("check")}{escape(words("training.worn"))}</span>'
    else:
        act = parts.button("wear", words("training.wear"), "star", person=str((person or {}).get("id", "")), file=file,
                           base=str(told.get("base", "")), strength=f"{strength:g}") if person else ""
    mark = f' <span class="badge-word">{escape(words("training.best"))}</span>' if _is_best(one, told) else ""
    name = words("training.step", n=one["step"]) + (f", {words('training.strength', n=f'{strength:g}')}"
                                                    if strength != 1.0 else "")
    return (f'<li><div class="grow"><b title="{escape(str(one.get("sha256", "")))}">{escape(name)}</b>{mark}'
            f'<p class="says">{said}</p></div>{act}</li>')


def _figure(one: Mapping[str, Any], name: str, words: Words) -> str:
    before = one.get(f"{name}_base")
    more = f" ({escape(words('training.before', n=round(100 * before)))})" if before is not None else ""
    return f'{escape(words(f"training.{name}"))} {round(100 * one[name])}{more}'


def _orders(job: Job, words: Words) -> str:
    """Pause and go on, lend, sample, save, stop: what a person can ask of it in the middle."""
    if job.state == "queued":
        return f'<div class="verbs">{parts.button("cancel", words("jobs.cancel"), "close", job=job.id)}</div>'
    if job.state == "paused":
        made = [parts.button("resume", words("jobs.resume"), "play", quiet=False, job=job.id)]
    elif _has_learned(job.progress.told):
        made = [parts.button("pause", words("jobs.pause"), "pause", job=job.id)]
    else:
        made = [parts.button("pause", words("jobs.pause"), "pause", job=job.id),
                parts.button("lend", words("training.lend"), "link", job=job.id)]
        made += [parts.button("wish", words(key), symbol, job=job.id, word=word) for word, key, symbol in ORDERS]
    made.append(parts.button("cancel", words("training.discard"), "close", job=job.id,
                             sure=words("training.discard_sure")))
    return f'<div class="verbs">{"".join(made)}</div>'


def _has_learned(told: Mapping[str, Any]) -> bool:
    """The last step is taken, and it is choosing: nothing is left to sample, to save or to stop early."""
    return bool(told.get("steps")) and told.get("step", 0) >= told["steps"]


def _figures(told: Mapping[str, Any], words: Words) -> str:
    if not told.get("steps"):
        return ""
    each = float(told.get("seconds_per_step") or 0)
    speed = words("training.per_second", n=f"{1 / each:.2f}") if 0 < each < 1 else words("training.per_step",
                                                                                         n=f"{each:.1f}")
    known = [("training.steps", f"{told['step']} / {told['steps']}"), ("training.speed", speed),
             ("training.left", parts.duration(float(told.get("seconds_left") or 0), words)),
             ("training.memory", f"{float(told.get('memory_gb') or 0):.1f} GB")]
    if told.get("curve"):
        known.append(("training.loss", f"{told['curve'][-1][2]:.4f}"))
    return '<dl class="figures">' + "".join(f"<div><dt>{escape(words(key))}</dt><dd>{escape(value)}</dd></div>"
                                            for key, value in known) + "</dl>"


def _loss(curve: Sequence[Sequence[float]], checkpoints: Sequence[Mapping[str, Any]], words: Words,
          until: float) -> str:
    if len(curve) < 2:
        return ""
    drawn = chart.curves([("raw", [(p[0], p[1]) for p in curve]), ("smooth", [(p[0], p[2]) for p in curve])],
                         words("training.loss_chart", loss=f"{curve[-1][2]:.4f}", step=round(curve[-1][0])),
                         marks=[(c["step"], words("training.step", n=c["step"])) for c in checkpoints], until=until)
    return (f'<figure class="chart"><figcaption><b>{escape(words("training.loss"))}</b> '
            f'<span class="key raw">{escape(words("training.raw"))}</span>'
            f'<span class="key smooth">{escape(words("training.smooth"))}</span></figcaption>{drawn}</figure>')


def _likeness(checkpoints: Sequence[Mapping[str, Any]], words: Words, until: float) -> str:
    """What was judged, as one line each, with a key for those that are there."""
    known = [c for c in checkpoints if c.get("likeness") is not None]
    if not known:
        return ""
    lines, keys = [], []
    for look, name, word in (("like", "likeness", "with_name"), ("looks", "looks", "looks"),
                             ("bleed", "bleed", "without_name")):
        points = [(c["step"], 100 * c[name]) for c in known if c.get(name) is not None]
        if points:
            lines.append((look, points))
            keys.append(f'<span class="key {look}">{escape(words(f"training.{word}"))}</span>')
    drawn = chart.curves(lines, words("training.likeness_chart", n=round(100 * known[-1]["likeness"]),
                                      step=known[-1]["step"]), low=0, high=100, until=until)
    return (f'<figure class="chart"><figcaption><b>{escape(words("training.likeness"))}</b> '
            f'{" ".join(keys)}</figcaption>{drawn}</figure>')


def _film(job: Job, words: Words) -> str:
    """The samples so far: the same words, the same seed, one after the other."""
    if not job.progress.film:
        return ""
    shots = "".join(f'<figure><img src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}" '
                    f'alt="{escape(words("training.sample_at", step=step), quote=True)}"><figcaption>{escape(step)}'
                    f'</figcaption></figure>' for step, jpeg in job.progress.film)
    return f'<div class="film" tabindex="0" role="group" aria-label="{escape(words("training.film"))}">{shots}</div>'


def _notes(job: Job, words: Words, but: str = "-") -> str:
    return "".join(f'<p class="note">{parts.icon("warn")}{escape(words.phrase(note))}</p>' for note in job.notices
                   if not note.startswith(but))


def _smooth(losses: Sequence[float], memory: float = 0.96) -> list[float]:
    mean, weight, made = 0.0, 0.0, []
    for loss in losses:
        mean, weight = memory * mean + (1 - memory) * loss, memory * weight + (1 - memory)
        made.append(mean / weight)
    return made
