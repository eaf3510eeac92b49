"""How the Library looks: the wall of thumbnails, one asset with its story and family, several side by side."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from core.knobs import knobs
from core.lanes import PROCESSOR
from core.language import Words
from core.requests import REQUESTS
from core.search import Entry, Lineage, Page
from core.trash import Bundle
from ui import parts, verbs

SIDE_BY_SIDE = 4
FAMILY = 24
LONG = 400
PICTURED = ("image", "video")


def wall(found: Page, words: Words, *, before: int = 0, chosen: str = "", notice: str = "",
         boards: Iterable[str] = ()) -> str:
    """The thumbnails, the bar for several at once, and the buttons for more. `before`: how many come before these."""
    rows, total = found.rows, found.total
    if not rows:
        body = parts.empty(words("library.empty"), words("library.empty_hint"))
    else:
        body = '<div class="wall">' + "".join(_card(entry, words, chosen) for entry in rows) + "</div>"
    more = parts.button("more", words("library.more"), quiet=False) if before + len(rows) < total else ""
    back = parts.button("earlier", words("library.earlier"), quiet=False) if before else ""
    earlier = f'<div class="verbs middle">{back}</div>' if back else ""
    stretch = f"{before + 1}–{before + len(rows)}" if before else len(rows)
    count = escape(words("library.count", count=total, shown=stretch))
    bar = _bulk(words, boards) if rows else ""
    return (f'<div data-group class="shelf">{notice}<div class="shelf-head"><p class="quiet" aria-live="polite">'
            f'{count}</p>'
            f'{bar}</div>{earlier}{body}<div class="verbs middle">{more}</div></div>')


def trash(bundles: Sequence[Bundle], words: Words, may_empty: bool = True) -> str:
    """What was deleted, one line per deletion, each with the way back."""
    if not bundles:
        return parts.empty(words("library.trash_empty"), words("library.trash_empty_hint"))
    lines = "".join(
        f'<li>{parts.icon("trash")}<div class="grow"><b>'
        f'{escape(words("library.trash_bundle", count=len(bundle.paths)))}</b>'
        f'<p class="quiet">{escape(parts.when(bundle.created))}</p></div>'
        f'{parts.button("restore", words("library.restore"), "again", quiet=False, token=bundle.token)}</li>'
        for bundle in bundles)
    empty = parts.button("empty-trash", words("library.empty_trash"), "trash", sure=words("library.empty_trash_sure")) \
        if may_empty else ""
    return f'<div class="shelf"><ul class="lines">{lines}</ul><div class="verbs">{empty}</div></div>'


def undo(count: int, token: str, words: Words) -> str:
    """What was just thrown away, and the way back."""
    return (f'<div class="advice good slim" role="status">{parts.icon("trash")}<p>'
            f'{escape(words("library.trashed", count=count))}</p>'
            f'{parts.button("undo", words("library.undo"), "again", quiet=False, token=token)}</div>')


def detail(entry: Entry, record: Mapping[str, Any], family: Lineage, words: Words) -> str:
    """One asset: large, what it is, what can be done with it, how it was made, its family."""
    title = escape(entry.title or words("results.picture"))
    facts = [f"{entry.width} × {entry.height}" if entry.width else "", parts.size(entry.bytes),
             parts.when(entry.created)]
    judged = parts.likeness({"likeness": entry.likeness, "people": entry.labels.get("character")}, words)
    return (f'<article class="detail" data-asset="{escape(entry.id)}"><div class="topline"><h3>{title}</h3>'
            f'{parts.button("unsee", words("frame.close"), "close", bare=True)}</div>'
            f'{parts.shown({"id": entry.id, "title": entry.title, "kind": entry.kind}, words)}'
            f'<p class="quiet">{escape(" · ".join(fact for fact in facts if fact))}</p>{judged}'
            f'<div class="verbs">{_verbs(entry, words)}</div>{_labels(entry, words)}'
            f'{_story(record, words)}{_family(entry, family, words)}</article>')


def compare(entries: Sequence[Entry], words: Words) -> str:
    """Up to four side by side; two pictures can also be wiped over each other."""
    shown = entries[:SIDE_BY_SIDE]
    close = parts.button("uncompare", words("library.compare_close"), "close")
    if len(shown) == 2 and all(entry.kind == "image" for entry in shown):
        over = parts.wipe(parts.file_url(shown[0].id), parts.file_url(shown[1].id), words)
    else:
        over = ""
    columns = "".join(f'<figure>{parts.shown({"id": e.id, "title": e.title, "kind": e.kind}, words)}<figcaption '
                      f'class="quiet">{escape(e.title or parts.when(e.created))}</figcaption>'
                      f"{_below(e, words)}</figure>"
                      for e in shown)
    return (f'<section class="compare" aria-label="{escape(words("library.compare"))}"><div class="topline"><h3>'
            f'{escape(words("library.compare"))}</h3>{close}</div><div class="columns">{columns}</div>{over}</section>')


def is_drawn(entry: Entry) -> bool:
    """Whether a recipe may be known: our own work and what came from elsewhere, but no lone photo of a phone."""
    return any(name.startswith(("image.", "upscale.")) for name in entry.labels.get("pipeline", ()))


def _below(entry: Entry, words: Words) -> str:
    """The verbs of one of several that stand side by side."""
    if entry.kind != "image":
        return ""
    return f'<div class="verbs">{verbs.row(entry.id, words, drawn=is_drawn(entry))}</div>'


def _card(entry: Entry, words: Words, chosen: str) -> str:
    title = escape(entry.title or words("results.picture"), quote=True)
    verb = "unstar" if entry.starred else "star"
    star = parts.button(verb, words(f"library.{verb}"), "star", bare=True, asset=entry.id)
    kind = "" if entry.kind == "image" else f'<span class="kind">{escape(words(f"library.kind_{entry.kind}"))}</span>'
    badge = f'<span class="badge">{round(entry.likeness)}</span>' if entry.likeness else ""
    look = " starred" if entry.starred else ""
    now = ' aria-current="true"' if entry.id == chosen else ""
    return (f'<div class="card{look}" data-card="{entry.id}"><button type="button" class="face" data-act="see" '
            f'data-asset="{entry.id}"{now}'
            f' aria-label="{title}">{_face(entry)}'
            f'</button>{kind}{badge}'
            f'<label class="pick"><input type="checkbox" data-pick value="{entry.id}" aria-label="'
            f'{escape(words("library.pick", title=entry.title or entry.id), quote=True)}"></label>{star}</div>')


def _face(entry: Entry) -> str:
    """The small picture; what has none shows its name."""
    if entry.kind in PICTURED:
        return f'<img loading="lazy" decoding="async" src="{parts.thumb_url(entry.id)}" alt="">'
    return f'<span class="plain"><span class="star"></span>{escape(entry.title or Path(entry.path).name)}</span>'


def _bulk(words: Words, boards: Iterable[str]) -> str:
    count = f'<b><span data-count>0</span> {escape(words("library.chosen"))}</b>'
    names = "".join(f'<option value="{escape(name, quote=True)}">{escape(name)}</option>' for name in boards)
    board = (f'<input type="text" id="bulk-board" list="boards" maxlength="80" '
             f'placeholder="{escape(words("library.board_name"))}" '
             f'aria-label="{escape(words("library.board_name"))}"><datalist id="boards">{names}</datalist>'
             f'{parts.button("board", words("library.to_board"), "board", field="#bulk-board")}')
    return (f'<div class="bulk">{count}{parts.button("star", words("library.star"), "star")}{board}'
            f'{parts.button("compare", words("library.compare"), "compare")}'
            f'{parts.button("sheet", words("library.sheet"), "grid")}'
            f'{parts.button("upscale", words("results.upscale"), "large")}'
            f'{parts.button("trash", words("library.trash"), "trash")}</div>')


def _verbs(entry: Entry, words: Words) -> str:
    verb = "unstar" if entry.starred else "star"
    made = []
    if entry.kind == "image":
        made.append(verbs.row(entry.id, words, drawn=is_drawn(entry), library=False))
    made.append(parts.button(verb, words(f"library.{verb}"), "star", asset=entry.id))
    pin = "unpin" if entry.pinned else "pin"
    made.append(parts.button(pin, words(f"library.{pin}"), "board", asset=entry.id))
    made.append(f'<a class="nb quiet" href="{parts.file_url(entry.id)}" download>{parts.icon("down")}<span>'
                f'{escape(words("results.download"))}</span></a>')
    made.append(parts.button("trash", words("library.trash"), "trash", asset=entry.id))
    return "".join(made)


def _labels(entry: Entry, words: Words) -> str:
    """Boards and tags, each with a way out, and fields to add one."""
    lines = []
    for name, act in (("board", "board"), ("tag", "tag")):
        chips = "".join(_chip(act, value, entry, words) for value in entry.labels.get(name, []))
        label = escape(words(f"library.add_{name}"))
        lines.append(f'<div class="chips">{chips}<input type="text" data-act="{act}" data-asset="{entry.id}" '
                     f'maxlength="80" '
                     f'placeholder="{label}" aria-label="{label}"></div>')
    return "".join(lines)


def _chip(act: str, value: str, entry: Entry, words: Words) -> str:
    off = parts.button(f"un{act}", words("library.take_off", name=value), "close", bare=True, asset=entry.id,
                       text=value)
    return f'<span class="chip">{escape(value)}{off}</span>'


def _story(record: Mapping[str, Any], words: Words) -> str:
    """How this was made: the pipeline, everything that was asked, weights and what to know."""
    request = record.get("request") if isinstance(record.get("request"), Mapping) else {}
    shapes = REQUESTS.get(str(record.get("pipeline")).split(".")[0]), record.get("shape_of_options")
    labels = {f.name: f.metadata["label"] for shape in shapes if shape for f in knobs(shape)}
    way = str(record.get("pipeline_name") or record.get("pipeline") or "")
    rows = [(words("library.pipeline"), words.phrase(way)), (words("library.seed"), record.get("seed")),
            *((words.phrase(labels.get(key, str(key).replace("_", " ").capitalize())), value)
              for key, value in _asked(request)),
            (words("library.device"), words("settings.processor") if record.get("device") == PROCESSOR
             else record.get("device")), (words("library.seconds"), record.get("seconds")),
            (words("library.weights"), ", ".join(_name(weight) for weight in record.get("weights") or []))]
    lines = "".join(f"<div><dt>{escape(str(name))}</dt><dd>{escape(_short(value, words))}</dd></div>"
                    for name, value in rows if value not in (None, "", [], {}, ()))
    notes = "".join(f'<p class="note">{parts.icon("warn")}{escape(words.phrase(str(note)))}</p>'
                    f'' for note in record.get("notices") or [])
    told = f'<dl class="facts">{lines}</dl>' if lines else f'<p class="quiet">{escape(words("library.brought_in"))}</p>'
    return f'<h4>{escape(words("results.how"))}</h4>{told}{notes}'


def _asked(request: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What was asked, a pipeline's own options among the rest."""
    options = request.get("options")
    own = list(options.items()) if isinstance(options, Mapping) else []
    return [(key, value) for key, value in request.items() if key != "options"] + own


