"""From a story of words to one with pictures: staged, drawn, cut out, and only what changed is made again."""

import types

import numpy
import pytest
from PIL import Image, ImageDraw, ImageFilter

from core.characters import new_character
from core.story import stories, wishes
from core.story.check import check
from core.story.edits import Edit
from core.story.findings import NOTE
from core.story.model import Story
from core.story.runner import Program, walk
from core.story.shape import read
from core.story.staging import stage
from pipelines.illustrate import pictures
from pipelines.kit.matting import VERSION, cut_out, trim


def words_only() -> Story:
    return read(Story, {"id": "lamp", "title": "The Lamp", "cast": [{"id": "ada", "name": "Ada"}], "scenes": [
        {"id": "woods", "title": "Into the woods", "nodes": [
            {"id": "n1", "text": "The trees are old."},
            {"id": "n2", "who": "ada", "text": "Hello, I am glad you came."},
            {"id": "c", "type": "choice", "text": "Where to?", "options": [
                {"id": "o1", "text": "To the sea", "to": "sea"}, {"id": "o2", "text": "Stay", "to": "woods"}]}]},
        {"id": "sea", "title": "At the sea", "next": "@end", "nodes": [
            {"id": "n1", "who": "ada", "text": "Haha! The waves!"}, {"id": "n2", "text": "They stayed."}]}]})


def illustrate(studio, until, story, **values):
    wish = {"story": story, "pipeline": "image.avatar", "candidates": 2, **values}
    job = studio.submit("illustrate.pictures", wish)
    until(studio, job.id, "done", "failed", timeout=120)
    assert job.state == "done", job.error
    return job


def test_a_stage_is_set_without_touching_the_path():
    from core.story.edits import apply

    story = words_only()
    staged, undo = apply(story, stage(story))
    assert [place.prompt for place in staged.places] == ["a forest", "a beach"]
    shown = [(one.who, one.expression) for scene in staged.scenes for node in scene.nodes
             for one in node.directives if one.kind == "show"]
    assert shown == [("ada", "smiling"), ("ada", "laughing")]
    assert any(one.kind == "picture" for one in staged.scenes[1].nodes[1].directives)
    for seed in range(5):
        assert walk(Program(story), seed) == walk(Program(staged), seed)
    assert stage(staged) == [] and apply(staged, undo)[0] == story


def test_what_the_world_adds_stands_in_the_words_of_each_picture_of_its_kind():
    story = read(Story, {"id": "s", "places": [{"id": "sea", "title": "the sea"}],
                         "assets": [{"id": "end", "meta": {"prompt": "a boat"}}],
                         "world": {"prompts": {"place": "watercolour", "picture": "film still of {prompt}, at night"}}})
    assert [wish.prompt for wish in wishes.wishes(story, {})] == [
        "the sea, no people, watercolour", "film still of a boat, at night"]


def test_a_story_of_words_gets_pictures_and_then_only_what_changed(studio, until):
    pytest.importorskip("skia")
    asset = stories.begin(studio, "The Lamp", story=words_only())
    first = illustrate(studio, until, asset, candidates=1)
    story = stories.opened(studio.assets, asset)
    assert not [one for one in check(story, lambda one: studio.assets.get(one.file).path.exists())
                if one.severity != NOTE]
    ada = story.cast[0]
    assert set(ada.looks) == {"smiling", "laughing"} and all(place.asset for place in story.places)
    files = {one.id: one.file for one in story.assets}
    with Image.open(studio.assets.get(files[ada.looks["smiling"]]).path) as sprite:
        alpha = numpy.asarray(sprite.getchannel("A"))
    assert (alpha[:20] == 0).mean() > 0.5 and (alpha == 255).mean() > 0.2
    record = studio.assets.record(files[ada.looks["smiling"]])
    assert record["pipeline"] == "illustrate.pictures" and studio.assets.record(record["parents"][0])["seed"] >= 0
    assert len(first.assets) == 5 + len(ada.looks), "a drawing for each wish, and the figures alone"

    again = illustrate(studio, until, asset, candidates=1)
    assert again.assets == [] and "nothing had to be drawn" in again.notices[-1]

    stories.change(studio.assets, asset, [Edit("set", ("places", "forest", "prompt"), "a castle hall at night")])
    more = illustrate(studio, until, asset, candidates=1)
    assert len(more.assets) == 1 and {one.id: one.file for one in stories.opened(studio.assets, asset).assets} == {
        **files, "bg-forest": stories.opened(studio.assets, asset).assets[0].file} | {
        one.id: one.file for one in stories.opened(studio.assets, asset).assets if one.id == "bg-forest"}


