"""A person's choices: shipped defaults below, what was changed in the store; read as one tree by dotted names."""

import os
from collections.abc import Mapping
from typing import Any

from core.errors import Refused
from core.store import Store

DEFAULTS: Mapping[str, Any] = {
    "general": {"language": ""},
    "images": {"recipes": True, "signed": False},
    "models": {"folders": []},
    "devices": {"policy": "auto", "device": "", "shelf_gb": 0.0},
    "library": {"cache_gb": 2.0},
    "servers": {"comfyui": ""},
    "tavern": {"folder": "", "server": "", "key": ""},
    "usage": {"watts": 0.0, "kwh_price": 0.0, "hour_price": 0.0, "server_price": 0.0, "budget": 0.0},
    "sharing": {"mcp": False, "max_upload_mb": 64, "password_hash": ""},
    "extensions": {"enabled": []},
}
FROM_ENVIRONMENT = {"servers.comfyui": "COMFYUI_URL"}
SHARED_LOCKED = ("extensions", "models", "servers", "sharing", "devices", "library", "usage", "tavern")
"""Branches that nobody may change while the studio is shared."""


class Settings:
    """`get("general.language")`, `set("general.language", "de")`. Only what differs from the defaults is kept."""

    def __init__(self, store: Store, environment: Mapping[str, str] = os.environ) -> None:
        self._store = store
        self._environment = environment
        self.locked = False
        """True while the studio is shared: paths, extensions and servers cannot be changed."""

    def all(self) -> dict[str, Any]:
        return merge(DEFAULTS, self._changed())

    def get(self, name: str) -> Any:
        given = self._environment.get(FROM_ENVIRONMENT.get(name, ""), "")
        if given:
            return given
        for source in (self._changed(), DEFAULTS):
            found = _find(source, name)
            if found is not None:
                return found
        raise Refused(f"There is no setting called {name!r}.", "Settings shows all of them.")

    def set(self, name: str, value: Any) -> None:
        default = _find(DEFAULTS, name)
        if default is None:
            raise Refused(f"There is no setting called {name!r}.", "Settings shows all of them.")
        if self.locked and name.split(".")[0] in SHARED_LOCKED:
            raise Refused("This cannot be changed while the studio is shared.", "Start it without sharing first.")
        value = _of_its_kind(value, default)
        if type(value) is not type(default):
            raise Refused(f"{name} cannot be {value!r}.", f"It has to be like {default!r}.")
        changed = self._changed()
        branch = changed
        *way, leaf = name.split(".")
        for part in way:
            branch = branch.setdefault(part, {})
        branch[leaf] = value
        self._store.put("settings", "changed", changed)
        self._store.flush()

    def _changed(self) -> dict[str, Any]:
        return self._store.get("settings", "changed") or {}


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both trees as one; where they differ, `above` wins. Neither is changed."""
    merged = dict(below)
    for key, value in above.items():
        inner = merged.get(key)
        merged[key] = merge(inner, value) if isinstance(value, Mapping) and isinstance(inner, Mapping) else value
    return merged


def _of_its_kind(value: Any, default: Any) -> Any:
    """A browser writes 2 and 2.0 alike: what is kept is the kind of number that the default is."""
    if type(value) is int and isinstance(default, float):
        return float(value)
    return int(value) if isinstance(value, float) and value.is_integer() and type(default) is int else value


def _find(tree: Mapping[str, Any], name: str) -> Any:
    found: Any = tree
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found
