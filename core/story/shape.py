"""Turns JSON into frozen dataclasses and back, strictly, and says as a JSON schema what is allowed.

One reader is made per class and kept; problems name the place ("scenes[3].nodes[2].text").
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, field, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.errors import BadFile
from core.memory import collect_later

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]
PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
JSON_NAMES = {str: "string", int: "integer", float: "number", bool: "boolean"}


class Misfit(Exception):
    """A value that does not fit; the path is gathered on the way up, so that good values cost nothing."""

    def __init__(self, problem: str):
        super().__init__(problem)
        self.problem = problem
        self.path: list[str | int] = []

    def where(self) -> str:
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in reversed(self.path))
        return "".join(steps).lstrip(".") or "the file"


def part(default: Any = MISSING, says: str = "", **rules: Any) -> Any:
    """A field with its sentence and its rules: pattern, among, least, most, longest, free."""
    metadata = {"says": says, **rules}
    if default is MISSING:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@collect_later()
def read(cls: type, value: Any) -> Any:
    """The dataclass that this JSON value describes, or BadFile with the place and the reason."""
    try:
        return _class_reader(cls)(value)
    except Misfit as wrong:
        raise BadFile(
            f"This is not a story that StudioNova can read: {wrong.where()} {wrong.problem}.",
            "Mend that place in the file, or take an earlier copy from the story's history.",
        ) from wrong


def read_field(cls: type, name: str, value: Any) -> Any:
    """One field's value, checked like the whole."""
    try:
        return _plans(cls)[name](value)
    except Misfit as wrong:
        raise BadFile(f"“{name}” {wrong.problem}.", "Give it another value.") from wrong
    except KeyError as wrong:
        raise BadFile(f"There is no field “{name}” here.", f"It knows: {', '.join(_plans(cls))}.") from wrong


def write(value: Any) -> Any:
    """The JSON value of a dataclass; what equals its default is left out."""
    cls: type = type(value)
    if hasattr(cls, "__dataclass_fields__"):
        return _class_writer(cls)(value)
    if isinstance(value, tuple | list):
        return [write(item) for item in value]
    if isinstance(value, dict):
        return {key: write(item) for key, item in value.items()}
    return value


@cache
def _class_writer(cls: type) -> Writer:
    hints = get_type_hints(cls)
    plans = [(f.name, f.default_factory() if f.default_factory is not MISSING else f.default,
              _field_writer(hints[f.name])) for f in fields(cls)]

    def write_class(value: Any) -> dict[str, Any]:
        made = {}
        for name, default, turn in plans:
            item = getattr(value, name)
            if item != default:
                made[name] = turn(item) if turn else item
        return made

    return write_class


def _field_writer(hint: Any) -> Writer | None:
    """None for what JSON takes as it is."""
    origin, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        return _class_writer(hint)
    if origin is tuple:
        turn = _field_writer(inner[0])
        return (lambda items: [turn(item) for item in items]) if turn else list
    return write if origin is dict else None


@cache
def _plans(cls: type) -> dict[str, Reader]:
    hints = get_type_hints(cls)
    return {f.name: _field_reader(hints[f.name], dict(f.metadata)) for f in fields(cls)}


@cache
def _class_reader(cls: type) -> Reader:
    plans = _plans(cls)
    needed = [f.name for f in fields(cls) if f.default is MISSING and f.default_factory is MISSING]

    def read_class(value: Any) -> Any:
        if type(value) is not dict:
            raise Misfit("should be a group of named values")
        made = {}
        for key, item in value.items():
            plan = plans.get(key)
            if plan is None:
                raise Misfit(f"has a field “{str(key)[:40]}” that is not known here")
            try:
                made[key] = plan(item)
            except Misfit as wrong:
                wrong.path.append(key)
                raise
        for name in needed:
            if name not in made:
                raise Misfit(f"has no “{name}”")
        return cls(**made)

    return read_class


def _field_reader(hint: Any, rules: dict[str, Any]) -> Reader:
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return _class_reader(hint)
    if origin is tuple:
        return _list_reader(_field_reader(inner[0], rules))
    if origin is dict:
        return _free if rules.get("free") else _dict_reader(_field_reader(inner[1], rules))
    if origin is UnionType:
        return _union_reader(inner)
    return _plain_reader(hint, rules)


def _free(value: Any) -> Any:
    if type(value) is not dict:
        raise Misfit("should be a group of named values")
    return value


