"""What a job is made with: the files of its model and its LoRAs with their hashes, so that it can be repeated.

At the click only names are looked up, and hashes that are known already; whatever takes time waits for the worker,
who also sees whether a file was changed or deleted meanwhile. What a wildcard or a style brings, the run itself adds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import characters
from core.catalog import Catalog, Entry
from core.errors import Missing
from core.forecast import find_model
from core.prompts import take_loras
from core.readiness import own_family
from core.requests import GridRequest, ImageRequest, read_for
from core.store import Store
from core.weights import places
from core.weights.hashes import key_file, known_hash, mark_of

Rows = list[dict[str, str]]
"""`name` as people know it, `file` as its way from a folder of models, `kind`, `sha256` or "" while nobody has read
it, and `mark`: size and time of change, for as long as there is no hash."""


def gather(request: Any, entry: Entry, catalog: Catalog, tops: Sequence[Path], store: Store) -> Rows:
    """The model and the LoRAs that a request names, as they lie there now."""
    if isinstance(request, GridRequest):
        if request.pipeline not in catalog.entries:
            return []
        entry, request = catalog[request.pipeline], read_for("image", request.request)
    found = [("model", path) for path in _models(request, entry, tops)]
    found += [("lora", path) for path in _loras(request, entry, tops, store)]
    return [row_of(kind, path, tops, store) for kind, path in dict.fromkeys(found)]


def row_of(kind: str, path: Path, tops: Sequence[Path], store: Store) -> dict[str, str]:
    return {"name": places.called(path), "file": places.name_of(path, tops), "kind": kind,
            "sha256": known_hash(key_file(path), store), "mark": mark_of(key_file(path))}


def settle(rows: Rows, tops: Sequence[Path], read: Callable[[Path], str], note: Callable[[str], None]) -> None:
    """Fill in the hashes that are missing. A file that has gone ends the job; one that was changed is told."""
    for row in rows:
        path = next((top / row["file"] for top in tops if (top / row["file"]).exists()), None)
        if path is None:
            raise Missing(f"{row['file']} was there when this was asked for, and is gone now.",
                          "Put it back, or choose another one.")
        now, mark = read(key_file(path)), mark_of(key_file(path))
        if now != row["sha256"] if row["sha256"] else mark != row["mark"]:
            note(f"{row['name']} is another file now than when this was asked for.")
        row |= {"sha256": now, "mark": mark}


def retrace(request: ImageRequest, record: Mapping[str, Any], tops: Sequence[Path], store: Store) -> ImageRequest:
    """A picture is drawn again with the very file it was drawn with, also where that has another name or place now."""
    if not request.model or find_model(tops, "", request.model) is not None:
        return request
    wanted = {str(one.get("sha256")) for one in record.get("weights") or () if one.get("kind", "model") == "model"}
    marks = {row["mark"] for row in store.rows("hashes") if row["sha256"] in wanted}
    here = (path for folder in places.folders(tops, "checkpoints") for path in places.models_in(folder))
    moved = next((path for path in here if mark_of(key_file(path)) in marks - {""}), None)
    return request if moved is None else replace(request, model=places.name_of(moved, tops))


def _models(request: Any, entry: Entry, tops: Sequence[Path]) -> Iterator[Path]:
    """The model that was chosen; else what the pipeline brings; else the first one of its family."""
    chosen = str(getattr(request, "model", "") or "")
    brought = [name for name in entry.card.weights if name not in places.KINDS]
    family = own_family(entry.key)
    names = [chosen] if chosen else brought or [""] * bool(family)
    yield from filter(None, (find_model(tops, family, name) for name in names))


def _loras(request: Any, entry: Entry, tops: Sequence[Path], store: Store) -> Iterator[Path]:
    """Those that stand in the prompt, and those of the people in it."""
    prompt = str(getattr(request, "prompt", ""))
    if calls := take_loras(prompt)[1]:
        yield from filter(None, (find_lora(call.name, tops) for call in calls))
    family = entry.key.partition(".")[2]
    for person in _people(request, prompt, store.rows(characters.TABLE)):
        worn = person.lora_for_family(family)
        path = find_model(tops, "", worn.file) if worn else None
        if path is not None:
            yield path


def find_lora(name: str, tops: Sequence[Path]) -> Path | None:
    """The LoRA that a prompt calls by this name, the person's own first."""
    wanted = name.replace("\\", "/").rpartition("/")[2].removesuffix(".safetensors").casefold()
    found = (path for folder in places.folders(tops, "loras") for path in places.models_in(folder))
    return next((path for path in found if path.suffix == ".safetensors" and path.stem.casefold() == wanted), None)


def _people(request: Any, prompt: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[characters.Character]:
    if not isinstance(request, ImageRequest):  # others do not wear what they look at
        return
    chosen = [str(one) for one in (request.character, *request.face_people) if one]
    for row in rows:
        called = f"@{row.get('name')}".casefold() in prompt.casefold()
        if "subject" in row and (called or any(characters.answers_to(row, who) for who in chosen)):
            yield characters.from_row(row)
