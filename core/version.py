"""Which StudioNova this is, and whether an extension's wish for a version is met."""

import re

VERSION = "0.1.0"


def meets(wanted: str) -> bool:
    """Whether this studio is at least `wanted`, such as "0.1" or "1.2.3"."""
    return _numbers(VERSION) >= _numbers(wanted)


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(number) for number in re.findall(r"\d+", version)[:3]]
    return tuple([*found, 0, 0, 0][:3])
