"""Known models, from configs/models.toml: where they come from, how large they are, under which licence."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadFile
from core.home import PROGRAM

TABLE = PROGRAM / "configs" / "models.toml"


@dataclass(frozen=True)
class Known:
    """One model that can be had. Either `repo` (a folder of Hugging Face) or `url` (one file) says from where."""

    key: str
    name: str
    kind: str
    licence: str
    about: str = ""
    family: str = ""
    repo: str = ""
    url: str = ""
    bytes: int = 0
    """Of one file, exactly; 0 where the place itself tells."""
    gb: float = 0.0
    """Of a folder, about; the exact size is asked for before the download begins."""
    vram_gb: float = 0.0
    """Memory of a card with which it runs without moving parts in and out."""
    sha256: str = ""
    gated: bool = False
    """Its page wants terms to be accepted first."""
    variant: str = ""
    """"fp16" where a repository also holds larger files of the same."""
    commercial: bool = True

    @property
    def size_gb(self) -> float:
        return self.bytes / 1e9 or self.gb

    @property
    def page(self) -> str:
        return f"https://huggingface.co/{self.repo}" if self.repo else self.url

    @property
    def place(self) -> str:
        """Where it will lie below models/."""
        name = self.repo.rpartition("/")[2] if self.repo else self.url.rpartition("/")[2]
        return f"{self.kind}/{name}"


def read_known(path: Path = TABLE) -> dict[str, Known]:
    """The table, by key; a broken line is named."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        return {key: Known(key, **row) for key, row in found.items()}
    except (OSError, ValueError, TypeError) as error:
        raise BadFile(f"{path.name} could not be read: {error}.", "Put back the file that came with the studio.") \
            from error
