"""launch.sh from the outside: real Pythons, real venv, real pip, tiny wheels from an index on this computer."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import TooBig
from core.launcher.environment import Environment
from core.launcher.install import Installer
from tests.core.launcher.conftest import Index

REPOSITORY = Path(__file__).parents[3]
ECHO = "import json, os, sys\nprint(json.dumps({'args': sys.argv[1:], 'prefix': sys.prefix, 'cwd': os.getcwd()}))\n"
WANTED = "# --- studio\ntorch==2.13.0\ntinything>=1\n# --- tests\npytest>=1\n# --- nvidia\n#: bitsandbytes>=1\n"

pytestmark = pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="launch.sh needs bash")


class Clone:
    """A copy of the launcher in a folder whose name has a space, with an app.py that tells what it was given."""

    def __init__(self, folder: Path, index: Index) -> None:
        self.root, self.index = folder, index
        folder.mkdir()
        shutil.copytree(REPOSITORY / "core", folder / "core", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(REPOSITORY / "launch.sh", folder)
        (folder / "app.py").write_text(ECHO)
        (folder / "requirements.txt").write_text(WANTED)
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "STUDIONOVA_PYTHON": getattr(sys, "_base_executable", sys.executable),
            "STUDIONOVA_TORCH_INDEX": index.url,
            "STUDIONOVA_TORCH": "cpu",
            "PIP_INDEX_URL": f"{index.url}/plain",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
        }

    @property
    def place(self) -> Environment:
        return Environment(self.root)

    def launch(self, *words: str, cwd: Path | None = None, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(self.root / "launch.sh"), *words],
            capture_output=True,
            text=True,
            env=self.environ | extra,
            cwd=cwd,
            timeout=180,
        )


def stock(index: Index, torch_tag: str) -> None:
    index.offer("cpu", "torch", "2.13.0+cpu", tag=torch_tag)
    index.offer("plain", "tinything", "1.0")
    index.offer("plain", "pytest", "9.0", code="import sys\nraise SystemExit(f'not run: {sys.orig_argv}')\n")
    (index.folder / "plain/pip").mkdir()


@pytest.fixture
def clone(tmp_path, index, torch_tag):
    stock(index, torch_tag)
    return Clone(tmp_path / "a studio", index)


@pytest.fixture(scope="module")
def finished(tmp_path_factory, torch_tag):
    """One finished install, to be copied: making a venv takes seconds."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "index").mkdir()
    served = Index(folder / "index")
    stock(served, torch_tag)
    clone = Clone(folder / "a studio", served)
    done = clone.launch()
    served.close()
    assert done.returncode == 0, done.stdout + done.stderr
    return clone.place.folder


@pytest.fixture
def installed(clone, finished):
    shutil.copytree(finished, clone.place.folder, symlinks=True)
    return clone


