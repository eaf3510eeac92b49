"""Curves as SVG, drawn here and sent with the page: right in dark and light, and still there after a reload."""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]
WIDTH, HEIGHT = 880, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 12, 24


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

    drawn = [_frame(bottom, top, last)]
    drawn += [f'<line class="mark" x1="{_x(x, last):.1f}" x2="{_x(x, last):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}">'
              f'<title>{escape(word)}</title></line>' for x, word in marks]
    for name, points in lines:
        path = " ".join(at(x, y) for x, y in points)
        drawn.append(f'<polyline class="{escape(name)}" points="{path}"/>')
        if len(points) <= 12:
            drawn += [f'<circle class="{escape(name)}" cx="{at(x, y).split(",")[0]}" '
                      f'cy="{at(x, y).split(",")[1]}" r="4"><title>{x:g}: {y:.3g}</title></circle>' for x, y in points]
    return (f'<svg class="curves" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label, quote=True)}">'
            f'{"".join(drawn)}</svg>')


def _frame(bottom: float, top: float, last: float) -> str:
    middle = (bottom + top) / 2
    lines = "".join(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(v, bottom, top):.1f}" '
                    f'y2="{_y(v, bottom, top):.1f}"/><text x="{LEFT - 6}" y="{_y(v, bottom, top) + 4:.1f}" '
                    f'text-anchor="end">{v:.3g}</text>' for v in (bottom, middle, top))
    steps = "".join(f'<text x="{_x(last * share, last):.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">'
                    f'{round(last * share)}</text>' for share, anchor in ((0, "start"), (0.5, "middle"), (1, "end")))
    return lines + steps


def _reach(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    """From where to where the picture goes; one wild value in fifty does not flatten all the others."""
    ordered = sorted(values)
    bottom = low if low is not None else ordered[0]
    top = high if high is not None else ordered[min(len(ordered) - 1, int(len(ordered) * 0.98))]
    return bottom, top if top > bottom else bottom + (abs(bottom) or 1.0)


def _x(step: float, last: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * step / last


def _y(value: float, bottom: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - bottom) / (top - bottom)
