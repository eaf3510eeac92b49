"""A story as TyranoScript: a label for each scene and beat, links, ifs, changes. Nothing foreign is copied into it."""

import html
from collections.abc import Iterator, Mapping

from core.story.dialects import Tyrano, to_tyrano
from core.story.expressions import change, condition
from core.story.model import END, Directive, Node, Option, Scene, Story, first_scene, line_key, look_of
from core.story.runner import Program
from core.story.text import clean, spans

WIDTH, HEIGHT, TALL = 1280, 720, 634
SPOTS = {"far-left": 0.14, "left": 0.28, "": 0.5, "center": 0.5, "right": 0.72, "far-right": 0.86}
FADES = {"dissolve": "crossfade", "fade": "fadeIn", "flash": "puffIn", "slide-left": "slideInRight",
         "slide-right": "slideInLeft"}
CAMERAS = {"zoom-in": "zoom=1.15 x=0 y=0", "zoom-out": "zoom=1 x=0 y=0 from_zoom=1.15", "pan-left": "zoom=1.12 x=-70",
           "pan-right": "zoom=1.12 x=70"}
FINISH = "@end"
"""The label at which a story ends; no scene can be called so."""
OWN = frozenset({"constructor", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "toLocaleString"})
"""What each table of the engine already holds under its own names, so that no label can be called so."""
STARTS_LINES = ";#*@_/[\\"


