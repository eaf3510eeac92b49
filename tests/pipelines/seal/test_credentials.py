"""Signed pictures, as any program that knows Content Credentials reads them."""

import json
import os
from dataclasses import replace

import pytest
from PIL import Image

from core.bench import MARK
from core.recipes.picture import read_recipe, write_mark

c2pa = pytest.importorskip("c2pa", reason="c2pa-python is not installed")

TEXT = "a secret cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler, CFG scale: 6, Seed: 5, Size: 16x16"


@pytest.fixture
def given(studio):
    notes = {"parameters": TEXT, MARK: write_mark("Test", composite=True).decode()}
    return studio.assets.save(Image.new("RGB", (64, 64), "teal"), folder="images", suffix=".png", record={},
                              notes=notes).id


@pytest.fixture
def enlarge(studio, until, given):
    """A picture that says a model made it comes out of the studio once more: what signs it signs every picture."""
    def make():
        job = studio.submit("upscale.lanczos", {"pictures": [given]})
        assert until(studio, job.id, "done", "failed") == "done", job.error
        return job, studio.assets.get(job.assets[0]).path
    return make


def credentials(path):
    """(what stands in the file, whether it is untouched); None where nothing is signed."""
    reader = c2pa.Reader.try_create(path)
    if reader is None:
        return None, ""
    with reader:
        return json.loads(reader.json()), reader.get_validation_state()


def test_nothing_is_signed_unless_somebody_wants_it(studio, enlarge):
    _, path = enlarge()
    assert credentials(path) == (None, "") and not studio.home.keys.exists()


def test_a_signed_picture_says_what_made_it_keeps_its_recipe_and_tells_of_changes(studio, enlarge):
    studio.settings.set("images.signed", True)
    _, path = enlarge()
    told, state = credentials(path)
    assert state == "Valid", told.get("validation_status")
    made = told["manifests"][told["active_manifest"]]
    action = made["assertions"][0]["data"]["actions"][0]
    assert action["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    assert made["claim_generator_info"][0]["name"] == "StudioNova" and "secret" not in json.dumps(told)
    assert read_recipe(path).seed == 5
    pixel = path.read_bytes().index(b"IDAT") + 8
    path.write_bytes(path.read_bytes()[:pixel] + b"\0\0\0" + path.read_bytes()[pixel + 3:])
    assert credentials(path)[1] == "Invalid"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_certificate_is_made_once_and_is_nobody_elses_to_read(studio, enlarge):
    studio.settings.set("images.signed", True)
    enlarge()
    before = [path.read_bytes() for path in sorted(studio.home.keys.iterdir())]
    enlarge()
    assert [path.read_bytes() for path in sorted(studio.home.keys.iterdir())] == before
    assert {path.stat().st_mode & 0o077 for path in studio.home.keys.iterdir()} == {0}


def test_a_broken_certificate_costs_the_signature_and_not_the_picture(studio, enlarge):
    studio.settings.set("images.signed", True)
    studio.home.keys.mkdir()
    for name in ("signer.pem", "signer.key"):
        (studio.home.keys / name).write_text("no certificate")
    job, path = enlarge()
    assert credentials(path) == (None, "") and any("without a signature" in note for note in job.notices)
    assert not [one for one in path.parent.iterdir() if one.name.startswith(".")]


def test_without_its_package_nothing_is_signed_and_the_reason_is_told(studio, enlarge):
    studio.settings.set("images.signed", True)
    entry = studio.catalog["seal.credentials"]
    studio.catalog.entries = {**studio.catalog.entries, entry.key: replace(entry, unavailable="it needs c2pa")}
    assert credentials(enlarge()[1]) == (None, "")


def test_pictures_from_before_get_a_signed_copy_and_photos_do_not(studio, until, given):
    job = studio.submit("seal.credentials", {"pictures": [given]})
    assert until(studio, job.id, "done", "failed") == "done", job.error
    assert credentials(studio.assets.get(job.assets[0]).path)[1] == "Valid"
    assert credentials(studio.assets.get(given).path) == (None, "")
    photo = studio.assets.save(Image.new("RGB", (64, 64)), folder="images", suffix=".png", record={}).id
    job = studio.submit("seal.credentials", {"pictures": [photo]})
    assert until(studio, job.id, "done", "failed") == "failed" and "does not say" in job.error["message"]
