"""The pictures and sounds of a Ren'Py game: which file a name in the script means. Files are read only when wanted."""

import re
from collections.abc import Callable, Mapping

from pipelines.kit.game_files import NONE, PICTURES, SOUNDS, GameFiles

IMAGE = re.compile(r"image\s+([\w][\w \-.]*?)\s*=\s*(?:Transform\(\s*|Image\(\s*)?[\"']([^\"'\n]{1,400})[\"']")


class Files(GameFiles):
    """The members of a game by how scripts call them: "eileen happy" for a picture, a path for a sound."""

    def __init__(self, inside: Mapping[str, Callable[[str], bytes]] = NONE):
        super().__init__(inside)
        self.pictures, self.paths = {}, {}
        for name in sorted(inside):
            low = name.lower()
            self.paths[low.split("game/")[-1]] = name
            if low.endswith(PICTURES) and ("images/" in low or "game/" not in low):
                stem = low.rsplit("/", 1)[-1].rsplit(".", 1)[0]
                self.pictures.setdefault(" ".join(stem.replace("_", " ").split()), name)
                self.pictures[" ".join(stem.split())] = name

    def learn(self, line: str) -> bool:
        """Take note of an `image … = "file"`."""
        found = IMAGE.match(line)
        if found and (name := self.paths.get(found[2].lower())):
            self.pictures[" ".join(found[1].lower().split())] = name
        return bool(found)

    def picture(self, name: str) -> str:
        """The member that shows this, or ""."""
        return self.pictures.get(" ".join(name.lower().split()), "")

    def looks(self, tag: str) -> dict[str, str]:
        """All pictures of a tag: what follows it is the look."""
        start = f"{tag.lower()} "
        return {name[len(start):]: member for name, member in self.pictures.items() if name.startswith(start)}

    def sound(self, path: str) -> str:
        for start in ("", "audio/", "music/", "sounds/", "sfx/"):
            if (name := self.paths.get(f"{start}{path.lower()}")) and name.lower().endswith(SOUNDS):
                return name
        return ""
