"""SillyTavern's data folder and the studio, brought together: characters both ways; personas, chats and worlds come.

What both sides changed is joined where it can be and else kept twice; a deletion is never carried over.
"""

from pathlib import Path

from core.bench import Bench
from core.cards import Card
from core.errors import Refused
from core.requests import SyncRequest
from core.tavern import folder, memory
from pipelines.sync.sillytavern.people import sync_people
from pipelines.sync.sillytavern.round import Round
from pipelines.sync.sillytavern.tales import bring_chat, bring_world

CARD = Card(
    name="SillyTavern",
    task="sync",
    about="Keeps characters the same here and in SillyTavern; its personas, chats and world info come along.",
    licence="MIT",
    needs=("PIL",),
)


def run(request: SyncRequest, bench: Bench) -> None:
    if bench.owner:
        raise Refused("Only the person at the computer can sync.", "Ask them; sharing is on.")
    bench.step(0, 0, "Looking for SillyTavern")
    tavern = folder.find(request.folder, folder.usual_places(Path.home()))
    seen = memory.load(bench.row(memory.TABLE, memory.row_id(tavern.root)))
    now = Round(bench, tavern, request.look, request.again, seen)
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
