"""What a picture shows: the attributes, how often each occurs, how a recipe is drawn by lot."""

import random
from dataclasses import dataclass, replace

CHOICES: dict[str, dict[str, float]] = {
    "who": {"girl": 30, "boy": 20, "woman": 20, "man": 18, "grandmother": 6, "grandfather": 6},
    "build": {"slim": 3, "average": 4, "broad": 3},
    "skin": {"pale": 2, "fair": 3, "tan": 2, "brown": 2, "dark": 2},
    "hair": {
        "short": 10, "spiky": 8, "bob": 10, "long": 10, "wavy": 9, "ponytail": 9, "twintails": 9,
        "braids": 8, "bun": 7, "twin buns": 6, "curly": 8, "afro": 6,
    },
    "bangs": {"straight": 3, "swept": 3, "parted": 3, "messy": 3, "none": 1.4},
    "hair_colour": dict.fromkeys(
        ("black", "brown", "blonde", "orange", "red", "pink", "purple", "blue", "teal", "green", "silver",
         "white"), 1
    ),
    "eyes": dict.fromkeys(("blue", "green", "brown", "gold", "red", "purple", "pink", "grey"), 1),
    "expression": dict.fromkeys(
        ("neutral", "smiling", "laughing", "sad", "angry", "surprised", "sleepy", "embarrassed", "winking"), 1
    ),
    "outfit": dict.fromkeys(
        (
            "t-shirt", "hoodie", "sweater", "sailor uniform", "suit", "jacket", "dress", "kimono", "overalls",
            "cloak", "armor",
        ), 1
    ),
    "outfit_colour": dict.fromkeys(
        ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "grey"), 1
    ),
    "accessory": {
        "none": 9, "glasses": 3, "sunglasses": 0.9, "sun hat": 2, "cap": 2, "beanie": 2, "headphones": 2,
        "scarf": 2.4, "bow": 2, "flower": 2,
    },
    "accessory_colour": dict.fromkeys(
        ("red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black", "grey"), 1
    ),
    # Rare on purpose (3 to 5 % each): a likeness is learned faster where the base knows that such exist.
    "feature": {
        "none": 68, "freckles": 4, "star hairpin": 4, "cat ears": 4, "eyepatch": 4, "cheek scar": 4,
        "beauty mark": 4, "horns": 4, "pointed ears": 4,
    },
    "pose": {"relaxed": 3, "waving": 2, "hands on hips": 2, "holding a book": 1.5, "holding a cup": 1.5},
    "framing": {"close-up": 3, "bust": 5, "half": 3},
    "view": {"front": 5, "left": 2.5, "right": 2.5},
    "place": {
        "plain": 4, "park": 2, "beach": 2, "city": 2, "bedroom": 2, "classroom": 2, "forest": 2, "sunset": 2,
        "snow": 2, "rain": 2, "cafe": 2, "rooftop": 2, "library": 2, "castle": 2, "spaceship": 1.6,
    },
    "light": {"day": 5, "dusk": 2.5, "night": 2.5},
    "backdrop_colour": dict.fromkeys(("pink", "blue", "green", "yellow", "purple", "orange", "white",
                                      "grey"), 1),
}

PLACES = tuple(CHOICES["place"])
MASCULINE = ("boy", "man", "grandfather")
OLD = ("grandmother", "grandfather")
COLOURED_ACCESSORIES = ("sun hat", "cap", "beanie", "headphones", "scarf", "bow", "flower")
SHORT_HAIR = ("short", "spiky", "curly", "afro")
HATS = ("sun hat", "cap", "beanie")
TALL_HAIR = ("bun", "twin buns", "afro", "spiky")
HIDES_EYES = ("laughing",)
KEPT_OUT = ("wavy", "teal")  # the demo character's hair: no training picture shows it, nor a moon hairpin
ALWAYS_LIT = {"sunset": "dusk", "spaceship": "night"}


@dataclass(frozen=True)
class Recipe:
    """One picture. `who` is "nobody" for a place; `seed` settles what words leave open (clouds, tilt)."""

    seed: int = 0
    who: str = "girl"
    build: str = "average"
    skin: str = "fair"
    hair: str = "bob"
    bangs: str = "straight"
    hair_colour: str = "brown"
    eyes: str = "blue"
    expression: str = "smiling"
    outfit: str = "t-shirt"
    outfit_colour: str = "red"
    accessory: str = "none"
    accessory_colour: str = "red"
    feature: str = "none"
    pose: str = "relaxed"
    framing: str = "bust"
    view: str = "front"
    place: str = "plain"
    light: str = "day"
    backdrop_colour: str = "blue"


def draw_lot(dice: random.Random, name: str) -> str:
    choices = CHOICES[name]
    return dice.choices(list(choices), weights=list(choices.values()))[0]


def settle(recipe: Recipe) -> Recipe:
    """The recipe with what cannot be seen, or cannot be, put right, so that words and picture agree."""
    light = ALWAYS_LIT.get(recipe.place, recipe.light)
    if recipe.place == "plain":
        light = "day"
    pose = recipe.pose if recipe.framing == "half" else "relaxed"
    feature, accessory = recipe.feature, recipe.accessory
    if feature == "eyepatch" and accessory in ("glasses", "sunglasses"):
        accessory = "none"
    if accessory in HATS and recipe.hair in TALL_HAIR:
        accessory = "none"
    if accessory in HATS and feature in ("cat ears", "horns", "star hairpin"):
        accessory = "none"
    bangs = "none" if recipe.hair == "afro" else recipe.bangs
    return replace(recipe, light=light, pose=pose, feature=feature, accessory=accessory, bangs=bangs)


def sample(seed: int, places: float = 0.12) -> Recipe:
    """A recipe by lot, the same for the same seed; a share of `places` shows nobody."""
    dice = random.Random(f"recipe {seed}")
    drawn = {name: draw_lot(dice, name) for name in CHOICES}
    if dice.random() < places:
        drawn["who"] = "nobody"
        while drawn["place"] == "plain":
            drawn["place"] = draw_lot(dice, "place")
    if drawn["who"] in MASCULINE and drawn["hair"] not in SHORT_HAIR and dice.random() < 0.6:
        drawn["hair"] = dice.choice(("short", "short", "spiky", "spiky", "curly", "afro"))
    if drawn["who"] in OLD and dice.random() < 0.6:
        drawn["hair_colour"] = dice.choice(("silver", "white"))
    if (drawn["hair"], drawn["hair_colour"]) == KEPT_OUT:
        drawn["hair_colour"] = "blue"
    return settle(Recipe(seed=seed, **drawn))


def visible(recipe: Recipe) -> dict[str, str]:
    """What an eye can read off the picture, attribute by attribute; what is hidden is left out."""
    if recipe.who == "nobody":
        return {"who": "nobody", "place": recipe.place, "light": recipe.light}
    names = ["who", "skin", "hair", "hair_colour", "eyes", "expression", "outfit", "outfit_colour",
             "accessory",
             "feature", "framing", "view", "place", "light"]
    shown = {name: getattr(recipe, name) for name in names}
    if recipe.expression in HIDES_EYES or recipe.accessory == "sunglasses":
        del shown["eyes"]
    if recipe.framing == "close-up":
        del shown["outfit"], shown["outfit_colour"]
    if recipe.framing == "half":
        shown["pose"] = recipe.pose
    if recipe.accessory in COLOURED_ACCESSORIES:
        shown["accessory_colour"] = recipe.accessory_colour
    if recipe.place == "plain":
        shown["backdrop_colour"] = recipe.backdrop_colour
        del shown["light"]
    return shown
