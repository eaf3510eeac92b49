"""A character's portraits by expression and pose, drafts among them, and the pictures and stories they appear in."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core.characters import Character
from core.language import Words
from core.search import Entry
from ui import parts

SETS = ("expressions", "outfits", "turnaround")


def portraits(person: Character, words: Words) -> str:
    """Kept ones first, then drafts with Keep and Again; below, the sets that can be drawn."""
    kept = "".join(_figure(person, key, asset, False, words) for key, asset in person.portraits.items())
    drafts = "".join(_figure(person, key, asset, True, words) for key, asset in person.drafts.items())
    buttons = "".join(parts.button("draw-set", words(f"characters.draw_{name}"), "picture", person=person.id, what=name)
                      for name in SETS)
    if person.loras:
        buttons += parts.button("compare-lora", words("characters.compare_lora"), "compare", person=person.id)
    if person.drafts:
        buttons += parts.button("keep-all", words("characters.keep_all"), "check", quiet=False, person=person.id)
    body = f'<div class="photos portraits">{kept}{drafts}</div>' if kept or drafts else (
        f'<p class="quiet">{escape(words("characters.no_portraits"))}</p>')
    return (f'<section><h4>{escape(words("characters.portraits"))}</h4>{body}<div class="verbs">{buttons}</div>'
            f'</section>')


def appearances(pictures: Sequence[Entry], total: int, tales: Sequence[Mapping[str, Any]], words: Words) -> str:
    """Where somebody is seen, the newest first; "" as long as that is nowhere. A click leads to the picture in the
    Library, or to the stories."""
    if not pictures and not tales:
        return ""
    shown = "".join(f'<figure><button type="button" class="door" data-act="how" data-asset="{one.id}"><img '
                    f'loading="lazy" src="{parts.thumb_url(one.id)}" '
                    f'alt="{escape(one.title or words("results.picture"), quote=True)}"></button>{_score(one, words)}'
                    f'</figure>' for one in pictures)
    titles = ", ".join(str(tale["title"]) for tale in tales)
    told = (f'<div class="verbs"><button type="button" class="nb quiet" data-tab="story">{parts.icon("words")}<span>'
            f'{escape(words("characters.in_stories", titles=titles))}</span></button></div>') if tales else ""
    head = escape(words("characters.appears", count=total))
    return f'<section><h4>{head}</h4><div class="photos">{shown}</div>{told}</section>'


def _figure(person: Character, key: str, asset: str, draft: bool, words: Words) -> str:
    name = label(key, words)
    acts = parts.button("redraw", words("characters.redraw"), "again", bare=True, person=person.id, key=key)
    if draft:
        acts = (parts.button("keep-portrait", words("characters.keep_portrait"), "check", bare=True, person=person.id,
                             key=key)
                + acts + parts.button("drop-draft", words("characters.drop_draft"), "close", bare=True,
                                      person=person.id, key=key))
    return (f'<figure class="{"draft" if draft else ""}"><img loading="lazy" src="{parts.thumb_url(asset)}" '
            f'alt="{escape(name, quote=True)}"><figcaption>{escape(name)}</figcaption><span class="acts">{acts}</span>'
            f'</figure>')


def label(key: str, words: Words) -> str:
    """"smiling", or "hoodie" and "side" where the face is the plain one."""
    face, _, pose = key.partition("/")
    return words.phrase(pose if face == "neutral" and pose != "front" else face)


def _score(one: Entry, words: Words) -> str:
    if one.likeness is None:
        return ""
    return f'<span class="score">{escape(words("library.likeness", n=round(one.likeness)))}</span>'
