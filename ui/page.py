"""What every tab is given: the studio, the visitor's words, and the few ways in which tabs meet.

A tab is one file with two functions: `build(page)` makes its components and returns them, `wire(page, made)` connects
them. The window builds all tabs first and wires them afterwards, so a tab may send pictures to any other through
`page.inboxes` without importing it.
"""

import contextlib
import functools
import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from starlette.requests import Request

from core.errors import StudioError
from core.jobs import Job, Sender
from core.language import Languages, Words
from core.log import clean_correlation, within
from core.studio import Studio
from ui import words as spoken

log = logging.getLogger(__name__)
OWNER_HEADER = "x-studionova-owner"
"""Set by the gate, never by a visitor."""


@dataclass
class Slot:
    """A place that shows one job of some tasks: its progress, then its result."""

    name: str
    place: gr.HTML
    tasks: tuple[str, ...]
    draw: Callable[[Job | None, Words], str]


@dataclass(frozen=True)
class Draft:
    """A form whose fields outlive a reload (ui/drafts.py): what coming back may change, and how."""

    outputs: tuple[Any, ...]
    refill: Callable[[Mapping[str, Any], gr.Request], dict[Any, Any]]


@dataclass
class Page:
    """One window being built. Holds components and services, nothing of any visitor."""

    studio: Studio
    languages: Languages
    tabs: gr.Tabs | None = None
    character: gr.Dropdown | None = None
    """Whose turn it is: chosen once in the frame, read by every tab."""
    inboxes: dict[str, gr.HTML] = field(default_factory=dict)
    """Picture wells by tab, for "Upscale this" and the like."""
    slots: list[Slot] = field(default_factory=list)
    results: list[gr.HTML] = field(default_factory=list)
    """Places whose pictures offer the Library's verbs ("How was this made?", "Upscale")."""
    seats: dict[str, gr.Tab] = field(default_factory=dict)
    pill: gr.HTML | None = None
    seen: gr.Textbox | None = None
    """What this page has been shown already; clearing it asks for a fresh look."""
    stock: gr.Textbox | None = None
    """How many assets there are; its change tells the Library to look again."""
    kept: gr.BrowserState | None = None
    """Ids only, remembered by the visitor's own browser."""
    drafts: dict[str, Draft] = field(default_factory=dict)
    unsent: gr.Textbox | None = None
    """What a browser's tab hands over of them after a load."""

    def words(self, request: gr.Request | None) -> Words:
        return spoken.words_of(self.languages, request, self.studio.settings.get("general.language"))

    def owner(self, request: gr.Request | None) -> str:
        """Whose jobs this visitor sees: all of them at home, only their own where the studio is shared."""
        return owner_of(request)

    def may_change(self) -> bool:
        """Settings and deletions are for the person at the machine, not for guests of a shared studio."""
        return not self.studio.settings.locked

    def jobs(self, request: gr.Request | None) -> list[Job]:
        return self.studio.jobs.all(self.owner(request))

    def of(self, tasks: Iterable[str], jobs: list[Job]) -> list[Job]:
        """The jobs of these tasks in a list."""
        wanted = tuple(f"{task}." for task in tasks)
        return [job for job in jobs if job.key.startswith(wanted)]

    def shown(self, tasks: Iterable[str], jobs: list[Job]) -> Job | None:
        """What a place for these tasks shows of a list that is newest first: the newest job; while that only waits or
        was called off, the one that is at work, or the first in line."""
        mine = self.of(tasks, jobs)
        if not mine or mine[0].state not in ("queued", "cancelled"):
            return mine[0] if mine else None
        line = sorted((job for job in mine if job.state == "queued"), key=lambda job: job.position)
        at_work = [job for state in ("running", "paused") for job in mine if job.state == state]
        return (at_work + line + mine)[0]

    def on(self, event: Callable[..., Any], act: Callable[..., Any], inputs: Any = None, outputs: Any = None,
           **how: Any) -> Any:
        """Connect an event the house way: any number at once, errors as toasts, not part of the public API.

        Toasts travel through Gradio's queue only; what happens often and says nothing passes `queue=False`. What reads
        a form passes `preprocess=False`: Gradio would end a number beyond its limits, as it is while somebody types,
        with a traceback in the terminal, where core/requests.py has a sentence.
        """
        settings = {"concurrency_limit": None, "show_progress": "hidden", "api_visibility": "private",
                    "trigger_mode": "multiple"} | how
        return event(guarded(self, act), inputs, outputs, **settings)


def guarded(page: Page, act: Callable[..., Any]) -> Callable[..., Any]:
    """The handler, with a broken click turned into a toast that says what to do; the rest goes to the log."""
    if inspect.isgeneratorfunction(act):
        @functools.wraps(act)
        def flow(*given: Any, **named: Any) -> Iterator[Any]:
            # No `within` here: each step of a generator runs in another context, and the job carries its own id.
            with _told(page, _request(given, named)):
                yield from act(*given, **named)
        return flow

    @functools.wraps(act)
    def once(*given: Any, **named: Any) -> Any:
        request = _request(given, named)
        with within("app", trail_of(request)), _told(page, request):
            return act(*given, **named)
    return once


def told_in(error: StudioError, words: Words) -> str:
    """What happened and what to do, in the visitor's words where they are known."""
    return " ".join(words.phrase(part) for part in (error.message, error.hint) if part)


def trail_of(request: gr.Request | Request | None) -> str:
    """The correlation id of a click, followed through job, log and sidecar."""
    headers = getattr(request, "headers", None) or {}
    return clean_correlation(headers.get("x-correlation-id", ""))


def owner_of(request: gr.Request | Request | None) -> str:
    """The visitor's token as the gate wrote it; "" where everything is everybody's."""
    return (getattr(request, "headers", None) or {}).get(OWNER_HEADER, "")


def sender_of(request: gr.Request | Request | None) -> Sender:
    """Who asks for a job by this click or call."""
    return Sender(owner_of(request), trail_of(request))


def _request(given: tuple[Any, ...], named: dict[str, Any]) -> gr.Request | None:
    return next((one for one in (*given, *named.values()) if isinstance(one, gr.Request)), None)


@contextlib.contextmanager
def _told(page: Page, request: gr.Request | None) -> Iterator[None]:
    words = page.words(request)
    try:
        yield
    except gr.Error:
        raise
    except StudioError as error:
        log.info("a click was refused: %s", error)
        raise gr.Error(told_in(error, words), title=words("errors.refused"), print_exception=False) from error
    except Exception as error:
        log.exception("a click broke")
        raise gr.Error(words("errors.broken_hint"), title=words("errors.broken"), print_exception=False) from error
