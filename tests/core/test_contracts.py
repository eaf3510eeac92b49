"""The published contracts: current, kept by what the studio writes, and enforced where rows of others come in."""

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from PIL import Image

from core import contracts
from core.characters import Consent, TrainedLora, new_character
from core.errors import BadFile
from core.jobs import Job
from core.story import provenance
from core.story.concerns import scan
from core.story.model import Asset
from tests.stories import cave


def rows(studio):
    """One real row of each kind, as it lies on the disk or goes along with a story."""
    person = new_character("Ada", consent=Consent("own", when=1.5), photos=("a",), more={"owner": "x"}, loras=(
        TrainedLora("starter", "sd15", "loras/ada.safetensors", "0" * 64),))
    made = studio.assets.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", record={
        "title": "Ada", "request": {"prompt": "x"}, "seed": 5, "likeness": {"Ada": 70}, "weights": [{"name": "w"}],
        "notices": ["n"], "seconds": 1, "device": "cpu", "owner": ""})
    studio.assets.edit(made.id, {"starred": True, "tags": ["sea"]})
    record = studio.assets.record(made.id)
    story = replace(cave(), assets=(Asset("p", file=made.id),))
    told = provenance.build(story, {"p": made.path}, {"p": record}, scan(story, {"p": record}, {}))
    job = Job("j", "image.starter", "A picture", {"prompt": "x"}, weights=[{"name": "w"}], error={"message": "m"})
    return {"character": person.row(), "asset": record, "job": job.row(), "provenance": told}


@pytest.mark.parametrize("name", sorted(contracts.contracts()))
def test_the_published_schema_is_current(name):
    published = contracts.FOLDER / f"{name}.schema.json"
    assert published.read_text("utf-8") == contracts.text(name), "run: python -m core.contracts"


def test_what_the_studio_writes_keeps_its_contracts_for_readers_elsewhere_too(studio):
    for name, row in rows(studio).items():
        plain = json.loads(json.dumps(row))
        contracts.check(name, plain)
        Draft202012Validator(json.loads(contracts.text(name))).validate(plain)
        contracts.check(name, {**plain, "a_newer_field": [1]})


@pytest.mark.parametrize(("name", "wrong"), [
    ("character", {"name": 3}), ("character", {"consent": "yes"}), ("character", {"loras": [{"base": "x"}]}),
    ("asset", {"bytes": "many"}), ("asset", {"tags": "sea"}), ("job", {"request": []}), ("job", {"created": "now"}),
    ("provenance", {"assets": [{"asset": 1}]}), ("provenance", {"findings": [{"kind": "x"}]})])
def test_a_row_that_is_something_else_is_refused_with_its_place(studio, name, wrong):
    place = next(iter(wrong))
    with pytest.raises(BadFile, match=rf"should be a {name} is not one: {place}"):
        contracts.check(name, json.loads(json.dumps(rows(studio)[name])) | wrong)