def _list_reader(read_item: Reader) -> Reader:
    def read_list(value: Any) -> tuple:
        if type(value) not in (list, tuple):
            raise Misfit("should be a list")
        made = []
        try:
            for item in value:
                made.append(read_item(item))
        except Misfit as wrong:
            wrong.path.append(len(made))
            raise
        return tuple(made)

    return read_list


def _dict_reader(read_item: Reader) -> Reader:
    def read_dict(value: Any) -> dict:
        made = {}
        for key, item in _free(value).items():
            try:
                made[key] = read_item(item)
            except Misfit as wrong:
                wrong.path.append(key)
                raise
        return made

    return read_dict


def _union_reader(kinds: tuple[Any, ...]) -> Reader:
    words = " or ".join(PLAIN[kind] for kind in kinds)

    def read_union(value: Any) -> Any:
        if type(value) not in kinds:
            raise Misfit(f"should be {words}")
        return value

    return read_union


def _plain_reader(kind: type, rules: dict[str, Any]) -> Reader:
    fits = re.compile(rules["pattern"]).fullmatch if "pattern" in rules else None
    among, longest = rules.get("among"), rules.get("longest", 100_000)
    least, most = rules.get("least", -1e9), rules.get("most", 1e9)

    def read_text(value: Any) -> str:
        if type(value) is not str:
            raise Misfit("should be text")
        if len(value) > longest:
            raise Misfit(f"is longer than {longest:,} characters")
        if not value.isascii():
            _refuse_halves(value)
        if fits and not fits(value):
            raise Misfit(f"is “{value[:40]}”, which is not allowed here ({rules.get('says', '')})")
        if among and value not in among:
            raise Misfit(f"is “{value[:40]}”; it can be {', '.join(repr(a) for a in among)}")
        return value

    def read_number(value: Any) -> Any:
        if type(value) is not kind and not (kind is float and type(value) is int):
            raise Misfit(f"should be {PLAIN[kind]}")
        if kind is not bool and not least <= value <= most:
            raise Misfit(f"should lie between {least:g} and {most:g}")
        return value

    return read_text if kind is str else read_number


def _refuse_halves(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as wrong:
        raise Misfit("holds half of a character (a lone surrogate)") from wrong


def schema(cls: type) -> dict[str, Any]:
    """The JSON schema (2020-12) of a dataclass and of all that it holds."""
    classes = list(dict.fromkeys(_classes(cls)))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": cls.__name__,
        "$ref": f"#/$defs/{cls.__name__}",
        "$defs": {one.__name__: _class_schema(one) for one in classes},
    }


def _classes(cls: type) -> Iterator[type]:
    yield cls
    for hint in get_type_hints(cls).values():
        for inner in (hint, *get_args(hint)):
            if isinstance(inner, type) and is_dataclass(inner):
                yield from _classes(inner)


def _class_schema(cls: type) -> dict[str, Any]:
    hints, properties, needed = get_type_hints(cls), {}, []
    for f in fields(cls):
        properties[f.name] = _field_schema(hints[f.name], dict(f.metadata))
        if f.metadata.get("says"):
            properties[f.name]["description"] = f.metadata["says"]
        if f.default is MISSING and f.default_factory is MISSING:
            needed.append(f.name)
    made = {"type": "object", "description": (cls.__doc__ or "").split("\n")[0], "properties": properties}
    return {**made, "required": needed, "additionalProperties": False}


def _field_schema(hint: Any, rules: dict[str, Any]) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if origin is tuple:
        return {"type": "array", "items": _field_schema(inner[0], rules)}
    if origin is dict:
        free: dict[str, Any] = {"type": "object"}
        return free if rules.get("free") else {**free, "additionalProperties": _field_schema(inner[1], rules)}
    if origin is UnionType:
        return {"type": [JSON_NAMES[kind] for kind in inner]}
    made: dict[str, Any] = {"type": JSON_NAMES[hint]}
    if hint is str:
        made["maxLength"] = rules.get("longest", 100_000)
        if "pattern" in rules:
            made["pattern"] = f"^(?:{rules['pattern']})$"
        if "among" in rules:
            made["enum"] = list(rules["among"])
    elif hint is not bool:
        made["minimum"], made["maximum"] = rules.get("least", -1e9), rules.get("most", 1e9)
    return made
