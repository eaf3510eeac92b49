"""The drawn eye knows Mira on her own photo, and the reader puts her photos into words."""

import json
import random
from dataclasses import replace

import pytest
from PIL import Image

from core import casting, characters, datasets
from core.home import PROGRAM
from tests.pipelines.train.test_starter_training import bring_mira, finish

COMPANIONS = PROGRAM / "models" / "starter" / "companions"
needs_companions = pytest.mark.skipif(not (COMPANIONS / "likeness.safetensors").is_file(),
                                      reason="the starter's companions are not in this copy")


@needs_companions
def test_her_own_photo_looks_like_her(studio):
    bring_mira(studio, 6)
    mine = datasets.from_row(studio.store.rows("datasets")[0]).photos[0].asset
    job = finish(studio, studio.submit("likeness.drawn", {"pictures": [mine], "character": "Mira"}))
    assert job.state == "done", job.error
    assert "Looks like Mira" in job.notices[0]
    assert characters.find(studio.store.rows("characters"), "Mira").likeness["photos"] == 6


@needs_companions
def test_photos_without_captions_are_described(studio):
    person = replace(bring_mira(studio, 3), descriptor="")
    studio.store.put("characters", person.id, person.row())
    row = studio.store.rows("datasets")[0]
    silent = datasets.set_captions(datasets.from_row(row), {p["asset"]: "" for p in row["photos"]})
    studio.store.put("datasets", silent.id, silent.row())
    job = finish(studio, studio.submit("caption.reader", {"character": "Mira"}))
    assert job.state == "done", job.error
    captions = [p.caption for p in datasets.from_row(studio.store.get("datasets", silent.id)).photos]
    assert all("hair" in caption for caption in captions), json.dumps(captions)
    person = characters.find(studio.store.rows("characters"), "Mira")
    assert "teal hair" in person.descriptor and "moon" not in person.descriptor, "only what the reader can read"
    assert any(person.descriptor in note for note in job.notices)


@needs_companions
def test_of_photographs_and_of_people_the_reader_of_drawings_claims_nothing(studio):
    def grain(seed):
        dice = random.Random(seed)
        return Image.frombytes("RGB", (320, 320), dice.randbytes(320 * 320 * 3))

    photos = [studio.assets.save(grain(n), folder="images", suffix=".png", record={}).id for n in range(3)]
    person = casting.create(studio, "Ada", photos)[0]
    job = finish(studio, studio.submit("caption.reader", {"character": "Ada"}))
    assert job.state == "done" and "claims nothing" in job.notices[0], job.error
    dataset = datasets.from_row(studio.store.get("datasets", person.dataset))
    assert not any(photo.caption for photo in dataset.photos)
    studio.store.put("characters", person.id, replace(person, kind="person").row())
    job = finish(studio, studio.submit("caption.reader", {"character": "Ada", "again": True}))
    assert job.state == "failed" and "drawn characters only" in job.error["message"]


@needs_companions
def test_a_drawing_of_somebody_else_among_her_photos_is_found_and_none_of_her_own(studio):
    from pipelines.starter.artist.drawing import draw
    from pipelines.starter.artist.recipe import sample

    person = bring_mira(studio, 12)
    other = studio.assets.save(Image.fromarray(draw(sample(5, places=0.0), 256)), folder="images", suffix=".png",
                               record={}).id
    dataset = datasets.from_row(studio.store.get("datasets", person.dataset))
    casting.keep(studio, person, casting.with_photos(studio, dataset, [other])[0])
    job = finish(studio, studio.submit("likeness.drawn", {"character": "Mira", "photos": True}))
    assert job.state == "done", job.error
    dataset = datasets.from_row(studio.store.get("datasets", person.dataset))
    assert [photo.asset for photo in dataset.photos if photo.facts.get("stranger")] == [other]
