"""How a model is kept: a table of cards, models and wishes, and what is chosen for them. No torch is asked."""

import json
import struct

import pytest

from core.fitting import CARD, Room, Weights, choose, lower, plan, ways, weigh

SDXL = Weights(4.8, 1.5, 0.16)
FLUX = Weights(22.2, 9.1, 0.16)
ZIMAGE = Weights(11.5, 7.5, 0.16)
QWEN = Weights(38.0, 15.5, 0.25)
SMALL = Weights(1.6, 0.23, 0.16)


def card(free, packs=True, ram=64.0):
    return Room("cuda:0", free, ram, True, packs)


@pytest.mark.parametrize("weights, room, way", [
    (SMALL, card(7.4), "full"), (SMALL, card(3.4), "fp8"), (SMALL, card(1.4, False), "stream"),
    (SDXL, card(11.4), "full"), (SDXL, card(7.4), "fp8"),
    (ZIMAGE, card(13.4), "offload"), (SDXL, card(5.4), "fp8"), (SDXL, card(3.5), "nf4"),
    (SDXL, card(3.5, packs=False), "stream"), (SDXL, card(1.6), "stream"),
    (FLUX, card(47.4), "full"), (FLUX, card(23.4), "fp8"), (FLUX, card(15.4), "nf4"),
    (FLUX, card(15.4, packs=False), "stream"),
    (QWEN, card(79.4), "full"), (QWEN, card(47.4), "fp8"), (QWEN, card(23.4), "nf4"), (QWEN, card(7.4), "stream"),
    (SDXL, Room("mps", 12.0), "full"), (SDXL, Room("mps", 6.0), "fp8"),
    (SDXL, Room("cpu", 13.4, 13.4, half=True), "full"), (SDXL, Room("cpu", 20.0, 20.0, half=False), "full"),
    (SDXL, Room("cpu", 12.0, 12.0, half=False), "half"), (SDXL, Room("cpu", 6.0, 6.0, half=False), "fp8"),
])
def test_the_fastest_way_that_fits_is_chosen(weights, room, way):
    chosen = choose(weights, room, megapixels=1.0)
    assert (chosen.way, chosen.fits or chosen.way == ways(room, weights)[-1]) == (way, True)
    assert chosen.bits == (32 if room.device == "cpu" and not room.half and way == "full" else 16)


@pytest.mark.parametrize("wish", CARD)
def test_a_wish_counts_even_where_it_does_not_fit(wish):
    chosen = choose(FLUX, card(4.0), 1.0, wish)
    assert chosen.way == wish and chosen.fits is (chosen.device_gb <= 4.0)


def test_a_wish_that_is_not_possible_here_gives_way_to_the_best_that_is():
    assert choose(SDXL, card(24.0, packs=False), wish="nf4").way == "full"
    assert choose(SMALL, Room("cpu", 16.0), wish="offload").way == "full"


def test_a_picture_that_is_larger_wants_more_room_and_then_another_way():
    small, large = (choose(SDXL, card(11.4), megapixels) for megapixels in (1.0, 4.0))
    assert (small.way, large.way) == ("full", "fp8") and large.device_gb < 11.4


def test_the_ladder_goes_down_to_its_end_and_never_up():
    for weights, room, steps in ((SDXL, card(8.0), "full fp8 nf4 stream"),
                                 (ZIMAGE, card(8.0), "full fp8 offload nf4 stream"),
                                 (SDXL, card(8.0, packs=False), "full fp8 stream"),
                                 (SDXL, Room("cpu", 8.0, half=False), "full half fp8"),
                                 (SMALL, Room("mps", 8.0), "full fp8")):
        way, seen = "full", ["full"]
        while way := lower(way, weights, room):
            seen.append(way)
        needed = [plan(way, weights, room).device_gb for way in seen]
        assert seen == steps.split() and needed == sorted(needed, reverse=True)
    assert lower("int8", SDXL, card(8.0)) == "nf4"


def test_what_lies_in_the_computers_memory_has_to_fit_there_too():
    assert choose(FLUX, card(23.0, packs=False, ram=16.0)).fits is True  # fp8 needs none of it
    assert choose(FLUX, card(8.0, packs=False, ram=16.0)).fits is False
    assert choose(FLUX, card(8.0, packs=False, ram=80.0)).fits is True


def write(path, **tensors):
    """A safetensors file with these many numbers in each tensor, at 16 bits."""
    header, at = {}, 0
    for name, count in tensors.items():
        header[name] = {"dtype": "F16", "shape": [count], "data_offsets": [at, at + 2 * count]}
        at += 2 * count
    raw = json.dumps(header).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + b"\0" * at)
    return path


def test_a_folder_is_weighed_by_its_parts_and_two_precisions_count_once(tmp_path):
    write(tmp_path / "unet" / "diffusion_pytorch_model.safetensors", a=2**20)
    write(tmp_path / "unet" / "diffusion_pytorch_model.fp16.safetensors", a=2**20)
    write(tmp_path / "text_encoder" / "model.safetensors", a=2**19)
    write(tmp_path / "text_encoder_2" / "model.fp16.safetensors", a=2**19)
    write(tmp_path / "vae" / "model.safetensors", a=2**18)
    write(tmp_path / "safety_checker" / "model.safetensors", a=2**22)
    found = weigh(tmp_path)
    assert [round(part * 2**10, 3) for part in (found.drawing, found.reading, found.decoding)] == [2.0, 2.0, 0.5]


def test_a_single_file_is_weighed_by_the_names_in_it_and_a_bare_one_with_its_folder(tmp_path):
    classic = write(tmp_path / "a.safetensors", **{"model.diffusion_model.x": 2**20, "cond_stage_model.x": 2**19,
                                                   "first_stage_model.x": 2**18})
    assert weigh(classic) == Weights(2 / 2**10, 1 / 2**10, 0.5 / 2**10, loose=False)
    write(tmp_path / "folder" / "text_encoder" / "model.safetensors", a=2**20)
    bare = write(tmp_path / "b.safetensors", **{"double_blocks.x": 2**20})
    assert weigh(bare, tmp_path / "folder") == Weights(2 / 2**10, 2 / 2**10, 0.0)
