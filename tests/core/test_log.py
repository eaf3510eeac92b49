"""What the log keeps, and what it must never keep."""

import gzip
import json
import logging
import os
from datetime import date, timedelta

import pytest

from core import log


@pytest.fixture
def folder(tmp_path):
    handler = log.set_up(tmp_path, "INFO")
    yield tmp_path
    handler.leave()


def test_an_event_lands_as_one_json_line_with_its_correlation(folder):
    with log.within("worker", "click-1", job="job-1"):
        logging.getLogger("core.test").info("a picture was made", extra={"context": {"seconds": 2}})
    (path,) = (folder / "worker").glob("*.log")
    (event,) = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert event["service"] == "worker" and event["correlation_id"] == "click-1" and event["level"] == "INFO"
    assert event["context"] == {"logger": "core.test", "job": "job-1", "seconds": 2}


@pytest.mark.parametrize("secret", [
    "hf_abcdefghijklmnop", "sk-abcdef0123456789", "token=abcdef", '"password": "abcdef"', "api_key: abcdef",
    "Authorization: Bearer abcdef.ghi", "Bearer abcdefghijk",
])
def test_secrets_are_cut_out_before_writing(folder, secret):
    logging.getLogger("core.test").warning("it said %s to us", secret)
    text = next((folder / "app").glob("*.log")).read_text(encoding="utf-8")
    assert "abcdef" not in text and "***" in text


def test_home_folders_are_cut_out():
    assert log.redact("/home/mira/photos and C:\\Users\\Mira\\photos") == "/home/***/photos and C:\\Users\\***\\photos"
    assert os.path.expanduser("~") not in log.redact(os.path.expanduser("~/x"))


def test_a_trace_is_kept_for_the_bug_report(folder):
    try:
        raise ValueError("deep inside")
    except ValueError:
        logging.getLogger("core.test").exception("it broke")
    (event,) = log.read_tail(folder)
    assert "ValueError: deep inside" in event["context"]["trace"]


def test_old_days_are_packed_and_very_old_ones_go(tmp_path):
    today = date(2026, 3, 31)
    for days in (0, 6, 8, 31):
        (tmp_path / f"{today - timedelta(days)}.log").write_text("x")
    log.tidy(tmp_path, today)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-03-23.log.gz", "2026-03-25.log", "2026-03-31.log"]
    assert gzip.decompress((tmp_path / "2026-03-23.log.gz").read_bytes()) == b"x"


def test_the_tail_is_filtered_and_newest_first(folder):
    for number in range(5):
        logging.getLogger("core.test").info("event %s", number)
    logging.getLogger("core.test").error("event bad")
    assert [event["message"] for event in log.read_tail(folder, count=3)] == ["event bad", "event 4", "event 3"]
    assert [event["message"] for event in log.read_tail(folder, level="ERROR")] == ["event bad"]
    assert [event["message"] for event in log.read_tail(folder, words="EVENT 2")] == ["event 2"]


def test_the_tail_reads_backwards_across_blocks(tmp_path):
    lines = [f"line {number} äöü" for number in range(3000)]
    path = tmp_path / "x.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert list(log._lines_backwards(path, block=97)) == lines[::-1]


def test_a_correlation_from_outside_is_cleaned():
    assert log.clean_correlation("abc-1\n{evil}") == "abc-1evil"
    assert log.clean_correlation("\n") != ""
    assert len(log.clean_correlation("x" * 500)) == 64


def test_the_log_goes_on_when_a_web_server_sets_up_its_own(folder):
    import logging.config

    logging.getLogger("ui.gate").warning("before that")
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    logging.getLogger("ui.gate").warning("after that")
    assert {event["message"] for event in log.read_tail(folder)} == {"before that", "after that"}
