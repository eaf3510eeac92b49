"""Where the translation of a TyranoScript game is written to: the scene in the making, its beats, and its labels."""

import re
from collections.abc import Iterator
from typing import Any

from core.story.draft import Draft
from core.story.model import END
from pipelines.importers.tyrano.media import Media
from pipelines.importers.tyrano.stage import Stage

BEAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Scenes:
    """The scene being written, the words being said, and what waits for its beat."""

    def __init__(self, draft: Draft, media: Media):
        self.draft, self.stage = draft, Stage(draft, media)
        self.scene: dict[str, Any] = {}
        self.open, self.fresh = False, True
        """Whether the scene's end leads on, and whether nothing has been told yet."""
        self.home, self.home_key, self.anchor = "", "", ""
        self.who, self.said, self.style = "", "", ""
        self.do: list[str] = []
        self.options: list[dict[str, Any]] = []
        self.in_link = False
        self.used: dict[str, set[str]] = {}
        self.landed: dict[str, str] = {}
        """Where each label really is: a scene, or a beat of one."""
        self.called: set[str] = set()
        self.returns: list[str] = []
        """The labels that were called and written out, and those behind which a [return] stands."""

    def begin(self, where: str, label: str, title: str) -> None:
        """A label begins a scene; what was open leads on to it."""
        self.flush()
        key, (home, mark, beat) = label_key(where, label), label.partition("#")
        if mark and home == self.home and BEAT.fullmatch(beat):
            self.mark(key, beat)
            return
        made = self.draft.id_for(f"scene {where} {label}", label or title)
        if key in self.landed:
            self.draft.trouble(f"The label “{label[:60]}” is there twice; the second was given another name.")
            made = self.draft.id_for(f"double {where} {label} {len(self.draft.scenes)}", label)
        else:
            self.landed[key] = made
        self.home, self.home_key = label, key
        self.enter({"id": made, "title": (title or label)[:300], "nodes": [], "next": ""})

    def mark(self, key: str, beat: str) -> None:
        """A label inside a scene, as our own exporter writes them: the next beat is called so."""
        if not self.open:
            target, self.scene["next"], self.open = self.scene["next"] or END, "", True
            last = self.scene["nodes"][-1] if self.scene["nodes"] else {"when": "x"}
            if last.get("when") or last.get("next") or last["type"] == "choice":
                self.add(type="action", next=target)
            else:
                last["next"] = target
        self.anchor = beat
        self.landed.setdefault(key, f"{self.scene['id']}#{beat}")

    def enter(self, scene: dict[str, Any]) -> None:
        """Goes on in another scene, once all is flushed."""
        if self.scene and self.open:
            self.scene["next"] = scene["id"]
        self.draft.scenes.append(scene)
        self.scene, self.open = scene, True

    def aside(self, title: str) -> dict[str, Any]:
        name = f"{title} {len(self.draft.ids)}"
        return {"id": self.draft.id_for(f"aside {name}", name), "title": name, "nodes": [], "next": ""}

    def add(self, **node: Any) -> dict[str, Any]:
        """A beat, with the changes and the stage that waited for it. Nothing leads to what stands behind a jump."""
        if not self.open:
            self.enter(self.aside("unreached"))
        if self.do:
            node["do"], self.do = self.do, []
        if self.stage.waiting:
            node["directives"], self.stage.waiting = self.stage.waiting, []
        used = self.used.setdefault(self.scene["id"], set())
        wanted = self.anchor or f"n{len(self.scene['nodes']) + 1}"
        while wanted in used:
            wanted += "x"
        used.add(wanted)
        self.anchor, self.fresh = "", False
        return self.draft.add(self.scene, **{"id": wanted, **node})

    def flush(self) -> None:
        """What was said, or what waits, becomes a beat."""
        if self.options:
            self.ask()
        elif self.said.strip():
            said, self.said = self.said, ""
            self.add(type="text", who=self.stage.person(self.who), text=said)
        elif self.do or self.stage.waiting or self.anchor:
            self.add(type="action")
        self.said = ""

    def ask(self) -> None:
        options, self.options, said = self.options, [], self.said.strip()
        self.said, self.in_link = "", False
        for number, one in enumerate(options, 1):
            one["id"], one["text"] = f"o{number}", self.draft.words(one["text"])[:2000]
        self.add(type="choice", options=options, **({"who": self.stage.person(self.who), "text": said} if said else {}))

    def turn(self) -> None:
        """The page is full: its words become a beat; what is to happen on the stage waits for the next words."""
        if self.said.strip() and not self.options:
            self.flush()

    def merge(self, body: dict[str, Any], test: str) -> bool:
        """A body of one beat, written just now, becomes that beat with the condition; the empty one is nothing."""
        nodes = body["nodes"]
        node = nodes[0] if nodes else {"type": "action"}
        taken = body["next"] and (node["type"] == "choice" or node.get("next"))
        if len(nodes) > 1 or node.get("when") or taken:
            return False
        self.draft.scenes.pop()
        if body["next"]:
            node["next"] = body["next"]
        if nodes or body["next"]:
            self.add(**{key: value for key, value in node.items() if key != "id"}, when=test)
        return True

    def resolve(self, counted: set[str]) -> list[dict[str, Any]]:
        """The scenes, the first first, with addresses for labels. Scenes in which nothing happens are passed by, and
        parts that were written out wherever they were called are not told again. `counted` scenes stay: their visits
        are asked about."""
        scenes = self.draft.scenes
        passed = {one["id"]: self.address(one["next"]) for one in scenes
                  if not one["nodes"] and one["next"] and one["id"] not in counted}

        def lead(target: str) -> str:
            target, seen = self.address(target), set[str]()
            while target in passed and target not in seen:
                seen.add(target)
                target = passed[target]
            return target

        for scene in scenes:
            scene["next"] = lead(scene["next"])
            for holder, key in _holders(scene):
                holder[key] = lead(holder[key])
        reached = {one["next"].partition("#")[0] for one in scenes}
        reached |= {holder[key].partition("#")[0] for one in scenes for holder, key in _holders(one)}
        done = {self.landed.get(one, "") for one in self.called} - reached
        if any(self.landed.get(one, "") not in done for one in self.returns):
            self.draft.trouble("A part that is called from several places ends the story where it would return.")
        first = lead(scenes[0]["id"])
        first = first if any(one["id"] == first for one in scenes) else scenes[0]["id"]
        kept = [one for one in scenes if one["id"] == first or one["id"] in reached | counted
                or (one["nodes"] and one["id"] not in done)]
        return sorted(kept, key=lambda one: one["id"] != first)

    def address(self, target: str) -> str:
        if "\n" not in target:
            return target
        if target in self.landed:
            return self.landed[target]
        where, label = target.split("\n", 1)
        self.draft.trouble(f"“{(label or where)[:60]}” leads nowhere; the story ends there.")
        return END


def label_key(where: str, label: str) -> str:
    """A label of a file, until it is known where it is."""
    return f"{where}\n{label}"


def _holders(scene: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Every place in a scene's beats that names where it goes."""
    for node in scene["nodes"]:
        for holder, key in ((node, "next"), *((one, "to") for one in node.get("options", ()))):
            if holder.get(key):
                yield holder, key
