"""Reads a written project again and says what in it leads nowhere: the engine would find much of it only in play."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

LABEL = re.compile(r"^\s*(?:label|menu) (\w+):", re.MULTILINE)
JUMP = re.compile(r"^\s*jump (\w+)", re.MULTILINE)
LINE = re.compile(r"^\s*(?:cast\.\w+ )?\".*\" id (\w+)$|^\s*(?:cast\.\w+ )?\".*\" nointeract id (\w+)$", re.MULTILINE)
IMAGE = re.compile(r"^image ([\w ]+?) =", re.MULTILINE)
SHOWN = re.compile(r"^\s*(?:scene|show) ((?:bg|cg|who_\w*)(?: \w+)*?)(?= at | with | zorder |$)", re.MULTILINE)
FILE = re.compile(r"""['"]((?:images|audio|voice|fonts)/sn_[^'"]+)['"]""")
TRANSLATED = re.compile(r"^translate \w+ (\w+):", re.MULTILINE)
OURS = re.compile(r"game/(?:script|definitions|letters|languages|tl/\w+/script)\.rpy")


def flaws(project: Mapping[str, bytes]) -> Iterator[str]:
    """What is named in the project's scripts and is not there, or is there twice."""
    scripts = {name: data.decode() for name, data in project.items() if OURS.fullmatch(name)}
    told, own = "\n".join(scripts.values()), "\n".join(text for name, text in scripts.items() if "/tl/" not in name)
    labels = Counter(LABEL.findall(own))
    lines = Counter(first or second for first, second in LINE.findall(own))
    for name, times in [*labels.items(), *lines.items()]:
        if times > 1:
            yield f"Ren'Py: “{name}” is there {times} times."
    images = set(IMAGE.findall(own))
    for what, named, there in (("label", JUMP.findall(own), labels.keys()), ("picture", SHOWN.findall(own), images),
                               ("file", FILE.findall(told), {name.removeprefix("game/") for name in project}),
                               ("line", TRANSLATED.findall(told), {*lines, "strings"})):
        for name in sorted(set(named) - set(there)):
            yield f"Ren'Py: the {what} “{name}” is named and is not there."


def counted(project: Mapping[str, bytes]) -> str:
    """What was looked at, in a sentence."""
    own = "\n".join(data.decode() for name, data in project.items() if OURS.fullmatch(name))
    return (f"Ren'Py: {len(LABEL.findall(own))} labels, {len(JUMP.findall(own))} jumps, {len(LINE.findall(own))} lines "
            f"and {len(SHOWN.findall(own))} pictures on the stage were looked at.")
