"""The whole way on the real starter, with two steps of learning: photos to a story, and nothing made twice."""

import re
from pathlib import Path

import pytest

pytest.importorskip("peft")

from pipelines import demo  # noqa: E402


@pytest.mark.slow
def test_the_whole_way_is_gone_once_and_then_found_done(tmp_path, capsys):
    assert demo.main(["--home", str(tmp_path), "--steps", "2"]) == 0
    told = capsys.readouterr().out
    paths = [Path(path) for path in re.findall(r"  (/\S+)$", told, re.MULTILINE)]
    assert len(paths) == 6 and all(path.is_file() for path in paths), told
    assert [path.suffix for path in paths] == [".safetensors", ".png", ".json", ".html", ".zip", ".zip"]
    page = paths[3].read_text(encoding="utf-8")
    assert page.count("data:image/png") >= 8 and "Who leaves a lantern burning" in page
    before = sorted(tmp_path.rglob("*.png"))
    assert demo.main(["--home", str(tmp_path)]) == 0
    assert capsys.readouterr().out.count("was there already") == 7
    assert sorted(tmp_path.rglob("*.png")) == before
