"""What stands on the stage of a TyranoScript game: its tags for places, people, pictures and sounds as directives."""

import html
import io
import re
from typing import Any

from core.story.draft import Draft
from pipelines.importers.tyrano.expressions import value_of
from pipelines.importers.tyrano.media import Media
from pipelines.importers.tyrano.tags import Tag
from pipelines.kit.game_files import SOUNDS

SPOTS = {"far-left": 0.14, "left": 0.28, "center": 0.5, "right": 0.72, "far-right": 0.86}
WIDTH, HEIGHT = 1280, 720
FADES = {"crossfade": "dissolve", "fadein": "fade", "puffin": "flash", "slideinright": "slide-left",
         "slideinleft": "slide-right", "slide": "slide-left"}
OURS = "sn_"
"""What our own exporter put into the project only because the engine wants some file there."""


class Stage:
    """Turns tags into directives, which wait for the next beat; learns who there is on the way."""

    def __init__(self, draft: Draft, media: Media):
        self.draft, self.media = draft, media
        self.waiting: list[dict[str, Any]] = []
        self.places: dict[str, dict[str, str]] = {}
        self.names: dict[str, str] = {}
        """What a character is called, by the name of the tags."""
        self.faces: dict[str, dict[str, str]] = {}
        self.known: dict[str, dict[str, str]] = {}
        self.layers: set[str] = set()

    def learn(self, tag: Tag) -> None:
        """Who there is, and their faces, wherever in the game it is said."""
        who = tag["name"]
        if tag.name == "chara_new":
            self.names[who] = html.unescape(told(tag["jname"])) or who
            self.known[who] = tag.given
            self.faces.setdefault(who, {}).setdefault("default", tag["storage"])
        elif tag.name == "chara_face":
            self.faces.setdefault(who, {})[tag["face"]] = tag["storage"]

    def settle(self) -> None:
        """Everybody who was learned, in the cast, with the faces whose pictures came along."""
        for who, given in self.known.items():
            person = self.draft.cast[self.person(who)]
            if re.fullmatch(r"(0x|#)[0-9A-Fa-f]{6}", given.get("color", "")):
                person["color"] = f"#{given['color'][-6:]}"
            faces = self.faces.get(who, {})
            for face, storage in faces.items():
                if face != "default" or list(faces.values()).count(storage) == 1:
                    self.look(who, face)

    def person(self, name: str) -> str:
        """The cast id of whom a script names, by the name of the tags or by the one that is shown."""
        return self.draft.person(self.names.get(name, name))

    def look(self, who: str, face: str) -> str:
        """The look of a face, with its picture among the person's; "" without one."""
        faces = self.faces.get(who, {})
        if face == "default":
            face = next((one for one, storage in faces.items() if one != face and storage == faces.get(face)), face)
        member = self.media.find(faces.get(face, ""), "fgimage")
        if not member or member.rsplit("/", 1)[-1].startswith(OURS):
            return ""
        looks = self.draft.cast[self.person(who)].setdefault("looks", {})
        look = plain_look(face)
        if look not in looks and (asset := self.file(member, "picture")):
            looks[look] = asset
        return look if look in looks else ""

    def take(self, tag: Tag) -> bool:
        """Whether the tag means something on our stage; then its directive waits."""
        name = tag.name
        if name in ("bg", "bg2", "back") or (name == "image" and tag["layer"] in ("", "base")):
            return self.place(tag)
        if name in ("image", "freeimage"):
            return self.picture(tag)
        if name in ("chara_show", "chara_mod", "chara_move"):
            return self.show(tag)
        if name in ("chara_hide", "chara_hide_all"):
            return self.hide(tag)
        if name in ("playbgm", "fadeinbgm", "xchgbgm", "playse", "fadeinse"):
            return self.sound(tag)
        if name in ("stopbgm", "fadeoutbgm"):
            self.add("music", seconds=seconds(tag["time"]) if name == "fadeoutbgm" else 0.0)
        elif name in ("stopse", "fadeoutse"):
            self.add("sound")
        elif name in ("quake", "quake2", "vibrate"):
            self.add("camera", move="shake", seconds=seconds(tag["time"]))
        elif name in ("camera", "reset_camera"):
            self.add("camera", move=_move(tag), seconds=seconds(tag["time"]))
        elif name == "wait" and tag["time"]:
            self.add("wait", seconds=seconds(tag["time"]))
        else:
            return False
        return True

    def add(self, kind: str, **told: Any) -> None:
        self.waiting.append({"kind": kind, **told})

    def place(self, tag: Tag) -> bool:
        storage = tag["storage"]
        if not storage or storage.startswith("&"):
            return False
        member = self.media.find(storage, "bgimage", "image")
        stem = storage.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
        made = self.draft.id_for(f"place {stem.lower()}", stem.removeprefix(OURS), "p")
        if made not in self.places:
            asset = "" if stem.startswith(OURS) else self.file(member, "picture")
            self.places[made] = {"id": made, "title": stem.removeprefix(OURS)[:200], "asset": asset}
        how = FADES.get(tag["method"].lower() or "crossfade", "dissolve") if seconds(tag["time"] or "1") > 0.01 else ""
        self.add("place", place=made, transition=how, seconds=seconds(tag["time"]) if how else 0.0)
        return True

    def picture(self, tag: Tag) -> bool:
        layer = tag["layer"]
        if tag.name == "freeimage":
            if layer in self.layers:
                self.layers.discard(layer)
                self.add("picture")
            return True
        member = self.media.find(tag["storage"], tag["folder"] or "bgimage", "image")
        if not member or "fgimage/" in member.lower():
            return False
        self.layers.add(layer)
        self.add("picture", asset=self.file(member, "picture"), transition="dissolve")
        return True

    def show(self, tag: Tag) -> bool:
        who = tag["name"]
        if who not in self.known:
            return False
        if tag["storage"] and not tag["face"]:
            self.faces.setdefault(who, {}).setdefault(tag["storage"].rsplit(".", 1)[0], tag["storage"])
            face = next(face for face, storage in self.faces[who].items() if storage == tag["storage"])
        else:
            face = tag["face"]
        last = next((one for one in reversed(self.waiting) if one.get("who") == self.person(who)), None)
        if tag.name == "chara_move" or not face and tag.name == "chara_mod":
            look, at = "", self.spot(tag)
        else:
            look, at = self.look(who, face or "default"), self.spot(tag)
        expression, _, pose = look.partition(" ")
        told = {"expression": expression, "pose": pose, "at": at}
        if last is not None and last["kind"] == "show":  # shown, then changed or moved: one step of ours
            last |= {name: value for name, value in told.items() if value}
            return True
        if tag.name == "chara_show":
            told["transition"] = "dissolve" if seconds(tag["time"] or "1000") > 0.01 else ""
        self.add("show", who=self.person(who), **told)
        return True

    def hide(self, tag: Tag) -> bool:
        everybody = list(self.known) if tag.name == "chara_hide_all" else [tag["name"]]
        for who in everybody:
            if who in self.known:
                how = "dissolve" if seconds(tag["time"] or "1000") > 0.01 else ""
                self.add("hide", who=self.person(who), transition=how)
        return bool(everybody)

    def sound(self, tag: Tag) -> bool:
        kind = "music" if "bgm" in tag.name else "sound"
        member = self.media.find(tag["storage"], "bgm" if kind == "music" else "sound", endings=SOUNDS)
        kind = "voice" if kind == "sound" and re.search(r"(^|/)(voice|vo)/", member.lower()) else kind
        if not member:
            return False
        if asset := self.file(member, kind):
            self.add(kind, asset=asset)
        return True

    def spot(self, tag: Tag) -> str:
        """Where on the stage: the one of our five places that is nearest."""
        if not re.fullmatch(r"-?\d{1,5}(\.\d+)?", tag["left"]):
            return ""
        middle = (float(tag["left"]) + self.width(tag) / 2) / WIDTH
        return min(SPOTS, key=lambda spot: abs(SPOTS[spot] - middle))

    def width(self, tag: Tag) -> float:
        """How wide a person stands there, from the tag or from the picture itself."""
        from PIL import Image, UnidentifiedImageError

        given = {**self.known.get(tag["name"], {}), **tag.given}
        if re.fullmatch(r"\d{1,5}", given.get("width", "")):
            return float(given["width"])
        high = float(given["height"]) if re.fullmatch(r"\d{1,5}", given.get("height", "")) else 0
        member = self.media.find(given.get("storage", ""), "fgimage")
        try:
            if member and (data := self.media.inside[member](member)):
                wide, tall = Image.open(io.BytesIO(data)).size
                return wide * (high / tall if high else 1)
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
            pass
        return WIDTH / 3

    def file(self, member: str, kind: str) -> str:
        """A file of the game as an asset of the story; "" when it is not there."""
        data = self.media.take(member) if member else None
        if data is None:
            return ""
        self.draft.trouble("Pictures and sounds come from somebody's game: their licence is not known.")
        return self.draft.asset(member.rsplit("/", 1)[-1], kind, "." + member.rsplit(".", 1)[-1].lower(), data)


def told(value: str) -> str:
    """What a tag was given, also where the engine would work it out from a text."""
    return str(value_of(value[1:]) or "") if value.startswith("&") else value


def seconds(milliseconds: str) -> float:
    found = re.fullmatch(r"(\d{1,6})(?:\.\d+)?(?:ms)?", milliseconds)
    return min(600.0, int(found[1]) / 1000) if found else 0.0


def plain_look(face: str) -> str:
    """A face as our expression and pose: two words of letters, digits, - and _."""
    face = "neutral" if face == "default" else face
    words = re.sub(r"[^a-z0-9 _-]", "", face.lower()).split() or [f"look-{sum(face.encode()) % 1000}"]
    return " ".join(filter(None, (words[0][:40].strip("-_") or "x", "-".join(words[1:])[:40].strip("-_"))))


def _move(tag: Tag) -> str:
    if tag.name == "reset_camera":
        return "reset"
    aside = re.match(r"-?\d+", tag["x"])
    if aside and abs(int(aside[0])) > 20:
        return "pan-right" if int(aside[0]) > 0 else "pan-left"
    return "zoom-in" if re.match(r"1\.\d*[1-9]|[2-9]", tag["zoom"]) else "zoom-out"
