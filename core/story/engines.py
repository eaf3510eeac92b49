"""Which engine a game is made for, by what its files are called and how they begin. Nothing in them is opened."""

from collections.abc import Iterable
from pathlib import Path

ENDINGS = {".xp3": "KiriKiri", ".nsa": "NScripter", ".sar": "NScripter", ".assets": "Unity", ".unity3d": "Unity",
           ".rgssad": "RPG Maker", ".rgss2a": "RPG Maker", ".rgss3a": "RPG Maker", ".rvdata2": "RPG Maker",
           ".rxdata": "RPG Maker", ".pck": "Godot", ".cpk": "an engine of its own", ".arc": "an engine of its own"}
NAMES = {"nscript.dat": "NScripter", "onscript.nt2": "NScripter", "unityplayer.dll": "Unity",
         "globalgamemanagers": "Unity", "rpg_core.js": "RPG Maker", "rmmz_core.js": "RPG Maker",
         "project.godot": "Godot", "data.win": "GameMaker", "seen.txt": "RealLive"}
HEADS = {b"XP3\r\n \n\x1a": "KiriKiri", b"UnityFS\x00": "Unity", b"RGSSAD\x00": "RPG Maker", b"GDPC": "Godot"}
HEAD_BYTES = 16


def engine_of(path: Path) -> str:
    """The engine that a file belongs to, or ""."""
    if known := engine_among([path.name]):
        return known
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    return next((engine for start, engine in HEADS.items() if head.startswith(start)), "")


def engine_among(names: Iterable[str]) -> str:
    """The engine whose files are among these names, or ""."""
    for name in names:
        last = name.lower().replace("\\", "/").rsplit("/", 1)[-1]
        if known := NAMES.get(last) or ENDINGS.get(Path(last).suffix):
            return known
    return ""
