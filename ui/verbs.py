"""What can be done next with a picture: the same row of verbs wherever one is shown. What they do is in onward.py."""

from html import escape

from core.language import Words
from ui import parts

NEAR = (("again", "again"), ("vary", "vary"), ("part", "brush"), ("bigger", "bigger"))
"""What is done most, always in sight: verb and symbol."""
MADE = (("all", "words"), ("remix", "vary"), ("prompt", "words"), ("repeat", "equal"))
"""What needs the story of a picture that was drawn."""
GIVEN = (("start", "picture"), ("reference", "eye"), ("extend", "extend"), ("face", "face"))
"""What any picture can be used for."""
NEEDS_STORY = frozenset({"again"})


def row(asset_id: str, words: Words, *, drawn: bool = True, library: bool = True) -> str:
    """The verbs of one picture. `drawn`: a recipe is known. `library`: it is not shown in the Library already."""
    shown = [verb(name, symbol, asset_id, words) for name, symbol in NEAR if drawn or name not in NEEDS_STORY]
    shown.append(parts.button("upscale", words("results.upscale"), "large", asset=asset_id))
    more = [verb(name, symbol, asset_id, words) for name, symbol in (*GIVEN, *(MADE if drawn else ()))]
    if library:
        more.append(parts.button("how", words("results.how"), "tree", asset=asset_id))
    label = escape(words("verbs.more"))
    return ("".join(shown) + f'<details class="more"><summary class="nb quiet">{parts.icon("more")}<span>{label}</span>'
            f'</summary><div class="menu">{"".join(more)}</div></details>')


def verb(name: str, symbol: str, asset_id: str, words: Words) -> str:
    """One button; its data-make reaches onward.py from any piece of the page."""
    label, says = escape(words(f"verbs.{name}")), escape(words(f"verbs.{name}_help"), quote=True)
    return (f'<button type="button" class="nb quiet" data-make="{name}" data-asset="{escape(asset_id, quote=True)}" '
            f'title="{says}">{parts.icon(symbol)}<span>{label}</span></button>')
