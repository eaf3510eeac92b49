"""The doors that cannot be opened here (Windows, containers, Pods, Spaces), held against what they lead to."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.hosts import DEFAULT_PORT, detect
from core.launcher.commands import HELP, see_out

REPOSITORY = Path(__file__).parents[3]
BAT = (REPOSITORY / "launch.bat").read_bytes().decode("ascii")
SH = (REPOSITORY / "launch.sh").read_text(encoding="utf-8")


def test_both_launchers_ask_for_the_same_pythons_and_lead_to_the_same_door():
    question = r"\(3, 11\) <= sys\.version_info\[:2\] <= \(3, 13\) and sys\.maxsize > 2\*\*32"
    assert re.search(question, BAT) and re.search(question, SH)
    for version in ("3.13", "3.12", "3.11"):
        assert version in BAT and f"python{version}" in SH
    assert BAT.count('%PYTHON% -I -X utf8 "%HERE%core\\launcher" %*') == 1
    assert SH.count('-I "$here/core/launcher" "$@"') == 2
    assert "STUDIONOVA_PYTHON" in BAT and "STUDIONOVA_PYTHON" in SH


def test_the_windows_launcher_jumps_only_to_labels_it_has_and_closes_what_it_opens():
    code = [line.strip() for line in BAT.splitlines() if not line.strip().lower().startswith("rem")]
    labels = {line[1:] for line in code if line.startswith(":")}
    assert set(re.findall(r"\bgoto (\w+)|\bcall :(\w+)", "\n".join(code))) == {("none", ""), ("leave", ""), ("", "try")}
    assert labels == {"none", "leave", "try"}
    # Outside of quotes, or the parentheses of the Python question would count.
    bare = re.sub(r'"[^"]*"', "", "\n".join(line for line in code if not line.startswith("echo")))
    assert bare.count("(") == bare.count(")")
    assert [line for line in code if "exit /b" in line] == ["endlocal & exit /b %CODE%", "exit /b 0"]


def test_ctrl_c_lets_the_studio_close_by_itself():
    class Studio:
        asked = 0

        def wait(self):
            self.asked += 1
            if self.asked == 1:
                raise KeyboardInterrupt
            return 3

    assert see_out(Studio()) == 3


def test_git_gives_windows_its_line_ends():
    attributes = (REPOSITORY / ".gitattributes").read_text()
    assert "*.bat text eol=crlf" in attributes and "*.sh text eol=lf" in attributes


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("script", ["launch.sh", ".ci/run"])
def test_shellcheck_finds_nothing(script):
    done = subprocess.run(["shellcheck", str(REPOSITORY / script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_container_installs_with_a_word_the_launcher_knows_and_keeps_work_in_its_volume():
    recipe = (REPOSITORY / ".docker/Dockerfile").read_text()
    words = set(re.findall(r"launch\.sh (\w+)", HELP))
    assert set(re.findall(r"RUN \./launch\.sh (\w+)", recipe)) <= words
    volume = re.search(r"^VOLUME (\S+)$", recipe, re.MULTILINE)[1]
    assert f"STUDIONOVA_HOME={volume}" in recipe and f"EXPOSE {DEFAULT_PORT}" in recipe


def test_the_pod_template_opens_the_port_and_mounts_the_volume_that_the_studio_expects(tmp_path):
    template = json.loads((REPOSITORY / ".runpod/template.json").read_text())
    volume = tmp_path / template["volumeMountPath"].lstrip("/")
    volume.mkdir(parents=True)
    host = detect(REPOSITORY, {"RUNPOD_POD_ID": "abc"}, tmp_path)
    assert template["ports"] == [f"{host.port}/http"]
    assert volume in host.home.parents
    assert "launch.sh" in template["dockerStartCmd"][-1]


def test_the_space_front_matter_names_the_file_and_the_window_that_are_installed():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    matter = dict(line.split(": ", 1) for line in readme.split("---")[1].strip().splitlines())
    assert (REPOSITORY / matter["app_file"]).is_file() and matter["sdk"] == "gradio"
    assert f"gradio=={matter['sdk_version']}" in (REPOSITORY / "requirements.txt").read_text()
    assert matter["python_version"].strip('"').startswith(("3.11", "3.12", "3.13"))
    assert len(matter["short_description"]) <= 60