def _family(entry: Entry, family: Lineage, words: Words) -> str:
    """What it was made from and what it became, as trees over as many steps as there are; each opens its own story."""
    rows = []
    for key, up in (("library.made_from", True), ("library.became", False)):
        tree = _branch(entry.id, family, up, words, {entry.id})
        if tree:
            rows.append(f'<p class="quiet">{escape(words(key))}</p>{tree}')
    return f'<h4>{escape(words("library.family"))}</h4>{"".join(rows)}' if rows else ""


def _branch(asset_id: str, family: Lineage, up: bool, words: Words, met: set[str]) -> str:
    """The relatives one step further and all behind them. Each is shown once, and so many in all."""
    near = [parent if up else child for parent, child in family.links if (child if up else parent) == asset_id]
    lines = []
    for one in near:
        if one in met or len(met) > FAMILY:
            continue
        met.add(one)
        lines.append(f"<li>{_relative(one, family, words)}{_branch(one, family, up, words, met)}</li>")
    return f'<ul class="family">{"".join(lines)}</ul>' if lines else ""


def _relative(asset_id: str, family: Lineage, words: Words) -> str:
    known = family.entries.get(asset_id)
    if known is None:
        return f'<span class="gone" title="{escape(words("library.gone"))}">{parts.icon("trash")}</span>'
    return (f'<button type="button" data-act="see" data-asset="{asset_id}" '
            f'aria-label="{escape(known.title or asset_id, quote=True)}">'
            f'{_face(known) if known.kind in PICTURED else parts.icon("words")}</button>')


def _name(weight: Any) -> str:
    return str(weight.get("name", "")) if isinstance(weight, Mapping) else str(weight)


def _short(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words("settings.yes" if value else "settings.no")
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= LONG else text[:LONG] + " …"
