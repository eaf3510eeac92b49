"""Photos as people have them, on their way into a lesson."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from core.errors import BadFile, Missing
from pipelines.kit.chance import draw
from pipelines.kit.families import Example
from pipelines.kit.lessons import _masks, load_pixels
from pipelines.kit.objectives import Blur

torch = pytest.importorskip("torch")


def written(path, picture, kind, **how):
    out = io.BytesIO()
    picture.save(out, kind, **how)
    path.write_bytes(out.getvalue())
    return path


def halves():
    """Red at the left, blue at the right."""
    picture = Image.new("RGB", (96, 48), "red")
    picture.paste("blue", (48, 0, 96, 48))
    return picture


def turned():
    exif = Image.Exif()
    exif[0x0112] = 3  # the camera was held upside down
    return exif


@pytest.mark.parametrize(("kind", "make", "how", "left"), [
    ("PNG", halves, {}, (1, -1, -1)),
    ("JPEG", halves, {"exif": turned(), "quality": 95}, (-1, -1, 1)),
    ("TIFF", lambda: halves().convert("CMYK"), {}, (1, -1, -1)),
    ("GIF", halves, {"save_all": True, "append_images": [Image.new("RGB", (96, 48), "green")]}, (1, -1, -1)),
    ("PNG", lambda: Image.new("I;16", (96, 48), 65535), {}, (1, 1, 1)),
    ("PNG", lambda: Image.new("RGBA", (96, 48), (0, 0, 0, 0)), {}, (1, 1, 1)),
])
def test_odd_photos_are_learned_upright_in_their_own_colours(tmp_path, kind, make, how, left):
    path = written(tmp_path / "photo", make(), kind, **how)
    pixels, mask = load_pixels(Example(path, "", "", (64, 32)))
    assert pixels.shape == (1, 3, 32, 64) and mask is None and pixels.abs().max() <= 1
    assert torch.allclose(pixels[0, :, 16, 8], torch.tensor(left).float(), atol=0.1)


def test_what_a_mask_leaves_out_counts_for_nothing_also_in_the_mirror(tmp_path):
    photo = written(tmp_path / "photo", halves(), "PNG")
    mask = Image.new("L", (96, 48))
    mask.paste(255, (0, 0, 48, 48))
    _, seen = load_pixels(Example(photo, "", "", (64, 32), mask=written(tmp_path / "mask", mask, "PNG")))
    assert seen.shape == (1, 1, 32, 64) and (seen[..., :24] == 1).all() and (seen[..., 40:] == 0).all()
    known = [{"mask": torch.nn.functional.adaptive_avg_pool2d(seen, (4, 8))[0, 0]}, {}]
    wrong = torch.ones(4, 4, 4, 8)
    straight, mirrored, held, whole = _masks(known, (0, 0, 0, 1), (False, True, False, True), (0, 0, 1, 0), wrong)[:, 0]
    assert (straight[:, :3] > 1.9).all() and not straight[:, 5:].any() and straight.mean() == pytest.approx(1)
    assert torch.equal(mirrored, straight.flip(-1)) and (held == 1).all() and (whole == 1).all()


def test_a_photo_that_was_damaged_or_taken_away_meanwhile_is_named(tmp_path):
    path = written(tmp_path / "holiday.png", halves().resize((400, 400)), "PNG")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadFile, match=r"holiday\.png is damaged"):
        load_pixels(Example(path, "", "", (64, 32)))
    path.unlink()
    with pytest.raises(Missing, match=r"holiday\.png is not there"):
        load_pixels(Example(path, "", "", (64, 32)))


def test_a_lesson_looks_at_the_noise_levels_that_are_wished(tmp_path):
    clean = torch.zeros(64, 4, 8, 8)
    flow = {name: mean_level(Blur(levels=name), clean) for name in ("", "even", "middle", "coarse", "fine")}
    assert flow["fine"] < 0.4 < flow["even"] < 0.6 < flow["coarse"] and flow[""] == flow["middle"]
    steps = Blur(torch.linspace(0.999, 0.001, 1000))
    said = {name: mean_level(replace(steps, levels=name), clean) for name in ("", "even", "coarse", "fine")}
    assert said["fine"] < 400 < said["even"] < 600 < said["coarse"] and said[""] == said["even"]


def mean_level(blur, clean):
    seen = draw([list(range(len(clean)))], len(clean), 3, 0, {"micro": 0, "of": 1})
    return float(blur.ask(clean, seen).level.float().mean())
