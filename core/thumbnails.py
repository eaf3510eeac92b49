"""Small pictures of large ones: made in the background, kept within a limit, and never missed when they are gone."""

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from core import pictures
from core.caches import prune
from core.disk import explained, part_beside, replace
from core.errors import StudioError

log = logging.getLogger(__name__)

LONGEST_SIDE = 384
LIMIT_BYTES = 2 * 2**30
QUALITY = 80


class Thumbnails:
    """The folder of small pictures, and one quiet thread that fills it."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self._wishes: queue.Queue[tuple[str, Path] | None] = queue.Queue()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    def path(self, asset_id: str) -> Path:
        """Where the small picture of an asset stands, or will stand."""
        return self.folder / asset_id[-2:] / f"{asset_id}.webp"

    def make(self, asset_id: str, source: Path) -> Path:
        """The small picture of `source`, made now unless it is there."""
        path = self.path(asset_id)
        if path.is_file():
            return path
        with pictures.opened(source) as picture:
            picture.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))  # lets a JPEG decode at a fraction of its size
            return self._write(path, picture)

    def put(self, asset_id: str, picture: object) -> Path:
        """Use this picture for an asset that is no picture itself, such as a frame of a video."""
        return self._write(self.path(asset_id), picture)

    def want(self, asset_id: str, source: Path) -> None:
        """Have the small picture made soon, by the thread in the background."""
        with self._lock:
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="thumbnails", daemon=True)
                self._worker.start()
        self._wishes.put((asset_id, source))

    def settle(self) -> None:
        """Wait until every wish has been seen to."""
        self._wishes.join()

    def drop(self, asset_ids: Iterable[str]) -> None:
        """Forget small pictures."""
        for asset_id in asset_ids:
            with suppress(OSError):
                self.path(asset_id).unlink(missing_ok=True)

    def prune(self, is_pinned: Callable[[str], bool]) -> int:
        """Clear litter, and while there is more than the limit, the oldest; those of pinned assets stay."""
        return prune(self.folder, ".webp", self.limit_bytes, is_pinned)

    def close(self) -> None:
        """Let the thread finish what it is at; other wishes are made again when somebody looks."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            with suppress(queue.Empty):
                while True:
                    self._wishes.get_nowait()
                    self._wishes.task_done()
            self._wishes.put(None)
            worker.join()

    def _work(self) -> None:
        while (wish := self._wishes.get()) is not None:
            try:
                self.make(*wish)
            except StudioError as trouble:
                log.info("no thumbnail could be made", extra={"context": {"asset": wish[0], "reason": str(trouble)}})
            finally:
                self._wishes.task_done()
        self._wishes.task_done()

    def _write(self, path: Path, picture: object) -> Path:
        from PIL import Image, ImageOps

        assert isinstance(picture, Image.Image)
        small = ImageOps.exif_transpose(picture)
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        small.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            part = part_beside(path)
            try:
                small.save(part, "WEBP", quality=QUALITY, method=2)
                replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        return path
