"""ControlNets, reference pictures and faces: diffusers' own classes on tiny random weights, for SD 1.5 and SDXL."""

from dataclasses import replace
from types import SimpleNamespace

import numpy
import pytest
from PIL import Image, ImageDraw

from core import characters
from core.errors import BadFile, Missing
from core.recipes.picture import read_recipe
from core.requests import ImageRequest
from pipelines.image import sd15, sdxl
from pipelines.kit import drawing, guiding, outlines
from pipelines.kit.guiding import Guides
from tests.pipelines.image import tiny
from tests.pipelines.image.desk import Desk

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
SMALL = {"prompt": "a cat", "width": 32, "height": 32, "steps": 2, "seed": 3}
KINDS = {"sd15": (sd15, tiny.make_sd15), "sdxl": (sdxl, tiny.make_sdxl)}


@pytest.fixture(scope="module", params=sorted(KINDS))
def place(request, tmp_path_factory):
    """A desk with one family that draws small, a ControlNet for edges and an IP-Adapter that fit it."""
    module, make = KINDS[request.param]
    family = replace(module.FAMILY, shapes={name: (32, 32) for name in module.FAMILY.shapes})
    module = SimpleNamespace(run=lambda request, bench: drawing.draw(family, request, bench))
    desk = Desk(tmp_path_factory.mktemp(request.param))
    model = make(desk.home.models / "checkpoints" / request.param)
    unet = load_unet(model)
    make_net(unet, desk.home.models / "controlnet" / "tiny_canny.safetensors")
    make_net(unet, desk.home.models / "controlnet" / "openpose" / "diffusion_pytorch_model.safetensors")
    make_adapter(unet, desk.home.models / "ip_adapter")
    return desk, module, f"checkpoints/{request.param}"


def load_unet(folder):
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel.from_pretrained(folder / "unet")


def make_net(unet, path):
    from diffusers import ControlNetModel
    from safetensors.torch import save_file

    torch.manual_seed(5)
    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(16, 32))
    for weight in net.parameters():  # a fresh ControlNet ends in zeros and would change nothing
        torch.nn.init.normal_(weight, std=0.1)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(net.state_dict(), path)


def make_adapter(unet, folder, wide=0):
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(6)
    eye = CLIPVisionModelWithProjection(CLIPVisionConfig(
        hidden_size=32, projection_dim=16, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8,
        intermediate_size=37))
    eye.save_pretrained(folder / "image_encoder")
    wide = wide or unet.config.cross_attention_dim
    tensors = {"image_proj.proj.weight": torch.randn(4 * wide, 16), "image_proj.proj.bias": torch.randn(4 * wide),
               "image_proj.norm.weight": torch.ones(wide), "image_proj.norm.bias": torch.zeros(wide)}
    number = 1
    for name in unet.attn_processors:
        if name.endswith("attn2.processor"):
            size = unet.get_submodule(name.removesuffix(".processor")).to_q.weight.shape[0]
            tensors |= {f"ip_adapter.{number}.to_{part}_ip.weight": torch.randn(size, wide) for part in "kv"}
            number += 2
    save_file(tensors, folder / "ip-adapter_tiny.safetensors")


def draw(place, **wishes):
    desk, module, model = place
    return desk.run(module, ImageRequest(**{**SMALL, "model": model, **wishes}))[0]


def pixels(asset):
    return numpy.asarray(asset.picture).astype(int)


def box_picture(size=(32, 32)):
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((8, 8, 22, 22), outline="black", width=2, fill="teal")
    return picture


def test_a_control_net_guides_words_start_pictures_and_masks(place):
    desk = place[0]
    guide, start = desk.put(box_picture()), desk.put(Image.effect_noise((32, 32), 60).convert("RGB"))
    mask = Image.new("L", (32, 32))
    ImageDraw.Draw(mask).rectangle((4, 4, 20, 20), fill=255)
    marked = desk.put(mask)
    for more in ({}, {"picture": start, "strength": 0.8}, {"picture": start, "mask": marked, "strength": 1.0}):
        free, led = draw(place, **more), draw(place, control="canny", control_picture=guide, **more)
        assert (pixels(free) != pixels(led)).any(), more
        assert guide in led.record_["parents"] or str(guide) in map(str, led.record_["parents"])
    notes = read_recipe(led.path).rest
    assert notes["ControlNet 0"].startswith("Module: canny, Model: tiny_canny, Weight: 1")


