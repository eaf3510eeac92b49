"""SillyTavern, in Settings: where it lies, whether it is well, a look first, the sync, and what came of it."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from core.disk import printable
from core.errors import Refused
from core.jobs import ENDED, Job
from core.language import Words, mark
from core.studio import Studio
from core.tavern import extension, folder, health
from core.tavern.folder import Tavern
from core.tavern.health import Health
from ui import parts, strip
from ui.page import Page, Slot, sender_of

SYNC = "sync.sillytavern"
FIELDS = ("folder", "server")


@dataclass(frozen=True)
class Section:
    """The parts of the section."""

    place: gr.HTML
    result: gr.HTML


def build(page: Page) -> Section:
    place = parts.piece(f'<h3 data-section="tavern">{mark("settings.tavern")}</h3>', id="settings-tavern",
                        classes="intro group")

    def result(job: Job | None, words: Words) -> str:
        return draw_job(page, job, words)

    shown = Slot("tavern", parts.piece(id="tavern-result"), ("sync",), result)
    page.slots.append(shown)
    return Section(place, shown.place)


def wire(page: Page, made: Section) -> None:
    def enter(request: gr.Request) -> str:
        return draw(page, page.words(request), request)

    def act(event: gr.EventData, request: gr.Request) -> tuple[str, str]:
        return obey(page, parts.said(event), request)

    page.on(page.seats["settings"].select, enter, None, [made.place])
    strip.tell_at_once(page, page.on(made.place.act, act, None, [made.place, made.result]))


def obey(page: Page, said: dict[str, Any], request: gr.Request) -> tuple[str, str]:
    """What the buttons and fields do; the section and the result as they are then."""
    _may(page)
    words = page.words(request)
    if said.get("act") == "keep" and said.get("name") in FIELDS:
        page.studio.settings.set(f"tavern.{said['name']}", said.get("text", "").strip())
    elif said.get("act") in ("look", "sync"):
        begin(page.studio, {"look": said["act"] == "look", "again": said.get("again") == "yes"}, request)
    elif said.get("act") == "install":
        connect(page.studio, request)
    elif said.get("act") == "shut":
        page.studio.settings.set("tavern.key", "")
    return draw(page, words, request), draw_job(page, page.shown(("sync",), page.jobs(request)), words)


def begin(studio: Studio, values: dict[str, Any], request: gr.Request) -> Job:
    """One sync at a time; it works with the folder of the settings unless another one is named."""
    if any(job.key == SYNC and job.state not in ENDED for job in studio.jobs.all()):
        raise Refused("SillyTavern is being synced already.", "Wait until that is done.")
    return studio.submit(SYNC, {"folder": studio.settings.get("tavern.folder"), **values}, sender_of(request))


def connect(studio: Studio, request: gr.Request) -> Path:
    """Lay the extension into SillyTavern's folder; it sends to where this page was asked from."""
    tavern = folder.find(studio.settings.get("tavern.folder"), folder.usual_places(Path.home()))
    return extension.install(tavern, studio.settings, address_of(request))


def address_of(request: gr.Request) -> str:
    return f"http://{(getattr(request, 'headers', None) or {}).get('host', '')}"


def draw(page: Page, words: Words, request: gr.Request | None = None) -> str:
    head = (f'<h3 data-section="tavern">{escape(words("settings.tavern"))}</h3>'
            f'<p>{escape(words("settings.tavern_hint"))}</p>')
    if not page.may_change():
        return f'{head}<p class="quiet">{escape(words("tavern.shared"))}</p>'
    settings = page.studio.settings
    found = health.look(settings.get("tavern.folder"), settings.get("tavern.server"), Path.home())
    verbs = ""
    if found.root is not None:
        verbs = (f'<div class="verbs">{parts.button("sync", words("tavern.sync"), "again", quiet=False)}'
                 f'{parts.button("look", words("tavern.look"), "eye")}'
                 f'{parts.button("sync", words("tavern.again"), again="yes")}</div>')
    fields = "".join(_field(name, settings.get(f"tavern.{name}"), found, words) for name in FIELDS)
    menu = _extension(found.root, extension.is_open(settings), address_of(request), words) if found.root else ""
    return f'{head}<div class="papers-grid">{fields}</div>{_health(found, words)}{verbs}{menu}'


def draw_job(page: Page, job: Job | None, words: Words) -> str:
    """The newest sync: how far it is, or what came of it."""
    if job is None or not page.may_change():
        return ""
    if job.state not in ENDED:
        return (f'<p class="says">{parts.progress_line(job, words, *strip.line_of(page, job))}</p>'
                f'{parts.bar(job, words)}')
    if job.error or not job.notices:
        return parts.trouble(job, words) if job.error else ""
    first, *others = (words.phrase(one) for one in job.notices)
    lines = "".join(f"<li>{escape(one)}</li>" for one in others)
    state = "look_done" if job.request.get("look") else "done"
    title = f'{words(f"tavern.{state}")} · {parts.ago(job.ended, words)}'
    return (f'<h4>{escape(title)}</h4><p><b>{escape(first)}</b></p>'
            f'{f"<ul>{lines}</ul>" if lines else ""}')


def _health(found: Health, words: Words) -> str:
    """One line for the folder, one for the server, each with a sign."""
    if found.root is None:
        trouble = found.trouble
        told = f"{words.phrase(trouble.message)} {words.phrase(trouble.hint)}" if trouble else ""
        first = _line(False, told)
    else:
        first = _line(True, words("tavern.found", folder=printable(str(found.root), 200), cards=found.cards,
                                  chats=found.chats, worlds=found.worlds))
    good = found.server == health.ANSWERS
    address = printable(found.address, 200)
    second = words("tavern.answers", version=found.version, address=address) if good else \
        words(f"tavern.{found.server}", address=address)
    return f'<div role="status">{first}{_line(good, second)}</div>'


def _extension(root: Path, is_open: bool, address: str, words: Words) -> str:
    """The entries in SillyTavern's menu: not there yet, at work, or sending to where the studio is no more."""
    there = extension.find(Tavern(root))
    again = parts.button("install", words("tavern.install_again"), "again")
    if there is None or not is_open:
        told, verbs = "", parts.button("install", words("tavern.install"), "link")
    elif there.address != address:
        told, verbs = _line(False, words("tavern.moved", address=printable(there.address, 200))), again
    else:
        told = _line(True, words("tavern.installed"))
        verbs = again + parts.button("shut", words("tavern.shut"), "close")
    return (f'<h4>{escape(words("tavern.menu"))}</h4><p class="quiet">{escape(words("tavern.menu_help"))}</p>{told}'
            f'<div class="verbs">{verbs}</div>')


def _line(good: bool, text: str) -> str:
    return (f'<p><span class="state {"done" if good else "paused"}">{parts.icon("check" if good else "warn")}'
            f'{escape(text)}</span></p>')


def _field(name: str, value: str, found: Health, words: Words) -> str:
    known = str(found.root or "") if name == "folder" else health.ADDRESS
    return (f'<label class="field"><b>{escape(words(f"tavern.{name}"))}</b>'
            f'<span class="quiet">{escape(words(f"tavern.{name}_help"))}</span>'
            f'<input type="text" maxlength="1000" data-act="keep" data-keep data-name="{name}" spellcheck="false" '
            f'placeholder="{escape(known, quote=True)}" value="{escape(value, quote=True)}"></label>')


def _may(page: Page) -> None:
    if not page.may_change():
        raise Refused("Settings cannot be changed while the studio is shared.", "The person at the computer can.")
