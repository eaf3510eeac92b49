"""After a job: every picture that was made with a character is held against that character's own photos, and one that
came from another picture is held against that one: enlarging and drawn faces may cost likeness.

Which eye can judge whom is the likeness pipelines' business; what nobody can judge is said, not guessed.
"""

from collections.abc import Sequence
from typing import Any

from core import characters
from core.bench import Bench
from core.catalog import Catalog
from core.errors import Cancelled, StudioError
from core.jobs import Job
from core.requests import LikenessRequest

TASKS = frozenset({"image", "grid", "upscale", "portraits"})
OURS = tuple(f"{task}." for task in ("image", "upscale", "portraits"))
"""Pipelines whose pictures say who is in them."""
WORSE = 10
"""So many points less than the picture had that it came from are told."""
MOST = 64
"""Pictures of one job that are judged; a larger batch is judged from the Library."""
TROUBLES = (StudioError, RuntimeError, OSError, ValueError)


def judge_made(job: Job, catalog: Catalog, bench: Bench) -> None:
    """Rate what a job made, by person; nothing here can spoil the job."""
    if catalog[job.key].task not in TASKS:
        return
    waiting: dict[str, list[str]] = {}
    for asset_id in job.assets[:MOST]:
        record = bench.record(asset_id)
        for name in people_in(record, job, bench):
            for one in (asset_id, *_before(record, bench)):
                if _score(one, name, bench) is None:
                    waiting.setdefault(name, []).append(one)
    for name, assets in waiting.items():
        trouble = _judge(name, tuple(dict.fromkeys(assets)), catalog, bench)
        if trouble:
            bench.note(f"The likeness of {name} could not be judged: {trouble}")
        else:
            _warn(name, job.assets[:MOST], bench)


def people_in(record: dict[str, Any], job: Job, bench: Bench) -> list[str]:
    """Who is in a picture: what it says itself, else what was asked for, else who was in the picture before."""
    if record.get("kind") != "image" or not str(record.get("pipeline", "")).startswith(OURS):
        return []
    named = [one for one in record.get("characters") or [] if isinstance(one, str)]
    asked = record.get("request")
    asked = asked if isinstance(asked, dict) else job.request
    if not named and asked.get("character"):
        named = [str(asked["character"])]
    if not named and job.key.startswith("upscale."):
        before = [one for one in record.get("parents") or [] if isinstance(one, str)][:1]
        named = [name for one in before for name in bench.record(one).get("characters") or []]
    return list(dict.fromkeys(named))


def _before(record: dict[str, Any], bench: Bench) -> list[str]:
    """The picture that should still look the same: what was enlarged, or only had its faces drawn again."""
    asked = record.get("request")
    asked = asked if isinstance(asked, dict) else {}
    kept = bool(asked.get("picture")) and asked.get("strength") == 0
    if not (kept or str(record.get("pipeline", "")).startswith("upscale.")):
        return []
    return [one for one in record.get("parents") or [] if isinstance(one, str)][:1]


def _score(asset_id: str, name: str, bench: Bench) -> float | None:
    known = bench.record(asset_id).get("likeness")
    return known.get(name) if isinstance(known, dict) else None


def _warn(name: str, assets: Sequence[str], bench: Bench) -> None:
    """Say of which pictures that it cost likeness to make them; the worst stands for several."""
    pairs = ((_score(before, name, bench), _score(one, name, bench)) for one in assets
             for before in _before(bench.record(one), bench))
    worse = sorted((now - then, then, now) for then, now in pairs if None not in (then, now) and then - now >= WORSE)
    if worse:
        _, then, now = worse[0]
        bench.note(f"It looks less like {name} than before: likeness {now:.0f}, it was {then:.0f}." if len(worse) == 1
                   else f"{len(worse)} of them look less like {name} than before, the worst {now:.0f} instead of "
                        f"{then:.0f}.")


def _judge(name: str, assets: tuple[str, ...], catalog: Catalog, bench: Bench) -> str:
    """Why nobody could judge, or "" when somebody did, or when there is nothing to compare with."""
    try:
        person = characters.find(bench.rows(characters.TABLE), name)
    except StudioError:
        return ""
    if not person.photos and not person.dataset:
        return ""
    said = ""
    for entry in catalog.find("likeness"):
        if entry.unavailable:
            continue
        try:
            bench.run(entry.key, LikenessRequest(pictures=assets, character=name))
            return ""
        except Cancelled:
            raise
        except TROUBLES as trouble:
            said = trouble.message if isinstance(trouble, StudioError) else str(trouble)[:160]
    return said
