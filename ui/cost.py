"""What the pictures that are asked for will cost, on the button that makes them: time, and whether memory is short."""

from dataclasses import replace
from typing import Any

from core import forecast
from core.errors import StudioError
from core.forecast import Forecast
from core.grids import list_cells, plan, read_axis
from core.language import Words
from core.requests import GridRequest, ImageRequest
from ui.parts import duration

KNOBS = ("shape", "speed", "count", "steps", "width", "height", "guidance", "enlarge", "fix_faces", "model", "memory")
"""What the price follows. Other knobs change a picture, not what it costs."""


def label(studio: Any, key: str, asked: ImageRequest, grid: GridRequest | None, words: Words) -> str:
    """"Make pictures · about 20 s"; only the verb where nothing can be foretold."""
    if grid is not None:
        asked = replace(asked, count=asked.count * cells(grid))
    told = forecast.forecast(studio, key, asked)
    return " · ".join([words("image.go"), *(tell(told, words) if told else ())])


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
