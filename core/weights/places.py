"""Where models lie: the person's own folder and linked ones of A1111, Forge, ComfyUI and InvokeAI, none of it copied.

A kind ("checkpoints", "loras" …) has other names elsewhere; here they are the same. Deleting moves into a trash.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.disk import explained, replace
from core.errors import BadFile, Missing, Refused
from core.home import PROGRAM, Home
from core.weights.families import recognise, recognise_lora
from core.weights.hashes import mark_of
from core.weights.headers import read_header

KINDS: Mapping[str, Sequence[str]] = {
    "checkpoints": ("checkpoints", "diffusion_models", "unet", "Stable-diffusion", "*/main"),
    "loras": ("loras", "Lora", "LyCORIS", "*/lora"),
    "upscalers": ("upscalers", "upscale_models", "ESRGAN", "RealESRGAN", "SwinIR", "DAT",
                  "any/spandrel_image_to_image"),
    "controlnet": ("controlnet", "ControlNet", "*/controlnet"),
    "ip_adapter": ("ip_adapter", "ipadapter", "*/ip_adapter"),
}
"""Kinds of models and the folders that hold them; `*` stands for one of InvokeAI's families."""
ENDINGS = (".safetensors", ".ckpt", ".pth", ".pt", ".bin", ".gguf")
TRASH = ".trash"
OLD_COPIES = "for_diffusers"
"""Where earlier versions put a second copy of each LoRA; it goes with its LoRA, from which it can be made again."""
MOST = 5000


@dataclass(frozen=True)
class Found:
    """One model on this computer. `name` is what requests call it; `own` ones may be thrown away."""

    name: str
    path: Path
    kind: str
    gb: float
    family: str = ""
    own: bool = False
    trouble: str = ""


def roots(home: Home, linked: Iterable[str]) -> list[Path]:
    """Folders below which models lie, the person's own first. Of a whole installation, its folder `models` counts."""
    given = [Path(folder).expanduser() for folder in linked]
    found = [home.models, *(inner for folder in given for inner in (folder, folder / "models")), PROGRAM / "models"]
    return [path.resolve() for path in dict.fromkeys(found) if path.is_dir()]


def folders(tops: Iterable[Path], kind: str) -> list[Path]:
    """All folders of a kind below the roots, under whatever name; a name that is no kind is taken as it stands."""
    found: dict[Path, None] = {}
    for top in tops:
        for pattern in KINDS.get(kind, (kind,)):
            found |= dict.fromkeys(path for path in sorted(top.glob(pattern)) if path.is_dir())
    return list(found)


def models_in(folder: Path) -> Iterator[Path]:
    """Single files and diffusers folders below a folder; what lies inside a diffusers folder is part of it."""
    for top, inner, files in os.walk(folder):
        here = Path(top)
        if "model_index.json" in files:
            inner[:] = []
            yield here
            continue
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        yield from (here / name for name in sorted(files) if name.endswith(ENDINGS))


def called(path: Path) -> str:
    """How people call a model: a file without its ending, a folder by its whole name, dots and all."""
    return path.name if path.is_dir() else path.stem


def belongs(path: Path, family: str) -> bool:
    """Whether a checkpoint or a diffusers folder is of a family; a broken file belongs to none."""
    return (path.is_dir() or path.suffix == ".safetensors") and _recognise(path, "checkpoints")[0] == family


def take_stock(home: Home, linked: Iterable[str], kinds: Iterable[str] = KINDS) -> list[Found]:
    """Everything that is there, by kind; nothing is loaded, only headers are read."""
    tops = roots(home, linked)
    seen: dict[Path, Found] = {}
    for kind in kinds:
        for folder in folders(tops, kind):
            for path in models_in(folder):
                if path not in seen and len(seen) < MOST:
                    seen[path] = _look(path, kind, tops, home)
    return list(seen.values())


def name_of(path: Path, tops: Iterable[Path]) -> str:
    """As a request names it: the way from its root."""
    top = next((top for top in tops if path.is_relative_to(top)), path.parent)
    return path.relative_to(top).as_posix()


def throw_away(home: Home, name: str) -> str:
    """Move one of the person's own models into the trash of models; gives the token that brings it back."""
    path = (home.models / name).resolve()
    inside = path.is_relative_to(home.models.resolve()) and path != home.models.resolve()
    if not inside or not path.exists() or TRASH in path.parts:
        raise Refused(f"{name} is not among your own models.", "Models in linked folders are deleted where they lie.")
    if path in {home.models / kind for kind in KINDS}:
        raise Refused(f"{name} is a folder of models, not a model.", "Choose one model.")
    token = f"{time.time_ns():x}"
    if path.parent == home.models / "loras":
        (home.models / OLD_COPIES / path.name).unlink(missing_ok=True)
    with explained(path):
        target = home.models / TRASH / token / path.relative_to(home.models.resolve())
        target.parent.mkdir(parents=True)
        replace(path, target)
    return token


def bring_back(home: Home, token: str) -> str:
    """Undo `throw_away`."""
    bundle = home.models / TRASH / token
    if not token.isalnum() or not bundle.is_dir():
        raise Missing("That is not in the trash any more.", "Get it again under Settings, Models.")
    inside = next(models_in(bundle), None)
    if inside is None:
        raise Missing("That is not in the trash any more.", "Get it again under Settings, Models.")
    home_path = home.models / inside.relative_to(bundle)
    if home_path.exists():
        raise Refused(f"There is a {home_path.name} again.", "Move that one away first.")
    with explained(home_path):
        home_path.parent.mkdir(parents=True, exist_ok=True)
        replace(inside, home_path)
    return name_of(home_path, [home.models])


def _look(path: Path, kind: str, tops: Sequence[Path], home: Home) -> Found:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.suffix in ENDINGS]
    gb = sum(file.stat().st_size for file in files if file.is_file()) / 1e9
    family, trouble = _recognise(path, kind)
    own = path.is_relative_to(home.models.resolve()) and not path.is_relative_to(PROGRAM / "models" / "starter")
    return Found(name_of(path, tops), path, kind, gb, family, own, trouble)


def _recognise(path: Path, kind: str) -> tuple[str, str]:
    """(family, what is wrong with the file)."""
    file = path
    if path.is_dir():
        part = next((path / name for name in ("transformer", "unet") if (path / name).is_dir()), path)
        file = next(iter(sorted(part.glob("*.safetensors"))), path)
    return _read(file, mark_of(file), kind == "loras") if file.suffix == ".safetensors" else ("", "")


@lru_cache(MOST)
def _read(file: Path, mark: str, is_lora: bool) -> tuple[str, str]:
    """Read once for each version of the file, which its mark tells: large headers take a while, and forms ask often."""
    try:
        header = read_header(file)
    except BadFile as error:
        return "", error.message
    return (recognise_lora if is_lora else recognise)(header), ""
