"""A story as Ren'Py script: labels, lines with ids of their own, menus, changes. Nothing foreign is copied into it."""

from collections.abc import Iterator

from core.story.dialects import to_renpy
from core.story.expressions import change, condition
from core.story.model import END, Directive, Node, Option, Scene, Story, first_scene, line_key, look_of
from core.story.runner import Program
from core.story.text import clean, spans
from pipelines.exporters.renpy.names import Names

TRANSITIONS = {"dissolve": "Dissolve({0})", "fade": "Fade({0}, 0.0, {0})",
               "flash": "Fade(0.1, 0.0, {0}, color=\"#fff\")",
               "slide-left": "CropMove({0}, \"slideright\")", "slide-right": "CropMove({0}, \"slideleft\")"}
STEP = "    "


class Script:
    """Writes one story. `pictures` and `sounds` give the path inside the project of each asset id that is there."""

    def __init__(self, story: Story, pictures: dict[str, str], sounds: dict[str, str]):
        self.story, self.pictures, self.sounds = story, pictures, sounds
        self.kinds = {one.name: one.kind for one in story.variables}
        self.scopes = {one.name: one.scope for one in story.variables}
        self.start = Program(story).fresh
        self.labels, self.lines = Names("scene_"), Names("line_")
        self.cast_names, self.tags, self.bg, self.variables = Names(), Names("who_"), Names(), Names()
        self.cast = {one.id: one for one in story.cast}
        self.places = {one.id: one for one in story.places}
        self.scene_ids = {one.id for one in story.scenes}
        for scene in story.scenes:
            self.labels(scene.id)
        self.addresses = {f"{scene.id}#{node.id}" for scene in story.scenes for node in scene.nodes}
        targets = {node.next for scene in story.scenes for node in scene.nodes} | {scene.next for scene in story.scenes}
        targets |= {one.to for scene in story.scenes for node in scene.nodes for one in node.options}
        self.targets = {target for target in targets if target in self.addresses}

    def spell(self, name: str) -> str:
        return f"persistent.story_{name}" if self.scopes[name] == "global" else f"story.{self.variables(name)}"

    def words(self, text: str) -> str:
        """A quoted line: Ren'Py's own marks doubled, values and emphasis in its way."""
        made = ""
        for span in spans(clean(text), self.kinds):
            if span.name:
                kept = self.scopes[span.name] == "global"
                piece = f"[sn.kept.{span.name}]" if kept else f"[sn.shown.{self.variables(span.name)}]"
            else:
                piece = escape(span.text)
            piece = "{i}" + piece + "{/i}" if span.lean else piece
            made += "{b}" + piece + "{/b}" if span.strong else piece
        return f'"{made}"'

    def definitions(self) -> Iterator[str]:
        """Who speaks, what is remembered, and which picture is which."""
        title = clean(self.story.title or self.story.id).translate(str.maketrans("{}[]", "()()"))
        yield f"define config.name = {quoted(title)}"
        yield f"define config.save_directory = {quoted(f'studionova-{self.story.id}')}"
        yield f"define build.name = {quoted(self.story.id)}"
        yield f"default sn.seed = {self.story.timeline.seed}"
        for name, value in self.start.items():
            yield f"default {self.spell(name)} = {quoted(value) if isinstance(value, str) else value!r}"
        for one in self.story.cast:
            color = f', color="{one.color}"' if one.color else ""
            name = quoted(_marks_doubled(one.name or one.id))
            yield f"define cast.{self.cast_names(one.id)} = Character(_({name}){color})"
            for look, asset in one.looks.items():
                if asset in self.pictures:
                    path = quoted(self.pictures[asset])
                    yield (f"image {self.tags(one.id)} {_look(look)} = Transform({path}, fit=\"contain\", "
                           "ysize=int(config.screen_height * 0.88), yalign=1.0)")
        for place in self.story.places:
            picture = self.pictures.get(place.asset)
            inner = quoted(picture) if picture else f'Solid("{place.color or "#5c5046"}")'
            yield f"image bg {self.bg(place.id)} = {_fitted(inner)}"
        for asset, path in self.pictures.items():
            yield f"image cg {self.bg('cg ' + asset)} = {_fitted(quoted(path))}"

    def text(self) -> Iterator[str]:
        yield "label start:"
        first = first_scene(self.story)
        yield STEP + (f"jump {self.labels(first)}" if first else "return")
        for scene in self.story.scenes:
            yield from self.scene(scene)

    def scene(self, scene: Scene) -> Iterator[str]:
        yield f"\nlabel {self.labels(scene.id)}:"
        yield f"{STEP}$ sn.enter({quoted(scene.id)})"
        for one in self.story.variables:
            if one.scope == "scene":
                value = self.start[one.name]
                yield f"{STEP}$ {self.spell(one.name)} = {quoted(value) if isinstance(value, str) else value!r}"
        for node in scene.nodes:
            if f"{scene.id}#{node.id}" in self.targets:
                yield f"label {self.labels(f'{scene.id}#{node.id}')}:"
            inner = list(self.node(scene, node))
            if not inner:
                continue
            if node.when.strip():
                yield f"{STEP}if {to_renpy(condition(node.when, self.kinds), self.spell)}:"
                spoken = any(not line.startswith("#") for line in inner)
                inner = [STEP + line for line in (inner if spoken else [*inner, "pass"])]
            yield from (STEP + line for line in inner)
        yield STEP + (self.jump(scene.next) or "return")

    def jump(self, target: str) -> str:
        if not target:
            return ""
        known = target in self.addresses if "#" in target else target in self.scene_ids
        return f"jump {self.labels(target)}" if target != END and known else "return"

    def node(self, scene: Scene, node: Node) -> Iterator[str]:
        yield from self.changes(node.do)
        for one in node.directives:
            yield from self.directive(one)
        key = line_key(scene.id, node.id)
        if node.type == "text":
            yield self.line(node, key)
        elif node.type == "raw":
            yield from (f"# {line}" for line in clean(node.text).split("\n"))
        elif node.type == "choice":
            yield from self.chance(node) if node.by == "chance" else self.menu(node, key)
        if node.type != "choice" and (jump := self.jump(node.next)):
            yield jump

    def line(self, node: Node, key: str, ending: str = "") -> str:
        who = f"cast.{self.cast_names(node.who)} " if node.who in self.cast else ""
        return f"{who}{self.words(node.text)}{ending} id {self.lines(key)}"

    def changes(self, sources: tuple[str, ...]) -> Iterator[str]:
        for source in sources:
            if source.strip():
                made = change(source, self.kinds)
                value = to_renpy(made.part, self.spell)
                yield f"$ {self.spell(made.name)} = sn.{self.kinds[made.name]}({value})"

    def menu(self, node: Node, key: str) -> Iterator[str]:
        if not node.options:
            return
        shown = [self.condition(one.when) for one in node.options]
        if node.text.strip():
            said = self.line(node, key, " nointeract")
            if all(shown):  # with no answer open there is no menu, and then the question is not asked either
                yield f"if {' or '.join(f'({one})' for one in shown)}:"
                said = STEP + said
            yield said
        yield f"menu {self.labels('menu ' + key)}:"
        for one, when in zip(node.options, shown, strict=True):
            yield f"{STEP}{self.words(one.text or '…')}{f' if {when}' if when else ''}:"
            yield from (STEP * 2 + line for line in self.taken(one))

    def taken(self, option: Option) -> Iterator[str]:
        made = [*self.changes(option.do), self.jump(option.to)]
        yield from [line for line in made if line] or ["pass"]

    def condition(self, source: str) -> str:
        return to_renpy(condition(source, self.kinds), self.spell) if source.strip() else ""

    def chance(self, node: Node) -> Iterator[str]:
        if not node.options:
            return
        ways = []
        for number, one in enumerate(node.options):
            pair = f"({number}, {float(one.weight)!r})"
            if one.when.strip():
                pair = f"({pair} if {to_renpy(condition(one.when, self.kinds), self.spell)} else None)"
            ways.append(pair)
        yield f"$ sn.picked = sn.pick([way for way in [{', '.join(ways)}] if way])"
        for number, one in enumerate(node.options):
            yield f"{'el' if number else ''}if sn.picked == {number}:"
            yield from (STEP + line for line in self.taken(one))

    def directive(self, one: Directive) -> Iterator[str]:
        how = self.transition(one)
        if one.kind == "place" and one.place in self.places:
            yield f"scene bg {self.bg(one.place)}{how}"
        elif one.kind in ("show", "hide") and one.who in self.cast:
            yield from self.person(one, how)
        elif one.kind == "picture":
            # Over the place and its people, who are there again when it is taken away.
            shown = f"show cg {self.bg('cg ' + one.asset)} zorder 50"
            yield f"{shown if one.asset in self.pictures else 'hide cg'}{how}"
        elif one.kind == "camera" and one.move == "shake":  # over whatever else the camera does
            yield f"with Move((0, 12), (0, -12), 0.1, bounce=True, repeat=True, delay={one.seconds or 0.4})"
        elif one.kind == "camera":
            seconds = f"({one.seconds})" if one.seconds else ""
            yield f"camera at sn_{(one.move or 'reset').replace('-', '_')}{seconds}"
        elif one.kind == "wait":
            yield f"pause {one.seconds or 0.5}"
        elif one.kind in ("music", "sound", "voice"):
            yield from self.sound(one)

    def person(self, one: Directive, how: str) -> Iterator[str]:
        person, tag = self.cast[one.who], self.tags(one.who)
        look = look_of(person, one.expression, one.pose)
        if person.looks.get(look) not in self.pictures:
            return
        if one.kind == "hide":
            yield f"hide {tag}{how}"
        else:
            at = f" at sn_{one.at.replace('-', '_')}" if one.at else ""
            yield f"show {tag} {_look(look)}{at}{how}"

    def sound(self, one: Directive) -> Iterator[str]:
        if not one.asset:
            fade = one.seconds or 1.0
            yield f"stop {one.kind} fadeout {fade}"
        elif one.asset in self.sounds:
            path = quoted(self.sounds[one.asset])
            if one.kind == "voice":
                yield f"voice {path}"
            else:
                yield f"play {one.kind} {path}" + (f" fadein {one.seconds or 1.0}" if one.kind == "music" else "")

    @staticmethod
    def transition(one: Directive) -> str:
        made = TRANSITIONS.get(one.transition, "").format(one.seconds or 0.5)
        return f" with {made}" if made else ""

    def languages(self) -> Iterator[tuple[str, str]]:
        """A translation file for each other language: (Ren'Py's name of the language, text)."""
        for language, texts in self.story.languages.items():
            name = language.replace("-", "_").lower()
            yield name, "\n".join(self.translation(name, texts)) + "\n"

    def translation(self, name: str, texts: dict[str, str]) -> Iterator[str]:
        strings: dict[str, str] = {}
        for one in self.story.cast:
            if new := texts.get(f"cast.{one.id}"):
                old, new = (_marks_doubled(text).replace("\\", "\\\\").replace('"', '\\"') for text in (one.name, new))
                strings.setdefault(f'"{old}"', f'"{new}"')
        for scene_id, node in ((scene.id, node) for scene in self.story.scenes for node in scene.nodes):
            key = line_key(scene_id, node.id)
            spoken = node.type == "text" or (node.type == "choice" and node.by == "player" and node.text.strip())
            if spoken and texts.get(key):
                ending = " nointeract" if node.type == "choice" else ""
                who = f"cast.{self.cast_names(node.who)} " if node.who in self.cast else ""
                yield f"translate {name} {self.lines(key)}:\n{STEP}{who}{self.words(texts[key])}{ending}\n"
            for one in node.options:
                if new := texts.get(line_key(scene_id, node.id, one.id)):
                    strings.setdefault(self.words(one.text or "…"), self.words(new))
        if strings:
            yield f"translate {name} strings:"
            yield from (f"{STEP}old {old}\n{STEP}new {new}\n" for old, new in strings.items())


def escape(text: str) -> str:
    for mark, plain in (("\\", "\\\\"), ('"', '\\"'), ("[", "[["), ("{", "{{"), ("%", "%%"), ("\n", "\\n")):
        text = text.replace(mark, plain)
    return text.replace("  ", " \\ ").replace("  ", " \\ ")


def _marks_doubled(name: str) -> str:
    return clean(name).replace("[", "[[").replace("{", "{{").replace("\n", " ")


def quoted(text: object) -> str:
    """A Python string as Ren'Py reads it."""
    return repr(str(text))


def _look(look: str) -> str:
    words = look.replace("-", "_").split()
    return " ".join(f"l{word}" if word[:1].isdigit() else word for word in words) or "plain"


def _fitted(inner: str) -> str:
    """A picture smaller than the screen would leave a checkerboard, one of another shape would stand on its bottom."""
    return f'Transform({inner}, xysize=(config.screen_width, config.screen_height), fit="cover", align=(0.5, 0.5))'
