"""A field of a request with what a form needs to draw it, and how loose values become a checked request."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, field, fields, is_dataclass, replace
from typing import Any

from core.errors import StudioError


def knob(default: Any, label: str, help: str, **extra: Any) -> Any:
    """A field with what a form needs to draw it.

    `extra` may hold: kind ("text", "long", "number", "slider", "seed", "switch", "choice", "picture", "pictures",
    "mask", "character", "model", "file", "story"), low, high, step, choices, spoken (how people know choices
    that are no plain words), advanced (True hides it behind Advanced), ability (shown only for pipelines whose CARD
    `can` do it).
    """
    notes = {"label": label, "help": help, **extra}
    if isinstance(default, (list, dict, set)):
        raise TypeError("a knob's default must be immutable: use a tuple or None")
    return field(default=default, metadata=notes)


def spoken(f: Field, choice: Any) -> str:
    """How a person knows one of a knob's choices."""
    word = str(choice)
    return str(f.metadata.get("spoken", {}).get(word) or (word.capitalize() if word.islower() else word))


def knobs(shape: type) -> tuple[Field, ...]:
    """The fields of a request or Options class that a form draws."""
    return tuple(f for f in fields(shape) if "label" in f.metadata)


def read(shape: type, values: Mapping[str, Any]) -> Any:
    """Turn loose values (a form, JSON, an old sidecar) into a checked `shape`, or say which value is wrong."""
    names = {f.name for f in fields(shape)}
    strange = sorted(set(values) - names)
    if strange:
        raise StudioError(f"{shape.__name__} does not know {', '.join(strange)}.",
                          f"It knows: {', '.join(sorted(names))}.")
    from pydantic import TypeAdapter, ValidationError

    try:
        made: Any = TypeAdapter(shape).validate_python(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise StudioError(f"{_label(shape, place)}: {first['msg']}.", "Change that value and try again.") from error
    _check_limits(made)
    return made


def plain(request: Any) -> dict[str, Any]:
    """A request as JSON-ready values, for sidecars and the job store."""
    return {key: _plain(value) for key, value in asdict(request).items()}


def with_options(request: Any, shape: type | None) -> Any:
    """The request with its options filled from the pipeline's own Options class and checked."""
    if shape is None:
        if request.options:
            raise StudioError("This pipeline has no options of its own.", "Leave its options empty.")
        return request
    return replace(request, options=plain(read(shape, request.options)))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return plain(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(inner) for inner in value]
    return value


def _label(shape: type, place: str) -> str:
    for f in fields(shape):
        if f.name == place.split(".")[0]:
            return f.metadata.get("label", f.name)
    return place


def _check_limits(request: Any) -> None:
    for f in fields(request):
        value, notes = getattr(request, f.name), f.metadata
        low, high, choices = notes.get("low"), notes.get("high"), notes.get("choices")
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if number and not (low is None or low <= value) or number and not (high is None or value <= high):
            raise StudioError(f"{notes.get('label', f.name)} cannot be {value}.",
                              f"Choose a value from {low} to {high}.")
        chosen = value if isinstance(value, tuple) else (value,)
        if choices and not set(chosen) <= set(choices) and f.default is not MISSING and value != f.default:
            raise StudioError(f"{notes.get('label', f.name)} cannot be {value!r}.",
                              f"Choose one of: {', '.join(map(str, choices))}.")
