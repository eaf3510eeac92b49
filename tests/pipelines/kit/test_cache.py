"""Kept latents and embeddings: made once, found again, made again when the file is broken."""

import pytest
import torch

from pipelines.kit.cache import Cache, name_of


def test_the_second_run_makes_nothing(tmp_path):
    asked = []

    def make(places):
        asked.append(list(places))
        return [{"x": torch.full((2,), float(place))} for place in places]

    names = [name_of("picture", n % 3) for n in range(5)]
    first = Cache(tmp_path).fill(names, make, at_once=2)
    again = Cache(tmp_path)
    second = again.fill(names, make, at_once=2)
    assert sorted(sum(asked, [])) == [0, 1, 2]
    assert again.misses == 0 and again.hits == 3
    assert all(torch.equal(a["x"], b["x"]) for a, b in zip(first, second, strict=True))
    assert torch.equal(first[3]["x"], first[0]["x"])


def test_a_broken_file_is_made_again_and_a_failed_making_leaves_nothing(tmp_path):
    name = name_of("a")
    Cache(tmp_path).put(name, {"x": torch.ones(1)})
    next(tmp_path.rglob("*.safetensors")).write_bytes(b"torn")
    assert Cache(tmp_path).get(name) is None

    def fail(places):
        raise ValueError("no")

    with pytest.raises(ValueError):
        Cache(tmp_path / "b").fill([name], fail)
    assert not list((tmp_path / "b").rglob("*.part"))
