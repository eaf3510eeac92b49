"""A character: one object that ties together who somebody is, how they look, and all that was made for them."""

import re
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from core.errors import Missing, StudioError
from core.jobs import new_id

TABLE = "characters"
KINDS = ("drawn", "person", "animal", "thing")
EXPRESSIONS = ("neutral", "smiling", "sad", "angry", "surprised", "laughing", "blushing", "sleepy")
CONSENTS = ("not needed", "own", "given", "unknown")
ANYBODY = "person"
"""The subject of whom nothing is said yet."""
VIEWS = ("front", "three-quarter", "side", "back")
TRAITS_MOST = 20_000
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What nobody sees, or what turns the words around it the other way."""


@dataclass(frozen=True)
class TrainedLora:
    """A LoRA that was made for a character: which file exactly, and why this one."""

    base: str
    family: str
    file: str
    """Path below models/."""
    sha256: str
    trigger: str = ""
    strength: float = 1.0
    step: int = 0
    score: float = 0.0
    reason: str = ""
    run: str = ""
    """Id of the job that trained it; its asset tells the rest."""
    created: float = 0.0


@dataclass(frozen=True)
class Consent:
    """What is known about the depicted person's yes."""

    state: str = "not needed"
    """"not needed" (invented), "given", "own" (pictures of oneself), "unknown"."""
    by: str = ""
    when: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Character:
    """Everything about one character. Rows of the store hold exactly this; unknown fields are kept in `more`."""

    id: str
    name: str
    kind: str = "drawn"
    subject: str = ANYBODY
    """The plain word for what it is: girl, man, dog, robot. Training starts the trigger from it."""
    descriptor: str = ""
    """How they always look, in prompt words: green twintails, red eyes, star hairpin."""
    trigger: str = ""
    age: str = ""
    """As a person would say it: 24, or about forty. Nobody under 18 comes into anything explicit."""
    photos: tuple[str, ...] = ()
    dataset: str = ""
    portraits: Mapping[str, str] = field(default_factory=dict)
    """Asset by "expression/pose", e.g. "smiling/front"."""
    drafts: Mapping[str, str] = field(default_factory=dict)
    """Portraits that were drawn and wait for a yes; keys as in `portraits`."""
    loras: tuple[TrainedLora, ...] = ()
    """Newest last; the last one of a base is worn unless `wears` names another file."""
    wears: Mapping[str, str] = field(default_factory=dict)
    """Base to file, where the person chose otherwise."""
    voice: str = ""
    """How they sound, in plain words; it goes along into stories."""
    likeness: Mapping[str, Any] = field(default_factory=dict)
    licence: str = ""
    consent: Consent = Consent()
    card: Mapping[str, Any] = field(default_factory=dict)
    """The SillyTavern card as it came, lorebook and unknown fields included; `traits` stand in it."""
    created: float = 0.0
    changed: float = 0.0
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def traits(self) -> str:
        """How they are. The card's `personality` and nothing beside it: what is said twice is soon said differently."""
        data = self.card.get("data")
        told = data.get("personality") if isinstance(data, Mapping) else None
        return told if isinstance(told, str) else ""

    @property
    def words(self) -> str:
        """What `@name` becomes in a prompt: trigger and description, which together hold best."""
        return ", ".join(part for part in (f"{self.trigger} {self.subject}".strip(), self.descriptor) if part)

    @property
    def plain_words(self) -> str:
        """The same without the character: what the base model already knew."""
        return ", ".join(part for part in (self.subject, self.descriptor) if part)

    def lora_for(self, base: str) -> TrainedLora | None:
        """The LoRA to wear with a base model."""
        fitting = [lora for lora in self.loras if lora.base == base]
        chosen = self.wears.get(base)
        return next((lora for lora in fitting if lora.file == chosen), fitting[-1] if fitting else None)

    def lora_for_family(self, family: str) -> TrainedLora | None:
        """The LoRA to wear with any model of a family."""
        bases = [lora.base for lora in self.loras if lora.family == family]
        return self.lora_for(bases[-1]) if bases else None

    def row(self) -> dict[str, Any]:
        """What is kept on disk."""
        values = asdict(self)
        return {**values.pop("more"), **values}


def new_character(name: str, **known: Any) -> Character:
    """A character with a name; its trigger is made from it."""
    name = " ".join(UNSEEN.sub(" ", name).split())
    if not name:
        raise StudioError("The character has no name yet.", "Give them a name of one or more letters.")
    if len(name) > 80:
        raise StudioError("That name is very long.", "Use up to 80 letters.")
    now = time.time()
    return Character(**{"id": new_id(), "name": name, "trigger": make_trigger(name), "created": now, "changed": now,
                        **known})


def from_row(row: Mapping[str, Any]) -> Character:
    known = {f.name for f in fields(Character)} - {"more"}
    values = {key: value for key, value in row.items() if key in known}
    for key in ("photos",):
        values[key] = tuple(values.get(key) or ())
    values["loras"] = tuple(_lora(each) for each in values.get("loras") or ())
    values["consent"] = Consent(**{k: v for k, v in (values.get("consent") or {}).items()
                                   if k in Consent.__dataclass_fields__})
    return Character(**values, more={key: value for key, value in row.items() if key not in known})


