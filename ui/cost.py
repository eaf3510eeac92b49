"""What a wish will cost, beside the button that grants it: time, and whether memory or disk is short."""

from dataclasses import replace
from html import escape
from typing import Any

from core import enlarging, forecast
from core.errors import StudioError
from core.forecast import Forecast
from core.grids import list_cells, plan, read_axis
from core.language import Words
from core.requests import GridRequest, ImageRequest, TrainRequest, UpscaleRequest
from core.tuition import Tuition
from ui.parts import duration, icon

KNOBS = ("shape", "speed", "count", "steps", "width", "height", "guidance", "enlarge", "fix_faces", "model", "memory")
"""What the price follows. Other knobs change a picture, not what it costs."""
LESSON_KNOBS = ("effort", "model", "steps", "rank", "batch", "accumulate", "resolution", "spare_memory", "precision")
"""The same for a training."""


def label(studio: Any, key: str, asked: ImageRequest, grid: GridRequest | None, words: Words) -> str:
    """"Make pictures · about 20 s"; only the verb where nothing can be foretold."""
    if grid is not None:
        asked = replace(asked, count=asked.count * cells(grid))
    told = forecast.forecast(studio, key, asked)
    return " · ".join([words("image.go"), *(tell(told, words) if told else ())])


def larger(studio: Any, key: str, asked: UpscaleRequest, words: Words) -> str:
    """"Upscale · about 4 s"; only the verb before anything was enlarged in this way and where memory is not short."""
    seconds, (gb, fits) = enlarging.foretell(studio, key, asked), enlarging.needs(studio, key, asked)
    said = [] if seconds is None else [words("image.cost_known", span=duration(seconds, words))]
    said += [] if fits else [words("image.cost_tight", gb=f"{gb:.0f}")]
    return " · ".join([words("upscale.go"), *said])


def tell(told: Forecast, words: Words) -> list[str]:
    span = duration(told.seconds, words)
    said = [words("image.cost_known" if told.measured else "image.cost_guess", span=span)]
    if not told.plan.fits:
        said.append(words("image.cost_tight", gb=f"{max(told.plan.device_gb, told.plan.ram_gb):.0f}"))
    elif told.plan.way not in ("full", "half"):
        said.append(words("image.cost_short"))
    return said


def cells(grid: GridRequest) -> int:
    """How many pictures of the same kind a grid holds."""
    try:
        if grid.prompts:
            return len(list_cells(grid.request, grid.prompts, 1))
        axes = (read_axis(name, text) for name, text in ((grid.x, grid.x_values), (grid.y, grid.y_values),
                                                         (grid.z, grid.z_values)))
        return len(plan(grid.request, *axes))
    except StudioError:
        return 1


def lesson(told: Tuition | None, asked: TrainRequest, words: Words) -> tuple[str, str]:
    """(the words of the button, what stands above it): time; then memory and disk, and what helps where it is short."""
    go = words("training.go_on", name=asked.character) if asked.character else words("training.go")
    if told is None:
        return go, ""
    span = words("image.cost_known" if told.measured else "image.cost_guess", span=duration(told.seconds, words))
    needs = [span]
    if told.memory_gb:
        needs.append(words("training.cost_card" if told.on_card else "training.cost_ram", gb=f"{told.memory_gb:.1f}"))
    needs.append(words("training.cost_disk", gb=f"{told.disk_gb:.1f}"))
    said = words("training.cost" if told.measured else "training.cost_first", needs=", ".join(needs))
    return f"{go} · {span}", f'<p class="quiet">{escape(said)}</p>{_short(told, asked, words)}'


def _short(told: Tuition, asked: TrainRequest, words: Words) -> str:
    """Plain words where it does not fit, and what would help."""
    lacks = []
    if not told.fits_memory:
        helps = words("training.smaller" if asked.spare_memory else "training.spare_first")
        short = "training.short_card" if told.on_card else "training.short_ram"
        lacks.append(words(short, gb=f"{told.memory_gb:.1f}", free=f"{told.free_gb:.1f}") + " " + helps)
    if not told.fits_disk:
        lacks.append(words("training.short_disk", gb=f"{told.disk_gb:.1f}", free=f"{told.free_disk_gb:.1f}"))
    return "".join(f'<div class="advice warn slim" role="status">{icon("warn")}<p>{escape(one)}</p></div>'
                   for one in lacks)
