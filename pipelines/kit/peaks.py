"""The most memory that was held while something was made. A card counts by itself what torch holds on it; on a
processor the resident memory of the whole studio is looked at, in which jobs beside cannot be told apart."""

import threading
from typing import Any

from pipelines.kit.memory import peak_gb, watch_peak

LOOK_SECONDS = 0.05


class Peak:
    """`with Peak(device) as peak:` … `peak.gb`; 0 where nothing can be measured."""

    def __init__(self, device: str) -> None:
        self.device, self._most = device, 0
        self._over, self._lock = threading.Event(), threading.Lock()

    def __enter__(self) -> "Peak":
        watch_peak(self.device)
        if self.device == "cpu":
            import psutil

            here = psutil.Process()
            threading.Thread(target=self._look, args=(here,), name="peak", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    def _look(self, here: Any) -> None:
        while True:
            with self._lock:
                self._most = max(self._most, here.memory_info().rss)
            if self._over.wait(LOOK_SECONDS):
                return

    def begin_anew(self) -> None:
        """What stood here before has gone and is not counted."""
        watch_peak(self.device)
        with self._lock:
            self._most = 0

    @property
    def gb(self) -> float:
        return peak_gb(self.device) or self._most / 2**30

    @property
    def figures(self) -> dict[str, float]:
        return {"peak_ram_gb" if self.device == "cpu" else "peak_vram_gb": round(self.gb, 3)}