def find(rows: Iterable[Mapping[str, Any]], who: str) -> Character:
    """A character by id or by name, upper and lower case alike."""
    people = [from_row(row) for row in rows]
    for person in people:
        if answers_to({"id": person.id, "name": person.name}, who):
            return person
    names = ", ".join(sorted(person.name for person in people)) or "nobody yet"
    raise Missing(f"There is no character called {who!r}.", f"There is: {names}.")


def answers_to(row: Mapping[str, Any], who: str) -> bool:
    return who == row.get("id") or who.lstrip("@").casefold() == str(row.get("name", "")).casefold()


def make_trigger(name: str) -> str:
    """A word no model knows, easy to recognise: zw and the letters of the name."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    letters = re.sub(r"[^a-z0-9]", "", ascii_name.lower())[:16]
    if not letters:
        letters = "".join(f"{ord(mark) % 1296:02x}" for mark in name[:4])
    return f"zw{letters}"


def fit_trigger(trigger: Any, name: str) -> str:
    """A trigger from elsewhere, if it is one word: it becomes the name of a file once it is learned."""
    return trigger if isinstance(trigger, str) and re.fullmatch(r"[\w-]{1,40}", trigger) else make_trigger(name)


def with_lora(person: Character, lora: TrainedLora) -> Character:
    """The character wearing a new LoRA of its base; a choice made earlier for this base gives way."""
    wears = {base: file for base, file in person.wears.items() if base != lora.base}
    others = tuple(each for each in person.loras if each.file != lora.file)
    return replace(person, loras=(*others, lora), wears=wears, changed=time.time())


def amend(person: Character, what: str, text: str) -> Character:
    """One thing about a character said anew: how they look, are and sound, their age, kind, licence, or whose yes."""
    if what == "traits":
        return _with_traits(person, text.strip())
    text, now = " ".join(text.split()), time.time()
    if what == "descriptor":
        person = replace(person, descriptor=text[:400])
    elif what == "subject":
        person = replace(person, subject=text[:60] or ANYBODY)
    elif what == "age":
        person = replace(person, age=text[:60])
    elif what == "voice":
        person = replace(person, voice=text[:160])
    elif what == "licence":
        person = replace(person, licence=text[:120])
    elif what == "kind" and text in KINDS:
        # A real person is judged by another eye, and an invented one's "not needed" is no yes.
        said = person.consent.state == "not needed" and text == "person"
        person = replace(person, kind=text, likeness={} if text != person.kind else person.likeness,
                         consent=replace(person.consent, state="unknown", when=now) if said else person.consent)
    elif what == "consent" and text in CONSENTS:
        person = replace(person, consent=replace(person.consent, state=text, when=now))
    elif what == "consent-by":
        person = replace(person, consent=replace(person.consent, by=text[:160], when=now))
    else:
        raise StudioError(f"“{text[:40]}” cannot be said of a character there.", "Choose one of what is offered.")
    return replace(person, changed=now)


def _with_traits(person: Character, text: str) -> Character:
    if len(text) > TRAITS_MOST:
        raise StudioError("That is very long for how somebody is.", "Use up to 20,000 letters.")
    known = person.card.get("data")
    data = {key: value for key, value in (known if isinstance(known, Mapping) else {}).items() if key != "personality"}
    data |= {"personality": text} if text else {}
    card = {key: value for key, value in person.card.items() if key not in ("data", "personality")}
    return replace(person, card=card | ({"data": data} if data else {}), changed=time.time())


def choose_lora(person: Character, base: str, file: str, strength: str = "") -> Character:
    """The character wearing another of their LoRAs with a base, more lightly where that is said."""
    if not any(lora.file == file and lora.base == base for lora in person.loras):
        raise Missing("That LoRA is not here any more.", "Train again, or choose another step.")
    worn = next((float(one) for one in (strength,) if re.fullmatch(r"[01](\.\d{1,2})?", one)), 0.0)
    loras = tuple(replace(lora, strength=worn) if worn and lora.file == file else lora for lora in person.loras)
    return replace(person, loras=loras, wears={**person.wears, base: file}, changed=time.time())


def keep_portrait(person: Character, key: str) -> Character:
    """A draft becomes the portrait of its expression and pose."""
    if key not in person.drafts:
        raise Missing("That portrait is not here any more.", "Draw it again.")
    drafts = {name: asset for name, asset in person.drafts.items() if name != key}
    return replace(person, portraits={**person.portraits, key: person.drafts[key]}, drafts=drafts,
                   changed=time.time())


def drop_draft(person: Character, key: str) -> Character:
    """A draft that is not wanted; its picture stays in the Library."""
    drafts = {name: asset for name, asset in person.drafts.items() if name != key}
    return replace(person, drafts=drafts, changed=time.time())


def _lora(values: Mapping[str, Any]) -> TrainedLora:
    return TrainedLora(**{k: v for k, v in values.items() if k in TrainedLora.__dataclass_fields__})