def told(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_the_first_start_installs_says_why_and_opens_and_the_second_asks_no_network(clone, tmp_path):
    first = clone.launch("--port", "9000", "--home", "my work", cwd=tmp_path)
    seen = told(first)
    assert seen["args"] == ["--port", "9000", "--home", "my work"]
    assert Path(seen["prefix"]) == clone.place.folder and Path(seen["cwd"]) == tmp_path
    assert "torch comes from the cpu index" in first.stdout
    stamp = clone.place.read_stamp()
    assert stamp and stamp.packages == {"torch": "2.13.0+cpu", "tinything": "1.0"} and stamp.tests == ""

    clone.index.asked.clear()
    second = clone.launch("start", "--share")
    assert told(second)["args"] == ["--share"]
    assert clone.index.asked == [] and "·" not in second.stdout


def test_a_torn_environment_is_noticed_and_mended(installed):
    code = installed.place.site_packages / "tinything/__init__.py"
    code.unlink()
    done = installed.launch()
    assert told(done)["args"] == [] and code.exists()
    assert "tinything/__init__.py is gone" in done.stdout and "half-installed" in done.stdout
    assert not installed.place.what_is_missing()


def test_an_install_that_was_killed_before_its_stamp_goes_on(installed):
    """As after kill -9 in the middle: no stamp, one package half there, pip believing in it."""
    installed.place.forget_stamp()
    (installed.place.site_packages / "torch/__init__.py").write_text("")
    done = installed.launch()
    told(done)
    assert "did not finish" in done.stdout and "torch was left half-installed" in done.stdout
    assert (installed.place.site_packages / "torch/__init__.py").read_text()


def test_a_start_killed_in_the_middle_of_installing_is_finished_by_the_next(clone):
    run = subprocess.Popen(
        ["bash", str(clone.root / "launch.sh")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clone.environ,
        start_new_session=True,
    )
    while "Installing the rest" not in (heard := run.stdout.readline()):
        assert heard, "it ended before installing"
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=60)
    assert "did not finish" in clone.place.what_is_missing()
    told(clone.launch())
    assert not clone.place.what_is_missing()


def test_a_changed_list_of_packages_is_installed_at_the_next_start(installed):
    installed.index.offer("plain", "another", "3.0")
    (installed.root / "requirements.txt").write_text(WANTED.replace("tinything>=1", "tinything>=1\nanother>=2"))
    told(installed.launch())
    assert installed.place.read_stamp().packages["another"] == "3.0"


def test_a_list_that_cannot_be_had_offline_is_told_in_words_and_nothing_pretends_to_be_whole(installed):
    (installed.root / "requirements.txt").write_text(WANTED.replace("tinything>=1", "tinything>=2"))
    closed = "http://127.0.0.1:9"
    done = installed.launch(PIP_INDEX_URL=closed, STUDIONOVA_TORCH_INDEX=closed, STUDIONOVA_TORCH="plain")
    assert done.returncode == 1
    assert "no way to the internet" in done.stdout and "Traceback" not in done.stdout + done.stderr
    assert installed.place.what_is_missing()


def test_two_starts_at_once_on_a_fresh_clone_install_once(clone):
    command = ["bash", str(clone.root / "launch.sh")]
    runs = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clone.environ)
        for _ in range(2)
    ]
    outputs = [run.communicate(timeout=180)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    assert sum("Everything is in place" in output for output in outputs) == 1
    assert all('"args": []' in output for output in outputs)


def test_the_tests_install_their_own_packages_and_get_the_exit_code(installed):
    done = installed.launch("test", "tests/core", "-x")
    assert "packages for the tests" in done.stdout
    assert done.returncode == 1 and "'--dist', 'worksteal', 'tests/core', '-x'" in done.stderr
    assert installed.place.read_stamp().packages["pytest"] == "9.0"


def test_a_package_that_does_not_load_is_named_and_leaves_no_stamp(clone, torch_tag):
    clone.index.offer("cpu", "torch", "2.13.0+cpu", code="raise ImportError('libfancy.so is missing')\n", tag=torch_tag)
    done = clone.launch()
    assert done.returncode == 1 and "torch does not load" in done.stdout and "libfancy" in done.stdout
    assert clone.place.read_stamp() is None


def test_doctor_works_before_anything_is_installed_and_hides_secrets_and_the_home_folder(clone):
    done = clone.launch("doctor", HF_TOKEN="hf_verysecret", STUDIONOVA_PORT="9000")
    assert done.returncode == 0 and "paste all of this" in done.stdout
    assert "There is no environment yet" in done.stdout and "STUDIONOVA_TORCH asks for cpu" in done.stdout
    assert "HF_TOKEN: (set)" in done.stdout and "verysecret" not in done.stdout
    assert str(clone.root) not in done.stdout


def test_doctor_answers_as_json_what_was_installed(installed):
    report = json.loads(installed.launch("doctor", "--json").stdout)
    assert report["environment"] == "whole" and report["torn"] == []
    assert report["installed"]["packages"]["torch"] == "2.13.0+cpu"
    assert report["because"] and report["computer"]


@pytest.mark.parametrize("words", [("help",), ("dance",)])
def test_help_and_unknown_words_install_nothing(clone, words):
    done = clone.launch(*words)
    assert done.returncode == (0 if words == ("help",) else 2)
    assert "doctor" in done.stdout and not clone.place.folder.exists()


def test_the_demo_runs_its_module_or_says_that_there_is_none(installed):
    done = installed.launch("demo")
    assert done.returncode == 1 and "no demo" in done.stdout
    (installed.root / "pipelines").mkdir()
    (installed.root / "pipelines/demo.py").write_text(ECHO)
    assert told(installed.launch("demo", "--fast"))["args"] == ["--fast"]


def test_ctrl_c_while_waiting_is_answered_with_a_sentence(clone):
    run = subprocess.Popen(
        ["bash", str(clone.root / "launch.sh")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clone.environ,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # deaf to it where the tests run unattended
    )
    with clone.place.lock(lambda text: None):
        heard = ""
        while "waiting for it" not in heard:
            heard = run.stdout.readline()
            assert heard, "it ended without waiting"
        run.send_signal(signal.SIGINT)
        rest, _ = run.communicate(timeout=60)
    assert run.returncode == 130 and "stopped" in rest and "Traceback" not in rest


@pytest.fixture
def no_python(tmp_path):
    """A PATH with the usual tools and no Python at all."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "dirname", "readlink", "uname"):
        (tools / name).symlink_to(shutil.which(name))
    return tools


def test_commands_that_only_pretend_to_be_python_are_passed_by_and_words_say_what_to_install(clone, no_python):
    for name in ("python3.13", "python3.12", "python3"):
        shim = no_python / name
        shim.write_text("#!/usr/bin/env bash\necho 'pyenv: command not found' >&2\nexit 127\n")
        shim.chmod(0o755)
    del clone.environ["STUDIONOVA_PYTHON"]
    done = clone.launch(PATH=str(no_python))
    assert done.returncode == 1 and "3.11, 3.12 or 3.13" in done.stderr and "install" in done.stderr.lower()
    (no_python / "python3.11").symlink_to(sys.executable)
    assert clone.launch("help", PATH=str(no_python)).returncode == 0


def test_a_python_without_venv_is_told_which_package_is_missing(clone, no_python):
    real = getattr(sys, "_base_executable", sys.executable)
    fake = no_python / "python3"
    fake.write_text(f'#!/usr/bin/env bash\ncase "$*" in *ensurepip*) exit 1;; esac\nexec "{real}" "$@"\n')
    fake.chmod(0o755)
    del clone.environ["STUDIONOVA_PYTHON"]
    done = clone.launch(PATH=str(no_python))
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    assert done.returncode == 1 and f"apt install {version}-venv" in done.stderr


def test_an_environment_whose_python_is_gone_is_made_anew(installed):
    link = installed.place.python
    link.unlink()
    link.symlink_to("/nowhere/python3")
    told(installed.launch())
    assert not installed.place.what_is_missing()


def test_an_rtx_50_card_gets_its_build_the_extras_that_load_and_none_that_does_not(clone, tmp_path, torch_tag):
    tools = tmp_path / "driver"
    tools.mkdir()
    (tools / "nvidia-smi").write_text("#!/bin/sh\necho '0, NVIDIA GeForce RTX 5090, 12.0, 32607, 581.15'\n")
    (tools / "nvidia-smi").chmod(0o755)
    (clone.root / "requirements.txt").write_text(WANTED + "#: xformers>=0.0.34\n")
    clone.index.offer("cu130", "torch", "2.13.0+cu130", tag=torch_tag)
    clone.index.offer("plain", "bitsandbytes", "1.5")
    clone.index.offer("plain", "xformers", "0.0.35", code="raise ImportError('built for another torch')\n")
    del clone.environ["STUDIONOVA_TORCH"]
    done = clone.launch(PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    told(done)
    stamp = clone.place.read_stamp()
    assert stamp.packages["torch"] == "2.13.0+cu130" and "needs CUDA 12.8 or newer" in stamp.why
    assert "Added bitsandbytes" in done.stdout and "xformers does not fit" in done.stdout
    there = {path.name for path in clone.place.site_packages.iterdir()}
    assert "bitsandbytes" in there and "xformers" not in there
    assert any("does not see the graphics card" in note for note in stamp.notes), "the tiny torch sees none"


def test_a_full_drive_is_told_before_anything_is_fetched(clone, monkeypatch):
    monkeypatch.setattr("core.launcher.install.free_disk_gb", lambda folder: 0.7)
    clone.place.folder.mkdir()
    with pytest.raises(TooBig, match="0.7 GB free"):
        Installer(clone.place, lambda text: None, clone.environ).install(tests=False)
    assert clone.index.asked == []
