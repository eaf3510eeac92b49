"""Fills `.venv`: room, venv, torch from the right index, the rest, extras for NVIDIA, a look whether it all loads,
and the stamp last. Every step can be run again over a half-done one."""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import Missing, StudioError, TooBig
from core.launcher.environment import LOCK_NAME, Environment, Say, Stamp
from core.launcher.index import PATIENCE_SECONDS, PLAIN_INDEX, Source, find_source, probe
from core.launcher.packages import forget_torn, read_packages
from core.launcher.requirements import Requirements, fingerprint, name_of
from core.launcher.wheels import Choice, choose
from core.machine import free_disk_gb, read_machine

# What is tried out at the end, by the line that asks for it: compiled code that can be whole and still not load.
TRIED_OUT = {"torch": "torch", "gradio": "gradio", "numpy": "numpy", "pillow": "PIL", "diffusers": "diffusers"}
TRY_OUT = """
import importlib, json, sys
broken = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except Exception as error:
        broken[name] = f"{type(error).__name__}: {error}"
works_on = "cpu"
torch = sys.modules.get("torch")
if hasattr(torch, "cuda"):
    has = {"cuda": torch.cuda.is_available, "xpu": torch.xpu.is_available, "mps": torch.backends.mps.is_available}
    works_on = next((name for name, there in has.items() if there()), "cpu")
print(json.dumps({"broken": broken, "works_on": works_on}))
"""


