"""Wildcards and styles as files: the studio's own below configs/, a person's below their home, which win by name.

How a prompt uses them is in prompts.py; that pipelines find them is bench.configs.
"""

import csv
import io
import re
from pathlib import Path

from core.disk import write_whole
from core.errors import BadFile, Refused, TooBig
from core.home import PROGRAM
from core.prompts import Style

BIGGEST = 400_000
STYLES_FILE = "own.csv"
COLUMNS = ("name", "prompt", "negative_prompt")
_NAME = re.compile(r"[\w][\w -]{0,59}")


def wildcards(home: Path) -> dict[str, Path]:
    """Every word list by name."""
    return {path.stem: path for root in _roots(home, "wildcards") for path in sorted(root.glob("*.txt"))}


def read_wildcard(home: Path, name: str) -> str:
    """The text of a word list; empty for a name that nobody has used yet."""
    path = wildcards(home).get(name)
    return "" if path is None else _text(path)


def save_wildcard(home: Path, name: str, text: str) -> int:
    """Keep a word list as a person's own file and say how many choices it has. Without a line it goes away."""
    path = _own(home, "wildcards", f"{_checked(name)}.txt")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        path.unlink(missing_ok=True)
        return 0
    _write(path, text.strip() + "\n")
    return len(lines)


def styles(home: Path) -> dict[str, Style]:
    """Every style by name."""
    files = [path for root in _roots(home, "styles") for path in sorted(root.glob("*.csv"))]
    return {style.name: style for path in files for style in read_styles(path)}


def read_styles(path: Path) -> list[Style]:
    """A1111's styles.csv: name, prompt, negative_prompt."""
    try:
        rows = list(csv.DictReader(io.StringIO(_text(path))))
    except csv.Error as error:
        raise BadFile(f"The styles in {path.name} could not be read.", "Save the file as UTF-8 text.") from error
    return [Style(row["name"], row.get("prompt") or "", row.get("negative_prompt") or "")
            for row in rows if row.get("name")]


def save_style(home: Path, style: Style) -> None:
    """Keep a style among a person's own; without words it goes away."""
    path = _own(home, "styles", STYLES_FILE)
    known = {one.name: one for one in read_styles(path)} if path.is_file() else {}
    name = _checked(style.name)
    if style.prompt.strip() or style.negative.strip():
        known[name] = Style(name, style.prompt.strip(), style.negative.strip())
    else:
        known.pop(name, None)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows((one.name, one.prompt, one.negative) for one in known.values())
    _write(path, out.getvalue())


def _roots(home: Path, folder: str) -> tuple[Path, Path]:
    return PROGRAM / "configs" / folder, home / "configs" / folder


def _own(home: Path, folder: str, name: str) -> Path:
    path = home / "configs" / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name.strip()):
        raise Refused(f"{name[:60]!r} is no name for a list.", "Use letters, digits, spaces and dashes.")
    return name.strip()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")[:4_000_000]
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} could not be read.", "Save the file as UTF-8 text.") from error


def _write(path: Path, text: str) -> None:
    if len(text) > BIGGEST:
        raise TooBig("The list is too long.", f"{BIGGEST:,} characters are the most.")
    write_whole(path, text.encode())
