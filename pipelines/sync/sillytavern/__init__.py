"""SillyTavern's data folder and the studio, brought together: characters both ways; personas, chats and worlds come.

What both sides changed is joined where it can be and else kept twice; a deletion is never carried over.
"""

from dataclasses import dataclass
from pathlib import Path

from core.bench import Bench
from core.cards import Card
from core.disk import is_good_name
from core.errors import BadFile, Refused
from core.requests import SyncRequest, knob
from core.tavern import folder, memory
from pipelines.sync.sillytavern.people import sync_people, take_card
from pipelines.sync.sillytavern.round import Round
from pipelines.sync.sillytavern.tales import bring_chat, bring_world

CARD = Card(
    name="SillyTavern",
    task="sync",
    about="Keeps characters the same here and in SillyTavern; its personas, chats and world info come along.",
    licence="MIT",
    needs=("PIL",),
)


@dataclass(frozen=True)
class Options:
    sent: str = knob("", "File", "One card or chat that SillyTavern's extension has sent; empty syncs the folder.",
                     kind="file", advanced=True)
    name: str = knob("", "Its name", "What the file is called in SillyTavern.", kind="text", advanced=True)
    whose: str = knob("", "Whose chat", "The name of the character's card, for a chat.", kind="text", advanced=True)


def run(request: SyncRequest, bench: Bench) -> None:
    if bench.owner:
        raise Refused("Only the person at the computer can sync.", "Ask them; sharing is on.")
    bench.step(0, 0, "Looking for SillyTavern")
    tavern = folder.find(request.folder, folder.usual_places(Path.home()))
    seen = memory.load(bench.rows(memory.TABLE), tavern.root)
    now = Round(bench, tavern, request.look, request.again, seen=seen)
    if request.options["sent"]:
        _take_sent(now, Path(request.options["sent"]), request.options["name"], request.options["whose"])
        return
    cards, chats, worlds = tavern.cards(), tavern.chats(), tavern.worlds()
    now.total = len(cards) + len(chats) + len(worlds) + 1
    sync_people(now, cards)
    for chat in chats:
        with now.one(chat.title):
            bring_chat(now, chat)
    for world in worlds:
        with now.one(world.name):
            bring_world(now, world)
    now.tell()
    bench.step(now.total, now.total, "Done")


def _take_sent(now: Round, file: Path, name: str, whose: str) -> None:
    """One thing, brought by the person themselves: it comes also when it was deleted here once, and nothing goes."""
    now.again = now.only_comes = True
    if not is_good_name(name) or whose and not is_good_name(whose):
        raise BadFile("What was sent has no name that can be kept.", "Give it another name in SillyTavern.")
    if file.suffix == ".png":
        take_card(now, f"characters/{name}", file, set())
    else:
        bring_chat(now, now.tavern.chat_with(f"chats/{whose}/{name}" if whose else f"group chats/{name}", file))
    now.tell()
