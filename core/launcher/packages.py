"""What lies in site-packages, read from the lists that installers leave (RECORD). Finds packages that a killed
install left torn: pip takes those for whole and passes them by."""

import csv
import re
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One installed package. `anchor` is a file of its code, "" where it has none."""

    name: str
    version: str
    info: Path
    anchor: str
    torn: bool


def read_packages(site: Path) -> list[Package]:
    return [read_package(site, info) for info in sorted(site.glob("*.dist-info"))]


def read_package(site: Path, info: Path) -> Package:
    name, _, version = info.name.removesuffix(".dist-info").partition("-")
    rows = read_record(info / "RECORD")
    code = [path for path, _ in rows if path.endswith(".py") and not path.startswith("..")]
    code.sort(key=lambda path: (path.count("/"), not path.endswith("/__init__.py"), path))
    whole = bool(rows) and (info / "METADATA").exists() and all(is_whole(site / path, size) for path, size in rows)
    return Package(re.sub(r"[-_.]+", "-", name).lower(), version, info, code[0] if code else "", not whole)


def read_record(record: Path) -> list[tuple[str, str]]:
    """Path and size of each file. Compiled files come and go, and count for nothing."""
    try:
        with record.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == 3]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return [(path, size) for path, _, size in rows if not path.endswith(".pyc")]


def is_whole(path: Path, size: str) -> bool:
    """There, and as long as it was: a power cut leaves files that are there and empty."""
    try:
        return not size.isdigit() or path.stat().st_size == int(size)
    except OSError:
        return False


def forget_torn(site: Path) -> list[str]:
    """Takes torn packages off the list of what is installed, so that the next install brings them whole."""
    torn = [package for package in read_packages(site) if package.torn]
    for package in torn:
        shutil.rmtree(package.info)
    # What pip had moved aside when it was killed.
    for leftover in site.glob("~*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    return [package.name for package in torn]
