"""Reads requirements.txt: its sections, its torch line, and what a change in it means for an environment."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

SECTION = re.compile(r"^#\s*---\s*(studio|tests|nvidia)\b")
# These are built together and have to come from the same index.
TORCH_FAMILY = ("torch", "torchvision", "torchaudio")


@dataclass(frozen=True)
class Requirements:
    """The lines by section. `nvidia` lines stand behind `#:` in the file, so that plain pip passes them by."""

    studio: tuple[str, ...]
    tests: tuple[str, ...]
    nvidia: tuple[str, ...]

    @property
    def torch_version(self) -> str:
        lines = [line for line in self.studio if name_of(line) == "torch"]
        return lines[0].partition("==")[2].split(";")[0].strip() if lines else ""

    def family(self) -> tuple[str, ...]:
        return tuple(line for line in self.studio if name_of(line) in TORCH_FAMILY)

    def lines(self, tests: bool) -> tuple[str, ...]:
        return self.studio + self.tests if tests else self.studio


def read_requirements(file: Path) -> Requirements:
    sections: dict[str, list[str]] = {"studio": [], "tests": [], "nvidia": []}
    current = "studio"
    for line in file.read_text(encoding="utf-8").splitlines():
        opening = SECTION.match(line)
        current = opening[1] if opening else current
        if current == "nvidia" and line.startswith("#:"):
            line = line[2:]
        wanted = line.split(" #")[0].strip()
        if wanted and not wanted.startswith("#"):
            sections[current].append(wanted)
    return Requirements(*(tuple(sections[name]) for name in ("studio", "tests", "nvidia")))


def name_of(line: str) -> str:
    """`huggingface_hub[x]>=1 ; marker` is huggingface-hub, as pip compares names."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    return re.sub(r"[-_.]+", "-", found.group()).lower() if found else ""


def fingerprint(lines: tuple[str, ...]) -> str:
    """Changes when what to install changes, not when a comment does."""
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
