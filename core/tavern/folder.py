"""The data folder of one SillyTavern user: found, told apart from other folders, read, and written to with care.

Nothing there is ever deleted, and a file is only replaced while it is what was read just before; the old one is kept.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.disk import UNWRITABLE, explained, is_good_name, printable, write_whole
from core.errors import BadFile, Missing, Refused, TooBig

USER = "default-user"
BACKUPS = "StudioNova backups"
SETTINGS_BYTES = 64 * 2**20
HEAD_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Chat:
    """A chat with the branches that were made of it. `key` is the path of the first file, below the user's folder."""

    key: str
    title: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Persona:
    """Somebody whom the person plays. `key` is the path of the picture, which may be missing."""

    key: str
    name: str
    description: str


@dataclass(frozen=True)
class Tavern:
    """One user's folder."""

    root: Path

    def cards(self) -> list[Path]:
        return _files(self.root / "characters", ".png")

    def worlds(self) -> list[Path]:
        return _files(self.root / "worlds", ".json")

    def chats(self) -> list[Chat]:
        """Every chat, its branches with it, and those of groups."""
        found = []
        for folder in sorted(path for path in _inside(self.root / "chats") if path.is_dir()):
            found += [self._chat(folder.name, files) for files in _families(_files(folder, ".jsonl"))]
        names = self._group_names()
        for file in _files(self.root / "group chats", ".jsonl"):
            found.append(self._chat(names.get(file.stem, ""), (file,)))
        return found

    def chat_with(self, key: str, file: Path) -> Chat:
        """The chat that has a file of this key, its branches with it, read with another file in that one's place."""
        for chat in self.chats():
            if key in (known := [self.key(one) for one in chat.files]):
                files = tuple(file if one == key else path for one, path in zip(known, chat.files, strict=True))
                return Chat(chat.key, chat.title, files)
        lost = self._chat(Path(key).parent.name if key.startswith("chats/") else "", (self.root / key,))
        return Chat(key, lost.title, (file,))

    def personas(self) -> list[Persona]:
        told = self._settings().get("power_user")
        told = told if isinstance(told, dict) else {}
        names, notes = (told.get(key) if isinstance(told.get(key), dict) else {}
                        for key in ("personas", "persona_descriptions"))
        found = []
        for avatar, name in sorted(names.items()):
            note = notes.get(avatar)
            words = note.get("description") if isinstance(note, dict) else ""
            if isinstance(name, str) and name.strip():
                found.append(Persona(f"User Avatars/{Path(avatar).name}", name.strip()[:80], str(words or "")))
        return found

    def key(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    @property
    def extensions(self) -> Path:
        """Where this user's own extensions lie; below the program itself in a SillyTavern from before 1.12."""
        old = self.root / "scripts" / "extensions"
        return old / "third-party" if old.is_dir() else self.root / "extensions"

    def replace(self, path: Path, content: bytes, known: bytes) -> None:
        """New content for a file that is still what was read; what it was is kept in a folder of ours."""
        with explained(path):
            if path.read_bytes() != known:
                raise Refused(f"“{printable(path.name)}” is being changed in SillyTavern right now.", "Sync again.")
            write_whole(self._backup(path), known)
            write_whole(path, content)

    def add(self, path: Path, content: bytes) -> None:
        """A file of a name that nobody has."""
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                raise Refused(f"“{printable(path.name)}” is in SillyTavern already.", "Sync again.")
            write_whole(path, content)

    def free_card(self, name: str) -> Path:
        """A file for a new card, numbered as SillyTavern does it when the name is taken."""
        stem = UNWRITABLE.sub("", name).replace("/", "").strip(" .")[:60].strip(" .") or "character"
        stem = stem if is_good_name(f"{stem}.png") else f"character {stem}"
        taken = {path.name.casefold() for path in _inside(self.root / "characters")}
        for number in range(10_000):
            file = f"{stem}{number or ''}.png"
            if file.casefold() not in taken:
                return self.root / "characters" / file
        raise Refused(f"There are too many cards called “{printable(name)}”.", "Give the character another name.")

    def _backup(self, path: Path) -> Path:
        folder = self.root / BACKUPS / path.relative_to(self.root).parent
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{path.stem} {time.strftime('%Y-%m-%d %H.%M.%S')} {time.time_ns() % 10**9:09d}{path.suffix}"

    def _chat(self, whose: str, files: tuple[Path, ...]) -> Chat:
        stem = files[0].stem
        title = stem if stem.casefold().startswith(whose.casefold()) and whose else f"{whose} · {stem}".strip(" ·")
        return Chat(self.key(files[0]), title[:200], files)

    def _group_names(self) -> dict[str, str]:
        """The name of the group that each of the groups' chats belongs to."""
        names: dict[str, str] = {}
        for file in _files(self.root / "groups", ".json"):
            try:
                told = json.loads(file.read_bytes()) if file.stat().st_size <= HEAD_BYTES else None
            except (OSError, ValueError, RecursionError):
                continue
            if isinstance(told, dict) and isinstance(told.get("chats"), list):
                names |= {str(chat): str(told.get("name") or "") for chat in told["chats"]}
        return names

    def _settings(self) -> Mapping[str, Any]:
        path = self.root / "settings.json"
        if not path.is_file():
            return {}
        with explained(path):
            if path.stat().st_size > SETTINGS_BYTES:
                raise TooBig("The settings of SillyTavern are larger than 64 MB.", "Look at its settings.json.")
            content = path.read_bytes()
        try:
            told = json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as wrong:
            raise BadFile("The settings of SillyTavern cannot be read.", "Open SillyTavern once; it mends them.") \
                from wrong
        return told if isinstance(told, dict) else {}


def find(said: str, places: Iterable[Path] = ()) -> Tavern:
    """The folder that a person names (the user's own, or SillyTavern's), else the first of the usual places."""
    if not said.strip():
        for place in places:
            for folder in _users(place):
                return Tavern(folder)
        raise Missing("SillyTavern's folder was not found.", "Name it: SillyTavern's own, or data/default-user in it.")
    named = Path(os.path.expandvars(said.strip())).expanduser()
    if not named.is_dir():
        raise Missing(f"There is no folder {printable(said, 200)}.", "Name the folder in which SillyTavern lies.")
    users = _users(named)
    if not users:
        raise Missing(f"{printable(said, 200)} is not SillyTavern's.",
                      "It has a folder data with a folder for each user, and in these characters and chats.")
    if len(users) > 1 and users[0].name != USER:
        names = ", ".join(user.name for user in users[:20])
        raise Refused(f"Several people use this SillyTavern: {names}.", "Name the folder of one of them.")
    return Tavern(users[0].resolve())


def usual_places(home: Path) -> list[Path]:
    """Where SillyTavern mostly lies on a computer."""
    tops = [home, home / "Documents", home / "Desktop", home / "Downloads", home / "SillyTavern-Launcher",
            home / ".local" / "share", home / "Library" / "Application Support", home / "AppData" / "Local",
            Path("/opt"), *([Path("C:/"), Path("C:/SillyTavern-Launcher")] if os.name == "nt" else [])]
    return [top / "SillyTavern" for top in tops]


def stamp(files: Iterable[Path]) -> str:
    """What changes whenever one of the files is written: cheap, and so looked at before anything is read."""
    told = []
    for file in files:
        with explained(file):
            seen = file.stat()
        told.append(f"{file.name} {seen.st_size} {seen.st_mtime_ns}")
    return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()[:24]


def digest(files: Iterable[Path]) -> str:
    """The same for what stands in them."""
    whole = hashlib.sha256()
    for file in files:
        with explained(file), file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest())
    return whole.hexdigest()


