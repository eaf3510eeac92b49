"""Whose things are whose in a shared studio. At home nobody has a token and everything is everybody's.

What belongs to somebody else is not there, in the same words as what never was: nothing is told by the difference.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from core.errors import Missing

log = logging.getLogger(__name__)
STRICT = frozenset({"characters"})
"""Tables in which every row is a person's own; in others a row without an owner is for all."""


class HasRecords(Protocol):
    """What is asked of the studio's assets."""

    def record(self, asset_id: str) -> dict[str, Any]: ...


def hold_to(assets: HasRecords, ids: Iterable[str], owner: str) -> list[str]:
    """These ids, if each belongs to the owner; Missing otherwise, and the log says who asked."""
    checked = list(ids)
    for asset_id in checked if owner else ():
        if str(assets.record(asset_id).get("owner") or "") != owner:
            log.warning("somebody asked for what is not theirs",
                        extra={"context": {"asset": asset_id, "visitor": owner}})
            raise Missing("That is not in your Library.", "Choose a picture of your own, or upload one.")
    return checked


def theirs(table: str, rows: Iterable[Mapping[str, Any]], owner: str) -> list[Any]:
    """The rows of a table that this person may work with."""
    if not owner:
        return list(rows)
    allowed = {owner} if table in STRICT else {owner, ""}
    return [row for row in rows if str(row.get("owner") or "") in allowed]
