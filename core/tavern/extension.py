"""SillyTavern's menu entries that send cards and chats here: laid into a user's extensions, with a key of their own."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.disk import explained, write_json, write_whole
from core.errors import Refused
from core.settings import Settings
from core.tavern.folder import Tavern

FILES = Path(__file__).parent / "extension"
NAME, NOTE = "StudioNova", "studio.json"
NOTE_BYTES = 65_536


@dataclass(frozen=True)
class Installed:
    """What lies in the user's extensions: ours, and where it sends to."""

    folder: Path
    address: str


def find(tavern: Tavern) -> Installed | None:
    folder = tavern.extensions / NAME
    if _told(folder / "manifest.json").get("author") != NAME:
        return None
    return Installed(folder, str(_told(folder / NOTE).get("address") or ""))


def install(tavern: Tavern, settings: Settings, address: str) -> Path:
    """Our files into a folder of ours, never over another's. From now on the side door takes this key and no other."""
    folder = tavern.extensions / NAME
    if folder.is_symlink() or (folder.exists() and find(tavern) is None):
        raise Refused(f"There is an extension called {NAME} already, and it is not ours.",
                      "Take it out in SillyTavern, under Extensions, first.")
    key = secrets.token_urlsafe(32)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for ours in sorted(FILES.iterdir()):
        target, content = folder / ours.name, ours.read_bytes()
        with explained(target):
            known = target.read_bytes() if target.exists() else None
        if known is None:
            write_whole(target, content)
        elif known != content:
            tavern.replace(target, content, known)
    write_json(folder / NOTE, {"address": address, "key": key}, private=True)
    settings.set("tavern.key", _mark(key))
    return folder


def fits(settings: Settings, key: str) -> bool:
    """Whether this is the key. It is 256 random bits, so its plain hash is kept: there is nothing to guess."""
    kept = str(settings.get("tavern.key"))
    return bool(kept) and hmac.compare_digest(_mark(key), kept)


def is_open(settings: Settings) -> bool:
    """Whether anything may be sent here: after the extension was installed, and never while the studio is shared."""
    return bool(settings.get("tavern.key")) and not settings.locked


def _mark(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _told(path: Path) -> dict[str, object]:
    try:
        told = json.loads(path.read_bytes()) if path.stat().st_size <= NOTE_BYTES else None
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
