"""Curves as SVG, drawn here and sent with the page: right in dark and light, and still there after a reload.

The lines stretch to whatever width there is; words and dots beside them keep their size, on a phone too.
"""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]
WIDTH, HEIGHT = 1000, 200
DOTS = 12
"""Up to so many points each is marked by itself."""


def curves(lines: Sequence[tuple[str, Sequence[Point]]], label: str, *, high: float | None = None,
           low: float | None = None, marks: Sequence[tuple[float, str]] = (), until: float = 0.0) -> str:
    """Several lines over the same steps. Each line is (class, points); `marks` are steps with a word at the foot."""
    every = [point for _, points in lines for point in points]
    if not every:
        return ""
    last = max(until, *(x for x, _ in every), 1.0)
    bottom, top = _reach([y for _, y in every], low, high)

    def at(x: float, y: float) -> str:
        return f"{_x(x, last):.1f},{_y(min(max(y, bottom), top), bottom, top):.1f}"

    drawn = [f'<path class="grid" d="M0 {y} h{WIDTH}"/>' for y in (0, HEIGHT // 2, HEIGHT)]
    drawn += [f'<path class="mark" d="M{_x(x, last):.1f} 0 v{HEIGHT}"><title>{escape(word)}</title></path>'
              for x, word in marks]
    for name, points in lines:
        drawn.append(f'<polyline class="{escape(name)}" points="{" ".join(at(x, y) for x, y in points)}"/>')
        if len(points) <= DOTS:
            drawn += [f'<path class="dot {escape(name)}" d="M{at(x, y)} h0"><title>{x:g}: {y:.3g}</title></path>'
                      for x, y in points]
    heights = "".join(f"<span>{value:.3g}</span>" for value in (top, (bottom + top) / 2, bottom))
    steps = "".join(f"<span>{round(last * share)}</span>" for share in (0, 0.5, 1))
    return (f'<div class="curves" role="img" aria-label="{escape(label, quote=True)}"><div class="heights">{heights}'
            f'</div><svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">{"".join(drawn)}</svg>'
            f'<div class="steps">{steps}</div></div>')


def _reach(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    """From where to where the picture goes; one wild value in fifty does not flatten all the others."""
    ordered = sorted(values)
    bottom = low if low is not None else ordered[0]
    top = high if high is not None else ordered[min(len(ordered) - 1, int(len(ordered) * 0.98))]
    return bottom, top if top > bottom else bottom + (abs(bottom) or 1.0)


def _x(step: float, last: float) -> float:
    return WIDTH * step / last


def _y(value: float, bottom: float, top: float) -> float:
    return HEIGHT * (1 - (value - bottom) / (top - bottom))
