"""What a character is, whose it is and what may be done with it; and the files in which it travels."""

from collections.abc import Sequence
from html import escape

from core.characters import CONSENTS, KINDS, TRAITS_MOST, Character
from core.language import Words
from core.search import Entry
from ui import parts

LICENCES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "MIT")


def papers(person: Character, words: Words) -> str:
    """Fields that are kept when they are left: the plain word, the kind, whose yes, and the licence."""
    consent = f"characters.consent_{person.consent.state.replace(' ', '_')}"
    rows = [
        _field(person, "subject", words("characters.subject"), person.subject, words("characters.subject_help")),
        _field(person, "age", words("characters.age"), person.age, words("characters.age_help")),
        _field(person, "voice", words("characters.voice"), person.voice, words("characters.voice_help")),
        _area(person, "traits", words("characters.traits"), person.traits, words("characters.traits_help")),
        _choice(person, "kind", words("characters.kind"), KINDS, person.kind, words),
        _choice(person, "consent", words("characters.consent"), CONSENTS, person.consent.state, words,
                words(consent)),
        _field(person, "consent-by", words("characters.consent_by"), person.consent.by,
               words("characters.consent_by_help")) if person.kind != "drawn" else "",
        _field(person, "licence", words("characters.licence"), person.licence, words("characters.licence_help"),
               "licences"),
    ]
    known = "".join(f'<option value="{name}"></option>' for name in LICENCES)
    return (f'<details class="captions papers" data-stay="papers"><summary><h4>{escape(words("characters.papers"))}'
            f'</h4></summary>'
            f'<div class="papers-grid">{"".join(rows)}</div><datalist id="licences">{known}</datalist></details>')


def travel(person: Character, files: Sequence[Entry], words: Words) -> str:
    """The ways out, and the files that were made already, newest first."""
    made = "".join(_file(one, words) for one in files)
    acts = (parts.button("export-zip", words("characters.export_zip"), "down", person=person.id)
            + parts.button("export-card", words("characters.export_card"), "down", person=person.id))
    lines = f'<ul class="lines">{made}</ul>' if made else ""
    return (f'<section><h4>{escape(words("characters.travel"))}</h4><p class="quiet">'
            f'{escape(words("characters.travel_help"))}</p><div class="verbs">{acts}</div>{lines}</section>')


def _file(one: Entry, words: Words) -> str:
    told = f"{parts.when(one.created)} · {parts.size(one.bytes)}"
    return (f'<li><div class="grow"><b>{escape(one.title)}</b><p class="says">{escape(told)}</p></div>'
            f'<a class="nb quiet" download href="{parts.file_url(one.id)}?download=1">{parts.icon("down")}'
            f'<span>{escape(words("results.download"))}</span></a></li>')


def _field(person: Character, what: str, label: str, value: str, note: str, known: str = "") -> str:
    offers = f' list="{known}"' if known else ""
    return (f'<label class="field"><b>{escape(label)}</b><span class="quiet">{escape(note)}</span>'
            f'<input type="text" data-act="amend" data-keep data-what="{what}" data-person="{person.id}" '
            f'maxlength="160"{offers} value="{escape(value, quote=True)}"></label>')


def _area(person: Character, what: str, label: str, value: str, note: str) -> str:
    return (f'<label class="field wide"><b>{escape(label)}</b><span class="quiet">{escape(note)}</span>'
            f'<textarea rows="3" data-act="amend" data-keep data-what="{what}" data-person="{person.id}" '
            f'maxlength="{TRAITS_MOST}">\n{escape(value)}</textarea></label>')


def _choice(person: Character, what: str, label: str, known: Sequence[str], now: str, words: Words,
            said: str = "") -> str:
    """A menu that shows what is; choosing another tells it."""
    def name(one: str) -> str:
        return words(f"characters.{what}_{one.replace(' ', '_')}")

    others = "".join(f'<option value="{escape(one, quote=True)}">{escape(name(one))}</option>' for one in known
                     if one != now)
    shown = escape(said or (name(now) if now in known else now))
    return (f'<label class="field"><b>{escape(label)}</b><select data-act="amend" data-what="{what}" '
            f'data-person="{person.id}"><option value="">{shown}</option>{others}</select></label>')
