"""From files to a pipeline in memory: diffusers folders and single-file checkpoints, without asking the network."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.errors import BadFile, Missing
from core.weights.families import name_family, recognise
from core.weights.headers import Header, Tensor, read_header
from core.weights.places import called
from pipelines.kit import memory
from pipelines.kit.family import Family
from pipelines.kit.weight_files import read_weights


def load(family: Family, path: Path, dtype: Any, config: Path | None = None, way: str = "full") -> Any:
    """The family's text pipeline, built from `path`. A broken or foreign file becomes a sentence."""
    import diffusers

    kind = getattr(diffusers, family.text)
    given = {"dtype": dtype, "local_files_only": True, **family.parts}
    names = _look_through(family, path)
    try:
        if path.is_dir():
            packed = memory.packing(way, dtype, _large_parts(path))
            return kind.from_pretrained(path, use_safetensors=True, **given, **_if(quantization_config=packed))
        if config is None:
            raise Missing(f"{path.name} holds the drawing part only; its family's other files are not here.",
                          "Get the family once under Settings, Models, or put its diffusers folder into "
                          "models/checkpoints.")
        if any(name.startswith(("first_stage_model.", "vae.")) for name in names):  # it holds the other parts too
            return kind.from_single_file(str(path), config=str(config), **given)
        own = _own_part(path, config, dtype, way)
        packed = memory.packing(way, dtype, [part for part in _large_parts(config) if part not in own])
        return kind.from_pretrained(config, use_safetensors=True, **own, **given, **_if(quantization_config=packed))
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        if isinstance(error, (BadFile, Missing)) or memory.ran_out(error):
            raise
        raise BadFile(f"{path.name} could not be loaded: {first_line(error).replace(str(path), path.name)}",
                      "It may be cut short, or belong to another family. Get it again from where it came.") from error


def _look_through(family: Family, path: Path) -> Iterable[str]:
    """The names of a file's tensors. What is torn, lies, wants to run code or is of another family is named here,
    before anything is built."""
    if path.is_dir():
        for file in sorted(path.rglob("*.safetensors")):
            read_header(file)
        return ()
    if path.suffix == ".safetensors":
        header = read_header(path)
    else:  # a pickle: torch's restricted reader, which runs nothing
        header = Header({name: Tensor("F32", tuple(tensor.shape)) for name, tensor in read_weights(path).items()})
    found = recognise(header)
    if found not in ("", family.key) and "starter" not in (found, family.key):
        raise BadFile(f"{called(path)} is a model of {name_family(found)}; this picture is drawn by "
                      f"{name_family(family.key)}.", "Choose it under its own family, or another model.")
    return header.tensors


def _own_part(path: Path, config: Path, dtype: Any, way: str) -> dict[str, Any]:
    """The drawing part from its own file; the other parts are those of the family's folder."""
    import diffusers

    named = json.loads((config / "model_index.json").read_text(encoding="utf-8"))
    part = "transformer" if "transformer" in named else "unet"
    maker = getattr(diffusers, named[part][1])
    made = maker.from_single_file(str(path), config=str(config), subfolder=part, dtype=dtype,
                                  local_files_only=True, **_if(quantization_config=memory.packing_of_one(way, dtype)))
    return {part: made}


def _large_parts(folder: Path) -> list[str]:
    """The parts worth packing: those that draw and those that read."""
    named = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    return [part for part in named if part in ("unet", "transformer") or part.startswith("text_encoder")]


def _if(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


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


def first_line(error: Exception) -> str:
    """What a library says of a file it cannot use, short."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
