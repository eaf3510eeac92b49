"""Keeps loaded models warm and makes room before another is loaded. Knows sizes, not what the things are."""

import gc
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)


@dataclass
class _Kept:
    thing: Any
    gb: float
    device: str


class Shelf:
    """Things by key, the longest unused evicted first. `room_gb(device)` says how much may stand on a device."""

    def __init__(self, room_gb: Callable[[str], float]) -> None:
        self._room_gb = room_gb
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._building = threading.RLock()
        self._lock = threading.RLock()
        """Held for a moment only: who asks what stands here does not wait for a model to load."""

    def keep(self, key: str, build: Callable[[], Any], *, gb: float, device: str = "cpu") -> Any:
        """The thing called `key`, built once. Others are evicted *before* it is built, so that both never stand. What
        stands is given at once, also while something else is built."""
        place = (device, key)
        if (kept := self._use(place)) is not None:
            return kept.thing
        with self._building:
            if (kept := self._use(place)) is not None:  # whoever built before us built this
                return kept.thing
            with self._lock:
                self._make_room(gb, device)
            thing = build()
            with self._lock:
                self._kept[place] = _Kept(thing, gb, device)
            return thing

    def _use(self, place: tuple[str, str]) -> _Kept | None:
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
            return self._kept.get(place)

    def drop(self, key: str = "", device: str = "") -> int:
        """Forget things by key and device; "" means any. Says how many went."""
        with self._lock:
            gone = [place for place in self._kept if key in ("", place[1]) and device in ("", place[0])]
            for place in gone:
                del self._kept[place]
            if gone:
                gc.collect()
            return len(gone)

    def standing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"key": key, "device": device, "gb": kept.gb} for (device, key), kept in self._kept.items()]

    def _make_room(self, gb: float, device: str) -> None:
        room = self._room_gb(device)
        on_device = [place for place in self._kept if place[0] == device]
        used, gone = sum(self._kept[place].gb for place in on_device), 0
        for place in on_device:
            if used + gb <= room:
                break
            used -= self._kept.pop(place).gb
            gone += 1
            log.info("made room on the shelf", extra={"context": {"evicted": place[1], "for_gb": round(gb, 2)}})
        if gone:
            gc.collect()
