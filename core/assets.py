"""Files that were made or brought in, each with the sidecar that tells its story. The files are the truth.

The order of writing is the promise: the picture appears last, so no asset exists without its story.
"""

import hashlib
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core import pictures
from core.disk import (
    PROCESS,
    explained,
    inside,
    part_beside,
    printable,
    read_json,
    replace,
    settle,
    sync_folder,
    write_json,
    write_whole,
)
from core.errors import BadFile, Missing, Refused, StudioError
from core.library import Library
from core.recipes.picture import save_settings
from core.sidecars import (
    OWN_FOLDER,
    RANDOM_BITS,
    SCHEMA,
    first_number_at,
    id_of,
    kind_of,
    look_through,
    number_of,
    sidecar_of,
)
from core.thumbnails import Thumbnails
from core.trash import Bundle, Trash

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

XMP = "XML:com.adobe.xmp"  # the note under this name is a picture's machine-readable mark
EDITABLE: Mapping[str, type | tuple[type, ...]] = {
    "starred": bool, "pinned": bool, "boards": list, "tags": list, "characters": list,
    "title": str, "note": str, "story": str, "likeness": (float, int, dict),
}
FORMATS: Mapping[str, str] = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".gif": "GIF",
                              ".bmp": "BMP", ".tif": "TIFF", ".tiff": "TIFF", ".avif": "AVIF"}
FORMAT_SETTINGS: Mapping[str, Mapping[str, Any]] = {"PNG": {"compress_level": 4}, "JPEG": {"quality": 95},
                                                    "WEBP": {"quality": 95}, "AVIF": {"quality": 90}}


class HasOutputs(Protocol):
    """All that assets need to know of the home folder."""

    @property
    def outputs(self) -> Path: ...


@dataclass(frozen=True)
class Asset:
    """A file and its sidecar."""

    id: str
    path: Path
    kind: str
    sidecar: Path


@dataclass
class Sweep:
    """What was found at the start: litter that was cleared, and what a person should look at themselves."""

    cleared: int = 0
    indexed: int = 0
    dropped: int = 0
    lone_files: list[str] = field(default_factory=list)
    lone_sidecars: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


