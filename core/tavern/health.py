"""Whether SillyTavern is there: its folder, how much lies in it, and which version of its server answers."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from core.errors import StudioError
from core.tavern import folder

ADDRESS = "http://127.0.0.1:8000"
SECONDS = 2.0
ANSWER_BYTES = 65_536
ANSWERS, CLOSED, STRANGE, SILENT = "answers", "closed", "strange", "silent"


@dataclass(frozen=True)
class Health:
    """What was found. `trouble` says what is wrong with the folder, `server` how the server took the question."""

    root: Path | None = None
    cards: int = 0
    chats: int = 0
    worlds: int = 0
    trouble: StudioError | None = None
    server: str = SILENT
    version: str = ""
    address: str = ADDRESS


def look(said: str, address: str, home: Path) -> Health:
    """Both at once: the folder that is named or found, and the server."""
    address = address.strip().rstrip("/") or ADDRESS
    server, version = ask(address)
    try:
        found = folder.find(said, folder.usual_places(home))
        counts = len(found.cards()), sum(1 for _ in (found.root / "chats").glob("*/*.jsonl")), len(found.worlds())
    except StudioError as trouble:
        return Health(trouble=trouble, server=server, version=version, address=address)
    return Health(found.root, *counts, server=server, version=version, address=address)


def ask(address: str) -> tuple[str, str]:
    """How the server answers, and as which version. Never through a proxy: it is on this computer or near."""
    if not address.startswith(("http://", "https://")):
        return STRANGE, ""
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(f"{address}/version", timeout=SECONDS) as answer:
            told = json.loads(answer.read(ANSWER_BYTES))
    except urllib.error.HTTPError as refusal:
        return (CLOSED if refusal.code in (401, 403) else STRANGE), ""
    except OSError:
        return SILENT, ""
    except (ValueError, RecursionError):
        return STRANGE, ""
    agent = str(told.get("agent") or "") if isinstance(told, dict) else ""
    return (ANSWERS, str(told.get("pkgVersion") or "")[:40]) if agent.startswith("SillyTavern") else (STRANGE, "")
