"""The words after launch.sh: start (or nothing), test, doctor, demo, repair, help. Options are app.py's own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import StudioError
from core.launcher.environment import Environment

HANDS = ("-n", "logical", "--maxprocesses", "4", "--dist", "worksteal")
"""As many tests at once as there are cores, each with one thread of its own; a `-n 0` after it runs them in a row."""

HELP = """StudioNova

  launch.sh [options]         open the studio (the first time it installs what this computer needs)
  launch.sh test [options]    run all tests; the options are pytest's
  launch.sh doctor [--json]   say what was chosen for this computer and why
  launch.sh demo              the whole way from photos to a story, in the terminal
  launch.sh repair            look the installation over and mend it
  launch.sh help              this page

Options of the studio: --host --port --share --home --mode --no-browser; `launch.sh --help` explains them.
On Windows the same with launch.bat.
"""


def run(root: Path, words: Sequence[str]) -> int:
    """Does what was asked and gives the exit code. Where it can, this process becomes the studio's."""
    command, rest = ("start", list(words)) if not words or words[0].startswith("-") else (words[0], list(words[1:]))
    commands = {"start": start, "test": test, "doctor": doctor, "demo": demo, "repair": repair, "help": explain}
    if command not in commands:
        write(f"StudioNova does not know {command!r}. It knows: {', '.join(commands)}.")
        return 2
    try:
        return commands[command](Environment(root), rest)
    except StudioError as error:
        write(f"\nStudioNova: {error.message}")
        if error.hint:
            write(f"  {error.hint}")
        return 1
    except KeyboardInterrupt:
        write("\nStudioNova: stopped. Start again any time; it goes on where it was.")
        return 130


def start(place: Environment, rest: list[str]) -> int:
    prepare(place)
    return become([str(place.python), str(place.root / "app.py"), *rest])


def test(place: Environment, rest: list[str]) -> int:
    prepare(place, tests=True)
    os.chdir(place.root)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return become([str(place.python), "-m", "pytest", *HANDS, *rest])


def demo(place: Environment, rest: list[str]) -> int:
    if not any((place.root / name).exists() for name in ("pipelines/demo.py", "pipelines/demo/__main__.py")):
        write("This copy of StudioNova has no demo yet. `launch.sh` opens the studio, where the same can be tried.")
        return 1
    prepare(place)
    os.chdir(place.root)
    return become([str(place.python), "-m", "pipelines.demo", *rest])


def doctor(place: Environment, rest: list[str]) -> int:
    from core.launcher.doctor import examine, render

    report = examine(place)
    write(json.dumps(report, indent=1, ensure_ascii=False) if "--json" in rest else render(report))
    return 0


def repair(place: Environment, rest: list[str]) -> int:
    place.folder.mkdir(exist_ok=True)
    place.forget_stamp()
    prepare(place)
    return 0


def explain(place: Environment, rest: list[str]) -> int:
    write(HELP)
    return 0


def prepare(place: Environment, tests: bool = False) -> None:
    """Nothing to do is the usual case, and costs a few milliseconds; the installer is not even read then."""
    if not place.what_is_missing(tests):
        return
    from core.launcher.install import Installer

    with place.lock(note):
        reason = place.what_is_missing(tests)
        if reason:
            note(reason)
            Installer(place, note).install(tests)


def become(command: list[str]) -> int:
    """On Windows there is no becoming: an exec there returns to the prompt while the studio still runs."""
    sys.stdout.flush()
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    if os.name != "nt":
        os.execve(command[0], command, environ)
    return see_out(subprocess.Popen(command, env=environ))


def see_out(studio: subprocess.Popen) -> int:
    """Ctrl+C in the window reaches the studio too: it closes by itself, and is waited for, not killed."""
    while True:
        try:
            return studio.wait()
        except KeyboardInterrupt:
            continue


def note(text: str) -> None:
    write(f"· {text}")


def write(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