@pytest.mark.slow
def test_the_starter_illustrates_on_a_processor(studio, until):
    pytest.importorskip("diffusers")
    asset = stories.begin(studio, "The Lamp", story=words_only())
    job = illustrate(studio, until, asset, pipeline="", what="backgrounds", candidates=1, speed="speed")
    story = stories.opened(studio.assets, asset)
    forest = next(one for one in story.assets if one.id == "bg-forest")
    made = studio.assets.record(forest.file)
    assert len(job.assets) == 2 and made["pipeline"] == "image.starter" and made["width"] == 576
    assert forest.licence == "CC0-1.0"


def test_another_candidate_takes_its_place_and_a_chosen_file_is_left_alone(studio, until):
    pytest.importorskip("skia")
    asset = stories.begin(studio, "The Lamp", story=words_only())
    illustrate(studio, until, asset, what="backgrounds")
    story = stories.opened(studio.assets, asset)
    before = next(one for one in story.assets if one.id == "bg-forest")
    swapped, _ = stories.change(studio.assets, asset, wishes.swap(story, "bg-forest"))
    now = next(one for one in swapped.assets if one.id == "bg-forest")
    assert len(before.meta["candidates"]) == 2
    assert now.file != before.file and now.file in before.meta["candidates"]
    assert illustrate(studio, until, asset, what="backgrounds").assets == [], "a swap is no reason to draw again"

    mine = {"id": "bg-forest", "kind": "picture", "file": before.file, "title": "mine"}
    stories.change(studio.assets, asset, [Edit("set", ("assets", "bg-forest"), mine)])
    assert illustrate(studio, until, asset, what="backgrounds", again=True).assets
    kept = next(one for one in stories.opened(studio.assets, asset).assets if one.id == "bg-forest")
    assert (kept.file, kept.title) == (before.file, "mine")


def test_figures_that_an_older_cutter_made_are_cut_out_again_and_nothing_is_drawn(studio, until):
    def keep(picture, **record):
        return studio.assets.save(picture, folder="images", suffix=".png", record=record).id

    drawings = [keep(figure(), pipeline="image.avatar") for _ in range(3)]
    old = [keep(figure(), pipeline="illustrate.pictures", parents=[one]) for one in drawings]
    looks = {f"ada-{number}": {"id": f"ada-{number}", "file": one, "meta": {"wish": "w", "candidates": old[:2]}}
             for number, one in enumerate(old, 1)}
    mine = {"id": "ada-mine", "file": old[0]}
    told = read(Story, {"id": "lamp", "scenes": [], "assets": [*looks.values(), mine], "cast": [
        {"id": "ada", "looks": {"sad": "ada-1", "glad": "ada-2", "calm": "ada-3", "wild": "ada-mine"}}]})
    asset = stories.begin(studio, "The Lamp", story=told)
    studio.assets.trash([drawings[2]])

    job = illustrate(studio, until, asset, what="cut-outs")
    new = {one.id: one for one in stories.opened(studio.assets, asset).assets}
    assert studio.assets.record(new["ada-1"].file)["parents"] == drawings[:1] and new["ada-1"].file not in old
    assert len(job.assets) == 4 and new["ada-2"].file == new["ada-2"].meta["candidates"][1]
    assert (new["ada-3"].file, new["ada-mine"].file) == (old[2], old[0]), "without its drawing, or a person's own"
    assert wishes.cut_before(stories.opened(studio.assets, asset), VERSION) == []


