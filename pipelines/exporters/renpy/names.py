"""Names that Ren'Py accepts: letters, digits and _, never one of its own words, never the same twice."""

import keyword
import re


class Names:
    """Gives each id one safe name and remembers it."""

    def __init__(self, prefix: str = ""):
        self.prefix = prefix
        self.given: dict[str, str] = {}
        self.taken: set[str] = set()

    def __call__(self, wanted: str) -> str:
        if wanted not in self.given:
            plain = self.prefix + re.sub(r"[^A-Za-z0-9]+", "_", wanted).strip("_")
            if not self.prefix and (not plain or plain[0].isdigit() or keyword.iskeyword(plain)):
                plain = f"n{plain}"
            name, number = plain, 2
            while name.lower() in self.taken:
                name, number = f"{plain}_{number}", number + 1
            self.taken.add(name.lower())
            self.given[wanted] = name
        return self.given[wanted]