class Assets:
    """Everything in outputs/ that has a sidecar."""

    def __init__(self, home: HasOutputs, library: Library) -> None:
        self.outputs = home.outputs
        self.library = library
        self.thumbnails = Thumbnails(self.outputs / ".thumbnails")
        self._trash = Trash(self.outputs)
        self._lock = self.lock = threading.RLock()
        """Held while something is changed in place."""
        self._last_number = library.newest_number()
        self._waiting: dict[str, str] = {}  # ids that the index could not take yet, and their paths

    def save(self, content: "bytes | Path | Image", *, folder: str, suffix: str, record: Mapping[str, Any],
             notes: Mapping[str, str] | None = None, seal: Callable[[Path], None] | None = None) -> Asset:
        """Keep a result: bytes, a picture, or a finished file, which is moved here. `notes` go into a picture file,
        which `seal` may sign before anybody sees it."""
        suffix = _good_suffix(suffix)
        if isinstance(content, Path):
            source = content
            return self._keep(lambda part: _move(source, part), folder, suffix, record, give_back=source)
        if isinstance(content, bytes):
            data = content
            return self._keep(lambda part: _write(data, part), folder, suffix, record)
        picture = content
        story = {**record, "width": picture.width, "height": picture.height}

        def fill(part: Path) -> None:
            _encode(picture, part, suffix, notes or {})
            if seal is not None:
                seal(part)

        asset = self._keep(fill, folder, suffix, story)
        if picture.width * picture.height > pictures.MAX_PIXELS:  # too large to be opened again just for this
            self.thumbnails.put(asset.id, picture)
        return asset

    def adopt(self, path: Path, *, folder: str, record: Mapping[str, Any] | None = None) -> Asset:
        """Bring a copy of somebody's picture in, after a look at what it really is."""
        facts = pictures.check(path)
        story = {"original_name": printable(path.name, 200), "imported": True, **(record or {}),
                 "width": facts.width, "height": facts.height}
        return self._keep(lambda part: _copy(path, part), folder, facts.ending, story)

    def receive(self, path: Path, title: str = "", owner: str = "") -> Asset:
        """A picture that somebody dropped or sent: the very one that is theirs already, history and all; or a copy."""
        with path.open("rb") as content:
            twin = self.library.same_as(hashlib.file_digest(content, "sha256").hexdigest())
        try:
            if twin and str(self.record(twin).get("owner") or "") == owner and self.get(twin).kind == "image":
                return self.get(twin)
        except StudioError:  # its file or its sidecar has gone; the copy takes its place
            log.info("a picture that was known is not readable any more", extra={"context": {"asset": twin}})
        return self.adopt(path, folder="images", record={"title": title or path.stem, "owner": owner})

    def get(self, asset_id: str) -> Asset:
        """Find an asset's file."""
        entry = self.library.entry(asset_id)
        relative = entry.path if entry else self._waiting.get(asset_id)
        if relative is None:
            raise Missing("That is not in the library any more.", "It may be in the trash: look there in the Library.")
        path = inside(self.outputs, relative)
        if not path.is_file():
            raise Missing(f"The file {relative} is gone.", "It was moved or deleted outside the studio.")
        return Asset(asset_id, path, entry.kind if entry else kind_of(path.suffix), sidecar_of(path))

    def record(self, asset_id: str) -> dict[str, Any]:
        """How an asset was made."""
        return read_json(self.get(asset_id).sidecar)

    def edit(self, asset_id: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change what people decide about an asset; everything else in its sidecar stays as it is."""
        for name, value in changes.items():
            _check_edit(name, value)
        with self._lock:
            asset = self.get(asset_id)
            record = read_json(asset.sidecar) | dict(changes)
            write_json(asset.sidecar, record)
            self._index(asset, record)
        return record

    def rewrite(self, asset_id: str, content: bytes, changes: Mapping[str, Any]) -> Asset:
        """New content for a document that a person goes on writing, such as a story. Results are never rewritten."""
        with self._lock:
            asset = self.get(asset_id)
            write_whole(asset.path, content)
            facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "changed": _now()}
            record = read_json(asset.sidecar) | facts | dict(changes)
            write_json(asset.sidecar, record)
            self._index(asset, record)
        return asset

    def thumbnail(self, asset_id: str) -> Path:
        """A small picture of an asset, made now unless it is there."""
        path = self.thumbnails.path(asset_id)
        if number_of(asset_id) is not None and path.is_file():
            return path
        asset = self.get(asset_id)
        if asset.kind != "image":
            raise Missing("There is no small picture of that.", "Open it to see it.")
        return self.thumbnails.make(asset_id, asset.path)

    def trash(self, asset_ids: Iterable[str], owner: str = "") -> str:
        """Delete assets so that it can be undone: `restore` takes the token that this returns, and the same owner."""
        assets = [self.get(asset_id) for asset_id in dict.fromkeys(asset_ids)]
        if not assets:
            raise Refused("Nothing was chosen.", "Choose what to delete first.")
        pinned = [asset for asset in assets if (entry := self.library.entry(asset.id)) and entry.pinned]
        if pinned:
            raise Refused(f"{len(pinned)} of these {'is' if len(pinned) == 1 else 'are'} pinned.",
                          "Take the pin off first.")
        with self._lock:
            token = id_of(self._next_number())
            paths = {asset.path.relative_to(self.outputs).as_posix(): asset.id for asset in assets}
            moved = [paths[path] for path in self._trash.put(token, _now(), list(paths), owner)]
            try:
                self.library.remove(moved)
            except StudioError as trouble:  # the next sweep tells the index
                log.warning("the library could not be told", extra={"context": {"reason": str(trouble)}})
        self.thumbnails.drop(moved)
        return token

    def restore(self, token: str, owner: str = "") -> list[Asset]:
        """Undo a deletion; in a shared studio one's own only."""
        with self._lock:
            back = []
            for path in self._trash.restore(token, owner):
                record = read_json(sidecar_of(self.outputs / path))
                back.append(self._asset(str(record.get("id")), self.outputs / path))
                self._index(back[-1], record)
            return back

    def trashed(self, owner: str = "") -> list[Bundle]:
        """What is in the trash, the newest deletion first."""
        return self._trash.bundles(owner)

    def empty_trash(self) -> int:
        """Delete what is in the trash for good; tells how many bytes that freed."""
        with self._lock:
            return self._trash.empty()

    def sweep(self) -> Sweep:
        """Clear what a crash left behind, and bring the index up to what is on disk. Only litter is ever deleted."""
        with self._lock:  # a deletion that is under way is not one that was cut short
            self._trash.finish()
        found, result = look_through(self.outputs), Sweep()
        unfinished = {_target_of(part): part for part in found.parts if PROCESS not in part}
        for sidecar in found.lone_sidecars:
            if sidecar.removesuffix(".json") in unfinished:  # its file never came: this save was never acknowledged
                result.cleared += _remove(self.outputs / sidecar)
            elif self._is_lone(sidecar, sidecar.removesuffix(".json")):
                result.lone_sidecars.append(sidecar)
        for part in unfinished.values():
            result.cleared += _remove(self.outputs / part)
        result.lone_files = [file for file in found.lone_files if self._is_lone(file, file + ".json")]
        caught = self.library.catch_up(self.outputs, found)
        result.indexed, result.dropped, result.unreadable = caught.read, caught.dropped, caught.unreadable
        self._last_number = max(self._last_number, self.library.newest_number())
        self.thumbnails.prune(self._is_pinned)
        log.info("the outputs were swept", extra={"context": {"cleared": result.cleared, "indexed": result.indexed,
                                                             "dropped": result.dropped}})
        return result

    def close(self) -> None:
        """Let the thumbnail thread end."""
        self.thumbnails.close()

    def _keep(self, fill: Callable[[Path], None], folder: str, suffix: str, record: Mapping[str, Any],
              give_back: Path | None = None) -> Asset:
        """Fill a file, then write its sidecar, then let it appear. A file taken from a pipeline is given back if that
        fails: it may be hours of work."""
        place = self._place(folder)
        with self._lock:
            number = self._next_number()
        file = place / f"{id_of(number)}{suffix}"
        part = part_beside(file)
        with explained(file):
            place.mkdir(parents=True, exist_ok=True)
            try:
                fill(part)
                story = self._story(id_of(number), file, part, record)
                write_json(sidecar_of(file), story)
                replace(part, file)
            finally:
                if part.exists():  # it came to nothing
                    sidecar_of(file).unlink(missing_ok=True)
                    if give_back is not None and not give_back.exists():
                        os.rename(part, give_back)
                    part.unlink(missing_ok=True)
            sync_folder(place)
        asset = self._asset(id_of(number), file)
        self._index(asset, story)
        if asset.kind == "image":
            self.thumbnails.want(asset.id, file)
        return asset

    def _story(self, asset_id: str, file: Path, part: Path, record: Mapping[str, Any]) -> dict[str, Any]:
        with part.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        kind = kind_of(file.suffix)
        width, height = record.get("width", 0), record.get("height", 0)
        if kind == "image" and not (width and height):
            width, height = pictures.measure(part)
        own = {"schema": SCHEMA, "id": asset_id, "kind": kind, "created": _now(), "sha256": sha256,
               "bytes": part.stat().st_size, "width": width, "height": height}
        if twin := self.library.same_as(sha256):
            own["same_as"] = twin
        return own | {name: value for name, value in record.items() if name not in own}

    def _place(self, folder: str) -> Path:
        today = datetime.now().astimezone().date().isoformat()
        if OWN_FOLDER.fullmatch(folder.split("/")[0]):
            raise Refused(f"The folder “{printable(folder)}” belongs to the studio itself.", "Choose another name.")
        return inside(self.outputs, f"{folder}/{today}")

    def _asset(self, asset_id: str, path: Path) -> Asset:
        return Asset(asset_id, path, kind_of(path.suffix), sidecar_of(path))

    def _next_number(self) -> int:
        """Larger than every number before, even when the clock was set back."""
        number = first_number_at(time.time()) | secrets.randbits(RANDOM_BITS)
        self._last_number = max(number, self._last_number + 1)
        return self._last_number

    def _index(self, asset: Asset, record: Mapping[str, Any]) -> None:
        """Tell the index. If it cannot take it (a full disk) the asset is safe all the same, and it is told later."""
        path = asset.path.relative_to(self.outputs).as_posix()
        try:
            self.library.add(asset.id, record, path)
            self._waiting.pop(asset.id, None)
            for late, where in list(self._waiting.items()):
                self.library.add(late, read_json(sidecar_of(self.outputs / where)), where)
                self._waiting.pop(late, None)
        except StudioError as trouble:
            log.warning("the library could not be told", extra={"context": {"asset": asset.id, "reason": str(trouble)}})
            self._waiting[asset.id] = path

    def _is_lone(self, name: str, partner: str) -> bool:
        """Look again: while names were being read, its partner may have come, or it may have gone."""
        return (self.outputs / name).exists() and not (self.outputs / partner).exists()

    def _is_pinned(self, asset_id: str) -> bool:
        entry = self.library.entry(asset_id)
        return entry is not None and entry.pinned


def _target_of(part: str) -> str:
    """The file that a half-written one was on its way to."""
    folder, _, name = part.rpartition("/")
    return f"{folder}/{name[1:].rsplit('.', 2)[0]}"


def _remove(path: Path) -> int:
    try:
        path.unlink()
    except OSError:
        return 0
    return 1


def _good_suffix(suffix: str) -> str:
    suffix = "." + suffix.lower().removeprefix(".")
    if not re.fullmatch(r"\.[a-z0-9]{1,16}", suffix):
        raise Refused(f"“{printable(suffix)}” is not an ending for a file.", "Use letters and digits, such as .png.")
    return suffix


def _check_edit(name: str, value: Any) -> None:
    if name not in EDITABLE:
        raise Refused(f"“{printable(name)}” tells how this was made, and is not changed afterwards.",
                      f"What can be changed: {', '.join(EDITABLE)}.")
    good = isinstance(value, EDITABLE[name]) and (isinstance(value, bool) == (EDITABLE[name] is bool))
    if isinstance(value, list):
        good = all(isinstance(item, str) and item.strip() for item in value)
    if not good:
        raise Refused(f"That is no value for “{name}”.", "Use words for titles and notes, and lists of words for tags.")


def _write(data: bytes, part: Path) -> None:
    with part.open("xb") as file:
        file.write(data)
        settle(file)


def _encode(picture: "Image", part: Path, suffix: str, notes: Mapping[str, str]) -> None:
    form = FORMATS.get(suffix)
    if form is None:
        raise Refused(f"A picture cannot be kept as {suffix}.", f"Use one of {', '.join(FORMATS)}.")
    if form == "JPEG" and picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    clean = {name: text.encode("utf-8", "replace").decode() for name, text in notes.items()}
    extra = save_settings(suffix, clean, clean.pop(XMP, "").encode()) if clean else {}
    with part.open("xb") as file:
        picture.save(file, form, **FORMAT_SETTINGS.get(form, {}), **extra)
        settle(file)


def _move(source: Path, part: Path) -> None:
    """Take a finished file, within one disk without copying it."""
    if source.is_symlink() or not source.is_file():
        raise BadFile(f"{printable(source.name)} is not a file.", "The pipeline should hand over a finished file.")
    try:
        os.rename(source, part)
        with part.open("rb+") as file:
            settle(file)
    except OSError:
        if not source.exists():
            raise
        _copy(source, part)
        source.unlink()


def _copy(source: Path, part: Path) -> None:
    with source.open("rb") as whence, part.open("xb") as file:
        shutil.copyfileobj(whence, file, 2**20)
        settle(file)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
