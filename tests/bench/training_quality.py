"""Photos to best checkpoint with the demo character on the starter, and how good what came of it is.

`python -m tests.bench.training_quality [--prompts 20] [--seeds 4] [--effort quick] [--set '{"steps": 240}']` measures
the same things on five kinds of pictures, so that a low figure can be traced: her drawings, the same through the
autoencoder, the model before it learned (with her description), with the LoRA, and with the LoRA but without her name.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pipelines
from core import characters, datasets
from core.home import PROGRAM, Home
from core.jobs import ENDED
from core.likeness import calibrate, judge
from core.photos import open_photo
from core.studio import Studio
from pipelines.kit import attributes, likeness_net
from pipelines.kit.strengths import put_on_file
from pipelines.starter.artist.demo import MIRA
from tests.bench import traits

STARTER = PROGRAM / "models" / "starter"
READER = STARTER / "companions" / "reader.safetensors"
PLACES = ("park", "beach", "city", "bedroom", "classroom", "forest", "snow", "cafe", "library", "castle")
SAID = {"park": "in a park", "beach": "on the beach", "city": "in the city", "bedroom": "in a bedroom",
        "classroom": "in a classroom", "forest": "in a forest", "snow": "in the snow", "cafe": "in a cafe",
        "library": "in a library", "castle": "in a castle"}
MOODS = ("smiling", "angry", "surprised", "sad")
HERS = {name: getattr(MIRA, name) for name in traits.TRAITS if name != "feature"}
"""What the starter's reader has answers for; it knows no moon hairpin."""


def say(line=""):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def scenes(count):
    """Words of no photo of hers, each with what the reader should see; however few, all moods are among them."""
    pairs = [(MOODS[(number + turn) % len(MOODS)], place) for turn in range(len(MOODS))
             for number, place in enumerate(PLACES)]
    return [(f"{mood}, {SAID[place]}", {"expression": mood, "place": place}) for mood, place in pairs[:count]]


def learn(home, effort, extra):
    """A whole Quick as a person starts it; the studio's own job, phase by phase."""
    studio = Studio(Home(home), pipelines, {}).start()
    told = json.loads((STARTER / "demo" / "mira.json").read_text())
    kept = []
    for each in told["photos"]:
        asset = studio.assets.adopt(STARTER / "demo" / each["file"], folder="datasets")
        picture = open_photo(asset.path).picture
        kept.append(datasets.Photo(asset.id, each["caption"], width=picture.width, height=picture.height,
                                   sha256=hashlib.sha256(asset.path.read_bytes()).hexdigest()))
    subject, _, descriptor = told["description"].partition(" with ")
    person = characters.new_character("Mira", subject=subject, descriptor=descriptor)
    dataset = datasets.new_dataset(person.id, kept)
    studio.store.put("characters", person.id, replace(person, dataset=dataset.id).row())
    studio.store.put("datasets", dataset.id, dataset.row())
    began, spent = time.monotonic(), time.process_time()
    job = studio.submit("train.starter", {"character": "Mira", "effort": effort, **extra})
    phases, phase, since, revision = {}, "", began, 0
    while job.state not in ENDED:
        revision = studio.jobs.wait(revision, 0.5)
        if job.phase != phase:
            now = time.monotonic()
            phases[phase] = phases.get(phase, 0.0) + now - since
            phase, since = job.phase, now
    phases[phase] = phases.get(phase, 0.0) + time.monotonic() - since
    if job.state != "done":
        raise SystemExit(f"the training ended as {job.state}: {job.error}")
    say(f"photos to best checkpoint: {time.monotonic() - began:.0f} s by the clock, "
        f"{time.process_time() - spent:.0f} s of processor (goal 360 s)")
    say("  " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in phases.items() if seconds >= 1))
    record = studio.assets.record(job.assets[-1])["training"]
    for row in record["scores"]:
        say("  " + " ".join(f"{k} {v:.2f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()
                            if k not in ("sha256", "file")))
    say(f"  chosen: step {record['best']} at {record['strength']}: {record['reason']}")
    person = characters.find(studio.store.rows("characters"), "Mira")
    worn = person.lora_for("starter")
    studio.close()
    return person, home / "models" / worn.file, worn.strength


class Judge:
    """An eye for her traits, likeness, and the reader for mood and place."""

    def __init__(self):
        self.reader = attributes.load(READER)
        self.eye = traits.teach(MIRA, attributes.load(READER), starter().pipe.vae)
        self.likeness = likeness_net.load(STARTER / "companions" / "likeness.safetensors")
        photos = [open_photo(path).picture for path in sorted((STARTER / "demo").glob("*.png"))]
        self.measure = calibrate([list(map(float, row)) for row in likeness_net.embed(self.likeness, photos)],
                                 "drawn-1", self.likeness.threshold)

    def figures(self, pictures, wanted=()):
        seen = self.eye(pictures)
        rows = [list(map(float, row)) for row in likeness_net.embed(self.likeness, pictures)]
        verdicts = [judge(self.measure, [row], "Mira") for row in rows]
        told = dict(zip(traits.TRAITS, map(float, seen.mean(0)), strict=True)) | {"traits": float(seen.mean())}
        told |= {"likeness": mean(verdict.score for verdict in verdicts), "raw": mean(v.raw for v in verdicts)}
        read = attributes.read_many(self.reader, pictures)
        told["by reader"] = mean(said[name][0] == value for said in read for name, value in HERS.items())
        for name in ("expression", "place"):
            if wanted:
                told[name] = mean(said[name][0] == asked[name] for said, asked in zip(read, wanted, strict=True))
        return told