def figure() -> Image.Image:
    """Somebody before a plain wall."""
    picture = Image.new("RGB", (300, 400), "#ff88cc")
    pen = ImageDraw.Draw(picture)
    pen.ellipse((90, 60, 210, 200), fill="#208080", outline="#102030", width=5)
    pen.rectangle((70, 200, 230, 400), fill="#ffcc33", outline="#102030", width=5)
    return picture


def test_a_figure_before_a_plain_wall_is_cut_out_without_a_rim():
    cut = cut_out(figure())
    pixels = numpy.asarray(cut.picture).astype(int)
    assert cut.good and pixels[5, 5, 3] == 0 and pixels[130, 150, 3] == 255 and pixels[395, 150, 3] == 255
    rim = pixels[(pixels[..., 3] > 20) & (pixels[..., 3] < 235)]
    assert len(rim) and (rim[:, 0] - rim[:, 1]).mean() < 60, "no pink is left on the rim"
    assert trim(cut.picture).size[1] == 400 and trim(cut.picture).size[0] < 190


def test_smears_of_the_backdrop_do_not_stay_on_the_figure():
    """What a small network leaves: a deeper shade of the backdrop that grows softly out of the figure's edge."""
    picture = Image.new("RGB", (224, 288), (204, 182, 240))
    smear = Image.new("L", picture.size)
    ImageDraw.Draw(smear).ellipse((96, 14, 128, 70), fill=230)
    ImageDraw.Draw(smear).rectangle((0, 230, 50, 288), fill=230)
    picture.paste((170, 128, 216), mask=smear.filter(ImageFilter.GaussianBlur(5)))
    figure = Image.new("L", picture.size)
    ImageDraw.Draw(figure).ellipse((62, 50, 162, 170), fill=255)
    ImageDraw.Draw(figure).rectangle((40, 166, 184, 288), fill=255)
    picture.paste((200, 140, 60), mask=figure)
    cut = cut_out(picture)
    shown, truth = numpy.asarray(cut.picture.getchannel("A")) > 127, numpy.asarray(figure) > 0
    assert cut.good and (shown & ~truth).sum() < 0.02 * truth.sum() and (truth & ~shown).sum() < 0.01 * truth.sum()


def test_clothes_of_nearly_the_backdrop_stay_where_they_fill_its_lower_corners():
    picture = Image.new("RGB", (224, 288), (172, 222, 176))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((62, 50, 162, 190), fill=(250, 150, 60))
    pen.rectangle((-4, 200, 228, 292), fill=(178, 186, 206), outline=(60, 50, 70), width=4)
    alpha = numpy.asarray(cut_out(picture).picture.getchannel("A"))
    assert (alpha[210:280, 8:216] > 127).mean() > 0.98 and (alpha[:40] == 0).all()


def test_a_busy_background_is_said_to_be_one():
    noise = numpy.random.default_rng(1).integers(0, 255, (80, 80, 3), dtype="uint8")
    assert not cut_out(Image.fromarray(noise)).good


@pytest.mark.parametrize(("kind", "eye"), [("drawn", "likeness.drawn"), ("person", "likeness.faces")])
def test_the_best_of_several_is_chosen_by_the_eye_that_knows_them(kind, eye):
    asked = []

    def run(key, request):
        asked.append(key)
        return types.SimpleNamespace(measured={"likeness_2": 81})

    bench = types.SimpleNamespace(able=lambda key: (), run=run)
    somebody = new_character("Ada", kind=kind, photos=("p",))
    assert pictures._likeness(("a", "b"), somebody, bench) == {"b": 81} and asked == [eye]
    assert pictures._likeness(("a",), new_character("Tom"), bench) == {} and asked == [eye]
