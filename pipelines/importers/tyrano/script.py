"""TyranoScript and KAG as scenes: labels, lines, links, ifs, jumps and changes; macros and calls that are plain runs of
tags are written out where they stand. Programs are kept as they are, and never run."""

import html
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from core.errors import BadFile
from core.story.draft import Draft, Preview
from core.story.expressions import Unclear
from core.story.model import END
from core.story.text import literal
from pipelines.importers.tyrano.expressions import words_of
from pipelines.importers.tyrano.media import Media
from pipelines.importers.tyrano.memory import Memory
from pipelines.importers.tyrano.runs import DEEPEST, Branch, Run, Runs, filled
from pipelines.importers.tyrano.scenes import Scenes, label_key
from pipelines.importers.tyrano.stage import told
from pipelines.importers.tyrano.tags import Tag, tags_of

WRITTEN_OUT_MOST = 5_000
"""Tags that macros and calls may become; one that calls itself would never end."""
SCREENS = ("config.ks", "cg.ks", "replay.ks", "make.ks", "tyrano.ks", "studionova.ks", "builder.ks")
"""Files of the engine itself, or of our own exporter: menus and galleries, not the story."""
CHOICES = ("link", "glink", "button", "clickable")
STILL = ("wt", "wa", "wb", "wm", "ws", "wl", "endnowait", "nowait", "backlay", "trans", "wait_camera", "clearstack",
         "title", "endnolog", "nolog", "chara_new", "chara_face", "current")
"""Tags that change nothing which we could show, or that were learned before."""
WAY = re.compile(r"sn\.way\((\d[\d.e+-]*), '\*?([^']*)'(?:, function \(\) \{ (.*) \})?\)")
GO = re.compile(r"&sn\.go\('\*?([^']*)'\)")
FRESH = re.compile(r"(?:typeof\s+)?(?:s|t)?f\.[^\W\d][\w$]*\s*={2,3}\s*(?:undefined|null|['\"]undefined['\"])")
SEED = re.compile(r"f\.sn_seed = (\d{1,10})")
OURS = ("sn.enter(", "sn.fresh.", "f.sn_")
"""What only keeps our own exporter's books."""
STYLES = {"bold": "**", "italic": "*"}


def translate(title: str, scripts: Mapping[str, str], media: Media | None = None) -> Preview:
    """The story of these files by name, the first first, and what could not be mapped."""
    reading = Reading(Draft(title), media or Media())
    for name, text in scripts.items():
        reading.learn(name, list(tags_of(text, reading.draft.trouble)))
    reading.stage.settle()
    for name in scripts:
        reading.file(name)
    return reading.finish()


