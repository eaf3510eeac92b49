"""What was chosen and why, in a form to paste in a bug report. Tells which secrets are set, never what they are."""

import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from core.errors import StudioError
from core.hosts import detect
from core.launcher.environment import Environment
from core.launcher.index import PATIENCE_SECONDS, TORCH_INDEX, probe
from core.launcher.install import read_glibc
from core.launcher.packages import read_packages
from core.launcher.wheels import choose
from core.machine import free_disk_gb, read_machine

OUR_VARIABLES = (
    "STUDIONOVA_",
    "LOG_",
    "COMFYUI_URL",
    "HF_",
    "PIP_",
    "SPACE_ID",
    "RUNPOD_POD_ID",
    "CUDA_VISIBLE",
    "ROCR_VISIBLE",
    "HIP_VISIBLE",
    "ZE_AFFINITY",
    "HSA_",
)
SECRETS = ("TOKEN", "PASSWORD", "KEY", "SECRET")


def examine(place: Environment, environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Everything, as plain values."""
    machine = read_machine()
    host = detect(place.root, environ)
    report: dict[str, object] = {
        "studio": read_commit(place.root),
        "system": platform.platform(),
        "python": f"{platform.python_version()} at {sys.executable}",
        "computer": machine.describe(),
        "abilities": list(machine.abilities),
        "cards": [asdict(gpu) for gpu in machine.gpus],
        "disk_free_gb": free_disk_gb(place.root),
        "host": host.name,
        "home": f"{host.home} ({host.home_reason})",
        "warning": host.warning,
    }
    report |= explain_choice(place, machine, environ)
    report["environment"] = place.what_is_missing() or "whole"
    stamp = place.read_stamp()
    report["installed"] = asdict(stamp) | {"anchors": len(stamp.anchors)} if stamp else {}
    report["torn"] = [package.name for package in read_packages(place.site_packages) if package.torn]
    report["variables"] = {
        name: shown(name, environ[name]) for name in sorted(environ) if name.startswith(OUR_VARIABLES)
    }
    return hide_home(report, environ)


def explain_choice(place: Environment, machine, environ: Mapping[str, str]) -> dict[str, object]:
    try:
        choice = choose(machine, environ.get("STUDIONOVA_TORCH", ""), read_glibc())
    except StudioError as error:
        return {"torch": "none", "because": str(error)}
    report: dict[str, object] = {
        "torch": f"{place.requirements().torch_version} from {' or '.join(choice.indexes) or 'the plain index'}",
        "because": choice.why,
        "notes": list(choice.notes),
    }
    if choice.indexes:
        index = choice.indexes[0]
        base = environ.get("STUDIONOVA_TORCH_INDEX", TORCH_INDEX).rstrip("/")
        url = index if "://" in index else f"{base}/{index}"
        answer = probe(f"{url}/torch/", PATIENCE_SECONDS)
        report["index"] = f"{url}: {answer.problem or 'answers'}"
    return report


def read_commit(root: Path) -> str:
    """The commit, read from .git without git, which a person may not have."""
    try:
        head = (root / ".git/HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head[:12]
        return (root / ".git" / head.removeprefix("ref: ")).read_text(encoding="utf-8").strip()[:12]
    except OSError:
        return "unknown (no git folder)"


def shown(name: str, value: str) -> str:
    return "(set)" if any(word in name for word in SECRETS) else value


def hide_home(report: dict[str, object], environ: Mapping[str, str]) -> dict[str, object]:
    """A user's name is in the path of their folder, and is nobody's business."""
    home = environ.get("USERPROFILE") or environ.get("HOME") or ""
    if len(home) < 4:
        return report
    text = json.dumps(report, ensure_ascii=False)
    return json.loads(text.replace(json.dumps(home, ensure_ascii=False)[1:-1], "~"))


def render(report: dict[str, object]) -> str:
    lines = ["StudioNova doctor: paste all of this in a bug report", ""]
    for name, value in report.items():
        if isinstance(value, dict):
            lines += [
                f"{name}:",
                *(f"  {key}: {say(inner)}" for key, inner in value.items() if inner not in ("", [], {})),
            ]
        elif value not in ("", []):
            lines.append(f"{name}: {say(value)}")
    return "\n".join(lines)


def say(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items() if inner)
    if isinstance(value, list):
        texts = [say(inner) for inner in value]
        return (" " if all(text.endswith(".") for text in texts) else ", ").join(texts)
    return str(value)
