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

STARTER = PROGRAM / "models" / "starter"
PLACES = ("park", "beach", "city", "bedroom", "classroom", "forest", "snow", "cafe", "library", "castle")
SAID = {"park": "in a park", "beach": "on the beach", "city": "in the city", "bedroom": "in a bedroom",
        "classroom": "in a classroom", "forest": "in a forest", "snow": "in the snow", "cafe": "in a cafe",
        "library": "in a library", "castle": "in a castle"}
MOODS = ("smiling", "angry", "surprised", "sad")
TRAITS = {"who": "woman", "skin": "brown", "hair": "wavy", "hair_colour": "teal", "eyes": "gold"}
HELD_OUT = 40_000
DEEP = (12, 17)
"""Layers of the likeness eye that see a thing as small as a hairpin."""


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
    """Reader, likeness and the rare feature, which the reader does not know and a line between two heaps finds."""

    def __init__(self):
        self.reader = attributes.load(STARTER / "companions" / "reader.safetensors")
        self.eye = likeness_net.load(STARTER / "companions" / "likeness.safetensors")
        photos = [open_photo(path).picture for path in sorted((STARTER / "demo").glob("*.png"))]
        self.measure = calibrate([list(map(float, row)) for row in likeness_net.embed(self.eye, photos)], "drawn-1",
                                 self.eye.threshold)
        self.moon = moon_finder(self.eye)

    def figures(self, pictures, wanted=()):
        read = attributes.read_many(self.reader, pictures)
        rows = [list(map(float, row)) for row in likeness_net.embed(self.eye, pictures)]
        verdicts = [judge(self.measure, [row], "Mira") for row in rows]
        told = {name: mean(said[name][0] == value for said in read) for name, value in TRAITS.items()}
        told |= {"moon": mean(self.moon(pictures)), "traits": 0.0}
        told["traits"] = mean(told[name] for name in (*TRAITS, "moon"))
        told["likeness"] = mean(verdict.score for verdict in verdicts)
        told["raw"] = mean(verdict.raw for verdict in verdicts)
        for name in ("expression", "place"):
            if wanted:
                told[name] = mean(said[name][0] == asked[name] for said, asked in zip(read, wanted, strict=True))
        return told


def moon_finder(eye):
    """A straight cut through what the likeness eye sees, learned on drawings of her with and without the hairpin."""
    import numpy
    import torch

    from pipelines.kit.sight import as_signal
    from pipelines.starter.artist.demo import MIRA
    from pipelines.starter.artist.drawing import draw
    from pipelines.starter.artist.recipe import sample, settle
    from pipelines.starter.likeness import IDENTITY

    def seen(pictures):
        rows = []
        for start in range(0, len(pictures), 32):
            signal, parts = as_signal(pictures[start : start + 32], 128), []
            with torch.inference_mode():
                for place, layer in enumerate(eye.net.trunk):
                    signal = layer(signal)
                    if place in DEEP:
                        parts += [signal.amax((2, 3)), signal.mean((2, 3))]
            rows.append(torch.cat(parts, 1).numpy())
        return numpy.concatenate(rows)

    her = {name: getattr(MIRA, name) for name in IDENTITY if name != "feature"}
    drawn, marks = [], []
    for number in range(480):
        recipe = replace(sample(HELD_OUT + number // 2, places=0.0), accessory="none", **her,
                         feature="moon hairpin" if number % 2 else "none")
        drawn.append(draw(settle(recipe), 128))
        marks.append(number % 2)
    rows, marks = seen(drawn), numpy.array(marks)
    rows = (rows - (middle := rows[:360].mean(0))) / (spread := rows[:360].std(0) + 1e-6)
    first, last = slice(0, 360), slice(360, None)
    cut = numpy.linalg.solve(rows[first].T @ rows[first] + 60 * numpy.eye(rows.shape[1]),
                             rows[first].T @ (marks[first] * 2.0 - 1))
    say(f"the hairpin's finder is right on {mean((rows[last] @ cut > 0) == marks[last]):.2f} of 120 held-out drawings")
    return lambda pictures: ((seen(pictures) - middle) / spread) @ cut > 0


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


def through_autoencoder(pipe, photos, side):
    import numpy
    import torch
    from PIL import Image

    small = [photo.resize((side, side), Image.Resampling.LANCZOS) for photo in photos]
    signal = torch.stack([torch.from_numpy(numpy.asarray(one, dtype="float32").copy()).permute(2, 0, 1) / 127.5 - 1
                          for one in small])
    with torch.no_grad():
        back = pipe.vae.decode(pipe.vae.encode(signal).latent_dist.mode()).sample
    return [Image.fromarray(((one.permute(1, 2, 0).numpy() + 1) * 127.5).clip(0, 255).astype("uint8")) for one in back]


def worn_family(person, file):
    """The starter with the LoRA on, as Image Gen wears it."""
    from core.requests import TrainRequest
    from pipelines.kit import lora_files
    from pipelines.kit.base_models import Base
    from pipelines.kit.families import Manner, wear_lora
    from pipelines.train.starter import build

    kept = lora_files.read(file)
    rank = next(iter(kept.pairs.values())).down.shape[0]
    alpha = next(iter(kept.pairs.values())).alpha
    reach = "everything" if any("conv" in name for name in kept.pairs) else "attention"
    words = {"reach": reach, "trigger": person.trigger, "subject": person.subject}
    family = build(Base("starter", "starter", STARTER), TrainRequest(), words)
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
    side = family.pipe.unet.config.sample_size * family.pipe.vae_scale_factor
    table = {"her drawings": judges.figures(photos),
             "through the autoencoder": judges.figures(through_autoencoder(family.pipe, photos, side)),
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
