"""`python -m pipelines.demo [--home FOLDER]`: the whole way in the terminal, from photos to a story that can be played.

Each step leaves its result in the studio's folder; started again, the way goes on where it stopped.
"""

import argparse
import hashlib
import json
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pipelines
from core import characters, datasets
from core.errors import Missing, StudioError
from core.home import PROGRAM, Home
from core.hosts import detect
from core.jobs import ENDED, Job
from core.photos import open_photo
from core.story import rights, stories
from core.story.edits import Edit
from core.story.files import parse
from core.studio import Studio

PHOTOS = PROGRAM / "models" / "starter" / "demo"
WORDS = stories.READY / "lantern" / "words.json"
TABLE = "demo"
PICTURES = 6
PROMPT = "smiling, in a park, bust, front view"
RESEMBLES = 50
"""Likeness from which a picture resembles her."""
BAR = 24
SHARES = 20
"""How many lines a step writes at most where the terminal cannot draw a bar."""


class Way:
    """The steps, what they have made so far (a row of the store), and how they are told."""

    def __init__(self, studio: Studio, steps: int = 0) -> None:
        self.studio, self.began, self.steps = studio, time.monotonic(), steps
        self.made: dict[str, Any] = dict(studio.store.get(TABLE, "way") or {})
        self.is_terminal = sys.stdout.isatty()

    def keep(self, **made: Any) -> None:
        self.made |= made
        self.studio.store.put(TABLE, "way", self.made)
        self.studio.store.flush()

    def has(self, name: str) -> bool:
        """Whether an earlier run got this far, and a person has not thrown the result away since."""
        ids = self.made.get(name)
        wanted = [ids] if isinstance(ids, str) else ids or []
        return bool(wanted) and all(self.studio.library.entry(one) for one in wanted)

    def say(self, words: str = "") -> None:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    def step(self, title: str, there: bool, work: Callable[[], None]) -> None:
        """One step: its name, its work or the word that it is done already, and how long it took."""
        began = time.monotonic()
        self.say(f"· {title}" + ("  (was there already)" if there else ""))
        if not there:
            work()
            self.say(f"  done in {time.monotonic() - began:.0f} s")

    def run(self, key: str, **values: Any) -> Job:
        """A job of the studio, followed to its end. One that the last run left unfinished is taken up again."""
        unfinished = next((job for job in self.studio.jobs.all() if job.key == key and job.state == "interrupted"
                           and job.request | _plain(values) == job.request), None)
        job = self.studio.retry(unfinished.id) if unfinished else self.studio.submit(key, values)
        revision, told = 0, ""
        while job.state not in ENDED:
            revision = self.studio.jobs.wait(revision, 1.0)
            told = self._show(job, told)
        if self.is_terminal:
            sys.stdout.write("\r" + " " * 78 + "\r")
        if job.state != "done":
            raise StudioError((job.error or {}).get("message", "That step did not end well."),
                              (job.error or {}).get("hint", ""))
        for notice in job.notices[-1:]:
            self.say(f"  {notice}")
        return job

    def _show(self, job: Job, told: str) -> str:
        share = job.progress.share
        mark = f"{job.phase} {round(share * SHARES)}"
        if mark == told or not job.phase:
            return told
        left = f", about {job.eta_seconds:.0f} s" if job.eta_seconds else ""
        line = f"  {'█' * round(share * BAR):░<{BAR}} {share:4.0%}  {job.phase}{left}"
        sys.stdout.write(f"\r{line:78}" if self.is_terminal else f"{line}\n")
        sys.stdout.flush()
        return mark

    # the steps

    def meet(self) -> None:
        """Mira from her photos, as Characters makes one."""
        told = json.loads((PHOTOS / "mira.json").read_text("utf-8"))
        photos = []
        for each in told["photos"]:
            asset = self.studio.assets.adopt(PHOTOS / each["file"], folder="datasets",
                                             record={"title": f"Mira: {each['file']}", "licence": "CC0-1.0"})
            size = open_photo(asset.path).picture.size
            photos.append(datasets.Photo(asset.id, each["caption"], width=size[0], height=size[1],
                                         sha256=hashlib.sha256(asset.path.read_bytes()).hexdigest()))
        taken = {row.get("name") for row in self.studio.store.rows(characters.TABLE)}
        name = next(one for one in ("Mira", "Mira of the demo", f"Mira {time.time():.0f}") if one not in taken)
        subject, _, descriptor = told["description"].partition(" with ")
        person = characters.new_character(name, subject=subject, descriptor=descriptor, trigger=told["trigger"],
                                          licence="CC0-1.0", photos=tuple(photo.asset for photo in photos))
        dataset = datasets.new_dataset(person.id, photos)
        self.studio.store.put(datasets.TABLE, dataset.id, dataset.row())
        self.studio.store.put(characters.TABLE, person.id, replace(person, dataset=dataset.id).row())
        self.keep(mira=person.id)

    def mira(self) -> characters.Character | None:
        try:
            return characters.find(self.studio.store.rows(characters.TABLE), str(self.made.get("mira")))
        except Missing:
            return None

    def learn(self) -> None:
        self.run("train.starter", character=str(self.made["mira"]), effort="quick", steps=self.steps)

    def draw(self) -> None:
        """Some pictures, each with its likeness; the likest becomes her portrait, enlarged."""
        person = self.mira()
        assert person is not None  # the first step made her
        made = self.run("image.starter", prompt=PROMPT, character=person.name, count=PICTURES, seed=21)
        scored = self.run("likeness.drawn", pictures=made.assets, character=person.name)
        scores = [scored.measured.get(f"likeness_{n}", 0.0) for n in range(1, PICTURES + 1)]
        self.say(f"  likeness: {', '.join(f'{score:.0f}' for score in scores)}")
        self.keep(pictures=made.assets, best=made.assets[scores.index(max(scores))])

    def enlarge(self) -> None:
        person = self.mira()
        assert person is not None  # the first step made her
        large = self.run("upscale.studio", pictures=[self.made["best"]], scale=2.0).assets[0]
        row = replace(person, portraits={**person.portraits, "smiling/front": large}).row()
        self.studio.store.put(characters.TABLE, person.id, row)
        self.keep(portrait=large)

    def write(self) -> None:
        story = parse(WORDS.read_bytes())
        self.keep(story=stories.begin(self.studio, story.title, story=story))
        stories.change(self.studio.assets, self.made["story"],
                       [Edit("set", ("cast", "mira", "character"), str(self.made["mira"]))])

    def illustrate(self) -> None:
        """By the starter with her LoRA; where that does not look like her yet, by the avatar maker, and said so."""
        best = self.studio.assets.record(self.made["best"]).get("likeness") or {}
        score = max(best.values(), default=0.0) if isinstance(best, dict) else float(best)
        pipeline = "image.starter"
        if score < RESEMBLES and not self.studio.catalog["image.avatar"].unavailable:
            pipeline = "image.avatar"
            self.say(f"  The starter does not draw her well enough yet (likeness {score:.0f} of 100): the story's\n"
                     "  pictures are drawn by the avatar maker, which is a program and not a model.")
        self.run("illustrate.pictures", story=self.made["story"], pipeline=pipeline)
        self.keep(illustrated=self.made["story"])

    def give(self) -> None:
        """What the window asks a person once, the demo says aloud. It holds for this story; nobody's yes is kept."""
        self.say("  Before a story leaves the studio, this has to be true of it:")
        for sentence in rights.PROMISES:
            self.say(f"    - {sentence}")
        self.say("  Of this one it is: Mira is drawn, nobody real is shown, and all of it is CC0.\n"
                 "  Before your own first story leaves, the studio asks you.")
        made = {key: self.run(f"exporters.{key}", story=self.made["story"]).assets[0]
                for key in ("renpy", "html", "bundle")}
        self.keep(**made)

    def walk(self) -> None:
        """All steps in their order."""
        person = self.mira()
        self.step("Mira, from her twelve photos", person is not None, self.meet)
        person = self.mira()
        self.step("Training (Quick)", bool(person and person.loras), self.learn)
        self.step("Pictures of her, each with its likeness", self.has("pictures"), self.draw)
        self.step("The best one, enlarged", self.has("portrait"), self.enlarge)
        self.step("A story of three scenes", self.has("story"), self.write)
        self.step("Its pictures", self.has("illustrated") and self.has("story"), self.illustrate)
        self.step("Ren'Py project, web page, bundle", all(map(self.has, ("renpy", "html", "bundle"))), self.give)

    def tell(self) -> None:
        """Where everything lies."""
        person, assets = self.mira(), self.studio.assets
        assert person is not None  # the first step made her
        rows = [("LoRA", self.studio.home.models / person.loras[-1].file if person.loras else "-"),
                ("Portrait", assets.get(self.made["portrait"]).path), ("Story", assets.get(self.made["story"]).path),
                ("Web page (open it in any browser)", assets.get(self.made["html"]).path),
                ("Ren'Py project", assets.get(self.made["renpy"]).path),
                ("Bundle (imports into another studio)", assets.get(self.made["bundle"]).path)]
        self.say(f"\nDone in {(time.monotonic() - self.began) / 60:.1f} minutes. It lies here:")
        for name, path in rows:
            self.say(f"  {name:38}{path}")
        self.say("./launch.sh opens the studio, with Mira and her story in it.")


def main(words: list[str]) -> int:
    warnings.simplefilter("ignore", FutureWarning)
    parser = argparse.ArgumentParser("demo", description="The whole way from photos to a story, in the terminal.")
    parser.add_argument("--home", type=Path, default=detect(PROGRAM).home, help="folder that holds everything made")
    parser.add_argument("--steps", type=int, default=0, help="steps of the training; 0 takes those of Quick")
    options = parser.parse_args(words)
    try:
        studio = Studio(Home(options.home), pipelines).start()
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    way = Way(studio, options.steps)
    try:
        way.walk()
        way.tell()
        return 0
    except StudioError as error:
        sys.stderr.write(f"{error}\nStart the demo again: it goes on where it stopped.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Start the demo again: it goes on where it stopped.\n")
        return 130
    finally:
        leave(studio)


def leave(studio: Studio) -> None:
    """What runs is noted down, which may take seconds; whoever cannot wait for that presses Ctrl+C again."""
    try:
        studio.close()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
