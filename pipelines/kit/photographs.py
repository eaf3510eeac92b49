"""A character's photos for a job that looks at them one by one, and what it finds out, put beside them: onto the rows
as they are by then, because a person may have changed words and crops meanwhile."""

from collections.abc import Callable

from core import characters, datasets
from core.bench import Bench
from core.characters import Character
from core.datasets import Dataset
from core.errors import Missing


def find_dataset(bench: Bench, person: Character) -> Dataset | None:
    row = next((row for row in bench.rows(datasets.TABLE) if row["id"] == person.dataset), None)
    return None if row is None else datasets.from_row(row)


def open_photos(bench: Bench, who: str) -> tuple[Character, Dataset]:
    """Somebody and their photos, of which there is at least one."""
    person = characters.find(bench.rows(characters.TABLE), who)
    dataset = find_dataset(bench, person)
    if dataset is None or not dataset.used:
        raise Missing(f"{person.name} has no photos yet.", "Add some in Characters.")
    return person, dataset


def amend(bench: Bench, person: Character, change: Callable[[Dataset], Dataset]) -> None:
    """Change the photos as they are now; nothing where the character was deleted meanwhile."""
    dataset = find_dataset(bench, person)
    if dataset is not None:
        bench.put(datasets.TABLE, dataset.id, change(dataset).row())