@dataclass(frozen=True)
class Installer:
    """One run of the installation."""

    place: Environment
    say: Say
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    patience_seconds: float = PATIENCE_SECONDS

    def install(self, tests: bool) -> None:
        wanted = self.place.requirements()
        before = self.place.read_stamp()
        tests = tests or bool(before and before.tests)
        machine = read_machine()
        choice = choose(machine, self.environ.get("STUDIONOVA_TORCH", ""), read_glibc())
        self.check_room(choice)
        self.place.forget_stamp()
        self.make_venv()
        for name in forget_torn(self.place.site_packages):
            self.say(f"{name} was left half-installed; it is installed again.")
        source = find_source(choice, wanted.torch_version, self.environ, self.patience_seconds)
        self.say(f"{choice.why} torch comes from {source.label}.")
        for note in (*choice.notes, *source.notes):
            self.say(note)
        online = probe(f"{self.plain_index().rstrip('/')}/pip/", self.patience_seconds).reached
        if not online:
            self.say("The package index does not answer; trying with what is on this computer.")
        self.put_in(wanted, tests, source, online)
        if choice.kind == "cuda" and any(gpu.vendor == "nvidia" for gpu in machine.gpus):
            self.try_extras(wanted, source)
        self.finish(wanted, tests, choice, source)

    def check_room(self, choice: Choice) -> None:
        free_gb = free_disk_gb(self.place.folder)
        needed_gb = choice.room_gb if self.place.read_stamp() is None else 1.0
        if free_gb < needed_gb - self.already_there_gb():
            raise TooBig(
                f"There is not enough room where the studio lies: {free_gb:.1f} GB free, about {needed_gb:.0f} needed.",
                "Free some room on this drive, or move the studio's folder to a larger one, and start again.",
            )

    def already_there_gb(self) -> float:
        """A half-finished install has part of its room already; torch is most of it."""
        libraries = (self.place.site_packages / name for name in ("torch", "nvidia"))
        files = (file for library in libraries for file in library.rglob("*") if file.is_file())
        return sum(file.stat().st_size for file in files) / 1e9

    def make_venv(self) -> None:
        """Keeps one that works. One of another Python, or one that does not run, is made anew."""
        version = tuple(sys.version_info[:2])
        fits = f"import sys, pip; sys.exit(sys.version_info[:2] != {version})"
        if self.runs([str(self.place.python), "-I", "-c", fits]):
            return
        if self.runs([str(self.place.python), "-I", "-m", "ensurepip"]) and self.runs(
            [str(self.place.python), "-I", "-c", fits]
        ):
            return
        self.say(f"Making the environment in {self.place.folder.name} with Python {platform.python_version()}.")
        for child in self.place.folder.iterdir():
            if child.name != LOCK_NAME:
                shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
        base = getattr(sys, "_base_executable", None) or sys.executable
        if not self.runs([base, "-I", "-m", "venv", str(self.place.folder)], show=True):
            raise Missing(
                f"Python {platform.python_version()} could not make an environment.",
                "On Debian and Ubuntu install python3-venv; elsewhere install Python 3.12 from python.org.",
            )

    def put_in(self, wanted: Requirements, tests: bool, source: Source, online: bool) -> None:
        patience = ["--retries", "3", "--timeout", "30"] if online else ["--retries", "0", "--timeout", "5"]
        family = [source.spec, *(line for line in wanted.family() if name_of(line) != "torch")]
        if wanted.torch_version:
            chosen = ["--index-url", source.url, "--extra-index-url", self.plain_index()] if source.url else []
            self.say(f"Installing {source.spec}. The first time this is the large part.")
            if not self.pip([*patience, *chosen, *family]):
                if not source.url:
                    raise self.explain(online)
                self.say("That index stopped half-way, so the plain one is used instead.")
                if not self.pip([*patience, f"torch=={wanted.torch_version}", *family[1:]]):
                    raise self.explain(online)
        rest = self.place.folder / "chosen-requirements.txt"
        rest.write_text("\n".join(wanted.lines(tests)) + "\n", encoding="utf-8")
        self.say("Installing the rest.")
        if not self.pip([*patience, "-r", str(rest)]):
            raise self.explain(online)

    def try_extras(self, wanted: Requirements, source: Source) -> None:
        """Nice to have, never needed: taken out again where they do not load."""
        for line in wanted.nvidia:
            module = name_of(line).replace("-", "_")
            chosen = ["--index-url", source.url, "--extra-index-url", self.plain_index()] if source.url else []
            added = self.pip(["--no-deps", "--only-binary", ":all:", "--retries", "1", *chosen, line], show=False)
            if added and self.runs([str(self.place.python), "-I", "-c", f"import {module}"]):
                self.say(f"Added {line}.")
            else:
                self.runs([str(self.place.python), "-I", "-m", "pip", "uninstall", "-y", module])
                self.say(f"{name_of(line)} does not fit here and was left out; nothing needs it.")

    def finish(self, wanted: Requirements, tests: bool, choice: Choice, source: Source) -> None:
        self.say("Looking whether everything loads.")
        # pip translates one file after the other; on all cores it takes a fraction. What fails is nobody's code.
        site = self.place.site_packages
        self.runs([str(self.place.python), "-I", "-m", "compileall", "-q", "-j", "0", str(site)])
        seen = self.try_out(wanted)
        if seen["broken"]:
            raise explain_broken(seen["broken"])
        packages = read_packages(site)
        versions = {package.name: package.version for package in packages}
        notes = [*choice.notes, *source.notes]
        if choice.kind in ("cuda", "rocm", "xpu") and choice.indexes and seen["works_on"] == "cpu":
            notes.append("torch does not see the graphics card, so pictures are made on the processor for now.")
            self.say(notes[-1])
        self.place.write_stamp(
            Stamp(
                python=f"{sys.version_info[0]}.{sys.version_info[1]}",
                studio=fingerprint(wanted.studio),
                tests=fingerprint(wanted.tests) if tests else "",
                source=source.url or source.label,
                why=choice.why,
                works_on=seen["works_on"],
                anchors=tuple(package.anchor for package in packages if package.anchor),
                packages={name_of(line): versions.get(name_of(line), "") for line in wanted.lines(tests)},
                notes=tuple(notes),
            )
        )
        self.say("Everything is in place.")

    def try_out(self, wanted: Requirements) -> dict:
        modules = [TRIED_OUT[name_of(line)] for line in wanted.studio if name_of(line) in TRIED_OUT]
        command = [str(self.place.python), "-I", "-c", TRY_OUT, json.dumps(modules)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace",
                              env=self.clean_environ(), check=False)
        try:
            return json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, ValueError):
            last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
            return {"broken": {"the environment": last}}

    def explain(self, online: bool) -> StudioError:
        if free_disk_gb(self.place.folder) < 0.5:
            return TooBig("The drive is full.", "Free some room and start again: it goes on where it stopped.")
        if not online:
            return Missing(
                "There is no way to the internet, and the first start needs it once.",
                "Connect and start again. Later starts work without.",
            )
        return Missing(
            "The install stopped before it was complete; the lines above say why.",
            "Start again: it goes on where it stopped. If it stops again, run `doctor` and ask with what it prints.",
        )

    def plain_index(self) -> str:
        done = subprocess.run(
            [str(self.place.python), "-I", "-m", "pip", "config", "get", "global.index-url"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=self.clean_environ(),
            check=False,
        )
        return self.environ.get("PIP_INDEX_URL") or done.stdout.strip() or PLAIN_INDEX

    def pip(self, arguments: Sequence[str], show: bool = True) -> bool:
        quiet = [
            "--disable-pip-version-check",
            "--no-input",
            "--no-warn-script-location",
            "--no-compile",
            "--prefer-binary",
        ]
        return self.runs([str(self.place.python), "-I", "-m", "pip", "install", *quiet, *arguments], show=show)

    def runs(self, command: Sequence[str], show: bool = False) -> bool:
        out = None if show else subprocess.DEVNULL
        try:
            return (
                subprocess.run(command, stdout=out, stderr=out, env=self.clean_environ(), check=False).returncode == 0
            )
        except OSError:
            return False

    def clean_environ(self) -> dict[str, str]:
        """Without what other Pythons on this computer left in it: it has broken many installs."""
        return {name: value for name, value in self.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}


def explain_broken(broken: dict[str, str]) -> StudioError:
    name, problem = next(iter(broken.items()))
    if platform.system() == "Windows" and "DLL" in problem:
        return Missing(
            f"{name} does not load: {problem}",
            "Install the Microsoft Visual C++ Redistributable (x64) from microsoft.com and start again.",
        )
    return Missing(f"{name} does not load: {problem}", "Start again; if that does not help, delete the .venv folder.")


def read_glibc() -> tuple[int, int] | None:
    name, version = platform.libc_ver()
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if name == "glibc" and found else None
