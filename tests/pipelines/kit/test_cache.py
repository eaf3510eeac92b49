"""Kept latents and embeddings: made once, found again, made again when the file is broken."""

import os

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


def test_beyond_the_limit_the_longest_unused_goes_and_never_what_is_in_use(tmp_path):
    old, used, new = (name_of(word) for word in ("old", "used", "new"))
    first = Cache(tmp_path)
    for age, name in ((1, used), (2, old), (3, new)):
        first.put(name, {"x": torch.ones(100)})
        os.utime(first._path(name), (age, age))
    litter = first._path(old).with_name(".torn.0000.part")
    litter.write_bytes(b"half")
    size = first._path(new).stat().st_size
    later = Cache(tmp_path)
    assert later.get(used) is not None
    assert later.prune(2 * size) == 1 and not litter.exists()
    assert [first._path(name).exists() for name in (old, used, new)] == [False, True, True]
    assert later.prune(0) == 1 and later.get(used) is not None and first._path(used).stat().st_mtime > 3


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
