"""What a TyranoScript game remembers: its f., sf. and tf. variables, guessed from how the script uses them."""

import re
from typing import Any

from core.story.expressions import TAKES, WORDS, Unclear, change, condition
from core.story.model import NAME
from pipelines.importers.tyrano.expressions import VARIABLE, changes_of, condition_of, value_of

USE = re.compile(r"(?<![\w$.])" + VARIABLE.pattern + r"\s*(\+\+|--|(?:[-+*/]|===?|!==?|[<>]=?)?=?)?\s*"
                 r"(-?\d{1,12}(?:\.\d{1,18})?(?:e-?\d+)?|true\b|false\b"
                 r"|\"[^\"\n]{0,2000}\"|'[^'\n]{0,2000}'|String\.from)?")
BEGIN = re.compile(VARIABLE.pattern + r"\s*=(?!=)(.*)", re.DOTALL)
OURS = re.compile(r"sn\.fresh\.(\w+) =")
SCOPES = {"f": "session", "tf": "session", "sf": "global"}
SURE, LIKELY, MAYBE = 3, 2, 1
EMPTY: dict[str, Any] = {"flag": False, "whole": 0, "number": 0, "text": ""}
"""What each kind begins with."""
USED_MOST = 5_000


class Memory:
    """The variables by (f, sf or tf; name) with the kind that most speaks for."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, str], str] = {}
        self.votes: dict[str, tuple[int, str]] = {}
        self.starts: dict[str, Any] = {}
        self.scenes: dict[str, str] = {}
        """Ids of scenes by their labels, for visits."""
        self.counted: set[str] = set()
        """Those whose visits somebody asks about."""
        self.local: set[str] = set()
        """What begins anew in each scene, as our own exporter says it."""

    def learn(self, source: str) -> None:
        """Take note of the variables in an expression and of what they seem to hold."""
        if found := OURS.match(source):
            self.local.add(self.spell("f", found[1]))
        for found in USE.finditer(source):
            home, name = found[1], found[2] or found[3]
            if len(self.names) >= USED_MOST or name.startswith("sn_") or (home, name) == ("tf", "system"):
                continue
            mine, (op, value) = self.spell(home, name), (found[4] or "", found[5] or "")
            kind = _kind_of(value)
            sure = SURE if op == "=" and value else LIKELY if value or op in ("++", "--", "+=", "-=") else MAYBE
            kind = kind if value else "whole" if sure == LIKELY else "flag"
            known, before = self.votes.get(mine, (0, ""))
            if sure > known or (sure == known and _wider(kind, before)):
                self.votes[mine] = (sure, kind)

    def spell(self, home: str, name: str) -> str:
        """Our name of a variable."""
        key = (home, name)
        if key not in self.names:
            taken = set(self.names.values())
            plain = re.sub(r"[^A-Za-z0-9_]", "", name)[:30]
            fits = re.fullmatch(NAME, plain) and plain == name and plain not in WORDS and plain not in TAKES
            wanted = plain if fits else f"v_{plain}"
            names = (wanted, *(f"{wanted}_{number}" for number in range(2, USED_MOST)))
            self.names[key] = next(one for one in names if one not in taken)
        return self.names[key]

    @property
    def kinds(self) -> dict[str, str]:
        return {name: self.votes.get(name, (0, "flag"))[1] for name in self.names.values()}

    def rows(self) -> list[dict[str, Any]]:
        kinds = self.kinds
        return [{"name": mine, "kind": kinds[mine], "start": self.starts.get(mine, EMPTY[kinds[mine]]),
                 "scope": "scene" if mine in self.local else SCOPES[home],
                 "title": "" if mine == name else f"{home}.{name}"[:200]}
                for (home, name), mine in self.names.items()]

    def begin(self, source: str) -> bool:
        """Take `f.x = 1` for the value that a variable begins with; whether it is one."""
        found = BEGIN.fullmatch(source.strip())
        value = value_of(found[4]) if found else None
        if found is None or value is None:
            return False
        mine = self.spell(found[1], found[2] or found[3])
        kind = {bool: "flag", int: "whole", float: "number", str: "text"}[type(value)]
        if kind != self.kinds[mine] and (kind, self.kinds[mine]) != ("whole", "number"):
            return False
        self.starts[mine] = value
        return True

    def when(self, source: str) -> str:
        """A condition in our language, or Unclear."""
        said = condition_of(source, self.spell, self.scene)
        condition(said, self.kinds)
        return said

    def changes(self, source: str) -> list[str]:
        """Changes in our language, or Unclear."""
        made, kinds = changes_of(source, self.spell, self.scene), self.kinds
        for one in made:
            change(one, kinds)
        return made

    def scene(self, label: str) -> str:
        if label not in self.scenes:
            raise Unclear(label[:60])
        self.counted.add(self.scenes[label])
        return self.scenes[label]


def _kind_of(value: str) -> str:
    if value in ("true", "false"):
        return "flag"
    return "text" if value[:1] in ("\"", "'", "S") else "number" if "." in value or "e" in value else "whole"


def _wider(kind: str, before: str) -> bool:
    order = ("flag", "whole", "number", "text")
    return bool(kind) and order.index(kind) > order.index(before or "flag")
