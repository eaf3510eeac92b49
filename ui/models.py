"""Models in Settings: what lies on this computer, what can be had and what it costs, and getting it as a job."""

from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from core.errors import Refused
from core.language import Words, mark
from core.studio import Studio
from core.weights.families import name_family
from core.weights.known import Known, read_known
from core.weights.places import Found, bring_back, called, take_stock, throw_away
from ui import parts
from ui.page import Page, sender_of

KINDS = ("checkpoints", "loras", "upscalers", "controlnet", "ip_adapter")
SHOWN_MOST = 300
SMALL_GB = 2
"""What wants no more than this runs on a processor too."""


@dataclass
class Section:
    """The parts of the section."""

    shelf: gr.HTML
    what: gr.Textbox
    kind: gr.Dropdown
    get: gr.Button


def build() -> Section:
    gr.HTML(f'<h3 data-section="models">{mark("models.title")}</h3><p>{mark("models.hint")}</p>',
            elem_classes=["intro", "group"], js_on_load=None, apply_default_css=False, padding=False)
    with gr.Row(elem_classes=["finder"]):
        what = gr.Textbox(label=mark("models.other"), info=mark("models.other_help"), elem_id="models-what", scale=3,
                          lines=1, max_lines=1, min_width=200, placeholder="owner/name")
        kind = gr.Dropdown([(mark(f"models.kind_{name}"), name) for name in KINDS], value="checkpoints",
                           label=mark("models.kind"), min_width=140)
        get = gr.Button(mark("models.get"), elem_id="models-get", scale=0, min_width=120)
    return Section(parts.piece(id="settings-models"), what, kind, get)


def wire(page: Page, made: Section) -> None:
    def enter(request: gr.Request) -> str:
        return draw(page, page.words(request))

    def act(event: gr.EventData, request: gr.Request) -> str:
        said, words = parts.said(event), page.words(request)
        if said.get("act") != "refresh":
            _may(page)
        if said.get("act") == "get":
            _get(page, {"what": said.get("model", "")}, words, request)
        elif said.get("act") == "trash":
            token = throw_away(page.studio.home, said.get("model", ""))
            page.studio.shelf.drop()
            return draw(page, words, token)
        elif said.get("act") == "undo":
            bring_back(page.studio.home, said.get("token", ""))
        elif said.get("act") == "hash":
            _say_hash(page, said.get("model", ""))
        return draw(page, words)

    def get(what: str, kind: str, request: gr.Request) -> tuple[str, str]:
        _may(page)
        _get(page, {"what": what, "place": kind}, page.words(request), request)
        return "", draw(page, page.words(request))

    page.on(page.seats["settings"].select, enter, None, [made.shelf])
    page.on(made.shelf.act, act, None, [made.shelf])
    page.on(made.get.click, get, [made.what, made.kind], [made.what, made.shelf])


def table(studio: Studio) -> dict[str, list[dict[str, Any]]]:
    """Known models and those that are here, for programs."""
    stock = _stock(studio)
    here = [{"name": one.name, "kind": one.kind, "family": one.family, "gb": round(one.gb, 3), "own": one.own,
             "trouble": one.trouble} for one in stock]
    known = [{"key": one.key, "name": one.name, "kind": one.kind, "family": one.family, "size_gb": one.size_gb,
              "vram_gb": one.vram_gb, "licence": one.licence, "gated": one.gated, "source": one.page,
              "sha256": one.sha256, "here": _is_here(one, stock, studio)} for one in read_known().values()]
    return {"known": known, "here": here}


def draw(page: Page, words: Words, token: str = "") -> str:
    stock = _stock(page.studio)
    undo = f'<p class="note">{escape(words("models.thrown"))} ' \
           f'{parts.button("undo", words("models.undo"), "again", token=token)}</p>' if token else ""
    again = parts.button("refresh", words("settings.refresh"), "again")
    return (f'<div class="verbs">{again}</div>{undo}{_known(page, words, stock)}'
            f'<h3>{escape(words("models.here"))}</h3>{_here(page, words, stock)}')


def _known(page: Page, words: Words, stock: list[Found]) -> str:
    rows = []
    for one in read_known().values():
        if _is_here(one, stock, page.studio):
            last = f'<span class="state done">{parts.icon("check")}{escape(words("models.is_here"))}</span>'
        elif job := _job_of(page, one.key):
            last = f'<span class="state running">{parts.icon("play")}{parts.progress_line(job, words)}</span>'
        else:
            last = parts.button("get", words("models.get"), "down", quiet=False, model=one.key)
        terms = f'<br><span class="quiet">{escape(words("models.gated"))}</span>' if one.gated else ""
        sale = "" if one.commercial else f'<br><span class="quiet">{escape(words("models.not_for_sale"))}</span>'
        rows.append(f'<tr><td><b>{escape(one.name)}</b><br><span class="quiet">{escape(words.phrase(one.about))}</span>'
                    f'</td><td>{_size(one)}</td><td data-head="{escape(words("models.col_card"), quote=True)}">'
                    f'{_fits(page, one, words)}</td>'
                    f'<td><a href="{escape(one.page, quote=True)}" target="_blank" rel="noopener noreferrer">'
                    f'{escape(one.licence)}</a>{terms}{sale}</td><td>{last}</td></tr>')
    return _table(words, ("model", "size", "card", "licence", "get"), rows)


