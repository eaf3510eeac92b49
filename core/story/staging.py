"""Sets the stage of a story that is only words: places for scenes, people for their lines, a picture for an ending.

It only adds where nothing stands yet; what a writer has set is never moved.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from core.story.edits import Edit
from core.story.model import END, Cast, Node, Scene, Story

PLACES: Mapping[str, tuple[str, ...]] = {
    "a forest": ("forest", "wood", "woods", "tree", "trees", "jungle"),
    "a park": ("park", "garden", "meadow", "field", "lawn", "flowers"),
    "a beach": ("beach", "sea", "shore", "sand", "ocean", "waves", "island"),
    "a city": ("city", "street", "town", "market", "square", "alley"),
    "a bedroom": ("bedroom", "room", "bed", "home", "house", "flat"),
    "a classroom": ("classroom", "school", "class", "lesson"),
    "a sunset over the sea": ("sunset", "dusk", "evening"),
    "snowy mountains": ("snow", "mountain", "mountains", "winter", "ice"),
    "a rainy street": ("rain", "rainy", "storm"),
    "a cafe": ("cafe", "café", "coffee", "tea", "bar", "inn", "restaurant"),
    "a rooftop": ("rooftop", "roof", "tower", "balcony"),
    "a library": ("library", "book", "books", "archive", "lantern", "study"),
    "a castle hall": ("castle", "hall", "palace", "throne", "cave", "dungeon", "temple"),
    "the bridge of a spaceship": ("spaceship", "ship", "space", "stars", "station"),
}
MOODS: Mapping[str, tuple[str, ...]] = {
    "laughing": ("haha", "laugh", "laughs", "funny", "hilarious"),
    "smiling": ("smile", "smiles", "thank", "thanks", "glad", "happy", "love", "wonderful", "hello", "hi", "welcome",
                "great"),
    "sad": ("sad", "sorry", "cry", "cries", "tears", "alone", "lost", "miss", "goodbye"),
    "angry": ("angry", "hate", "stop", "enough", "furious", "never", "liar"),
    "surprised": ("what", "wow", "oh", "impossible", "really", "look"),
    "sleepy": ("tired", "sleepy", "yawn", "yawns", "sleep"),
    "embarrassed": ("blush", "blushes", "shy", "nervous", "um", "embarrassed"),
}
SPOTS: Mapping[int, tuple[str, ...]] = {1: ("center",), 2: ("left", "right"), 3: ("left", "center", "right")}
LOOKS = (("woman", "man", "girl", "boy"), ("short", "long", "curly"),
         ("brown", "red", "blonde", "black", "purple", "blue", "pink"), ("green", "blue", "brown", "gold"),
         ("fair", "tan", "brown"), ("blue", "red", "green", "yellow", "purple"),
         ("jacket", "sweater", "dress", "cloak"))


def stage(story: Story, people: Mapping[str, str] | None = None, endings: bool = True) -> list[Edit]:
    """What to add so that each scene has a place, each speaker is seen, and each ending has a picture.

    `people` tells which studio character (by id) somebody is, for those who have none named yet.
    """
    edits = list(_who(story, people or {}))
    made: dict[str, str] = {}
    taken = {place.id for place in story.places}
    for scene in story.scenes:
        if not any(node.type in ("text", "choice") for node in scene.nodes):
            continue
        add: dict[str, list[dict[str, object]]] = {}
        if not any(one.kind == "place" for node in scene.nodes for one in node.directives):
            place = _place(story, scene, made, taken, edits)
            add.setdefault(_first(scene).id, []).append({"kind": "place", "place": place, "transition": "dissolve"})
        _show_speakers(story, scene, add)
        if endings:
            _picture_ending(story, scene, add, edits)
        for node in scene.nodes:
            if node.id in add:
                path = ("scenes", scene.id, "nodes", node.id, "directives")
                edits += [Edit("add", path, one, at) for at, one in enumerate(add[node.id])]
    return edits


def mood(text: str) -> str:
    """The face that goes with a line."""
    words = re.findall(r"[a-zà-ÿ']+", text.lower())
    for face, marks in MOODS.items():
        if any(word in marks for word in words[:40]):
            return face
    return "angry" if text.rstrip("*_ ").endswith("!!") else "neutral"


def invent(name: str) -> str:
    """A look for somebody of whom nothing is known; always the same for the same name."""
    dice = hashlib.sha256(name.casefold().encode()).digest()
    who, hair, hair_colour, eyes, skin, colour, outfit = (list_[dice[n] % len(list_)] for n, list_ in enumerate(LOOKS))
    return f"{who} with {hair} {hair_colour} hair, {eyes} eyes, {skin} skin, {colour} {outfit}"


def speakers(scene: Scene, story: Story) -> list[str]:
    """Who speaks in a scene, in order."""
    known = {one.id for one in story.cast}
    return list(dict.fromkeys(node.who for node in scene.nodes if node.who in known))


def _who(story: Story, people: Mapping[str, str]) -> Iterator[Edit]:
    spoken = {who for scene in story.scenes for who in speakers(scene, story)}
    for one in story.cast:
        if one.id in people and not one.character:
            yield Edit("set", ("cast", one.id, "character"), people[one.id])
        elif one.id in spoken and not one.character and not one.notes and not one.looks:
            yield Edit("set", ("cast", one.id, "notes"), invent(one.name or one.id))


def _first(scene: Scene) -> Node:
    """The beat that always comes first, as far as one can tell."""
    seen = [node for node in scene.nodes if node.type in ("text", "choice")]
    return next((node for node in seen if not node.when), seen[0])


def _place(story: Story, scene: Scene, made: dict[str, str], taken: set[str], edits: list[Edit]) -> str:
    prompt = str(scene.meta.get("place") or "") or _guess(scene) or scene.title or scene.id
    known = next((place.id for place in story.places if prompt in (place.prompt, place.title)), made.get(prompt))
    if known:
        return known
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"^(an?|the) ", "", prompt.lower())).strip("-")[:30].strip("-") or "place"
    found = next(one for one in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if one not in taken)
    taken.add(found)
    made[prompt] = found
    edits.append(Edit("add", ("places",), {"id": found, "title": prompt[:200], "prompt": prompt[:5000]}))
    return found


def _guess(scene: Scene) -> str:
    """The kind of place that the words name first; the title counts before the lines."""
    for text in (scene.title, *(node.text for node in scene.nodes if not node.who), *(n.text for n in scene.nodes)):
        for word in re.findall(r"[a-zà-ÿ]+", text.lower())[:200]:
            for place, names in PLACES.items():
                if word in names:
                    return place
    return ""


def _show_speakers(story: Story, scene: Scene, add: dict[str, list[dict[str, object]]]) -> None:
    staged = {one.who for node in scene.nodes for one in node.directives if one.kind in ("show", "hide")}
    spoken = speakers(scene, story)
    spots: Sequence[str] = SPOTS.get(len(spoken), ("far-left", "left", "center", "right", "far-right"))
    where = {who: spots[number % len(spots)] for number, who in enumerate(spoken)}
    now: dict[str, str] = {}
    for node in scene.nodes:
        if node.who in where and node.who not in staged and node.type in ("text", "choice"):
            face = mood(node.text)
            if now.get(node.who) != face:
                first = node.who not in now
                now[node.who] = face
                add.setdefault(node.id, []).append(
                    {"kind": "show", "who": node.who, "expression": face, "at": where[node.who],
                     "transition": "dissolve" if first else ""})


def _picture_ending(story: Story, scene: Scene, add: dict[str, list[dict[str, object]]], edits: list[Edit]) -> None:
    """The last line of an ending gets a picture of its own."""
    spoken = speakers(scene, story)
    leads_out = any(option.to or node.next for node in scene.nodes for option in node.options or ())
    drawn = any(one.kind == "picture" for node in scene.nodes for one in node.directives)
    last = next((node for node in reversed(scene.nodes) if node.type == "text" and not node.when), None)
    if scene.next not in ("", END) or leads_out or drawn or not spoken or last is None:
        return
    name = f"ending-{scene.id}"[:64]
    if any(asset.id == name for asset in story.assets):
        return
    face = mood(last.text)
    prompt = f"{'smiling' if face == 'neutral' else face}, {_guess(scene) or scene.title}"
    edits.append(Edit("add", ("assets",), {"id": name, "title": (scene.title or scene.id)[:300],
                                           "meta": {"prompt": prompt, "who": spoken[0]}}))
    add.setdefault(last.id, []).append({"kind": "picture", "asset": name, "transition": "fade"})


def known_cast(cast: Sequence[Cast], names: Mapping[str, str]) -> dict[str, str]:
    """Which of the studio's characters (name to id) somebody in the cast is, by name."""
    plain = {name.casefold(): found for name, found in names.items()}
    return {one.id: plain[one.name.casefold()] for one in cast if one.name.casefold() in plain}