def test_a_guide_without_strength_changes_nothing_and_leaves_nothing_behind(place):
    guide = place[0].put(box_picture())
    free = pixels(draw(place))
    assert (pixels(draw(place, control="canny", control_picture=guide, control_strength=0.0)) == free).all()
    draw(place, control="pose", control_picture=guide)
    assert (pixels(draw(place)) == free).all()


def test_a_piece_is_guided_by_its_own_part_of_the_map(place, monkeypatch):
    from pipelines.kit import pieces

    edges = Image.new("L", (32, 32))
    edges.paste(255, (16, 0, 32, 32))
    whole = Guides(kind="canny", map=edges.convert("RGB"))
    left, right = (whole.for_piece(None, box, (64, 64)).map for box in ((0, 0, 24, 64), (40, 0, 64, 64)))
    assert left.getextrema()[0] == (0, 0) and right.getextrema()[0] == (255, 255) and left.size == (24, 64)
    monkeypatch.setattr(pieces, "AT_ONCE", 1.0)
    guide = place[0].put(box_picture())
    free, led = (draw(place, enlarge=2.0, control="canny", control_picture=guide, control_strength=strength)
                 for strength in (0.0, 1.0))
    assert led.picture.size == (64, 64) and (pixels(free) != pixels(led)).any()


def test_a_reference_changes_the_picture_and_is_gone_without_a_trace(place):
    desk = place[0]
    free = pixels(draw(place))
    red, blue = (desk.put(Image.new("RGB", (40, 40), colour)) for colour in ("red", "blue"))
    one, other = (pixels(draw(place, reference=which, reference_strength=1.0)) for which in (red, blue))
    assert (one != free).any() and (one != other).any()
    assert (pixels(draw(place, reference=red, reference_strength=1.0)) == one).all()
    assert (pixels(draw(place)) == free).all()


def test_photos_of_whom_it_has_not_learned_go_through_an_adapter_that_fits_and_spoil_nothing_else(place, monkeypatch):
    desk, _, model = place
    photos = tuple(desk.put(Image.new("RGB", (40, 40), colour)) for colour in ("red", "teal"))
    ada = characters.new_character("Ada", photos=photos)
    desk.store.put(characters.TABLE, ada.id, ada.row())
    asked = {"prompt": "@Ada", "reference_strength": 1.0}
    without = pixels(draw(place, **asked))
    wide = load_unet(desk.home.models / model).config.cross_attention_dim
    monkeypatch.setattr(guiding, "WIDE", dict.fromkeys(KINDS, wide))
    shown = draw(place, **asked)
    assert (pixels(shown) != without).any() and shown.record_["parents"] == list(photos)
    desk.store.drop(characters.TABLE, ada.id)


def test_reference_and_guide_work_together(place):
    guide = place[0].put(box_picture())
    both = draw(place, reference=guide, control="canny", control_picture=guide)
    assert (pixels(both) != pixels(draw(place, control="canny", control_picture=guide))).any()


def test_a_control_net_that_is_not_there_is_told_before_anything_is_loaded(place):
    desk = place[0]
    desk.shelf.drop()
    with pytest.raises(Missing, match="no ControlNet for depth"):
        draw(place, control="depth", control_picture=desk.put(box_picture()))
    with pytest.raises(Missing, match="no picture to take the canny from"):
        draw(place, control="canny")
    assert desk.shelf.standing() == []


def test_a_control_net_of_another_family_is_told(place):
    from safetensors.torch import save_file

    desk = place[0]
    path = desk.home.models / "controlnet" / "other_lineart.safetensors"
    save_file({"down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight": torch.zeros(8, 999)}, path)
    with pytest.raises(BadFile, match="made for another family"):
        draw(place, control="lineart", control_picture=desk.put(box_picture()))


