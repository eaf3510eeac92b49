"""How much room a person gives: to models between jobs, and to small pictures."""

import os

from PIL import Image

import pipelines
from core.studio import Studio
from tests.conftest import MACHINE


def test_the_room_for_models_follows_the_setting_at_once(studio):
    assert studio._room_gb("cpu") == MACHINE.ram_gb / 2
    studio.settings.set("devices.shelf_gb", 1.5)
    assert studio._room_gb("cpu") == 1.5


def test_small_pictures_beyond_the_limit_go_the_oldest_first(home):
    def begun() -> Studio:
        return Studio(home, pipelines, {}, MACHINE)

    first = begun()
    first.settings.set("library.cache_gb", 0.000001)  # a thousand bytes
    paths = [first.assets.thumbnails.put(f"small{n}", Image.effect_noise((64, 64), 90)) for n in range(2)]
    os.utime(paths[0], (1, 1))
    first.close()
    second = begun()
    try:
        assert second.assets.thumbnails.limit_bytes == 1074
        second.assets.thumbnails.limit_bytes = paths[1].stat().st_size
        second.assets.thumbnails.prune(lambda asset_id: False)
        assert [path.exists() for path in paths] == [False, True]
    finally:
        second.close()
