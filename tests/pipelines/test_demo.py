"""The whole way on the real starter, with one step of learning: photos to a story, and nothing made twice."""

import re
import signal
from pathlib import Path

import pytest

pytest.importorskip("peft")

from pipelines import demo  # noqa: E402
from pipelines.kit import exams, strengths  # noqa: E402


@pytest.mark.slow
def test_the_whole_way_is_gone_once_and_then_found_done(tmp_path, capsys, monkeypatch):
    for where, name, fewer in ((demo, "PICTURES", 2), (exams, "SEEDS", exams.SEEDS[:1]),
                               (strengths, "STRENGTHS", (1.0,))):
        monkeypatch.setattr(where, name, fewer)
    assert demo.main(["--home", str(tmp_path), "--steps", "1"]) == 0
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


def test_ctrl_c_twice_ends_in_a_sentence(tmp_path, capsys, monkeypatch):
    def stop(_):
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(demo.Way, "walk", stop)
    monkeypatch.setattr(demo.Studio, "close", stop)
    try:
        assert demo.main(["--home", str(tmp_path)]) == 130
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN, "a third one finds nobody"
    finally:
        signal.signal(signal.SIGINT, before)
    assert "it goes on where it stopped" in capsys.readouterr().err