def mean(values):
    values = [float(value) for value in values]
    return sum(values) / len(values) if values else 0.0


def pictures_of(family, prompts, seeds):
    import torch

    made = []
    family.denoiser.eval()
    family.pipe.set_progress_bar_config(disable=True)
    asked = [(prompt, seed) for prompt in prompts for seed in range(seeds)]
    for start in range(0, len(asked), 8):
        part = asked[start : start + 8]
        dice = [torch.Generator().manual_seed(500 + start + n) for n in range(len(part))]
        with torch.no_grad():
            made += family.pipe([prompt for prompt, _ in part], generator=dice, **family.look).images
    return made


def starter(person=None, reach="everything"):
    """The starter as a training opens it."""
    from core.requests import TrainRequest
    from pipelines.kit.base_models import Base
    from pipelines.train.starter import build

    words = {"trigger": person.trigger, "subject": person.subject} if person else {}
    return build(Base("starter", "starter", STARTER), TrainRequest(trigger_learns=person is not None),
                 {"reach": reach, **words})


def worn_family(person, file):
    """The starter with the LoRA on, as Image Gen wears it."""
    from pipelines.kit import lora_files
    from pipelines.kit.families import Manner, wear_lora

    kept = lora_files.read(file)
    rank = next(iter(kept.pairs.values())).down.shape[0]
    alpha = next(iter(kept.pairs.values())).alpha
    reach = "everything" if any("conv" in name for name in kept.pairs) else "attention"
    family = starter(person, reach)
    wear_lora(family, Manner(rank=rank, alpha=alpha))
    put_on_file(family, file)
    return family


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--effort", default="quick")
    parser.add_argument("--set", type=json.loads, default={})
    parser.add_argument("--keep", type=Path, help="a folder for the home and a sheet of pictures")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = asked.keep or Path(folder)
        person, file, strength = learn(home / "home", asked.effort, asked.set)
        measure(person, file, strength, asked, home)


def measure(person, file, strength, asked, folder):
    from pipelines.kit.families import without_lora
    from pipelines.kit.strengths import at_strength

    judges, words = Judge(), scenes(asked.prompts)
    family = worn_family(person, file)
    photos = [open_photo(path).picture for path in sorted((STARTER / "demo").glob("*.png"))]
    wanted = [want for _, want in words for _ in range(asked.seeds)]
    with without_lora(family):
        before = pictures_of(family, [f"{person.plain_words}, {scene}" for scene, _ in words], asked.seeds)
        plain = pictures_of(family, [f"{person.subject}, {scene}" for scene, _ in words], asked.seeds)
    with at_strength(family, strength):
        after = pictures_of(family, [f"{person.words}, {scene}" for scene, _ in words], asked.seeds)
        uncalled = pictures_of(family, [f"{person.subject}, {scene}" for scene, _ in words], asked.seeds)
    table = {"her drawings": judges.figures(photos),
             "through the autoencoder": judges.figures(traits.through(family.pipe.vae, photos)),
             "described, no LoRA": judges.figures(before, wanted), "@name with the LoRA": judges.figures(after, wanted),
             "uncalled, no LoRA": judges.figures(plain, wanted), "uncalled, with the LoRA": judges.figures(uncalled,
                                                                                                         wanted)}
    show(table)
    _sheet(folder, before, after, uncalled)


def show(table):
    names = list(dict.fromkeys(name for row in table.values() for name in row))
    say(f"{'':26}" + "".join(f"{name[:9]:>11}" for name in names))
    for kind, row in table.items():
        say(f"{kind:26}" + "".join(f"{row[name]:11.2f}" if name in row else f"{'':11}" for name in names))
    her, base, free = table["@name with the LoRA"], table["described, no LoRA"], table["uncalled, no LoRA"]
    leak = table["uncalled, with the LoRA"]["traits"] - free["traits"]
    scene = (her["expression"] + her["place"]) / max(1e-6, base["expression"] + base["place"])
    say(f"traits right {her['traits']:.0%} (goal 85 %); scene and mood {scene:.0%} of what they were (goal 90 %); "
        f"leak {100 * leak:+.0f} points (goal within 10)")


def _sheet(folder, *rows):
    from PIL import Image

    sheet = Image.new("RGB", (16 * 128, len(rows) * 128))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row[:: max(1, len(row) // 16)][:16]):
            sheet.paste(picture.resize((128, 128)), (x * 128, y * 128))
    sheet.save(folder / "sheet.png")
    say(f"sheet: {folder / 'sheet.png'}")


if __name__ == "__main__":
    main()
