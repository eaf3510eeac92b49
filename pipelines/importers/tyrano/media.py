"""The pictures and sounds of a TyranoScript game: which file a name in the script means, and the bytes when wanted."""

from collections.abc import Callable, Mapping

from pipelines.kit.game_files import NONE, PICTURES, SOUNDS, GameFiles

DEEPEST = 5


class Media(GameFiles):
    """The members of a game by the ends of their paths, with and without their last ending, as scripts name them."""

    def __init__(self, inside: Mapping[str, Callable[[str], bytes]] = NONE):
        super().__init__(inside)
        self.paths: dict[str, str] = {}
        for name in sorted(inside, key=lambda one: (one.count("/"), one)):
            low = name.lower()
            if low.endswith((*PICTURES, *SOUNDS)):
                parts = low.split("/")
                for at in range(max(0, len(parts) - DEEPEST), len(parts)):
                    tail = "/".join(parts[at:])
                    self.paths.setdefault(tail, name)
                    self.paths.setdefault(tail.rsplit(".", 1)[0], name)

    def find(self, storage: str, *folders: str, endings: tuple[str, ...] = PICTURES) -> str:
        """The member that a script means by this name, or ""."""
        plain = storage.lower().replace("\\", "/").removeprefix("./").removeprefix("../")
        for path in (*(f"{folder}/{plain}" for folder in folders), plain):
            name = self.paths.get(path, "")
            if name.lower().endswith(endings):
                return name
        return ""
