"""From files to a pipeline in memory: diffusers folders and single-file checkpoints, without asking the network."""

import json
from pathlib import Path
from typing import Any

from core.errors import BadFile, Missing
from core.weights.headers import read_header
from pipelines.kit.family import Family

SINGLE = (".safetensors", ".ckpt")


def load(family: Family, path: Path, dtype: Any, config: Path | None = None) -> Any:
    """The family's text pipeline, built from `path`. A broken or foreign file becomes a sentence."""
    import diffusers

    kind = getattr(diffusers, family.text)
    given = {"torch_dtype": dtype, "local_files_only": True, **family.parts}
    for file in [path] if path.is_file() else sorted(path.rglob("*.safetensors")):
        if file.suffix == ".safetensors":
            read_header(file)  # a torn or lying file is named here, before anything is built
    try:
        if path.is_dir():
            return kind.from_pretrained(path, use_safetensors=True, **given)
        if path.suffix != ".safetensors":
            raise BadFile(f"{path.name} is a pickle, which can run code when it is opened.",
                          "Get the same model as .safetensors.")
        if config is None:
            raise Missing(f"{path.name} holds the drawing part only; its family's other files are not here.",
                          "Get the family once under Settings, Models, or put its diffusers folder into "
                          "models/checkpoints.")
        if _holds_all(path):
            return kind.from_single_file(str(path), config=str(config), **given)
        return kind.from_pretrained(config, use_safetensors=True, **_own_part(kind, path, config, dtype), **given)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        if isinstance(error, (BadFile, Missing)) or "out of memory" in str(error).lower():
            raise
        raise BadFile(f"{path.name} could not be loaded: {_first_line(error).replace(str(path), path.name)}",
                      "It may be cut short, or belong to another family. Get it again from where it came.") from error


def _holds_all(path: Path) -> bool:
    """Whether a single file also holds the encoder of pictures and the reader of words, as classic ones do."""
    return any(name.startswith(("first_stage_model.", "vae.")) for name in read_header(path).tensors)


def _own_part(kind: Any, path: Path, config: Path, dtype: Any) -> dict[str, Any]:
    """The drawing part from its own file; the other parts are those of the family's folder."""
    import diffusers

    named = json.loads((config / "model_index.json").read_text(encoding="utf-8"))
    part = "transformer" if "transformer" in named else "unet"
    maker = getattr(diffusers, named[part][1])
    made = maker.from_single_file(str(path), config=str(config), subfolder=part, torch_dtype=dtype,
                                  local_files_only=True)
    return {part: made}


def size_gb(path: Path, dtype: Any = None) -> float:
    """What the weights weigh in memory, before they are read: 16-bit files double as float32."""
    import torch

    files = [path] if path.is_file() else [f for f in path.rglob("*") if f.suffix in (".safetensors", ".bin")]
    stored = sum(file.stat().st_size for file in files) / 2**30
    return stored * 2 if dtype is torch.float32 else stored


def sibling(pipe: Any, name: str, **more: Any) -> Any:
    """Another pipeline over the same parts; nothing is loaded twice. `more` are parts that only the other one has."""
    import inspect

    import diffusers

    kind = getattr(diffusers, name)
    known = inspect.signature(kind.__init__).parameters
    parts = {key: value for key, value in pipe.components.items() if key in known}
    settings = {key: value for key, value in pipe.config.items()
                if key in known and key not in parts and not isinstance(value, (list, tuple))}
    made = kind(**parts, **settings, **more)
    made.set_progress_bar_config(disable=True)
    return made


def _first_line(error: Exception) -> str:
    text = str(error).strip().split("\n")[0]
    return text[:200] or type(error).__name__