def _here(page: Page, words: Words, stock: list[Found]) -> str:
    if not stock:
        return f'<p class="quiet">{escape(words("models.none"))}</p>'
    rows = []
    for one in stock[:SHOWN_MOST]:
        state = f'<span class="state failed">{parts.icon("warn")}{escape(words.phrase(one.trouble))}</span>' \
            if one.trouble else escape(words.phrase(name_family(one.family)) if one.family else "–")
        verbs = parts.button("hash", words("models.hash"), bare=False, model=one.name) if one.path.is_file() else ""
        if one.own and page.may_change():
            verbs += parts.button("trash", words("models.trash"), "close", bare=True, model=one.name)
        where = words("models.yours" if one.own else "models.linked")
        kind = words(f"models.kind_{one.kind}")
        rows.append(f'<tr><td><b>{escape(called(one.path))}</b><br>'
                    f'<span class="quiet">{escape(kind)} · {escape(where)}{_hash_of(page, one)}</span></td>'
                    f'<td>{_amount(one.gb)}</td><td>{state}</td><td>{verbs}</td></tr>')
    return _table(words, ("model", "size", "family", "do"), rows)


def _table(words: Words, heads: tuple[str, ...], rows: list[str]) -> str:
    tops = "".join(f'<th scope="col">{escape(words(f"models.col_{name}"))}</th>' for name in heads)
    return f'<div class="table"><table><thead><tr>{tops}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _size(known: Known) -> str:
    return ("" if known.bytes else "≈ ") + _amount(known.size_gb)


def _amount(gb: float) -> str:
    return f"{gb:.1f} GB" if gb >= 0.1 else f"{max(1.0, gb * 1000):.0f} MB"


def _fits(page: Page, known: Known, words: Words) -> str:
    """How it would run on this computer's best card."""
    best = max((gpu.vram_gb for gpu in page.studio.machine.gpus), default=0.0)
    small = "on_processor" if known.vram_gb <= SMALL_GB else "no_card"
    key = "fits" if best >= known.vram_gb else "slower" if best else small
    return f'{known.vram_gb:g} GB<br><span class="quiet">{escape(words(f"models.{key}"))}</span>'


def _is_here(known: Known, stock: list[Found], studio: Studio) -> bool:
    if (studio.home.models / known.place).is_file():
        return True
    return any(one.path.name == known.place.rpartition("/")[2] and one.kind == known.kind for one in stock)


def _job_of(page: Page, key: str) -> Any:
    return next((job for job in page.studio.jobs.all() if job.key == "download.weights"
                 and job.request.get("what") == key and job.state in ("queued", "running", "paused")), None)


def _stock(studio: Studio) -> list[Found]:
    return take_stock(studio.home, studio.settings.get("models.folders"))


def _hash_of(page: Page, one: Found) -> str:
    row = page.studio.store.get("hashes", str(one.path.resolve()))
    return f' · {escape(row["sha256"][:10])}' if row else ""


def _say_hash(page: Page, name: str) -> None:
    """The hashes by which other programs and pages know a file."""
    from core.weights.hashes import hash_file

    found = next((one for one in _stock(page.studio) if one.name == name and one.path.is_file()), None)
    if found is None:
        raise Refused("That model is not here any more.", "Look again.")
    hashes = hash_file(found.path, page.studio.store)
    more = f", AutoV3 {hashes.autov3}" if hashes.data_sha256 else ""
    gr.Info(f"AutoV2 {hashes.autov2}{more}, SHA-256 {hashes.sha256}", title=found.path.stem, duration=30)


def _get(page: Page, values: dict[str, str], words: Words, request: gr.Request) -> None:
    if not values["what"].strip():
        raise Refused("Which model?", "Write owner/name as on Hugging Face, or the address of a file.")
    if _job_of(page, values["what"]):
        return
    page.studio.submit("download.weights", values, sender_of(request), title=values["what"])
    gr.Info(words("models.on_its_way"))


def _may(page: Page) -> None:
    if not page.may_change():
        raise Refused("Models cannot be changed while the studio is shared.", "The person at the computer can.")
