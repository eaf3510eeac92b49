"""Asks package indexes, with a short patience, whether they answer and have our build; says so and falls back."""

import os
import platform
import re
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from core.launcher.wheels import Choice

TORCH_INDEX = "https://download.pytorch.org/whl"
PLAIN_INDEX = "https://pypi.org/simple"
PATIENCE_SECONDS = 5.0
LARGEST_PAGE = 8 * 2**20


@dataclass(frozen=True)
class Answer:
    """What an address said: its page, or why there is none. `reached` also for a refusal: somebody is there."""

    reached: bool
    page: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Source:
    """Where torch comes from in the end. An empty `url` is pip's plain index."""

    spec: str
    url: str
    label: str
    notes: tuple[str, ...] = ()


def probe(url: str, patience_seconds: float = PATIENCE_SECONDS) -> Answer:
    """The page at this address, or nothing after a few seconds. A thread of its own, because neither a name look-up
    nor a list of dead addresses respects a socket's timeout."""
    if url.startswith("file:"):
        return Answer(True)
    answers: list[Answer] = []
    deadline = time.monotonic() + patience_seconds
    worker = threading.Thread(target=lambda: answers.append(read_page(url, deadline)), daemon=True)
    worker.start()
    worker.join(patience_seconds + 0.5)
    return answers[0] if answers else Answer(False, problem=f"no answer in {patience_seconds:.0f} seconds")


def read_page(url: str, deadline: float) -> Answer:
    try:
        left = max(0.1, deadline - time.monotonic())
        with urllib.request.urlopen(url, timeout=left, context=trusted_certificates(url)) as page:
            text = bytearray()
            while (part := page.read(65536)) and len(text) < LARGEST_PAGE:
                text += part
                if time.monotonic() > deadline:
                    return Answer(False, problem="too slow")
        return Answer(True, text.decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        return Answer(True, problem=f"it answers {error.code}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        # pip brings certificates of its own: where only ours are missing, it may well succeed.
        return Answer(isinstance(reason, ssl.SSLCertVerificationError), problem=str(reason) or type(error).__name__)


def trusted_certificates(url: str) -> ssl.SSLContext | None:
    if not url.startswith("https"):
        return None
    extra = os.environ.get("PIP_CERT", "")
    return ssl.create_default_context(cafile=extra if os.path.isfile(extra) else None)


def find_source(choice: Choice, torch_version: str, environ: Mapping[str, str], patience_seconds: float) -> Source:
    """The first index of the choice that answers and has our build, else the plain one, and says why."""
    plain = Source(f"torch=={torch_version}", "", "the plain index")
    problems = []
    for index in choice.indexes:
        url = index if "://" in index else f"{environ.get('STUDIONOVA_TORCH_INDEX', TORCH_INDEX).rstrip('/')}/{index}"
        answer = probe(f"{url}/torch/", patience_seconds)
        build = find_build(answer.page, torch_version)
        if build:
            return Source(f"torch=={build}", url, f"the {index.rpartition('/')[2]} index")
        problems.append(f"{url}: {answer.problem or f'no torch {torch_version} for this Python and system'}")
        if not answer.reached:
            break
    if choice.strict and choice.indexes and "://" not in choice.indexes[0]:
        # A wish is kept or fails: another build in its place would be several GB that nobody asked for.
        index = choice.indexes[0]
        note = f"{problems[0]}. Looking for the {index} build where pip is set up to look."
        return Source(f"torch=={torch_version}+{index}", "", f"the {index} build from pip's own sources", (note,))
    if not problems:
        return plain
    note = f"The index for this computer cannot be used ({'; '.join(problems)}), so the plain one is."
    return Source(plain.spec, "", plain.label, (note, *plain_notes(choice)))


def plain_notes(choice: Choice) -> tuple[str, ...]:
    linux_pc = platform.system() == "Linux" and platform.machine() == "x86_64"
    if choice.kind == "cpu":
        return ("On Linux its build carries NVIDIA's libraries: a larger download, nothing else.",) if linux_pc else ()
    if choice.kind == "cuda" and linux_pc and "cu130" in choice.indexes:
        return ()
    return ("Its build cannot use your graphics card. Run `repair` when the other index answers again.",)


def find_build(page: str, torch_version: str) -> str:
    """The full version, such as 2.13.0+cu130, of a wheel on this page that fits this Python and system."""
    python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    pattern = rf"torch-({re.escape(torch_version)}(?:(?:%2B|\+)[\w.]+)?)-{python}-(?:{python}|abi3|none)-([\w.]+)\.whl"
    for version, tag in re.findall(pattern, page):
        if fits_here(tag):
            return version.replace("%2B", "+")
    return ""


def fits_here(tag: str) -> bool:
    system, arch = platform.system(), platform.machine().lower()
    if system == "Linux":
        return "linux" in tag and tag.endswith(arch)
    if system == "Windows":
        return tag == ("win_arm64" if arch == "arm64" else "win_amd64")
    return tag.startswith("macosx") and tag.endswith(arch)