class Reading(Scenes):
    """Goes through the tags in order, and says what each of them means."""

    def __init__(self, draft: Draft, media: Media):
        super().__init__(draft, media)
        self.memory, self.runs = Memory(), Runs(draft.trouble)
        self.left_out: Counter[str] = Counter()
        self.ways: list[dict[str, Any]] = []
        self.where, self.guard, self.written_out = "", "", 0
        self.acts: dict[str, Callable[[Tag], object]] = {
            "text": lambda tag: self.say(tag["val"]), "ch": lambda tag: self.say(tag["text"]),
            "label": lambda tag: self.begin(self.where, tag["name"], tag["title"]),
            "chara_ptext": self.speak, "endlink": self.end_link, "eval": self.change,
            **dict.fromkeys(("p", "l", "cm", "er", "ct"), lambda tag: self.turn()),
            **dict.fromkeys(("r", "emb", "font", "resetfont", "ptext", "mtext"), self.write),
            **dict.fromkeys(CHOICES, self.offer),
            **dict.fromkeys(("jump", "s", "return", "close", "gotostart"), self.leave),
            **dict.fromkeys(("iscript", "html"), lambda tag: self.keep(tag, tag.source))}

    def learn(self, name: str, tags: list[Tag]) -> None:
        """First pass over a file: who there is, what is remembered, which labels stand where."""
        self.runs.learn(name, tags)
        for tag in () if _is_screen(name) else tags:
            self.stage.learn(tag)
            for key in ("exp", "cond"):
                if tag[key] and "sn.enter(" not in tag[key]:
                    self.memory.learn(tag[key])
            if tag.name == "label":
                scene = self.draft.id_for(f"scene {name} {tag['name']}", tag["name"] or name)
                self.memory.scenes.setdefault(tag["name"], scene)
            elif tag.name == "title" and tag["name"] and not self.draft.title:
                self.draft.title = told(tag["name"])[:300]

    def file(self, name: str) -> None:
        if _is_screen(name):
            self.draft.trouble(f"“{name[:60]}” is a screen of the engine and was left out.")
            return
        self.where, self.home, self.who = name, "", ""
        self.begin(name, "", name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        self.block(self.runs.files[name], 0)
        self.flush()
        if self.open:
            self.scene["next"], self.open = END, False

    def block(self, run: Run, depth: int) -> None:
        for one in run:
            if isinstance(one, Branch):
                self.branch(one, depth)
            elif one["cond"] and one.name not in (*CHOICES, "text") and not WAY.fullmatch(one["exp"]):
                self.guarded(one, depth)
            else:
                self.tag(one, depth)

    def guarded(self, tag: Tag, depth: int) -> None:
        """A tag with a condition of its own is an [if] around it."""
        bare = Tag(tag.name, {name: value for name, value in tag.given.items() if name != "cond"}, tag.source)
        if FRESH.fullmatch(tag["cond"].strip()) and self.memory.begin(tag["exp"]):
            return
        self.branch(Branch(((tag["cond"], (bare,)),)), depth)

    def tag(self, tag: Tag, depth: int) -> None:
        name = tag.name
        if name in self.acts:
            self.acts[name](tag)
        elif name in self.runs.macros or name == "call":
            self.write_out(tag, depth)
        elif name not in STILL and not self.stage.take(tag):
            if tag["storage"]:
                self.draft.trouble(f"“[{name[:40]}]” with “{tag['storage'][:60]}” was left out.")
            else:
                self.left_out[name] += 1

    # --- words

    def say(self, words: str) -> None:
        words = literal(words)
        if self.in_link:
            self.options[-1]["text"] += words
            return
        before, after = self.said[-1:], words[:1]
        apart = before.isascii() and after.isascii() and (before.isalnum() or before in ".,!?;:") and after.isalnum()
        self.said += (" " if before and apart else "") + words

    def speak(self, tag: Tag) -> None:
        self.turn()
        self.who = tag["name"]
        shown = next((who for who, name in self.stage.names.items() if self.who in (who, name)), "")
        if tag["face"] and shown:
            self.stage.take(Tag("chara_mod", {"name": shown, "face": tag["face"]}))

    def write(self, tag: Tag) -> None:
        """What is put into the line that is being said."""
        if tag.name == "r":
            self.said += "\n"
        elif tag.name == "emb":
            self.said += self.shown(tag["exp"])
        elif tag.name in ("ptext", "mtext"):
            if tag["text"] and not tag["text"].startswith("&"):
                self.flush()
                self.add(type="text", text=literal(tag["text"]))
                self.draft.trouble("Words that stood on the picture became lines of their own.")
        else:
            told = "".join(mark for key, mark in STYLES.items() if tag[key] == "true")
            new = "" if tag.name == "resetfont" else told or self.style
            if new != self.style:
                self.said += f"{self.style[::-1]}{new}"
                self.style = new
            elif tag.name == "font":
                self.left_out["font"] += 1

    def shown(self, source: str) -> str:
        try:
            return words_of(source, self.memory.spell)
        except Unclear:
            self.draft.trouble(f"The value “{source[:60]}” in a line could not be translated; “…” stands there.")
            return "…"

    # --- choices and jumps

    def offer(self, tag: Tag) -> None:
        """An answer that waits for its [s]. Buttons that save, load or open a gallery are none."""
        if tag["role"] or _is_screen(tag["storage"]):
            return
        text = tag["text"]
        if tag.name in ("button", "clickable"):
            text = tag["hint"] or tag["graphic"].rsplit("/", 1)[-1].rsplit(".", 1)[0] or "…"
            self.draft.trouble("Pictures that can be clicked became answers, called as their files are.")
        text = html.unescape(self.shown(text[1:]) if text.startswith("&") else literal(re.sub("<[^>]*>", " ", text)))
        tests = [said for one in (self.guard, tag["cond"]) if one and (said := self.when(one))]
        self.in_link = tag.name == "link"
        self.options.append({
            "text": text, "to": self.to(tag) if tag["target"] or tag["storage"] else "",
            "when": " and ".join(f"({one})" for one in tests) if len(tests) > 1 else "".join(tests),
            "do": self.changed(tag["exp"]) if tag["exp"] else []})

    def end_link(self, tag: Tag) -> None:
        self.in_link = False

    def to(self, tag: Tag) -> str:
        """Where a tag leads, as a key that is looked up at the end."""
        if _is_screen(tag["storage"]):
            return END
        where = self.runs.file(tag["storage"]) if tag["storage"] else self.where
        return label_key(where, tag["target"].removeprefix("*"))

    def leave(self, tag: Tag) -> None:
        """A jump, or the end."""
        if tag.name == "jump" and GO.fullmatch(tag["target"]):
            ways, self.ways = self.ways, []
            self.add(type="choice", by="chance", options=[{**one, "id": f"o{n}"} for n, one in enumerate(ways, 1)])
            return
        asked = bool(self.options)
        self.flush()
        if asked and tag.name == "s":
            return
        if tag.name == "return":
            self.returns.append(self.home_key)
        if self.open:
            self.scene["next"], self.open = self.to(tag) if tag.name == "jump" else END, False

    # --- what is remembered

    def changed(self, source: str) -> list[str]:
        try:
            return self.memory.changes(source)
        except Unclear:
            self.draft.trouble(f"“{source[:60]}” could not be translated and was left out.")
            return []

    def change(self, tag: Tag) -> None:
        source = tag["exp"]
        if found := WAY.fullmatch(source):
            when = self.when(tag["cond"]) if tag["cond"] else ""
            self.ways.append({"weight": float(found[1]), "to": label_key(self.where, found[2]), "when": when,
                              "do": self.changed(found[3]) if found[3] else []})
        elif seed := SEED.fullmatch(source):
            self.draft.more["timeline"] = {"seed": min(int(seed[1]), 2**32 - 1)}
        elif not (source.startswith(OURS) or (self.fresh and self.memory.begin(source))):
            try:
                self.do += self.memory.changes(source)
            except Unclear:
                self.keep(tag, source)

    def keep(self, tag: Tag, text: str) -> None:
        """A program, kept as it stands; it is not run here."""
        self.draft.trouble(f"“{tag.name}: {text.strip()[:60]}” is a program; it is kept as a raw part and never run.")
        self.flush()
        self.add(type="raw", text=text[:20_000], meta={"language": "tyranoscript"})

    def write_out(self, tag: Tag, depth: int) -> None:
        """A macro, or a call of a plain run of tags, put where it stands."""
        if tag.name == "call":
            if _is_screen(tag["storage"]):
                return
            key = self.to(tag)
            run = self.runs.called(*key.split("\n", 1))
        else:
            key, run = "", self.runs.macros[tag.name]
        if run is None or depth > DEEPEST or self.written_out + len(run) > WRITTEN_OUT_MOST:
            self.keep(tag, tag.source)
            return
        self.written_out += len(run) + 1
        self.called.add(key)
        self.block(run if key else tuple(filled(one, tag.given) for one in run), depth + 1)

    # --- conditions

    def when(self, source: str) -> str:
        try:
            return self.memory.when(source)
        except Unclear:
            self.draft.trouble(f"The condition “{source[:60]}” could not be translated; it is taken to hold.")
            return ""

    def branch(self, one: Branch, depth: int) -> None:
        if depth > DEEPEST:
            self.draft.trouble("Something is nested too deep and was left out.")
            return
        if all(isinstance(inner, Tag) and inner.name in CHOICES for _, run in one.ways for inner in run):
            self.offers(one, depth)
            return
        anchor, self.anchor = self.anchor, ""
        self.flush()
        if not self.open:
            self.enter(self.aside("unreached"))
        host, at = self.scene, len(self.draft.scenes)
        tests, bodies, ends = [self.when(test) if test else "" for test, _ in one.ways], [], []
        for _, run in one.ways:
            self.open = False
            bodies.append(self.aside("branch"))
            self.enter(bodies[-1])
            self.block(run, depth + 1)
            self.flush()
            ends += [self.scene] if self.open else []
        plain = len(one.ways) == 1 and self.scene is bodies[0] and len(self.draft.scenes) == at + 1
        self.scene, self.open, self.anchor = host, True, anchor
        if plain and self.merge(bodies[0], tests[0]):
            return
        for test, body in zip(tests, bodies, strict=True):
            self.add(type="action", when=test, next=body["id"])
        after = self.aside("after")
        host["next"], self.open = after["id"], False
        for scene in ends:
            scene["next"] = after["id"]
        self.enter(after)

    def offers(self, one: Branch, depth: int) -> None:
        """Answers that stand in an [if] are answers with a condition."""
        before: list[str] = []
        outer = self.guard
        for test, run in one.ways:
            own = [*([outer] if outer else []), *(f"!({past})" for past in before), *([test] if test else [])]
            self.guard = " && ".join(f"({each})" for each in own) if len(own) > 1 else "".join(own)
            before.append(test)
            self.block(run, depth + 1)
        self.guard = outer

    def finish(self) -> Preview:
        if not any(scene["nodes"] for scene in self.draft.scenes):
            raise BadFile("There is no story in these scripts.", "A TyranoScript story has lines that end with [p].")
        for name, count in sorted(self.left_out.items()):
            self.draft.trouble(f"“[{name[:40]}]” ({count} ×) has no counterpart here and was left out.")
        self.draft.scenes = self.resolve(self.memory.counted)
        self.draft.more["variables"] = self.memory.rows()
        self.draft.more["places"] = list(self.stage.places.values())
        self.draft.more["start"] = self.draft.scenes[0]["id"]
        if not self.draft.title:
            self.draft.title = self.draft.scenes[0]["title"]
        return self.draft.preview()


def _is_screen(name: str) -> bool:
    return name.rsplit("/", 1)[-1].lower() in SCREENS
