"""A character as one file to carry: `.char.zip` with photos, captions and LoRAs; and SillyTavern cards in and out."""

import hashlib
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from core import character_cards as cards
from core import characters, datasets
from core.archives import TORN
from core.characters import Character
from core.contracts import check
from core.disk import explained, is_good_name, part_beside
from core.disk import replace as put_over
from core.errors import BadFile, Missing, TooBig
from core.jobs import new_id
from core.owners import theirs
from core.search import Query

FORMAT, VERSION = "studionova-character", 1
MANIFEST = "manifest.json"
EXPORTS = "exports"
FILES_MAX, BYTES_MAX, MANIFEST_MAX = 20_000, 4 * 2**30, 64 * 2**20
"""More bytes than that are taken only from a file that is itself so large, as one with thousands of photos is."""


class Rooms(Protocol):
    """The parts of a studio that are needed here."""

    home: Any
    assets: Any
    store: Any


def export_character(studio: Rooms, who: str, target: Path, owner: str = "") -> Path:
    """Write everything of a character into one zip; it appears whole or not at all."""
    person = characters.find(theirs(characters.TABLE, studio.store.rows(characters.TABLE), owner), who)
    row = studio.store.get(datasets.TABLE, person.dataset) if person.dataset else None
    dataset = datasets.from_row(row) if row else datasets.new_dataset(person.id)
    files: dict[str, Path] = {}
    for asset in dict.fromkeys(filter(None, [*(p.asset for p in dataset.photos), *(p.mask for p in dataset.photos),
                                             *person.photos, *person.portraits.values()])):
        path = studio.assets.get(asset).path
        files[f"pictures/{asset}{path.suffix}"] = path
    for lora in person.loras:
        path = studio.home.models / lora.file
        if path.is_file():
            files[f"loras/{path.name}"] = path
    told = {"format": FORMAT, "version": VERSION, "character": person.row(), "dataset": dataset.row(),
            "files": {name: _sha256(path) for name, path in files.items()}}
    part = part_beside(target)
    try:
        with explained(target):
            with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(MANIFEST, json.dumps(told, ensure_ascii=False, indent=1))
                for name, path in files.items():
                    archive.write(path, name)
            put_over(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def import_character(studio: Rooms, path: Path, owner: str = "") -> Character:
    """A character from a `.char.zip`, a card in a PNG, or a card as JSON. Nothing stays behind when it fails."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] == b"PK":
        return _from_zip(studio, path, owner)
    if path.stat().st_size > cards.FILE_MAX:
        raise TooBig(f"{path.name} is too large for a card.", "Make its lorebook smaller.")
    content = path.read_bytes()
    card = cards.read_card(content, path.name)
    person = cards.restore(cards.to_character(card, path.stem), card)
    if content.startswith(cards.PNG):
        face = studio.assets.adopt(path, folder="characters", record={"title": person.name, "owner": owner}).id
        person = replace(person, portraits={"neutral/front": face})
    return _keep(studio, person, datasets.new_dataset(person.id), owner)


def is_character(path: Path) -> bool:
    """Whether a file is a character and not just a photo, a pack of photos, or something else: only looked into."""
    if path.suffix.lower() == ".json":
        return True
    with path.open("rb") as file:
        head = file.read(8)
    if head[:2] == b"PK":
        try:
            with zipfile.ZipFile(path) as archive:
                return MANIFEST in archive.namelist() and FORMAT.encode() in archive.open(MANIFEST).read(200)
        except TORN:
            return False
    return head == cards.PNG and path.stat().st_size <= cards.FILE_MAX and cards.holds_card(path.read_bytes())


def export_card(studio: Rooms, who: str, picture: bytes | None = None, owner: str = "") -> bytes:
    """The character as SillyTavern takes it: a PNG with a portrait or the first photo, or JSON when there is none."""
    person = characters.find(theirs(characters.TABLE, studio.store.rows(characters.TABLE), owner), who)
    faces = faces_of(person, studio.store.get(datasets.TABLE, person.dataset) if person.dataset else None)
    if picture is None and faces:
        picture = as_png(studio.assets.get(faces[0]).path)
    card = cards.from_character(person)
    return cards.write_json(card) if picture is None else cards.write_png(picture, card)


def faces_of(person: Character, dataset: Mapping[str, Any] | None) -> list[str]:
    """Pictures that can stand on a card, the best first: portraits, then photos that are used."""
    photos = [photo.asset for photo in datasets.from_row(dataset).used] if dataset else []
    return [*person.portraits.values(), *photos]


def as_png(path: Path) -> bytes:
    """Any picture as a PNG, which a card has to be."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(path) as opened:
        opened.convert("RGB").save(out, "PNG")
    return out.getvalue()


def free_name(name: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """The name, numbered where somebody here bears it already."""
    taken, wanted, number = {str(row.get("name", "")).casefold() for row in rows}, name, 2
    while name.casefold() in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


def _from_zip(studio: Rooms, path: Path, owner: str) -> Character:
    try:
        with zipfile.ZipFile(path) as archive:
            told = _manifest(archive, path)
            return _unpack(studio, archive, told, owner)
    except TORN as error:
        raise BadFile(f"{path.name} is damaged.", "Export it again, and copy it to its end.") from error


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    """What the zip says of itself, with its sizes looked at before anything is unpacked."""
    listed, name = archive.infolist(), path.name
    most = max(BYTES_MAX, 2 * path.stat().st_size)
    if len(listed) > FILES_MAX or sum(item.file_size for item in listed) > most:
        raise TooBig(f"{name} unpacks to more than a character can be.", "It may be hostile; ask where it came from.")
    by_name = {item.filename: item for item in listed}
    if MANIFEST not in by_name or by_name[MANIFEST].file_size > MANIFEST_MAX:
        raise BadFile(f"{name} is no character of this studio.", "A .char.zip holds a manifest.json.")
    try:
        told = json.loads(archive.read(MANIFEST))
        fits = told["format"] == FORMAT and isinstance(told["files"], dict) and told["character"]["name"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadFile(f"{name} has a manifest that cannot be read.", "Export it again.") from error
    if not fits or told["version"] > VERSION:
        raise BadFile(f"{name} was written by a newer studio or by another program.", "Bring this studio up to date.")
    if set(by_name) - {MANIFEST} != set(told["files"]):
        raise BadFile(f"{name} holds other files than it says.", "It was changed; export it again.")
    return told


def _unpack(studio: Rooms, archive: zipfile.ZipFile, told: Mapping[str, Any], owner: str) -> Character:
    """Everything is looked at and compared before the first file is kept; what was kept goes again if that fails."""
    person, dataset = _people(told, Path(archive.filename or "").name)
    for name, digest in told["files"].items():
        with archive.open(name) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:  # type: ignore[arg-type]
                raise BadFile(f"{name} in the file is not what was exported.", "Copy the file again.")
    ids: dict[str, str] = {}
    with ExitStack() as undo:
        for name in told["files"]:
            if name.startswith("pictures/"):
                ids[Path(name).stem] = adopted = _adopt(studio, archive, name, owner)
                undo.callback(studio.assets.trash, [adopted], owner)
        loras = []
        for lora in person.loras:
            member = f"loras/{Path(lora.file).name}"
            if member in told["files"]:
                place = _put_lora(studio.home.models, archive, member, undo)
                loras.append(replace(lora, file=place, sha256=told["files"][member]))
        photos = [replace(p, asset=ids[p.asset], mask=ids.get(p.mask, "")) for p in dataset.photos if p.asset in ids]
        person = replace(person, loras=tuple(loras), photos=tuple(ids[p] for p in person.photos if p in ids),
                         portraits={key: ids[p] for key, p in person.portraits.items() if p in ids})
        kept = _keep(studio, person, datasets.new_dataset(person.id, photos), owner)
        undo.pop_all()
    return kept


def _people(told: Mapping[str, Any], where: str) -> tuple[Character, datasets.Dataset]:
    """The character, as somebody new, and their photos. Whoever wrote the manifest may have put anything anywhere."""
    try:
        check("character", told["character"])
        person, dataset = characters.from_row(told["character"]), datasets.from_row(told["dataset"])
        sound = _is_sound(person) and all(_is_sound_photo(photo) for photo in dataset.photos)
    except (LookupError, TypeError, ValueError, AttributeError, BadFile):
        sound = False
    if not sound:
        raise BadFile(f"{where} has a manifest that cannot be read.", "Export it again.")
    fresh = characters.new_character(person.name)
    more = {key: value for key, value in person.more.items() if key != "owner"}
    return replace(person, id=fresh.id, name=fresh.name, trigger=characters.fit_trigger(person.trigger, fresh.name),
                   wears={}, drafts={}, likeness={}, created=fresh.created, changed=fresh.changed, more=more), dataset


def _is_sound(person: Character) -> bool:
    words = [getattr(person, name) for name in ("name", "subject", "descriptor", "age", "voice", "licence")]
    words += [*person.photos, *person.portraits, *person.portraits.values()]
    for lora in person.loras:
        words += [lora.base, lora.family, lora.file, lora.trigger, lora.reason, lora.run]
    numbers = [number for lora in person.loras for number in (lora.strength, lora.step, lora.score, lora.created)]
    said = [person.consent.state, person.consent.by, person.consent.note]
    return (all(isinstance(word, str) for word in (*words, *said)) and person.kind in characters.KINDS
            and all(isinstance(number, int | float) for number in (*numbers, person.consent.when))
            and isinstance(person.card, dict) and isinstance(person.likeness, dict))


def _is_sound_photo(photo: datasets.Photo) -> bool:
    left, top, right, bottom = photo.crop
    words = (photo.asset, photo.caption, photo.mask, photo.sha256, *photo.waived)
    return (all(isinstance(word, str) for word in words)
            and _are_sound_facts(photo.facts) and isinstance(photo.use, bool) and 0 <= left < right <= 1
            and 0 <= top < bottom <= 1 and all(type(side) is int and side >= 0 for side in (photo.width, photo.height)))


def _are_sound_facts(facts: Any) -> bool:
    """Figures, a hash, boxes and words, each where the checks look for it."""
    def figures(values: Any) -> bool:
        return all(isinstance(value, int | float) for value in values)

    return (isinstance(facts, dict) and figures(facts.get(name, 0) for name in ("sharpness", "brightness", "contrast"))
            and bool(re.fullmatch("[0-9a-f]{0,16}", facts.get("hash", "")))
            and all(isinstance(face, list) and len(face) == 4 and figures(face) for face in facts.get("faces", []))
            and all(isinstance(note, str) for note in facts.get("notes", [])))


def _adopt(studio: Rooms, archive: zipfile.ZipFile, name: str, owner: str) -> str:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"photo{Path(name).suffix[:8]}"
        with archive.open(name) as packed, explained(path), path.open("wb") as file:
            shutil.copyfileobj(packed, file)
        return str(studio.assets.adopt(path, folder="datasets", record={"owner": owner}).id)


def _put_lora(models: Path, archive: zipfile.ZipFile, member: str, undo: ExitStack) -> str:
    """Below models/loras under its own name; beside another file of that name, under a longer one."""
    folder, name = models / "loras", Path(member).name
    folder.mkdir(parents=True, exist_ok=True)
    if not name.endswith(".safetensors") or not is_good_name(name):
        raise BadFile(f"{name} is no LoRA file.", "Only safetensors files are taken in.")
    part = part_beside(folder / name)
    try:
        with archive.open(member) as packed, explained(part), part.open("wb") as file:
            shutil.copyfileobj(packed, file)
        digest, target = _sha256(part), folder / name
        if target.exists() and _sha256(target) != digest:
            target = folder / f"{target.stem}-{digest[:6]}.safetensors"
        if not target.exists():
            with explained(target):
                put_over(part, target)
            undo.callback(target.unlink, missing_ok=True)
    finally:
        part.unlink(missing_ok=True)
    return f"loras/{target.name}"


def _keep(studio: Rooms, person: Character, dataset: datasets.Dataset, owner: str) -> Character:
    """Rows of both, under a name that nobody here has yet."""
    name = free_name(person.name, studio.store.rows(characters.TABLE))
    more = {**person.more, "owner": owner} if owner else person.more
    person = replace(person, name=name, dataset=dataset.id, more=more)
    studio.store.put(datasets.TABLE, dataset.id, dataset.row())
    studio.store.put(characters.TABLE, person.id, person.row())
    studio.store.flush()
    return person


def _sha256(path: Path) -> str:
    if not path.is_file():
        raise Missing(f"{path.name} is gone.", "It was moved or deleted outside the studio.")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def export_as_asset(studio: Rooms, who: str, kind: str, owner: str = "") -> str:
    """A "zip" with photos and LoRAs, or a "card" for SillyTavern, as something of the Library; gives its id."""
    person = characters.find(theirs(characters.TABLE, studio.store.rows(characters.TABLE), owner), who)
    if kind == "card":
        made: Any = export_card(studio, who, owner=owner)
        suffix = ".png" if made.startswith(cards.PNG) else ".json"
        title = f"{person.name} (card)"
    else:
        made = export_character(studio, who, studio.home.work / f"{new_id()}.char.zip", owner)
        suffix, title = ".zip", f"{person.name}.char"
    record = {"title": title, "owner": owner, "characters": [person.name], "made_of": person.id}
    return str(studio.assets.save(made, folder=EXPORTS, suffix=suffix, record=record).id)


def exports_of(studio: Any, name: str, owner: str = "", most: int = 4) -> list[Any]:
    """The newest files in which this character was handed out."""
    found = studio.library.search(Query(character=name, owner=owner, folder=EXPORTS, limit=most))
    return list(found.rows)
