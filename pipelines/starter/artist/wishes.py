"""From a person's words to a recipe: what captions.py says, read backwards. Words nobody knows are handed back."""

import random
import re
from dataclasses import replace

from pipelines.starter.artist.captions import PLACE_NAMES, SAID
from pipelines.starter.artist.recipe import CHOICES, COLOURED_ACCESSORIES, Recipe, sample, settle

THINGS = ("who", "hair", "expression", "outfit", "accessory", "feature", "pose", "framing", "view", "place", "light")
MORE = {
    "gym": ("outfit", "hoodie"), "ocean": ("place", "beach"), "sea": ("place", "beach"), "woods": ("place", "forest"),
    "evening": ("light", "dusk"), "night": ("light", "night"), "day": ("light", "day"), "morning": ("light", "day"),
    "smile": ("expression", "smiling"), "smiles": ("expression", "smiling"), "cry": ("expression", "sad"),
    "tears": ("expression", "sad"), "anger": ("expression", "angry"), "person": ("who", "woman"),
    "knight": ("outfit", "armor"), "wizard": ("outfit", "cloak"), "witch": ("outfit", "cloak"),
    "school": ("place", "classroom"), "garden": ("place", "park"), "city": ("place", "city"),
    "ship": ("place", "spaceship"), "grandma": ("who", "grandmother"), "grandpa": ("who", "grandfather"),
    "elf": ("feature", "pointed ears"), "moon hairpin": ("feature", "moon hairpin"),
    "shirt": ("outfit", "t-shirt"), "pigtails": ("hair", "twintails"), "bob": ("hair", "bob"), "bun": ("hair", "bun"),
    "buns": ("hair", "twin buns"), "ponytail": ("hair", "ponytail"), "braids": ("hair", "braids"),
    "afro": ("hair", "afro"), "hat": ("accessory", "sun hat"), "cat": ("feature", "cat ears"),
    "portrait": ("framing", "bust"),
}
COLOUR_OF = {"hair": "hair_colour", "outfit": "outfit_colour", "accessory": "accessory_colour"}
STOP = frozenset(
    ("with", "and", "wearing", "are", "she", "her", "his", "their", "very", "into", "from", "over", "hair", "haired",
     "eyes", "eyed", "skin", "background", "picture", "drawing", "illustration", "anime", "photo", "young", "view",
     "facing", "plain", "simple", "the", "has", "him", "who", "for", "people", "scene"))
EMPTY = ("no people", "nobody", "empty", "scenery", "landscape", "backdrop", "background only")
EMPTY_WORDS = frozenset(" ".join(EMPTY).split())
PLEASANT = ("smiling", "smiling", "neutral", "winking")


def phrases() -> list[tuple[str, str, str]]:
    """(words, attribute, value), the longest words first."""
    table = []
    for name in THINGS:
        for value in CHOICES[name]:
            if value not in ("none", "plain", "relaxed", "left", "right"):
                table += [(words, name, value) for words in {value, *SAID.get(value, ())}]
            elif value in ("left", "right"):
                table += [(words, name, value) for words in SAID[value]]
    table += [(words, "place", value) for value, names in PLACE_NAMES.items() for words in names]
    table += [(word, *meaning) for word, meaning in MORE.items()]
    return sorted(set(table), key=lambda row: (-len(row[0]), row))


def find(text: str) -> tuple[dict[str, str], list[tuple[int, str, str]], str]:
    """Attributes named in the text, where each stands, and the text with what was understood blanked out."""
    found: dict[str, str] = {}
    spots = []
    for words, name, value in phrases():
        if name == "hair" and words in ("short", "long") and not re.search(rf"\b{words}\b[\w ]*\bhair", text):
            continue
        match = re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text)
        if match and name not in found:
            found[name] = value
            spots.append((match.start(), name, value))
            text = text[: match.start()] + " " * len(words) + text[match.end() :]
    return found, spots, text


def colours(text: str, spots: list[tuple[int, str, str]]) -> dict[str, str]:
    """Which colour belongs to which thing: the thing that follows it most closely, or stands just before it."""
    nouns = [(match.start(), name) for word, name in (("hair", "hair_colour"), ("eye", "eyes"), ("skin", "skin"),
             ("background", "backdrop_colour")) for match in re.finditer(rf"\b{word}", text)]
    nouns += [(place, COLOUR_OF[name]) for place, name, value in spots
              if name in ("outfit", "hair") or (name == "accessory" and value in COLOURED_ACCESSORIES)]
    given: dict[str, str] = {}
    for name in ("hair_colour", "eyes", "skin", "outfit_colour", "accessory_colour", "backdrop_colour"):
        for value in CHOICES[name]:
            for word in {value, *SAID.get(value, ())}:
                for match in re.finditer(rf"\b{re.escape(word)}\b", text):
                    after = [noun for noun in nouns if 0 < noun[0] - match.start() < 30]
                    if after and min(after)[1] == name:
                        given.setdefault(name, value)
    return given


def wish(words: str, seed: int) -> tuple[Recipe, list[str]]:
    """A recipe that follows the words, all else by lot; and the words that this artist does not know."""
    text = " " + words.lower().replace(",", " , ") + " "
    found, spots, rest = find(text)
    found |= colours(text, spots)
    people = set(found) - {"place", "light", "framing", "backdrop_colour", "view"}
    empty = any(word in text for word in EMPTY) or ("place" in found and not people)
    recipe = sample(seed, places=0.0)
    unsaid = {"accessory": "none", "feature": "none", "light": "day",
              "expression": random.Random(f"mood {seed}").choice(PLEASANT)}
    if found.get("pose"):
        unsaid["framing"] = "half"  # what is asked for has to be in sight
    elif found.get("outfit"):
        unsaid["framing"] = "bust"
    found = unsaid | found
    recipe = replace(recipe, **found, **({"who": "nobody"} if empty else {}))
    if "backdrop_colour" in found and "place" not in found:
        recipe = replace(recipe, place="plain")
    if empty and recipe.place == "plain":
        places = [name for name in CHOICES["place"] if name != "plain"]
        recipe = replace(recipe, place=random.Random(f"place {seed}").choice(places))
    return settle(recipe), strangers(rest)


def strangers(text: str) -> list[str]:
    """Words that no caption has."""
    values = [value for values in (*CHOICES.values(), *SAID.values()) for value in values]
    known = {part for value in values for part in re.split(r"[\s-]", value)} | STOP | EMPTY_WORDS
    return [word for word in dict.fromkeys(re.findall(r"[^\W\d_]{3,}", text)) if word not in known]