def test_a_cut_or_foreign_control_net_is_told(place):
    from safetensors.torch import load_file, save_file

    desk = place[0]
    good = load_file(desk.home.models / "controlnet" / "tiny_canny.safetensors")
    half = {name: good[name] for name in sorted(good)[: len(good) // 2]}
    wide = {name: tensor for name, tensor in good.items() if name.endswith("attn2.to_k.weight")}
    save_file(half | wide, desk.home.models / "controlnet" / "half_tile.safetensors")
    with pytest.raises(BadFile, match="could not be loaded as a ControlNet"):
        draw(place, control="tile", control_picture=desk.put(box_picture()))


def test_faces_that_a_person_marked_are_drawn_again_and_nothing_else(place):
    desk = place[0]
    start = Image.effect_noise((96, 64), 60).convert("RGB")
    mask = Image.new("L", start.size)
    ImageDraw.Draw(mask).ellipse((20, 16, 44, 40), fill=255)
    asset = draw(place, picture=desk.put(start), strength=0.0, fix_faces=True, mask=desk.put(mask), width=0, height=0,
                 face_strength=0.9)
    changed = (pixels(asset) != numpy.asarray(start)).any(axis=2)
    assert asset.picture.size == start.size and changed[24:32, 28:36].any() and not changed[:, 70:].any()


def test_each_face_wears_its_own_characters_lora(place, monkeypatch):
    from pipelines.kit import lora, pieces

    desk = place[0]
    for name in ("mira", "aki"):
        desk.store.put("characters", name, {"id": name, "name": name.title(), "trigger": f"zw{name}", "lora": name})
        (desk.home.models / "loras").mkdir(exist_ok=True)
        (desk.home.models / "loras" / f"{name}.safetensors").write_bytes(b"")
    worn, real = [], lora.wear
    monkeypatch.setattr(lora, "wear", lambda pipe, loras, family: worn.append([one.path.stem for one in loras]) or
                        real(pipe, (), family))
    monkeypatch.setattr(pieces.faces, "find_faces", lambda *rest: [(4, 4, 20, 20), (40, 4, 56, 20)])
    monkeypatch.setattr("pipelines.kit.provenance.describe", lambda *rest: ({}, {}))
    start = desk.put(Image.new("RGB", (64, 32), "grey"))
    draw(place, picture=start, strength=0.0, fix_faces=True, face_people=("Mira", "@aki"), width=0, height=0,
         face_strength=0.9)
    assert worn == [[], ["mira"], ["aki"]]
    with pytest.raises(Missing, match="no character called 'Bob'"):
        draw(place, picture=start, strength=0.0, fix_faces=True, face_people=("Bob", "Mira"), width=0, height=0)


def test_a_picture_without_a_face_says_so(place):
    start = place[0].put(Image.new("RGB", (64, 64), "grey"))
    from pipelines.kit import faces, pieces

    assert pieces.faces is faces
    desk, module, model = place
    request = ImageRequest(**{**SMALL, "model": model, "picture": start, "strength": 0.0, "fix_faces": True})
    before = faces._by_drawn_eye
    faces._by_drawn_eye = lambda bench, picture: []
    try:
        desk.run(module, replace(request, width=0, height=0))
    finally:
        faces._by_drawn_eye = before
    assert any("No face was found" in notice for notice in desk.job.notices)


def test_edges_are_thin_where_the_outline_is():
    edges = numpy.asarray(outlines.canny(box_picture((64, 64))).convert("L")) > 127
    assert 20 < edges.sum() < 400 and not edges[40:].any() and edges[6:12, 8:22].any()
    assert numpy.asarray(outlines.canny(Image.new("RGB", (32, 32), "grey"))).max() == 0


def test_lines_are_white_where_the_drawing_is_dark():
    page = Image.new("RGB", (64, 64), "white")
    ImageDraw.Draw(page).line((8, 32, 56, 32), fill="black", width=2)
    lines = numpy.asarray(outlines.lineart(page).convert("L")).astype(int)
    assert lines[32, 20:40].min() > 128 and lines[:20].max() < 40
    assert outlines.make_map("tile", page).tobytes() == page.tobytes()


def test_a_family_that_refers_by_itself_needs_no_adapter(tmp_path):
    from pipelines.kit.guiding import find_guides

    desk = Desk(tmp_path)
    given = desk.put(box_picture())
    found = []
    desk.run(SimpleNamespace(run=lambda request, bench: found.append(find_guides(bench, request, refers=True))),
             ImageRequest(reference=given))
    assert found[0].adapters == () and found[0].references[0].size == (32, 32)
    with pytest.raises(Missing, match="no IP-Adapter"):
        desk.run(SimpleNamespace(run=lambda request, bench: find_guides(bench, request)), ImageRequest(reference=given))
