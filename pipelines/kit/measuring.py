"""A character's own photos held against each other: what "looks like them" means, and which photos may be of somebody
else. The same for every eye."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core import characters, datasets
from core.bench import Bench
from core.errors import Missing, StudioError
from core.likeness import FEWEST, Measure, calibrate, centre_of, dot
from core.photo_checks import strangers
from core.photos import open_photo
from core.requests import LikenessRequest
from pipelines.kit.photographs import amend, find_dataset

See = Callable[[Any], tuple[Sequence[Sequence[float]], Mapping[str, Any]]]
"""Everybody in a picture as rows of length one, the one who counts first; and what else was seen."""


def check_asked(request: LikenessRequest) -> None:
    if not request.pictures and not request.photos:
        raise Missing("There are no pictures to judge.", "Choose some in the Library.")


def measure_photos(bench: Bench, person: characters.Character, eye: str, stranger: float, see: See, least: int = 0
                   ) -> Measure:
    """Looked at once and kept with the character. `least` pixels of a photo are enough for this eye."""
    dataset = find_dataset(bench, person)
    photos = dataset.used if dataset else ()
    rows: dict[str, Sequence[float]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for number, photo in enumerate(photos):  # one at a time: photos are large
        bench.step(number, len(photos), "Looking at the photos")
        found, seen = see(open_photo(bench.open(photo.asset), least=least).picture)
        facts[photo.asset] = dict(seen)
        if found:
            rows[photo.asset] = found[0]
    odd = _odd(rows, stranger)
    for asset in facts:
        facts[asset]["stranger"] = asset in odd
    amend(bench, person, lambda fresh: datasets.add_facts(fresh, facts))
    measure = calibrate(list(rows.values()), eye, stranger)
    fresh = characters.find(bench.rows(characters.TABLE), person.id)
    bench.put(characters.TABLE, person.id, {**fresh.row(), "likeness": measure.row()})
    return measure


def look_over(bench: Bench, person: characters.Character, measure: Callable[[], Measure]) -> None:
    """Measure without judging anything; too few photos are no failure of a look that nobody asked for."""
    try:
        measure()
    except StudioError as trouble:
        bench.note(trouble.message)
        return
    dataset = find_dataset(bench, person)
    odd = sum(bool(photo.facts.get("stranger")) for photo in dataset.used) if dataset else 0
    bench.note(f"{odd} photos may be of somebody else." if odd else "The photos were compared with each other.")


def _odd(rows: Mapping[str, Sequence[float]], stranger: float) -> set[str]:
    """Photos far from the others, and as far as strangers usually are: a hidden face alone accuses nobody."""
    if len(rows) < FEWEST:
        return set()
    middle = centre_of(list(rows.values()))
    values = {asset: dot(row, middle) for asset, row in rows.items()}
    return {asset for asset in strangers(values) if values[asset] < stranger}
