"""Tiles: no seam even under a network that sees the whole tile, and smaller ones where memory runs out."""

from types import SimpleNamespace

import numpy
import pytest
from PIL import Image

pytest.importorskip("torch")

from core.errors import TooBig  # noqa: E402
from pipelines.kit import tiles  # noqa: E402


class Table(SimpleNamespace):
    """What tiles ask of a bench."""

    device = "cpu"

    def __init__(self):
        super().__init__(said=[], steps=[])

    def note(self, sentence):
        self.said.append(sentence)

    def step(self, done, total, phase):
        self.steps.append((done, total))


def noisy(width, height):
    return Image.fromarray(numpy.random.default_rng(5).integers(0, 255, (height, width, 3), "uint8"))


def doubled(pixels):
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (65, 130), (300, 70), (129, 67)])
@pytest.mark.parametrize("fade", [0, 8])
def test_what_is_enlarged_in_tiles_is_what_is_enlarged_at_once(size, fade):
    picture = noisy(*size)
    made = tiles.by_tiles(doubled, 2, picture, Table(), tiles.Cut(64, 16, fade))
    assert (numpy.asarray(made) == doubled(numpy.asarray(picture))).all()


def test_a_network_that_sees_the_whole_tile_leaves_no_seam():
    """Each tile comes back in a brightness of its own, as from networks with attention over all of it."""
    number = iter(range(100))

    def moody(pixels):
        return numpy.full((pixels.shape[0] * 2, pixels.shape[1] * 2, 3), 80 + 40 * (next(number) % 3), "uint8")

    steps = {}
    for fade in (0, 16):
        picture = tiles.by_tiles(moody, 2, Image.new("RGB", (200, 150)), Table(), tiles.Cut(64, 32, fade))
        made = numpy.asarray(picture).astype(int)
        steps[fade] = max(numpy.abs(numpy.diff(made, axis=axis)).max() for axis in (0, 1))
    assert steps[0] >= 40 and steps[16] <= 3, "80 in 64 pixels, also where four tiles meet"


def test_where_memory_runs_out_smaller_pieces_go_on_and_nothing_is_read_twice():
    seen, table, picture = [], Table(), noisy(1000, 300)

    def short(pixels):
        seen.append(pixels.shape)
        if len(seen) > 1 and pixels.shape[0] * pixels.shape[1] > 300 * 300:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return doubled(pixels)

    made = tiles.by_tiles(short, 2, picture, table, tiles.Cut(512, 32, 16))
    assert (numpy.asarray(made) == doubled(numpy.asarray(picture))).all()
    assert len(table.said) == 1 and "Memory ran out" in table.said[0] and table.steps == [(0, 2), (1, 2)]
    assert len(seen) == 1 + 1 + 4, "the first tile stays; the second was tried once whole, then in four"


def test_when_even_the_smallest_pieces_are_too_large_it_is_said():
    def never(pixels):
        raise MemoryError

    with pytest.raises(TooBig, match="more memory than there is"):
        tiles.by_tiles(never, 2, noisy(600, 600), Table(), tiles.Cut(512, 32))


def test_other_faults_of_a_network_are_not_taken_for_short_memory():
    def broken(pixels):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        tiles.by_tiles(broken, 2, noisy(20, 20), Table(), tiles.Cut(512, 32))
