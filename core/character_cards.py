"""SillyTavern character cards, V1 to V3, as JSON or inside a PNG. Read leniently in kind, strictly in size.

The PNG is walked chunk by chunk and its pixels are never decoded to get at the card.
"""

import base64
import binascii
import json
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.characters import Character, fit_trigger, new_character
from core.errors import BadFile, TooBig

PNG = b"\x89PNG\r\n\x1a\n"
CARD_MAX = 32 * 2**20
FILE_MAX = 128 * 2**20
NAMES = ("ccv3", "chara")
TEXTS = ("name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt",
         "post_history_instructions", "creator", "character_version", "nickname")
MIRRORS = {name: name for name in (*TEXTS[:6], "tags")} | {"creatorcomment": "creator_notes"}
"""What SillyTavern writes beside `data` too, and the name in there."""
OWN, SELDOM = ("trigger", "subject", "descriptor"), ("age", "voice")
"""What only this studio says of somebody, below `extensions`; the second where it was said."""
LISTS = ("alternate_greetings", "tags", "group_only_greetings", "source")


def read_card(content: bytes, name: str = "The card") -> dict[str, Any]:
    """A card in V3 shape, whatever it was: {"spec", "spec_version", "data": {…}}. Unknown fields stay."""
    if len(content) > FILE_MAX:
        raise TooBig(f"{name} is larger than {FILE_MAX // 2**20} MB.", "So large a card cannot be read.")
    text = _from_png(content, name) if content.startswith(PNG) else content
    if len(text) > CARD_MAX:
        raise TooBig(f"The words in {name} are larger than {CARD_MAX // 2**20} MB.", "Make its lorebook smaller.")
    try:
        told = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{name} holds no character that can be read.", "Export it again as PNG or JSON.") from error
    return _as_v3(told, name)


def holds_card(content: bytes) -> bool:
    """Whether a PNG carries a card, by the names of its chunks alone."""
    try:
        return any(kind in (b"tEXt", b"zTXt", b"iTXt") and body.split(b"\0")[0].decode("latin-1").lower() in NAMES
                   for kind, body in _chunks(content, "The picture"))
    except BadFile:
        return False


def to_character(card: Mapping[str, Any], fallback: str = "") -> Character:
    """A character with the card's name; all that the card says is kept in it."""
    data = card["data"]
    name = str(data.get("name") or data.get("nickname") or fallback or "Nameless").strip()[:80] or "Nameless"
    return new_character(name, licence="", card=dict(card))


def from_character(person: Character) -> dict[str, Any]:
    """The card of a character: what came with it, with our own words where it says nothing."""
    data = _data({**dict(person.card.get("data", {})), "name": person.name})
    if not data["description"] and person.descriptor:
        data["description"] = f"{person.name}: {person.subject}, {person.descriptor}."
    own = {name: getattr(person, name) for name in (*OWN, *SELDOM) if name in OWN or getattr(person, name)}
    data["extensions"] = {**data["extensions"], "studionova": own}
    data["modification_date"] = int(time.time())
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": data}


def restore(person: Character, card: Mapping[str, Any]) -> Character:
    """Our own words again, when the card was written here."""
    own = (card["data"].get("extensions") or {}).get("studionova")
    said = {key: own[key] for key in (*OWN, *SELDOM) if isinstance(own.get(key), str)} if isinstance(own, dict) else {}
    return replace(person, **said | {"trigger": fit_trigger(said.get("trigger"), person.name)})


def write_json(card: Mapping[str, Any]) -> bytes:
    return json.dumps(card, ensure_ascii=False, indent=2).encode()


def write_png(picture: bytes, card: Mapping[str, Any]) -> bytes:
    """The picture (a PNG) with the card in it twice: V2 for most readers, V3 for the newer ones. Old cards go."""
    if not picture.startswith(PNG):
        raise BadFile("A card needs a PNG picture.", "Choose a portrait; it is brought to PNG first.")
    v2 = {**card, "spec": "chara_card_v2", "spec_version": "2.0"}
    added = b"".join(_chunk(b"tEXt", name.encode() + b"\0" + base64.b64encode(json.dumps(told).encode()))
                     for name, told in (("chara", v2), ("ccv3", card)))
    out = [PNG]
    for kind, body in _chunks(picture, "The picture"):
        if kind in (b"tEXt", b"zTXt", b"iTXt") and body.split(b"\0")[0].decode("latin-1").lower() in NAMES:
            continue
        if kind == b"IEND":
            out.append(added)
        out.append(_chunk(kind, body))
    return b"".join(out)


