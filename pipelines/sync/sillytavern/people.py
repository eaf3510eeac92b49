"""Cards and personas: who comes, who goes, and what of a character is touched by that. Photos and LoRAs never are."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core import character_cards as cards
from core import characters, datasets, pictures
from core.character_files import as_png, faces_of, free_name
from core.characters import Character
from core.disk import explained
from core.errors import TooBig
from core.tavern import memory
from core.tavern.folder import Persona, stamp
from core.tavern.memory import BOTH, COME, GO, Seen, alike, facts_of, own_of, verdict
from pipelines.sync.sillytavern.round import Round


@dataclass(frozen=True)
class There:
    """One card as it is there; of a persona there is no file."""

    key: str
    path: Path | None
    content: bytes
    card: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.card["data"].get("name") or "")

    @property
    def mark(self) -> str:
        return f"{facts_of(self.card)} {memory.mark(self.name)}"


def sync_people(now: Round, files: Sequence[Path]) -> None:
    """First what is there, then the personas, then whoever is only here."""
    present = {now.tavern.key(path) for path in files}
    missing = {key for key in now.seen if key.startswith("characters/") and key not in present}
    for path in files:
        with now.one(path.name):
            take_card(now, now.tavern.key(path), path, missing)
    personas: list[Persona] = []
    with now.one("settings.json"):
        personas = now.tavern.personas()
        now.total += len(personas)
    for persona in personas:
        with now.one(persona.name):
            _persona(now, persona)
    for key in missing if now.again else ():
        now.forget(key)
    now.gone += sum(now.seen[key].here in now.people for key in missing & now.seen.keys())
    linked = {one.here for one in now.seen.values()} | now.known_now
    for person in now.people.values():
        if person.id not in linked:
            with now.one(person.name):
                _send_new(now, person)


def take_card(now: Round, key: str, path: Path, missing: set[str]) -> None:
    """One card, which lies there under `key`; `missing` are cards that lay there before."""
    mark = stamp([path])
    before = now.seen.get(key)
    person = _person(now, before)
    if before is not None and person is None:
        if not now.again:
            now.gone += 1
            return
        before = None
    if before is not None and person is not None and before.stamp == mark and _is_as_it_was(person, before):
        now.stayed += 1
        return
    there = _read(key, path)
    if before is None and (moved := _moved(now, there.mark, missing)):
        before, person = now.seen[moved], _person(now, now.seen[moved])
        missing.discard(moved)
        now.forget(moved)
    if person is not None and before is not None:
        _meet_again(now, there, person, before)
    else:
        _meet(now, there)


def _meet_again(now: Round, there: There, person: Character, before: Seen) -> None:
    """Somebody who was on both sides before: what changed since, and where."""
    what = verdict(before, there.mark, facts_of(person.card))
    what = COME if what == BOTH and alike(there.card, person.card) else what
    goes = (what == GO or own_of(person) != before.own) and not now.only_comes
    if what == BOTH:
        now.bench.note(f"“{person.name}” was changed here and there; both are kept, each as a character of its own.")
        _take_in(now, there)
        return
    if what == COME:
        now.came.append(person.name)
        if before.name != there.name:
            now.bench.note(f"“{before.name}” is called “{there.name}” in SillyTavern now; here the name stays.")
        person = person if now.look else _renew(now, person, there.card)
    if goes:
        now.went.append(person.name)
        there = there if now.look else _send(now, there, person, before)
    if what != COME and not goes:
        now.stayed += 1
    seen = _seen(there, person)
    if now.only_comes:  # what was changed here still has to go
        seen = replace(seen, own=before.own, called=before.called, facts=before.facts if what == GO else seen.facts)
    now.remember(there.key, seen)


def _meet(now: Round, there: There) -> None:
    """A card that was never here: of somebody who is here under that name and says nothing else, or of somebody new."""
    called = [person for person in now.people.values() if person.name.casefold() == there.name.casefold()]
    linked = {one.here for one in now.seen.values()} | now.known_now if called else set()
    for person in called:
        if person.id in linked or person.card and not alike(there.card, person.card):
            continue
        if person.card:
            now.stayed += 1
        else:
            now.came.append(person.name)
            person = person if now.look else _renew(now, person, there.card)
        now.known_now.add(person.id)
        now.remember(there.key, _seen(there, person))
        return
    _take_in(now, there)


def _take_in(now: Round, there: There) -> None:
    """A new character from a card, with its picture as the portrait."""
    person = cards.restore(cards.to_character(there.card, Path(there.key).stem), there.card)
    now.came.append(person.name)
    if now.look:
        return
    pictures.check(there.path)
    now.remember(there.key, _seen(there, _keep(now, person, there.content)))


def _send(now: Round, there: There, person: Character, before: Seen) -> There:
    """Our words into the card there; its picture and what SillyTavern wrote beside stay."""
    data, known = cards.from_character(person)["data"], there.card["data"]["extensions"]
    data["name"] = there.name if person.name == before.called else person.name
    data["extensions"] |= {key: value for key, value in known.items() if key == memory.FAVOURITE}
    card = cards.renewed(there.card, data)
    content = cards.write_png(there.content, card)
    now.tavern.replace(there.path, content, there.content)
    return replace(there, card=card, content=content)


def _send_new(now: Round, person: Character) -> None:
    faces = faces_of(person, now.bench.row(datasets.TABLE, person.dataset) if person.dataset else None)
    if not faces:
        now.bench.note(f"“{person.name}” has no picture yet and stays here: a card needs one.")
        return
    now.went.append(person.name)
    if now.look:
        return
    card, path = cards.from_character(person), now.tavern.free_card(person.name)
    now.tavern.add(path, cards.write_png(as_png(now.bench.open(faces[0])), card))
    there = There(now.tavern.key(path), path, b"", card)
    now.remember(there.key, _seen(there, person))


def _persona(now: Round, persona: Persona) -> None:
    """Personas only come: SillyTavern keeps its settings in the open page and would write over ours."""
    before, there = now.seen.get(persona.key), There(persona.key, None, b"", _card_of(persona))
    person = _person(now, before)
    if before is not None and person is None and not now.again:
        now.gone += 1
        return
    if before is not None and person is not None:
        if before.there == there.mark:
            now.stayed += 1
            return
        now.came.append(person.name)
        person = person if now.look else _renew(now, person, there.card)
    else:
        now.came.append(persona.name)
        if now.look:
            return
        picture = now.tavern.root / persona.key
        content = as_png(picture) if picture.is_file() and pictures.check(picture) else b""
        person = _keep(now, cards.to_character(there.card), content)
    now.remember(persona.key, _seen(there, person))


def _card_of(persona: Persona) -> dict[str, Any]:
    told = {"name": persona.name, "description": persona.description, "tags": ["persona"]}
    return cards.read_card(cards.write_json(told), persona.name)


def _keep(now: Round, person: Character, content: bytes) -> Character:
    """A character of this studio from now on, under a name that nobody here has."""
    bench = now.bench
    person = replace(person, name=free_name(person.name, ({"name": one.name} for one in now.people.values())))
    if content:
        face = bench.save(content, folder="characters", suffix=".png", title=person.name, imported=True)
        person = replace(person, portraits={"neutral/front": face.id})
    dataset = datasets.new_dataset(person.id)
    bench.put(datasets.TABLE, dataset.id, dataset.row())
    person = replace(person, dataset=dataset.id)
    bench.put(characters.TABLE, person.id, person.row())
    now.people[person.id] = person
    return person


def _renew(now: Round, person: Character, card: Mapping[str, Any]) -> Character:
    """The card's words, and nothing else of the character as it is at this moment."""
    person = replace(_person(now, Seen(person.id)) or person, card=dict(card), changed=time.time())
    now.bench.put(characters.TABLE, person.id, person.row())
    return person


def _person(now: Round, before: Seen | None) -> Character | None:
    row = now.bench.row(characters.TABLE, before.here) if before is not None else None
    return characters.from_row(row) if row else None


def _read(key: str, path: Path) -> There:
    with explained(path):
        if path.stat().st_size > cards.FILE_MAX:
            raise TooBig(f"{path.name} is too large for a card.", "Make its lorebook smaller.")
        content = path.read_bytes()
    return There(key, path, content, cards.read_card(content, Path(key).name))


def _moved(now: Round, mark: str, missing: set[str]) -> str:
    """The card that is not there any more under its old name, if this is the same one under another."""
    facts = mark.partition(" ")[0]
    return next((key for key in sorted(missing) if now.seen[key].there.partition(" ")[0] == facts), "")


def _is_as_it_was(person: Character, before: Seen) -> bool:
    return own_of(person) == before.own and facts_of(person.card) == before.facts


def _seen(there: There, person: Character) -> Seen:
    return Seen(person.id, stamp([there.path]) if there.path else "", there.mark, facts_of(person.card), own_of(person),
                there.name, person.name)
