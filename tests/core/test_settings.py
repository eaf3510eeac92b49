"""A person's choices: defaults, changes, the environment, and what is locked while shared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refused
from core.settings import Settings, merge
from core.store import Store

trees = st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8)
branches = st.dictionaries(st.sampled_from("abc"), trees)


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "studio.json")
    yield store
    store.close()


def test_a_change_outlives_the_studio(tmp_path):
    store = Store(tmp_path / "studio.json")
    Settings(store, {}).set("general.language", "de")
    store.close()
    again = Store(tmp_path / "studio.json")
    assert Settings(again, {}).get("general.language") == "de"
    assert Settings(again, {}).get("devices.policy") == "auto"
    again.close()


def test_a_whole_number_is_kept_as_the_kind_that_the_setting_is(store):
    settings = Settings(store, {})
    settings.set("devices.shelf_gb", 2)
    settings.set("sharing.max_upload_mb", 128.0)
    assert [type(settings.get(name)) for name in ("devices.shelf_gb", "sharing.max_upload_mb")] == [float, int]


def test_the_environment_wins(store):
    settings = Settings(store, {"COMFYUI_URL": "http://127.0.0.1:8188"})
    settings.set("servers.comfyui", "http://elsewhere")
    assert settings.get("servers.comfyui") == "http://127.0.0.1:8188"


@pytest.mark.parametrize(("name", "value"), [("general.nothing", 1), ("nothing", 1), ("general.language", 5),
                                             ("sharing.max_upload_mb", "many"),
                                             ("sharing.max_upload_mb", 64.5), ("sharing.mcp", 1)])
def test_what_does_not_fit_is_refused(store, name, value):
    with pytest.raises(Refused):
        Settings(store, {}).set(name, value)


def test_paths_and_extensions_are_locked_while_shared(store):
    settings = Settings(store, {})
    settings.locked = True
    with pytest.raises(Refused, match="shared"):
        settings.set("models.folders", ["/"])
    settings.set("general.language", "ja")
    assert settings.get("general.language") == "ja"


def test_newer_settings_of_another_version_are_kept(store):
    store.put("settings", "changed", {"future": {"x": 1}})
    settings = Settings(store, {})
    settings.set("general.language", "es")
    assert store.get("settings", "changed") == {"future": {"x": 1}, "general": {"language": "es"}}


@given(branches, branches)
def test_merging_keeps_both_and_changes_neither(below, above):
    before = (repr(below), repr(above))
    merged = merge(below, above)
    assert set(merged) == set(below) | set(above)
    assert merge(merged, above) == merged
    assert (repr(below), repr(above)) == before
