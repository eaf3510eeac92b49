"""How characters look: a wall of cards, one of them with their photos, and what the checks found about these."""

from collections.abc import Iterable, Sequence
from html import escape

from core.characters import Character
from core.datasets import Dataset
from core.language import Words
from core.photo_checks import Finding
from ui import parts

FINDINGS, PHOTOS = 12, 240
REPAIRS = ("leave out", "crop to face", "accept")


def wall(people: Sequence[Character], words: Words, chosen: str = "") -> str:
    if not people:
        meet = parts.button("meet", words("characters.meet"), "star", quiet=False)
        example = f'<p class="quiet">{escape(words("characters.meet_hint"))}</p><div class="verbs middle">{meet}</div>'
        return parts.empty(words("characters.empty"), words("characters.empty_hint"), example)
    return f'<div class="wall people">{"".join(_card(person, words, chosen) for person in people)}</div>'


def detail(person: Character, dataset: Dataset, findings: Iterable[Finding], words: Words, more: str = "",
           faceless: bool = False) -> str:
    """One character: how they always look, what is known of them, their photos, and what to do about these. `more`
    stands between the photos and the facts; `faceless`: nothing here can look for faces."""
    found = list(findings)
    facts = [(words("characters.trigger"), person.trigger),
             (words("characters.loras"), ", ".join(dict.fromkeys(lora.base for lora in person.loras)))]
    unseen = len(dataset.photos) - PHOTOS
    rest = f'<p class="quiet">{escape(words("characters.more_photos", count=unseen))}</p>' if unseen > 0 else ""
    lines = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts if value)
    label = escape(words("characters.descriptor"), quote=True)
    remove = parts.button("remove", words("characters.remove"), "trash", person=person.id,
                          sure=words("characters.remove_sure"))
    return (f'<article class="detail person" data-person="{person.id}"><div class="topline"><h3>{escape(person.name)}'
            f'</h3>'
            f'{parts.button("put-away", words("frame.close"), "close", bare=True)}</div>'
            f'<label class="field"><b>{label}</b><span class="quiet">{escape(words("characters.descriptor_help"))}'
            f'</span>'
            f'<input type="text" id="descriptor" data-act="describe" data-person="{person.id}" maxlength="400" '
            f'value="{escape(person.descriptor, quote=True)}"></label>'
            f'<div class="verbs">'
            f'{parts.button("describe", words("characters.keep"), "check", person=person.id, field="#descriptor")}'
            f'{parts.button("add", words("characters.add_photos"), "up", person=person.id)}'
            f'{parts.button("choose", words("characters.choose"), "star", person=person.id)}'
            f'{remove}'
            f'</div>{_advice(person, found, words, faceless)}<div class="photos">'
            f'{"".join(_photo(person, photo.asset, photo.use, words) for photo in dataset.photos[:PHOTOS])}</div>'
            f'{rest}{more}'
            f'<dl class="facts">{lines}</dl></article>')


def _card(person: Character, words: Words, chosen: str) -> str:
    name = escape(person.name, quote=True)
    portrait = next(iter(person.portraits.values()), "") or next(iter(person.photos), "")
    picture = '<span class="star"></span>'
    if portrait:
        picture = f'<img loading="lazy" src="{parts.thumb_url(portrait)}" alt="">'
    has = [words("characters.count_photos", count=len(person.photos))]
    has += [words("characters.count_loras", count=len(person.loras))] if person.loras else []
    has += [words("characters.has_voice")] if person.voice else []
    now = ' aria-current="true"' if person.id == chosen else ""
    return (f'<div class="card person"><button type="button" class="face" data-act="see" data-person="{person.id}'
            f'"{now}>'
            f'{picture}<span class="plate"><b>{name}</b><span>{escape(" · ".join(has))}</span></span></button></div>')


def _photo(person: Character, asset: str, used: bool, words: Words) -> str:
    act, key, symbol = ("leave", "characters.leave_out", "close") if used else ("take", "characters.take_in", "again")
    return (f'<figure class="{"" if used else "unused"}"><img loading="lazy" src="{parts.thumb_url(asset)}" alt="">'
            f'{parts.button(act, words(key), symbol, bare=True, person=person.id, asset=asset)}</figure>')


def _advice(person: Character, findings: Sequence[Finding], words: Words, faceless: bool) -> str:
    """What the checks found. They warn with a reason and a repair, and seldom stand in the way."""
    blind = (f'<div class="advice warn slim">{parts.icon("eye")}<p>{escape(words("characters.faces_unseen"))}</p>'
             f'<button type="button" class="nb" data-tab="settings">{escape(words("characters.faces_get"))}</button>'
             f'</div>') if faceless else ""
    if not findings and faceless:
        return blind
    if not findings:
        return (f'<div class="advice good slim">{parts.icon("check")}<p>{escape(words("characters.photos_good"))}</p>'
                f'</div>')
    cards = "".join(_finding(person, number, one, words) for number, one in enumerate(findings[:FINDINGS]))
    every = ""
    if sum(bool(one.repair) and one.repair != "accept" for one in findings) > 1:
        every = parts.button("mend-all", words("characters.mend_all"), "check", quiet=False, person=person.id)
    later = len(findings) - FINDINGS
    rest = f'<p class="quiet">{escape(words("characters.more_findings", count=later))}</p>' if later > 0 else ""
    return f'<div class="findings">{cards}{blind}</div>{rest}{every}'


def _finding(person: Character, number: int, one: Finding, words: Words) -> str:
    pictures = "".join(f'<img src="{parts.thumb_url(asset)}" alt="">' for asset in (one.asset, one.other) if asset)
    does = parts.button("mend", words(f"characters.mend_{one.repair.replace(' ', '_')}"), "check", person=person.id,
                        kind=one.kind, asset=one.asset, quiet=False) if one.repair in REPAIRS else ""
    waive = parts.button("waive", words("characters.waive"), person=person.id, kind=one.kind, asset=one.asset) \
        if one.asset and one.repair != "accept" else ""
    return (f'<div class="advice {"bad" if one.blocks else "warn"} slim">{pictures or parts.icon("warn")}'
            f'<p>{escape(words.phrase(one.sentence))}</p>{does}{waive}</div>')
