"""Words for a recipe: sentences, tags and short notes, so that free prompts find something they know."""

import random
from collections.abc import Callable

from pipelines.starter.artist.recipe import COLOURED_ACCESSORIES, MASCULINE, Recipe, visible

SAID: dict[str, tuple[str, ...]] = {
    # who
    "girl": ("girl", "girl", "young girl", "teenage girl"), "boy": ("boy", "boy", "young boy", "teenage boy"),
    "woman": ("woman", "woman", "young woman", "lady"), "man": ("man", "man", "young man", "guy"),
    "grandmother": ("grandmother", "old woman", "elderly lady"), "grandfather": ("grandfather", "old man",
        "elderly man"),
    # hair
    "short": ("short",), "spiky": ("spiky",), "long": ("long", "long straight"), "wavy": ("wavy",
        "long wavy"),
    "curly": ("curly",), "bun": ("in a bun",), "twin buns": ("in twin buns", "in two buns"),
    "bob": ("in a bob", "bob cut"), "ponytail": ("in a ponytail",),
    "twintails": ("in twintails", "in pigtails"), "braids": ("in braids", "braided"), "afro": ("in an afro",
        "afro"),
    "blonde": ("blonde", "blond", "golden"), "orange": ("orange", "ginger"), "silver": ("silver", "gray"),
    "grey": ("grey", "gray"), "gold": ("gold", "golden", "amber"), "black": ("black", "black", "dark"),
    # expression
    "neutral": ("neutral", "calm", "serious"), "smiling": ("smiling", "smiling", "happy", "with a smile"),
    "laughing": ("laughing", "laughing", "very happy", "joyful"), "sad": ("sad", "sad", "crying", "unhappy"),
    "angry": ("angry", "angry", "furious", "mad"), "surprised": ("surprised", "surprised", "shocked",
        "amazed"),
    "sleepy": ("sleepy", "sleepy", "tired"), "embarrassed": ("embarrassed", "shy", "blushing", "nervous"),
    "winking": ("winking", "winking", "playful"),
    # what is worn
    "t-shirt": ("t-shirt", "shirt", "tee"), "sweater": ("sweater", "turtleneck sweater", "pullover"),
    "sailor uniform": ("sailor uniform", "school uniform"), "suit": ("suit", "suit and tie", "business suit"),
    "dress": ("dress", "summer dress"), "cloak": ("cloak", "wizard cloak", "cape"), "armor": ("armor",
        "knight armor"),
    "sun hat": ("sun hat", "hat"), "cap": ("cap", "baseball cap"), "beanie": ("beanie", "knit hat"),
    "bow": ("hair bow", "ribbon"), "flower": ("flower in the hair", "hair flower"),
    "star hairpin": ("star hairpin",), "cheek scar": ("scar on the cheek", "scar"),
    "beauty mark": ("beauty mark", "mole under the eye"), "pointed ears": ("pointed ears", "elf ears"),
    "horns": ("horns", "demon horns"),
    # framing and view
    "close-up": ("close-up", "face close-up", "close-up portrait"), "bust": ("bust", "portrait",
        "head and shoulders"),
    "half": ("upper body", "half body", "waist up"),
    "left": ("three-quarter view, facing left", "looking left", "facing left"),
    "right": ("three-quarter view, facing right", "looking right", "facing right"), "front": ("front view",
        "facing the viewer"),
    # places
    "plain": ("{} background", "plain {} background", "simple {} background"),
    "park": ("in a park", "in the park", "in a garden"), "beach": ("on the beach", "at the beach",
        "by the sea"),
    "city": ("in the city", "in a city", "among tall buildings"), "bedroom": ("in a bedroom",
        "in the bedroom", "at home"),
    "classroom": ("in a classroom", "in the classroom", "at school"), "forest": ("in a forest",
        "in the forest", "in the woods"),
    "sunset": ("at sunset", "at sunset by the sea", "in front of a sunset"),
    "snow": ("in the snow", "in snowy mountains", "in winter"), "rain": ("in the rain", "on a rainy street"),
    "cafe": ("in a cafe", "in a coffee shop"), "rooftop": ("on a rooftop", "on the roof"),
    "library": ("in a library", "in the library", "among books"), "castle": ("in a castle",
        "in a castle hall"),
    "spaceship": ("in a spaceship", "on a spaceship", "in space"),
    "day": ("by day", "in daylight"), "dusk": ("at dusk", "in the evening"), "night": ("at night",
        "by night"),
}
PLACE_NAMES = {
    "park": ("a park", "a garden with trees"), "beach": ("a beach",
                                                         "the sea and a beach"),
                                                         "city": ("a city", "a city street"),
    "bedroom": ("a bedroom", "a cozy bedroom"), "classroom": ("a classroom", "a school classroom"),
    "forest": ("a forest", "the woods"), "sunset": ("a sunset over the sea", "a sunset"),
    "snow": ("snowy mountains", "a winter landscape"), "rain": ("a rainy street", "a street in the rain"),
    "cafe": ("a cafe", "a coffee shop"), "rooftop": ("a rooftop",
                                                     "a school rooftop"),
                                                     "library": ("a library", "a room full of books"),
    "castle": ("a castle hall", "a castle"), "spaceship": ("a spaceship", "the bridge of a spaceship"),
}
BEFORE_HAIR = ("short", "spiky", "long", "wavy", "curly")
OPENINGS = ("", "", "a drawing of ", "an illustration of ", "anime picture of ", "a picture of ")


