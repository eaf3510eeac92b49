"""The one folder that holds everything a person owns. Nothing else decides a path."""

from dataclasses import dataclass
from pathlib import Path

from core.errors import StudioError

PROGRAM = Path(__file__).resolve().parent.parent
"""Where the studio's own files lie: shipped words, presets and the starter model."""


@dataclass(frozen=True)
class Home:
    """Paths below one root. `root` is the repository folder unless STUDIONOVA_HOME or the host says otherwise."""

    root: Path

    @property
    def outputs(self) -> Path:
        return self.root / "outputs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def extensions(self) -> Path:
        return self.root / "configs" / "extensions"

    @property
    def presets(self) -> Path:
        return self.root / "configs" / "presets"

    @property
    def keys(self) -> Path:
        """The certificate that pictures are signed with; never served."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.outputs / "logs"

    @property
    def store(self) -> Path:
        return self.outputs / "studio.json"

    @property
    def index(self) -> Path:
        return self.outputs / "library.sqlite"

    @property
    def work(self) -> Path:
        """Unfinished work of jobs that can be resumed; never served, never shown as results."""
        return self.outputs / ".work"

    def configs(self, folder: str, suffix: str) -> dict[str, Path]:
        """Files below configs/ by name: the studio's own, and a person's own over them."""
        tops = (PROGRAM / "configs" / folder, self.root / "configs" / folder)
        return {path.stem: path for top in tops for path in sorted(top.glob(f"*{suffix}"))}

    def make(self) -> "Home":
        """Create the folders, or say plainly why that cannot be done."""
        try:
            for folder in (self.outputs, self.models, self.logs, self.work, self.extensions, self.presets):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudioError(f"The studio's folder cannot be written: {error.filename or self.root}.",
                              "Give it write permission, or choose another folder with --home.") from error
        return self