def _users(place: Path) -> list[Path]:
    """The users' folders in a place, the usual user first."""
    if _is_user(place):
        return [place]
    found = [folder for top in (place / "data", place) for folder in _inside(top) if _is_user(folder)]
    return sorted(found, key=lambda folder: (folder.name != USER, folder.name))


def _is_user(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in ("characters", "chats", "worlds"))


def _inside(folder: Path) -> list[Path]:
    """What lies in a folder; nothing where it cannot be read."""
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []


def _files(folder: Path, suffix: str) -> list[Path]:
    """Real files of one kind; links are left alone, as they may lead anywhere."""
    return sorted(path for path in _inside(folder)
                  if path.suffix.lower() == suffix and path.is_file() and not path.is_symlink())


def _families(files: list[Path]) -> list[tuple[Path, ...]]:
    """Chats with the branches that name them as what they came from; the first of each is where it began."""
    by_name = {file.stem: file for file in files}
    above = {file.stem: _came_from(file) for file in files}
    families: dict[str, list[Path]] = {}
    for file in files:
        name, passed = file.stem, set()
        while above.get(name, "") in by_name and name not in passed:
            passed.add(name)
            name = above[name]
        families.setdefault(min(passed | {name}) if name in passed else name, []).append(file)
    return [(by_name[root], *(file for file in family if file.stem != root)) for root, family in families.items()]


def _came_from(chat: Path) -> str:
    """The chat that this one branched off, as its first line says."""
    try:
        with chat.open("rb") as file:
            line = file.readline(HEAD_BYTES)
        told = json.loads(line.decode("utf-8-sig", "replace"))
        return str(told["chat_metadata"]["main_chat"] or "")
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        return ""


def plain_words(text: str) -> str:
    """Words without what a form or an editor changes by itself."""
    return re.sub(r"\r\n?", "\n", text).strip()
