"""After a job: every picture that was made with a character is held against that character's own photos.

Which eye can judge whom is the likeness pipelines' business; what nobody can judge is said, not guessed.
"""

from typing import Any

from core import characters
from core.bench import Bench
from core.catalog import Catalog
from core.errors import Cancelled, StudioError
from core.jobs import Job
from core.requests import LikenessRequest

TASKS = frozenset({"image", "grid", "upscale"})
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
            rated = record.get("likeness")
            if not (isinstance(rated, dict) and name in rated):
                waiting.setdefault(name, []).append(asset_id)
    for name, assets in waiting.items():
        trouble = _judge(name, tuple(assets), catalog, bench)
        if trouble:
            bench.note(f"The likeness of {name} could not be judged: {trouble}")


def people_in(record: dict[str, Any], job: Job, bench: Bench) -> list[str]:
    """Who is in a picture: what it says itself, else what was asked for, else who was in the picture before."""
    if record.get("kind") != "image" or not str(record.get("pipeline", "")).startswith(("image.", "upscale.")):
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
