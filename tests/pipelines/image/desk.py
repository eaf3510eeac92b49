"""A bench to test pipelines at: the real Bench with a real shelf and store, in a folder of its own."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

from core.bench import Bench, Orders, Tools
from core.cards import Card
from core.home import Home
from core.jobs import Job
from core.knobs import plain
from core.recipes.picture import save_settings
from core.shelf import Shelf
from core.store import Store


class Desk:
    """Runs pipelines and remembers what they saved, in order."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root).make()
        self.store = Store(self.home.store)
        self.shelf = Shelf(lambda device: 8.0)
        self.saved: list[SimpleNamespace] = []
        self.steps: list[tuple[int, int, str]] = []
        self.job = Job(id="job", key="image.x", title="x", request={}, device="cpu")
        self.orders = Orders()

    def run(self, module: Any, request: Any, on_change: Callable[[], None] = lambda: None) -> list[SimpleNamespace]:
        """Run a pipeline as a job of its own; what it saved in this run."""
        self.job = Job(id="job", key="image.x", title="x", request=plain(request), device="cpu")
        self.orders = Orders()
        self.on_change = on_change
        tools = Tools(self.home, self, {"image.x": SimpleNamespace(card=Card("x", "image", "", ""))}, self.shelf,
                      self.store, self.changed, lambda job, orders: None)
        before = len(self.saved)
        module.run(request, Bench(self.job, self.orders, tools))
        return self.saved[before:]

    def changed(self) -> None:
        progress = self.job.progress
        self.steps.append((progress.done, progress.total, progress.phase))
        self.on_change()

    def put(self, picture: Image.Image) -> str:
        return self.save(picture, folder="given", suffix=".png", record={}, notes={}).id

    def save(self, content: Any, *, folder: str, suffix: str, record: dict, notes: dict,
             seal: Any = None) -> SimpleNamespace:
        path = self.home.outputs / folder / f"{len(self.saved)}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        content.save(path, **save_settings(suffix, notes, b""))
        asset = SimpleNamespace(id=str(len(self.saved)), path=path, record_=record, picture=content)
        self.saved.append(asset)
        return asset

    def get(self, asset_id: str) -> SimpleNamespace:
        return self.saved[int(asset_id)]

    def record(self, asset_id: str) -> dict[str, Any]:
        return self.saved[int(asset_id)].record_
