"""Writes the capability matrix of the README anew: `python -m tests.capabilities`. A test tells when it is due."""

import re
import sys
from pathlib import Path

import pipelines
from core.catalog import Catalog
from core.readiness import table

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- capabilities: written by `python -m tests.capabilities` -->", "<!-- end of capabilities -->"
SECTION = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)


def renewed(text: str) -> str:
    """A README with its section as the catalog has it now."""
    section = f"{BEGIN}\n{table(Catalog(pipelines))}\n{END}"
    if len(SECTION.findall(text)) != 1:
        raise SystemExit(f"The README has to hold {BEGIN} and {END} once.")
    return SECTION.sub(lambda found: section, text)


if __name__ == "__main__":
    before = README.read_text(encoding="utf-8")
    README.write_text(renewed(before), encoding="utf-8", newline="\n")
    sys.stdout.write("written\n" if renewed(before) != before else "nothing to change\n")