def said(word: str, dice: random.Random) -> str:
    return dice.choice(SAID.get(word, (word,)))


def a(words: str) -> str:
    return ("an " if words[0] in "aeiou" else "a ") + words


def joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def hair_words(recipe: Recipe, dice: random.Random) -> str:
    colour, style = said(recipe.hair_colour, dice), said(recipe.hair, dice)
    if recipe.hair in BEFORE_HAIR:
        return f"{style} {colour} hair"
    if style.startswith("in "):
        return f"{colour} hair {style}"
    return f"{colour} {style}" if style in ("afro", "bob cut") else f"{style} {colour} hair"


def worn_words(recipe: Recipe, dice: random.Random) -> str:
    return f"{recipe.outfit_colour.replace('grey', said('grey', dice))} {said(recipe.outfit, dice)}"


def accessory_words(recipe: Recipe, dice: random.Random) -> str:
    if recipe.accessory in COLOURED_ACCESSORIES:
        return f"{recipe.accessory_colour} {said(recipe.accessory, dice)}"
    return said(recipe.accessory, dice)


def place_words(recipe: Recipe, dice: random.Random) -> str:
    where = said(recipe.place, dice).format(recipe.backdrop_colour)
    if recipe.place in ("plain", "sunset", "spaceship"):
        return where
    if recipe.light == "day" and dice.random() < 0.6:
        return where
    return f"{where} {said(recipe.light, dice)}"


def people_tags(recipe: Recipe, dice: random.Random) -> dict[str, str]:
    """What can be said of a figure, by attribute; only what can be seen."""
    shown = visible(recipe)
    tags = {
        "hair": hair_words(recipe, dice),
        "skin": f"{recipe.skin} skin",
        "expression": said(recipe.expression, dice),
        "place": place_words(recipe, dice),
        "framing": said(recipe.framing, dice),
        "view": said(recipe.view, dice),
    }
    if "eyes" in shown:
        tags["eyes"] = f"{said(recipe.eyes, dice)} eyes"
    if "outfit" in shown:
        tags["outfit"] = worn_words(recipe, dice)
    if recipe.accessory != "none":
        tags["accessory"] = accessory_words(recipe, dice)
    if recipe.feature != "none":
        tags["feature"] = said(recipe.feature, dice)
    if shown.get("pose", "relaxed") != "relaxed":
        tags["pose"] = recipe.pose
    return tags


def as_tags(recipe: Recipe, tags: dict[str, str], dice: random.Random) -> str:
    rest = [words for name, words in tags.items() if name in ("hair", "eyes",
        "feature") or dice.random() < 0.85]
    if dice.random() < 0.5:
        dice.shuffle(rest)
    return ", ".join([said(recipe.who, dice), *rest])


