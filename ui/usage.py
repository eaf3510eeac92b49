"""What it costs, in Settings: prices that a person knows, the monthly limit, and what the work has taken so far."""

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from core.errors import Refused
from core.language import Words
from core.studio import Studio
from core.usage import PRICES, read_price
from ui import parts
from ui.page import Page

SHOWN_MONTHS, SHOWN_OTHERS = 12, 20
Row = tuple[str, Mapping[str, float]]


def table(studio: Studio) -> dict[str, Any]:
    """All sums, for programs."""
    return {"months": studio.ledger.months(), "characters": studio.ledger.totals("characters"),
            "stories": studio.ledger.totals("stories")}


def wire(page: Page, place: gr.HTML) -> None:
    def enter(request: gr.Request) -> str:
        return draw(page, page.words(request))

    def act(event: gr.EventData, request: gr.Request) -> str:
        said, words = parts.said(event), page.words(request)
        if not page.may_change():
            raise Refused("Settings cannot be changed while the studio is shared.", "The person at the computer can.")
        if said.get("name") in PRICES:
            page.studio.settings.set(f"usage.{said['name']}", read_price(said.get("text", "")))
        return draw(page, words)

    page.on(page.seats["settings"].select, enter, None, [place])
    page.on(place.act, act, None, [place])


def draw(page: Page, words: Words) -> str:
    head = f'<h3 data-section="usage">{escape(words("settings.usage"))}</h3>' \
           f'<p>{escape(words("settings.usage_hint"))}</p>'
    if not page.may_change():
        return f'{head}<p class="quiet">{escape(words("usage.shared"))}</p>'
    return head + _prices(page, words) + _sums(page.studio, words)


def cost(figures: Mapping[str, float], words: Words) -> list[str]:
    """What a job has cost, in short: "12 Wh", "0.03"; nothing of what nobody knows."""
    said = [energy(figures["wh"])] if figures.get("wh") else []
    return said + ([words("usage.money", sum=money(figures["cost"]))] if figures.get("cost") else [])


def energy(wh: float) -> str:
    return f"{wh / 1000:.2f} kWh" if wh >= 1000 else f"{wh:.1f} Wh"


def money(value: float) -> str:
    """Two digits after the point, more for what costs less than a cent."""
    return f"{value:.2f}" if value >= 0.01 or not value else f"{value:.4f}"


def _prices(page: Page, words: Words) -> str:
    rates = page.studio.ledger.rates()
    fields = "".join(
        f'<label class="field"><b>{escape(words(f"usage.{name}"))}</b>'
        f'<span class="quiet">{escape(words(f"usage.{name}_help"))}</span>'
        f'<input type="text" inputmode="decimal" maxlength="12" data-act="price" data-keep data-name="{name}" '
        f'value="{getattr(rates, name):g}"></label>' for name in PRICES)
    return f'<div class="papers-grid">{fields}</div>'


def _sums(studio: Studio, words: Words) -> str:
    months = studio.ledger.months()
    if not months:
        return f'<p class="quiet">{escape(words("usage.empty"))}</p>'
    titled = [(_title(studio, story, words), figures) for story, figures in studio.ledger.totals("stories").items()]
    people = [*studio.ledger.totals("characters").items()]
    return (_table("month", [(month, row["all"]) for month, row in months.items()][:SHOWN_MONTHS], words)
            + _table("character", people[:SHOWN_OTHERS], words) + _table("story", titled[:SHOWN_OTHERS], words))


def _title(studio: Studio, story: str, words: Words) -> str:
    entry = studio.library.entry(story)
    return entry.title if entry is not None and entry.title else words("usage.gone")


def _table(what: str, rows: list[Row], words: Words) -> str:
    """Only the columns in which something is known."""
    if not rows:
        return ""
    say = {"jobs": lambda row: f"{row['jobs']:.0f}",
           "seconds": lambda row: parts.duration(row["seconds"], words),
           "card_seconds": lambda row: parts.duration(row["card_seconds"], words) if row["card_seconds"] else "–",
           "wh": lambda row: energy(row["wh"]) if row["wh"] else "–",
           "energy": lambda row: money(row["energy"]), "rent": lambda row: money(row["rent"])}
    shown = [name for name in say if any(row[name] for _, row in rows)]
    heads = "".join(f'<th scope="col">{escape(words(f"usage.col_{name}"))}</th>' for name in (what, *shown))
    lines = "".join(f'<tr><td><b>{escape(name)}</b></td>'
                    + "".join(f"<td>{escape(say[column](row))}</td>" for column in shown) + "</tr>"
                    for name, row in rows)
    return f'<div class="table"><table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