def renewed(card: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """A card with other words; what its program wrote beside them stays, and where it keeps them twice both agree."""
    twice = {key: data[name] for key, name in MIRRORS.items() if key in card and name in data}
    return {**card, **twice, "data": dict(data)}


def _from_png(content: bytes, name: str) -> bytes:
    """The card's JSON from a tEXt, zTXt or iTXt chunk, before or after the pixels; ccv3 counts before chara."""
    found: dict[str, bytes] = {}
    for kind, body in _chunks(content, name):
        if kind not in (b"tEXt", b"zTXt", b"iTXt"):
            continue
        key, _, rest = body.partition(b"\0")
        word = key.decode("latin-1").strip().lower()
        if word in NAMES:
            found[word] = _text(kind, rest, name)
    for word in NAMES:
        if word in found:
            return _decode(found[word], name)
    raise BadFile(f"{name} is a picture without a character in it.", "Export the card again from where it came.")


def _text(kind: bytes, rest: bytes, name: str) -> bytes:
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflate(rest[1:], name)
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflate(text, name) if rest[:1] == b"\1" else text


def _inflate(packed: bytes, name: str) -> bytes:
    """Bounded: a small chunk may unpack to gigabytes."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, 2 * CARD_MAX)
    except zlib.error as error:
        raise BadFile(f"The card in {name} is damaged.", "Get it again from where it came.") from error
    if unpacker.unconsumed_tail:
        raise TooBig(f"The words in {name} unpack to more than {2 * CARD_MAX // 2**20} MB.", "It cannot be read.")
    return text


def _decode(text: bytes, name: str) -> bytes:
    """Base64 as the format wants it; some write the JSON as it is."""
    if text.lstrip()[:1] == b"{":
        return text
    try:
        return base64.b64decode(b"".join(text.split()) + b"==", validate=False)
    except (binascii.Error, ValueError) as error:
        raise BadFile(f"The card in {name} is damaged.", "Get it again from where it came.") from error


def _chunks(content: bytes, name: str) -> Iterator[tuple[bytes, bytes]]:
    place = len(PNG)
    while place + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[place:place + 8])
        if place + 12 + length > len(content):
            raise BadFile(f"{name} is cut short.", "Get it again from where it came.")
        yield kind, content[place + 8:place + 8 + length]
        if kind == b"IEND":
            return
        place += 12 + length


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _as_v3(told: Any, name: str) -> dict[str, Any]:
    """V1 is flat; V2 and V3 hold `data`. A lorebook at the wrong level is brought where it belongs."""
    if not isinstance(told, dict):
        raise BadFile(f"{name} holds no character.", "Export it again as PNG or JSON.")
    data = told["data"] if isinstance(told.get("data"), dict) else told
    if not any(key in data for key in ("name", "description", "first_mes", "personality", "char_name")):
        raise BadFile(f"{name} holds no character.", "A world book or a chat is imported elsewhere.")
    data = {**data, "name": data.get("name") or data.get("char_name") or ""}
    if data.get("character_book") is None and isinstance(told.get("character_book"), dict):
        data["character_book"] = told["character_book"]
    nested = isinstance(told.get("data"), dict)
    more = {k: v for k, v in told.items() if nested and k not in ("spec", "spec_version", "data")}
    return {**more, "spec": "chara_card_v3", "spec_version": "3.0", "data": _data(data)}


def _data(data: Mapping[str, Any]) -> dict[str, Any]:
    """Every field in its kind: real cards hold strings where lists belong, and null where words do."""
    made = {key: value for key, value in data.items() if key not in ("spec", "spec_version")}
    for key in TEXTS:
        made[key] = made[key] if isinstance(made.get(key), str) else "" if made.get(key) is None else str(made[key])
    for key in LISTS:
        given = made.get(key)
        made[key] = [given] if isinstance(given, str) and given else [v for v in given if v is not None] if isinstance(
            given, list) else []
    made["extensions"] = made["extensions"] if isinstance(made.get("extensions"), dict) else {}
    if not isinstance(made.get("character_book"), dict):
        made.pop("character_book", None)
    return made
