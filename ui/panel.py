"""The plain shape of a tab that makes something: what you give at the left, what you get at the right, one button.

A task whose pipelines are not there yet gets one honest sentence and the way to what is there instead.
"""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from core import photos
from core.archives import Pack
from core.errors import BadFile, StudioError
from core.language import mark, phrase_mark
from core.requests import REQUESTS
from core.sidecars import KINDS
from core.story import props
from ui import drafts, examples, parts, strip
from ui import form as forms
from ui.form import Form
from ui.page import Page, Slot, told_in

VIDEOS = KINDS["video"]
SEEN = (*photos.ENDINGS, *VIDEOS)
"""What photos of somebody can come from."""


@dataclass
class Panel:
    """The parts of one tab. `form` is None where nothing on this computer can do the task."""

    slot: Slot | None = None
    form: Form | None = None
    start: gr.Button | None = None
    below: Any = None
    """What the tab itself put below Advanced."""


def build(page: Page, name: str, task: str, *, verbs: parts.Verbs = (), skip: Iterable[str] = (),
          instead: Iterable[tuple[str, str]] = (), below: Callable[[], Any] = lambda: None) -> Panel:
    """The tab `name` for a task. `instead`: (tab, word key) pairs offered while the task cannot be done. `below` draws
    what the tab has of its own under Advanced."""
    parts.intro(name)
    shape = REQUESTS.get(task)
    if shape is None or not any(not entry.unavailable for entry in page.studio.catalog.find(task)):
        not_yet(page, name, task, instead)
        return Panel()
    with gr.Row(elem_classes=["work"]):
        with gr.Column(elem_classes=["give"], min_width=0):
            form = forms.draw(page, task, shape, skip=skip)
            start = gr.Button(mark(f"{name}.go"), variant="primary", elem_id=f"{name}-go", elem_classes=["go"])
            forms.draw_advanced(form)
            own = below()
        with gr.Column(elem_classes=["get"], min_width=0):
            slot = strip.slot(page, name, (task,), verbs)
    return Panel(slot, form, start, own)


def wire(page: Page, panel: Panel,
         check: Callable[[Any, gr.Request], None] = lambda asked, request: None) -> Any:
    """Connect the button and the drop zones; gives the button's event. `check` may refuse what the form alone cannot
    know to be wrong."""
    if panel.form is None or panel.start is None or panel.slot is None:
        return None
    pressed = strip.run(page, panel.start, panel.form, panel.slot, check)
    for field, drop in panel.form.drops.items():
        take_in(page, drop, panel.form.widgets[field], many=panel.form.shape.__dataclass_fields__[field]
                .metadata.get("kind") == "pictures")
    drafts.keep_form(page, panel.form)
    return pressed


def not_yet(page: Page, name: str, task: str, instead: Iterable[tuple[str, str]]) -> None:
    """One honest sentence, why, and what can be done here today."""
    reasons = "".join(f"<li><b>{phrase_mark(parts.escape(entry.card.name))}</b>: "
                      f"{phrase_mark(parts.escape(entry.unavailable))}</li>"
                      for entry in page.studio.catalog.find(task) if entry.unavailable)
    doors = "".join(f'<button type="button" class="nb" data-tab="{tab}">{mark(word)}</button>' for tab, word in instead)
    more = (f'<ul class="why">{reasons}</ul>' if reasons else "") + f'<div class="verbs">{doors}</div>'
    shown = examples.MEANWHILE[name](mark) if name in examples.MEANWHILE else parts.STAR
    gr.HTML(parts.empty(mark(f"{name}.not_yet"), mark(f"{name}.not_yet_hint"), more, shown),
            elem_classes=["piece", "slot"], js_on_load=None, apply_default_css=False, padding=False)


def take_in(page: Page, drop: gr.File, row: gr.HTML, *, many: bool) -> None:
    """Dropped pictures become assets of the studio and lie in the well; the drop zone is free again."""
    def taken(files: list[str] | str | None, ids: list[str], request: gr.Request) -> tuple[None, list[str]]:
        given = [files] if isinstance(files, str) else files or []
        new = [id for path in given for id in bring_all_in(page, path, request)]
        return None, ([*parts.as_ids(ids), *new] if many else new[-1:])

    page.on(drop.upload, taken, [drop, row], [drop, row])


def bring_all_in(page: Page, path: str, request: gr.Request) -> list[str]:
    """A picture, a video, a sound, or every picture of a zip; what is broken or none of these is said and left out."""
    file = Path(path)
    if file.suffix.lower() != ".zip":
        return _unless_broken(page, file, request)
    made, pack = [], Pack(file)
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(name for name in pack.names if Path(name).suffix.lower() in photos.ENDINGS):
            part = Path(folder) / f"{number}-{Path(name).name}"
            part.write_bytes(pack.read(name))
            made += _unless_broken(page, part, request, Path(name).stem)
            part.unlink(missing_ok=True)
    if not made:
        raise BadFile(f"{file.name} holds no pictures.", "Pack JPEG, PNG or WebP files.")
    return made


def _unless_broken(page: Page, file: Path, request: gr.Request, title: str = "") -> list[str]:
    try:
        if file.suffix.lower() in KINDS["audio"]:
            return [props.bring(page.studio.assets, file.read_bytes(), file.name, "sound", page.owner(request)).id]
        if file.suffix.lower() in VIDEOS:
            record = {"title": file.stem, "owner": page.owner(request)}
            return [page.studio.assets.save(file, folder="videos", suffix=file.suffix.lower(), record=record).id]
        return [bring_in(page, str(file), request, title)]
    except StudioError as error:
        gr.Warning(told_in(error, page.words(request)))
        return []


def in_folder(files: Iterable[Any] | None, endings: Iterable[str] = photos.ENDINGS) -> list[str]:
    """What a dropped folder has of these, by name; folders hold other things too, of which nothing is said."""
    found = sorted(str(one) for one in files or () if Path(str(one)).suffix.lower() in endings)
    if not found:
        raise BadFile("There is no picture in that folder.", "Choose a folder with PNG, JPEG or WebP files.")
    return found


def bring_in(page: Page, path: str, request: gr.Request, title: str = "") -> str:
    """A dropped file as an asset; Gradio has checked that it is an upload. What cannot be opened is refused here."""
    photos.open_photo(Path(path))
    return page.studio.assets.receive(Path(path), title, page.owner(request)).id
