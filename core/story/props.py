"""What a story can use besides its words: pictures and sounds of the Library, and those that a person brings."""

import re
from pathlib import PurePath
from typing import Any

from core.errors import BadFile, Refused, TooBig
from core.photos import open_photo
from core.search import Entry, Query

FOLDERS = {"picture": "image", "music": "audio", "sound": "audio", "voice": "audio"}
"""What the Library calls each kind of file of a story."""
SOUNDS = {b"OggS": ".ogg", b"ID3": ".mp3", b"RIFF": ".wav"}
SOUND_BYTES_MAX = 64 * 2**20
FOUND_MOST = 60


def found(library: Any, kind: str, text: str, owner: str) -> list[Entry]:
    """Files of the Library that can be used as this kind, the newest first."""
    return list(library.search(Query(kind=_folder(kind), text=text, owner=owner, limit=FOUND_MOST)).rows)


def bring(assets: Any, content: bytes, name: str, kind: str, owner: str = "") -> Any:
    """Keep a picture or a sound that a person chose, after looking at what it really is. A picture is written anew,
    so that where and with what it was taken stays at home."""
    record = {"title": title(name), "owner": owner, "imported": True}
    if _folder(kind) == "image":
        photo = open_photo(content, title(name))
        if photo.alpha is not None:
            photo.picture.putalpha(photo.alpha)
        return assets.save(photo.picture, folder="images", suffix=".png", record=record)
    return assets.save(content, folder="audio", suffix=_sound(content, title(name)), record=record)


def title(name: str) -> str:
    """A file's name as a title, whatever a browser calls it."""
    plain = re.sub(r"[\x00-\x1f]+", "", PurePath(name.replace("\\", "/")).stem)
    return plain[:200].strip() or "a file"


def _folder(kind: str) -> str:
    if kind not in FOLDERS:
        raise Refused("A story has no use for that kind of file.", f"It can be one of: {', '.join(FOLDERS)}.")
    return FOLDERS[kind]


def _sound(content: bytes, name: str) -> str:
    if len(content) > SOUND_BYTES_MAX:
        raise TooBig(f"“{name}” is larger than {SOUND_BYTES_MAX // 2**20} MB.", "Save it as OGG or MP3, or cut it.")
    ending = next((ending for head, ending in SOUNDS.items() if content.startswith(head)), "")
    if content[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        ending = ".mp3"
    if not ending or (ending == ".wav" and content[8:12] != b"WAVE"):
        raise BadFile(f"“{name}” is no sound that a browser and Ren'Py both play.", "Use OGG, MP3 or WAV.")
    return ending
