"""What a person has said yes to: once before files of others come in, once before the first story leaves, and of single
findings. Each answer is kept with its time and the version of the words. What is found is core/story/concerns.py's.
"""

import hashlib
import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from core.errors import Missing, Refused
from core.story.concerns import Concern

log = logging.getLogger(__name__)

TABLE = "acknowledgements"
VERSION = 1
PROMISE = 1
"""The version of what a person says yes to before the first export. New words are asked about anew."""
PROMISES = (
    "The photos, pictures and sounds that I brought in are mine to share.",
    "Real people who are shown have said yes to it.",
    "Nothing sexual with anybody who is, or looks, underage. The studio writes no such story, in any mode.",
    "Where people could take a picture for a photograph, I say that a machine drew it.",
)
"""The words themselves; the window shows them in the visitor's language (story.promise_… in configs/languages)."""
PACK_PROMISES = (
    "Pictures and sounds that come along were made by somebody.",
    "I may use them, or I keep what I make of them to myself.",
    "What nobody says a licence of is asked about before a story with it leaves the studio.",
)
WHAT: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType({
    "promise": ("Before the first story leaves the studio, there is something to read and say yes to.",
                ("It stands in Story Export, under Export:", *PROMISES)),
    "pack": ("Before the first pack of somebody else comes in, there is something to read and say yes to.",
             ("It stands in the preview:", *PACK_PROMISES)),
})
"""What is asked once before a risky step: the refusal, and where the words stand."""
WHY_LONGEST = 500


def promised(store: Any, owner: str, what: str = "promise") -> float:
    """When a person said yes to what holds for such a step; 0.0 for not yet, or to older words."""
    row = store.get(TABLE, _promise(owner, what)) or {}
    return float(row.get("when", 0.0))


def promise(store: Any, owner: str, what: str = "promise") -> float:
    """Keep a person's yes, with its time and the version of the words."""
    if not promised(store, owner, what):
        key = _promise(owner, what)
        store.put(TABLE, key, {"id": key, "what": what, "owner": owner, "version": PROMISE, "when": time.time()})
    return promised(store, owner, what)


def check_promise(store: Any, owner: str, what: str = "promise") -> None:
    """No such step before the first yes."""
    if not promised(store, owner, what):
        refusal, words = WHAT[what]
        raise Refused(refusal, "\n".join([*words, "Programs say yes with promise=True."]))


def asks_pack(store: Any, owner: str, files: Collection[str]) -> bool:
    """Whether what comes in brings pictures or sounds, and nobody has said yes to that yet."""
    return bool(files) and not promised(store, owner, "pack")


def check_pack(store: Any, owner: str, files: Collection[str], yes: bool) -> None:
    """Pictures and sounds of others wait for a yes, once."""
    if files and yes:
        promise(store, owner, "pack")
    if files:
        check_promise(store, owner, "pack")


def _promise(owner: str, what: str) -> str:
    return f"{what}-{PROMISE}-{owner}"


def waive(store: Any, owner: str, story: str, concern: Concern, why: str) -> None:
    """A person passes one finding by and says why; that stays with the story, and goes along in its papers."""
    why = " ".join(why.split())[:WHY_LONGEST]
    if not why:
        raise Refused("To pass something by, a few words on why are needed.", "Such as: I asked, and she said yes.")
    key = _waiver(owner, story, concern)
    store.put(TABLE, key, {"id": key, "what": "waiver", "owner": owner, "version": VERSION, "when": time.time(),
                           "story": story, "kind": concern.kind, "words": [concern.words], "why": why})
    log.info("a finding was waived", extra={"context": {"story": story, "kind": concern.kind, "finding": concern.id}})


def unwaive(store: Any, owner: str, story: str, concern: Concern) -> None:
    """Asked about again from now on."""
    store.drop(TABLE, _waiver(owner, story, concern))


def with_waivers(concerns: Iterable[Concern], store: Any, owner: str, story: str) -> list[Concern]:
    """The findings; those that were passed by ask no more and say why."""
    rows = {row["id"]: row for row in store.rows(TABLE) if row.get("what") == "waiver"}
    return [replace(one, asks=False, waived=str(row["why"])) if (row := rows.get(_waiver(owner, story, one))) else one
            for one in concerns]


def named(concerns: Iterable[Concern], wanted: str) -> Concern:
    """The finding of this id."""
    for one in concerns:
        if one.id == wanted:
            return one
    raise Missing("That finding is not there any more.", "The story was changed meanwhile; look again.")


def _waiver(owner: str, story: str, concern: Concern) -> str:
    return hashlib.sha256(f"waiver {VERSION} {owner} {story} {concern.id}".encode()).hexdigest()[:24]


def check_consent(concerns: Iterable[Concern], store: Any, owner: str, given: bool) -> None:
    """Refuse while something asks and nobody has answered. An answer holds for just these findings."""
    asking = [one for one in concerns if one.asks]
    if not asking:
        return
    told = "\n".join(sorted(one.words for one in asking))
    key = hashlib.sha256(f"{VERSION} {owner} {told}".encode()).hexdigest()[:24]
    if given:
        store.put(TABLE, key, {"id": key, "what": "export", "owner": owner, "version": VERSION, "when": time.time(),
                               "words": [one.words for one in asking]})
    elif not any(row.get("id") == key for row in store.rows(TABLE)):
        words = "\n".join(one.words for one in asking[:5])
        raise Refused(f"Before this story leaves the studio: {words}",
                      "Mend it, or export again with “I have read this” ticked.")
