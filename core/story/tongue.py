"""Which language a text is in: by its letters, else by the small words that each language says most. "" is honest.

A guess for a story that comes from elsewhere; the person who brings it in may say otherwise.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

LETTERS_MOST = 20_000
SCRIPTS: Mapping[str, str] = {
    "ja": "\u3040-\u30ff\uff66-\uff9f", "ko": "\uac00-\ud7af\u1100-\u11ff", "zh": "\u3400-\u4dbf\u4e00-\u9fff",
    "ru": "\u0400-\u04ff", "el": "\u0370-\u03ff", "ar": "\u0600-\u06ff", "he": "\u0590-\u05ff", "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f", "ka": "\u10a0-\u10ff", "hy": "\u0530-\u058f"}
"""Letters of one language, or of its commonest one; Japanese comes before Chinese, whose signs it shares."""
SIGNS_LEAST, KANA_LEAST, MOSTLY = 2, 0.05, 0.4
UKRAINIAN = frozenset("іїєґ")
SMALL_WORDS: Mapping[str, frozenset[str]] = {code: frozenset(words.split()) for code, words in {
    "en": "the and of to is you that it was for he she with they this have not what i my your are we but his her",
    "de": "der die das und ist nicht ich du sie ein eine zu den mit auf dem es wir was auch sich hat wie noch mir",
    "es": "el la los las y de que en un una es no por con se lo su para como más pero me te yo está muy esto",
    "fr": "le la les et de des un une est pas je tu il elle nous vous que qui dans ce pour sur avec mais ne mon",
    "it": "il lo la gli e di che è un una non per con sono mi ti ho ma questo della come si più cosa anche",
    "pt": "o a os as e de que em um uma é não por com se eu você ele ela para mas isso está muito do da",
    "nl": "de het een en van is niet ik je dat zij hij met op te wat maar ook voor heb mijn naar dan zijn",
    "pl": "i w nie na to się jest że z do jak co ja ty on ona ale mnie za tak czy już był jej przez",
    "tr": "bir ve bu ben sen o için değil ne çok ama da de mi var yok gibi daha benim senin şey nasıl",
    "vi": "và là của không có một tôi bạn anh em cho với này được người đã những trong thì",
    "id": "dan yang di itu ini tidak aku kamu dia untuk dengan dari ke ada akan saya kita adalah sudah apa",
    "sv": "och att det är jag du en ett inte som på för med han hon den har vi men var mig dig",
}.items()}
WORDS_LEAST, AHEAD = 3, 1.25
"""So many small words have to be there, and so many times as many as of the next language."""


def guess(lines: Iterable[str]) -> str:
    """The code of the language, or "" where the words do not tell."""
    text = _some(lines).lower()
    return _by_script(text) or _by_words(text)


def _some(lines: Iterable[str]) -> str:
    kept, length = [], 0
    for line in islice(lines, LETTERS_MOST):
        kept.append(line[:LETTERS_MOST])
        length += len(kept[-1])
        if length >= LETTERS_MOST:
            break
    return "\n".join(kept)


def _by_script(text: str) -> str:
    letters = sum(map(str.isalpha, text))
    for code, signs in SCRIPTS.items():
        found = len(re.findall(f"[{signs}]", text))
        if found >= SIGNS_LEAST and found / max(1, letters) >= (KANA_LEAST if code == "ja" else MOSTLY):
            return "uk" if code == "ru" and UKRAINIAN & set(text) else code
    return ""


def _by_words(text: str) -> str:
    said = Counter(re.findall(r"[^\W\d_]+", text))
    found = sorted(((sum(said[word] for word in small), code) for code, small in SMALL_WORDS.items()), reverse=True)
    (most, code), (next_most, _) = found[:2]
    return code if most >= WORDS_LEAST and most >= AHEAD * next_most else ""
