"""Before a story leaves: licences, the yes of people shown, one wall; and papers that lead back to the sidecars."""

import io
import json
import zipfile
from dataclasses import replace

import pytest
from PIL import Image

from core.characters import Consent, new_character
from core.errors import Refused
from core.story import provenance, stories
from core.story.concerns import scan
from core.story.model import Asset, Cast, Story
from core.story.shape import read
from tests.stories import cave


def with_picture(studio, licence="", kind="drawn", consent="unknown"):
    """The cave with a picture of Ada, who is a character of the studio."""
    person = new_character("Ada", kind=kind, consent=Consent(consent))
    studio.store.put("characters", person.id, person.row())
    picture = studio.assets.save(Image.new("RGB", (8, 8), "teal"), folder="images", suffix=".png",
                                 record={"pipeline": "image.starter", "seed": 5, "request": {"prompt": "secret words"}})
    ada = Cast("ada", "Ada", character=person.id, looks={"neutral": "p"})
    story = replace(cave(), assets=(Asset("p", file=picture.id, title="Ada", licence=licence),),
                    cast=(ada, *cave().cast[1:]))
    return stories.begin(studio, "The Cave", story=story), picture.id


def export(studio, until, key, **values):
    job = studio.submit(f"exporters.{key}", values)
    until(studio, job.id, "done", "failed")
    return job


@pytest.mark.parametrize(("licence", "kind", "consent", "values", "word"), [
    ("", "drawn", "unknown", {}, "under which licence"),
    ("CC-BY-NC-4.0", "drawn", "unknown", {"commercial": True}, "to be sold"),
    ("CC-BY-ND-4.0", "drawn", "unknown", {}, "changes"),
    ("CC0-1.0", "photo", "unknown", {}, "said yes")])
def test_a_story_waits_for_a_persons_word_and_asks_once(studio, until, licence, kind, consent, values, word):
    story, _ = with_picture(studio, licence, kind, consent)
    refused = export(studio, until, "html", story=story, **values)
    assert refused.state == "failed" and word in refused.error["message"] and not refused.assets
    assert export(studio, until, "html", story=story, acknowledged=True, **values).state == "done"
    row = studio.store.rows("acknowledgements")[0]
    assert row["version"] == 1 and row["when"] > 0 and word in row["words"][0]
    assert export(studio, until, "renpy", story=story, **values).state == "done", "the same is not asked twice"


@pytest.mark.parametrize(("licence", "kind", "consent"), [
    ("CC0-1.0", "drawn", "unknown"), ("CC-BY-NC-4.0", "photo", "own"), ("MIT", "photo", "given")])
def test_what_is_free_and_agreed_leaves_without_a_question(studio, until, licence, kind, consent):
    story, _ = with_picture(studio, licence, kind, consent)
    assert export(studio, until, "bundle", story=story).state == "done"


def test_nothing_explicit_with_a_minor_is_ever_written(studio, until):
    story = replace(cave(), rating="explicit", cast=(Cast("ada", "Ada", notes="a 15 year old girl"), *cave().cast[1:]))
    asset = stories.begin(studio, "No", story=story)
    for acknowledged in (False, True):
        job = export(studio, until, "html", story=asset, acknowledged=acknowledged)
        assert job.state == "failed" and "minor" in job.error["message"]
    with pytest.raises(Refused):
        scan(replace(cave(), rating="explicit"), {}, {"ada": replace(new_character("Ada"), age="17")})


def test_papers_in_each_export_lead_back_to_the_sidecars(studio, until):
    story, picture = with_picture(studio, "CC0-1.0")
    found = {}
    for key in ("bundle", "renpy"):
        job = export(studio, until, key, story=story)
        with zipfile.ZipFile(studio.assets.get(job.assets[0]).path) as pack:
            found[key] = json.loads(pack.read("provenance.json" if key == "bundle" else "the-cave/provenance.json"))
            assert "Ada: CC0-1.0" in pack.read(next(n for n in pack.namelist() if n.endswith("LICENCES.txt"))).decode()
    page = studio.assets.get(export(studio, until, "html", story=story).assets[0]).path.read_text()
    start = page.index('id="provenance">') + len('id="provenance">')
    found["html"] = json.loads(page[start:page.index("</script>", start)])
    assert found["bundle"] == found["renpy"] == found["html"]
    made = found["bundle"]["assets"][0]
    assert made["made"]["seed"] == 5 and made["made"]["request"] == {"prompt": "secret words"}
    assert provenance.resolve(found["bundle"], studio.assets)["p"]["id"] == picture
    assert "owner" not in made["made"] and found["bundle"]["variables"]["gold"] == 3


def test_a_persons_words_can_stay_at_home(studio, until):
    story, _ = with_picture(studio, "CC0-1.0")
    page = studio.assets.get(export(studio, until, "html", story=story, private=True).assets[0]).path.read_text()
    assert "secret words" not in page


def test_a_bundle_of_an_illustrated_story_imports_back_to_an_equal_one(studio, until):
    story, picture = with_picture(studio, "CC0-1.0")
    made = studio.assets.get(export(studio, until, "bundle", story=story).assets[0]).path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(made)) as pack:
        inside = read(Story, json.loads(pack.read("story.json")))
    from core.story.arrivals import recognise

    file = studio.home.root / "b.zip"
    file.write_bytes(made)
    key, preview = recognise(studio.catalog, file)
    first = stories.opened(studio.assets, story)
    studio.assets.trash([story])
    again = stories.opened(studio.assets, stories.take_in(studio, preview))
    assert key == "importers.bundle" and preview.story == inside

    def without_files(one):
        return replace(one, assets=tuple(replace(asset, file="", sha256="") for asset in one.assets))

    assert without_files(again) == without_files(first)
    assert studio.assets.get(again.assets[0].file).path.read_bytes() == studio.assets.get(picture).path.read_bytes()