def as_sentence(recipe: Recipe, tags: dict[str, str], dice: random.Random) -> str:
    mood = "" if tags["expression"].startswith("with") else tags["expression"] + " "
    has = [tags["hair"], *(tags[name] for name in ("eyes", "skin") if name in tags and dice.random() < 0.9)]
    uncounted = recipe.outfit in ("armor", "overalls")
    wears = [tags["outfit"] if uncounted else a(tags["outfit"])] if "outfit" in tags else []
    if "accessory" in tags:
        plain = recipe.accessory in ("glasses", "sunglasses", "headphones")
        wears.append(tags["accessory"] if plain else a(tags["accessory"]))
    words = dice.choice(OPENINGS) + a(f"{mood}{said(recipe.who, dice)}") + " with " + joined(has)
    if wears:
        words += " wearing " + joined(wears)
    extra = [tags[name] for name in ("feature", "pose", "framing", "view") if name in tags
             and (name in ("feature", "pose") or dice.random() < 0.55)]
    if mood == "":
        extra.insert(0, tags["expression"])
    place = tags["place"] if recipe.place != "plain" else a(tags["place"])
    link = " on " if recipe.place == "plain" else " "
    return ", ".join([f"{words}{link}{place}", *extra])


def as_note(recipe: Recipe, tags: dict[str, str], dice: random.Random) -> str:
    """As people type at first: few words."""
    kept = dice.sample(sorted(tags), k=dice.choice((1, 2, 3)))
    pronoun = "he" if recipe.who in MASCULINE else "she"
    if dice.random() < 0.1:
        return f"{said(recipe.who, dice)}, {pronoun} is {tags['expression']}"
    return ", ".join([said(recipe.who, dice), *(tags[name] for name in kept)])


FORMS: tuple[tuple[Callable[[Recipe, dict[str, str], random.Random], str], int], ...] = (
    (as_tags, 5), (as_sentence, 5), (as_note, 2),
)


def place_caption(recipe: Recipe, dice: random.Random) -> str:
    name = dice.choice(PLACE_NAMES[recipe.place])
    hour = "" if recipe.place in ("sunset", "spaceship") else f" {said(recipe.light, dice)}"
    empty = dice.choice(("", ", no people", ", empty scene", ", scenery", ", background", ", nobody"))
    opening = dice.choice(OPENINGS)
    return f"{opening}{name}{hour}{empty}"


def caption(recipe: Recipe, dice: random.Random) -> str:
    """One of several natural ways to say what the picture shows, chosen by `dice`."""
    if recipe.who == "nobody":
        return place_caption(recipe, dice)
    form = dice.choices([form for form, _ in FORMS], weights=[weight for _, weight in FORMS])[0]
    return form(recipe, people_tags(recipe, dice), dice)


def full_caption(recipe: Recipe) -> str:
    """Everything that can be seen, in fixed order and the plainest words: what the figures are measured with."""
    shown = visible(recipe)
    if recipe.who == "nobody":
        hour = "" if recipe.place in ("sunset", "spaceship") else f" {SAID[recipe.light][0]}"
        return f"{PLACE_NAMES[recipe.place][0]}{hour}, no people"
    dice = PlainDice()
    tags = people_tags(recipe, dice)
    order = ("hair", "eyes", "skin", "expression", "outfit", "accessory", "feature", "pose", "place",
             "framing", "view")
    words = [tags[name] for name in order if name in tags and tags[name]]
    if "light" in shown and recipe.light != "day" and recipe.place not in ("sunset", "spaceship"):
        where = words.index(tags["place"])
        words[where] = f"{SAID[recipe.place][0]} {SAID[recipe.light][0]}"
    return ", ".join([recipe.who, *words])


class PlainDice(random.Random):
    """Dice that always show the first side: the plainest word each time."""

    def choice(self, seq):
        return seq[0]

    def random(self) -> float:
        return 0.0