class Script:
    """Writes one story. `files` names what lies in the project for each asset, `shapes` is how wide a picture is."""

    def __init__(self, story: Story, files: Mapping[str, str], shapes: Mapping[str, float]):
        self.story, self.files, self.shapes = story, files, shapes
        self.kinds = {one.name: one.kind for one in story.variables}
        self.scopes = {one.name: one.scope for one in story.variables}
        self.fresh = Program(story).fresh
        self.say = Tyrano(self.spell)
        self.cast = {one.id: one for one in story.cast}
        self.places = {one.id for one in story.places}
        self.scenes = {one.id for one in story.scenes}
        self.beats = {f"{scene.id}#{node.id}" for scene in story.scenes for node in scene.nodes}
        self.moves = any(one.kind == "camera" and one.move != "shake" for scene in story.scenes
                         for node in scene.nodes for one in node.directives)
        self.voices = {str(one.meta.get("line", "")): files[one.id] for one in story.assets
                       if one.kind == "voice" and one.id in files}

    def spell(self, name: str) -> str:
        return f"{'sf' if self.scopes[name] == 'global' else 'f'}.{name}"

    def test(self, source: str) -> str:
        return to_tyrano(condition(source, self.kinds), self.spell)

    def first(self) -> Iterator[str]:
        """Who there is, and what is remembered; the engine begins here."""
        yield "; Written by StudioNova."
        yield f"[title {_given(name=self.told(self.story.title or self.story.id))}]"
        yield '[call storage="studionova.ks"]'
        for one in self.story.cast:
            looks = {look or "default": self.files[asset] for look, asset in one.looks.items() if asset in self.files}
            color = f"0x{one.color[1:]}" if one.color else ""
            yield "[chara_new " + _given(name=one.id, storage=next(iter(looks.values()), "sn_nobody.png"),
                                         jname=self.told(one.name or one.id, page=True), color=color) + "]"
            for look, file in looks.items():
                yield f"[chara_face {_given(name=one.id, face=look, storage=file)}]"
        for name, value in self.fresh.items():
            if self.scopes[name] == "scene":
                yield f"[eval exp=`sn.fresh.{name} = {self.value(value)}`]"
        yield '[call storage="studionova.ks" target="*title"]'
        yield f"[eval exp=`f.sn_seed = {self.story.timeline.seed}`]"
        yield "[eval exp=`f.sn_visits = {}`]"
        for name, value in self.fresh.items():
            kept = f" cond=`{self.spell(name)} === undefined`" if self.scopes[name] == "global" else ""
            value = float(value) if self.kinds[name] == "number" else value  # so that it is seen what it may hold
            yield f"[eval exp=`{self.spell(name)} = {self.value(value)}`{kept}]"
        start = first_scene(self.story)
        yield f"[jump {_given(storage='story.ks', target='*' + self.label(start or END))}]"

    def told(self, words: str, page: bool = False) -> str:
        """Words as the value of a tag; where the engine takes them for a page, its marks are written out."""
        plain = " ".join(clean(words).split()) or "…"
        plain = html.escape(plain, quote=False) if page else plain
        return plain if _is_plain(plain) else f"&{self.say.text(plain)}"

    def value(self, value: object) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return self.say.text(value) if isinstance(value, str) else repr(value)

    def text(self) -> Iterator[str]:
        yield "; Written by StudioNova."
        for scene in self.story.scenes:
            yield from self.scene(scene)
        yield f"\n*{FINISH}\n[jump storage=\"studionova.ks\" target=\"*end\"]"

    def scene(self, scene: Scene) -> Iterator[str]:
        title = clean(scene.title).replace("|", "/").replace("\n", " ")
        yield f"\n*{self.label(scene.id)}|{title}"
        yield f"[eval exp=`sn.enter('{scene.id}')`]"
        for at, node in enumerate(scene.nodes):
            yield f"*{self.label(f'{scene.id}#{node.id}')}"
            after = f"{scene.id}#{scene.nodes[at + 1].id}" if at + 1 < len(scene.nodes) else scene.next or END
            inner = list(self.node(scene, node, after))
            if node.when.strip() and inner:
                inner = [f"[if exp=`{self.test(node.when)}`]", *inner, "[endif]"]
            yield from inner
        yield self.jump(scene.next or END)

    def label(self, target: str) -> str:
        """The label of a scene or a beat; where nothing is, the end."""
        if target in self.beats:
            scene, _, node = target.partition("#")
            return f"{self.label(scene)}#{node}"
        if target not in self.scenes:
            return FINISH
        return f"{target}-scene" if target in OWN else target

    def jump(self, target: str) -> str:
        return f"[jump target=`*{self.label(target)}`]"

    def node(self, scene: Scene, node: Node, after: str) -> Iterator[str]:
        if changes := list(self.changes(node.do)):
            yield f"[eval exp=`{'; '.join(changes)}`]"
        for one in node.directives:
            yield from self.directive(one)
        if node.type == "text":
            if voice := self.voices.get(line_key(scene.id, node.id)):
                yield f"[playse {_given(storage=voice, buf='1')}]"
            yield f"#{node.who if node.who in self.cast else ''}"
            yield f"{self.words(node.text)}[p]"
        elif node.type == "raw":
            yield from (f"; {line}" for line in clean(node.text).split("\n"))
        elif node.type == "choice":
            yield from self.chance(node, after) if node.by == "chance" else self.ask(node, after)
        if node.next and node.type != "choice":
            yield self.jump(node.next)

    def changes(self, sources: tuple[str, ...]) -> Iterator[str]:
        for source in filter(str.strip, sources):
            made = change(source, self.kinds)
            yield f"{self.spell(made.name)} = sn.{self.kinds[made.name]}({to_tyrano(made.part, self.spell)})"

    def words(self, text: str) -> str:
        """A line: the engine's own marks made plain, values and emphasis in its way."""
        made = ""
        for span in spans(clean(text).replace("\t", " "), self.kinds):
            if span.name:
                piece = f"[emb exp=`sn.show({self.spell(span.name)})`]"
            else:
                piece = span.text.replace("\\", "\\\\").replace("[", "\\[").replace("\n", "[r]")
            style = " ".join(name for name, on in (("bold=true", span.strong), ("italic=true", span.lean)) if on)
            made += f"[font {style}]{piece}[resetfont]" if style else piece
        plain = not made[:1] or not (made[0].isspace() or made[0] in STARTS_LINES)
        return made if plain or made.startswith("[") else f"_{made}"

    def ask(self, node: Node, after: str) -> Iterator[str]:
        if not node.options:
            return
        tests = [self.test(one.when) if one.when.strip() else "" for one in node.options]
        if all(tests):  # with no answer open the question is passed by
            yield f"[if exp=`{' || '.join(f'({one})' for one in tests)}`]"
        yield f"#{node.who if node.who in self.cast else ''}"
        if node.text.strip():
            yield self.words(node.text)
        step = min(80, 400 // len(node.options))
        size = min(26, step // 2)
        left = (WIDTH - 640 - 4 * size) // 2  # the engine puts two letters' room on each side of a button
        for number, (one, test) in enumerate(zip(node.options, tests, strict=True)):
            told = _given(target="*" + self.label(one.to or after), cond=test, exp=", ".join(self.changes(one.do)))
            yield f"[glink text=`{self.answer(one)}` {told} x={left} y={60 + number * step} width=640 size={size}]"
        yield "[s]"
        if all(tests):
            yield "[endif]"

    def answer(self, one: Option) -> str:
        """What stands on a button. The engine takes it for a page, so marks are written as a page writes them."""
        pieces = spans(clean(one.text).replace("\n", " ").strip(), self.kinds)
        if not any(span.name for span in pieces):
            return self.told("".join(span.text for span in pieces), page=True)
        return "&" + " + ".join(f"sn.html({self.spell(span.name)})" if span.name
                                else self.say.text(html.escape(span.text, False)) for span in pieces)

    def chance(self, node: Node, after: str) -> Iterator[str]:
        for one in node.options if node.options else ():
            act = f", function () {{ {'; '.join(self.changes(one.do))} }}" if any(map(str.strip, one.do)) else ""
            test = f" cond=`{self.test(one.when)}`" if one.when.strip() else ""
            yield f"[eval exp=`sn.way({one.weight!r}, '*{self.label(one.to or after)}'{act})`{test}]"
        yield f"[jump target=`&sn.go('*{self.label(after)}')`]"

    # --- the stage

    def directive(self, one: Directive) -> Iterator[str]:
        time = round(1000 * one.seconds)
        if one.kind == "place" and one.place in self.places:
            if self.moves:  # the engine wants its camera back in place before the background changes
                yield "[reset_camera time=10]"
            method = FADES.get(one.transition, "")
            yield "[bg " + _given(storage=self.files[f"place {one.place}"], position="center",
                                  time=str((time or 500) if method else 10), method=method) + "]"
        elif one.kind == "show" and one.who in self.cast:
            yield from self.show(one)
        elif one.kind == "hide" and one.who in self.cast:
            fade = (time or 500) if one.transition in FADES else 10
            yield f"[chara_hide {_given(name=one.who, time=str(fade), pos_mode='false')}]"
        elif one.kind == "picture" and not one.asset:
            yield "[freeimage layer=1 time=300]"
        elif one.kind == "picture" and one.asset in self.files:
            yield "[image " + _given(storage=self.files[one.asset], folder="bgimage", layer="1", left="0", top="0",
                                     width=str(WIDTH), height=str(HEIGHT), time=str(time or 300)) + "]"
        elif one.kind == "camera" and one.move == "shake":
            yield f"[quake time={time or 400} count=4 vmax=12]"
        elif one.kind == "camera":
            move = CAMERAS.get(one.move, "")
            yield f"[camera {move} time={time or 2000} wait=false]" if move else f"[reset_camera time={time or 500}]"
        elif one.kind == "wait":
            yield f"[wait time={time or 500}]"
        elif one.kind in ("music", "sound", "voice"):
            yield from self.sound(one, time)

    def show(self, one: Directive) -> Iterator[str]:
        person = self.cast[one.who]
        look = look_of(person, one.expression, one.pose)
        asset = person.looks.get(look, "")
        if asset not in self.files:
            return
        wide = round(self.shapes.get(asset, 0.5) * TALL)
        left = str(round(SPOTS[one.at] * WIDTH - wide / 2))
        time = str(round(1000 * one.seconds) or 500) if one.transition in FADES else "10"
        yield "[chara_show " + _given(name=one.who, face=look or "default", left=left, top=str(HEIGHT - TALL),
                                      height=str(TALL), time=time) + "]"
        yield f"[chara_mod {_given(name=one.who, face=look or 'default', time=time)}]"
        if one.at:
            yield f"[chara_move {_given(name=one.who, left=left, anim='true', time='300')}]"

    def sound(self, one: Directive, time: int) -> Iterator[str]:
        buf = {"sound": "0", "voice": "1"}.get(one.kind, "")
        if not one.asset:
            yield f"[fadeoutbgm time={time or 1000}]" if one.kind == "music" else f"[stopse buf={buf}]"
        elif one.asset in self.files and one.kind == "music":
            yield f"[playbgm {_given(storage=self.files[one.asset], fadein='true', time=str(time or 1000))}]"
        elif one.asset in self.files:
            yield f"[playse {_given(storage=self.files[one.asset], buf=buf)}]"


def _given(**told: str) -> str:
    """What a tag is given; backquotes, because in them nothing but a backquote ends it."""
    return " ".join(f"{name}=`{value}`" for name, value in told.items() if value)


def _is_plain(text: str) -> bool:
    """Whether a value stands in a tag as it is: no quote that ends it, nothing that the engine would work out."""
    return not any(mark in text for mark in "`\\") and text[0] not in "&%" and text != "undefined"
