"""The studio: the opened home folder with everything in it, made once in app.py and handed to every tab."""

import logging
import os
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from core import characters, ingredients
from core.assets import Assets
from core.bench import Signer, Tools, inputs_of
from core.catalog import Catalog, find_extensions
from core.errors import Missing, Refused
from core.home import PROGRAM, Home
from core.jobs import ENDED, Job, Sender, new_id
from core.knobs import plain, with_options
from core.lanes import PROCESSOR, Policy, devices_of, lanes_of, torch_build, with_devices
from core.library import Library
from core.log import new_correlation, set_up
from core.machine import Machine, measure, read_machine
from core.modes import FAST, NOTICE, is_fast, lighten
from core.owners import theirs
from core.power import PowerMeter
from core.processor import wait_asleep
from core.queue import Queue, check_priority
from core.readiness import outside_the_box, rows
from core.requests import read_for
from core.settings import Settings
from core.shelf import Shelf
from core.store import Store
from core.usage import Ledger
from core.weights import places

log = logging.getLogger(__name__)
HOST = Sender()
"""The person at the machine."""


class Studio:
    """Opens a home folder; works in it from `start` until `close`."""

    def __init__(self, home: Home, package: ModuleType, environment: Mapping[str, str] = os.environ,
                 machine: Machine | None = None) -> None:
        wait_asleep()
        self.home = home.make()
        logs = Path(environment.get("LOG_DIR") or home.logs)
        self._log_files = set_up(logs, environment.get("LOG_LEVEL", "INFO"))
        self.logs = logs
        self.store = Store(home.store)
        self.settings = Settings(self.store, environment)
        self.library = Library(home.index)
        self.assets = Assets(home, self.library)
        self.assets.thumbnails.limit_bytes = round(self.settings.get("library.cache_gb") * 2**30)
        self.extensions = find_extensions(home.extensions, PROGRAM / "configs" / "extensions")
        self.mode = FAST if is_fast(environment) else "production"
        self.catalog = Catalog(package, self.extensions, tuple(self.settings.get("extensions.enabled")),
                               *([outside_the_box] if self.mode == FAST else []))
        self.shelf = Shelf(self._room_gb)
        self.machine = with_devices(machine or read_machine(), torch_build(), environment)
        self.devices = devices_of(self.machine)
        """Where heavy work can be sent: torch's names for devices, each with the name that people know it by."""
        self.lanes = lanes_of(self.devices)
        self.power = PowerMeter(lambda: self.jobs.all(), self.machine.cards)
        self.ledger = Ledger(self.store, self.settings, self.library, self.power)
        self.jobs = Queue(self.store, self.catalog, self.lanes, self.ledger, self._policy)

    def start(self) -> "Studio":
        """Begin to work off the queue. Until then jobs only gather, so that the page can be up first."""
        self.jobs.start(self.tools())
        self.power.start()
        threading.Thread(target=self.assets.sweep, name="sweep", daemon=True).start()
        log.info("the studio is open", extra={"context": {"pipelines": len(self.catalog.entries)}})
        return self

    def tools(self) -> Tools:
        """What a bench is given to work with."""
        return Tools(self.home, self.assets, self.catalog, self.shelf, self.store, self.jobs.changed, self.jobs.hold,
                     lambda: list(self.settings.get("models.folders")),
                     lambda: bool(self.settings.get("images.recipes")), lambda name: str(self.settings.get(name)),
                     self._signer, lambda: float(self.settings.get("library.cache_gb")))

    def submit(self, key: str, request: Any, sender: Sender = HOST, *, title: str = "", device: str = "",
               priority: int = 0) -> Job:
        """Put a request into the queue. Durable when it returns; raises a StudioError that says what is wrong.
        `device` is where this one job has to run; left out, the setting decides. `priority`: higher ones run first."""
        check_priority(priority)
        entry = self.catalog[key]
        if entry.unavailable:
            raise Missing(f"{entry.card.name} cannot run here: {entry.unavailable}",
                          "Settings shows what can run on this computer.")
        self.ledger.check(entry.card)
        if isinstance(request, Mapping):
            request = read_for(entry.task, request)
        if not isinstance(request, entry.request):
            raise Refused(f"{entry.card.name} cannot do that.", f"It needs a request for {entry.task}.")
        request = with_options(request, entry.options)
        if getattr(request, "repeats", ""):
            request = ingredients.retrace(request, self.assets.record(request.repeats), self.tops(), self.store)
        small = lighten(entry.task, request) if self.mode == FAST else request
        notices, request = ([] if small is request else [NOTICE]), small
        job = Job(id=new_id(), key=key, title=title or entry.card.name, request=plain(request),
                  owner=sender.owner, correlation=sender.correlation or new_correlation(),
                  inputs=self._inputs(request, sender.owner), asked=device, notices=notices, priority=priority,
                  weights=ingredients.gather(request, entry, self.catalog, self.tops(), self.store))
        return self.jobs.add(job)

    def retry(self, job_id: str, sender: Sender = HOST) -> Job:
        """The same request again, as a new job. What was left unfinished is taken up where a pipeline can."""
        old = self.jobs.get(job_id, sender.owner)
        if old.state not in ENDED:
            raise Refused("That job has not ended yet.", "Stop it first, or wait for it.")
        entry = self.catalog[old.key]
        again = Job(id=new_id(), key=old.key, title=old.title, request=old.request, owner=old.owner,
                    correlation=sender.correlation or new_correlation(), origin=old.id, asked=old.asked,
                    inputs=self._inputs(read_for(entry.task, old.request), old.owner),
                    weights=[dict(row) for row in old.weights], priority=old.priority,
                    work=(old.work or old.id) if "resume" in entry.card.can else "")
        return self.jobs.add(again)

    def tops(self) -> list[Path]:
        """Folders below which models lie, the person's own first."""
        return places.roots(self.home, self.settings.get("models.folders"))

    def capabilities(self) -> list[dict[str, Any]]:
        """What the studio can do, on this computer too, and why not where it cannot."""
        return rows(self)

    def where(self) -> list[dict[str, Any]]:
        """The devices that work can be sent to: torch's name, people's name, the lanes that lead there and their
        memory; of the processor also whether it is quick at 16-bit numbers."""
        found = []
        for device, name in self.devices.items():
            lanes = [lane for lane, there in self.lanes.items() if there == device]
            row = {"device": device, "name": name, "lanes": lanes, "memory_gb": self.machine.memory_gb(device)}
            found.append(row | ({"bf16": self.machine.fast_bf16} if device == PROCESSOR else {}))
        return found

    def metrics(self) -> dict[str, Any]:
        """The meters of this moment."""
        return measure(self.home.outputs).as_json()

    def close(self) -> None:
        self.jobs.close()
        self.power.close()
        self.shelf.drop()
        self.assets.close()
        self.store.close()
        self.library.close()
        self._log_files.leave()

    def _inputs(self, request: Any, owner: str) -> list[dict[str, str]]:
        """The files that a request works on. In a shared studio they and the character have to be this visitor's."""
        who = str(getattr(request, "character", "") or "")
        people = self.store.rows(characters.TABLE) if owner and who else []
        if any(characters.answers_to(row, who) for row in people):
            characters.find(theirs(characters.TABLE, people, owner), who)
        return inputs_of(request, self.assets, owner)

    def _signer(self) -> Signer | None:
        """What signs pictures, where the person wants it and its package is there."""
        able = [entry.module for entry in self.catalog.find("seal") if not entry.unavailable]
        wanted = able and self.settings.get("images.signed")
        return partial(able[0].seal, self.home.keys) if wanted else None

    def _policy(self) -> Policy:
        return Policy(str(self.settings.get("devices.policy")), str(self.settings.get("devices.device")))

    def _room_gb(self, device: str) -> float:
        """How much the shelf may hold: what the person set, else most of a card's memory or half of the computer's."""
        chosen = float(self.settings.get("devices.shelf_gb"))
        if chosen > 0:
            return chosen
        return self.machine.memory_gb(device) * (0.5 if device == PROCESSOR else 0.8) or self.machine.ram_gb / 2

