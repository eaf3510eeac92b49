"""The files inside somebody's game: read only when a story wants them, and never more than there is room for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
SOUNDS = (".ogg", ".opus", ".mp3", ".wav", ".m4a")
FILES_MOST = 2_000
BYTES_MOST = 512 * 1024 * 1024
NONE: Mapping[str, Callable[[str], bytes]] = MappingProxyType({})


class GameFiles:
    """Members by their names in the archive; how scripts call them is each engine's own."""

    def __init__(self, inside: Mapping[str, Callable[[str], bytes]] = NONE):
        self.inside, self._files, self._bytes = inside, 0, 0

    def take(self, name: str) -> bytes | None:
        """The bytes of a member, while there is room."""
        if self._files >= FILES_MOST or self._bytes >= BYTES_MOST:
            return None
        data = self.inside[name](name)
        self._files, self._bytes = self._files + 1, self._bytes + len(data)
        return data
