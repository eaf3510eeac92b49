"""What breaks in a browser is found in the log."""

import httpx

from core.log import read_tail
from ui.page_errors import A_MINUTE, Bucket


def test_what_a_page_tells_stands_in_the_frontend_log_without_secrets(opened, studio):
    url = opened()
    told = {"message": "x is undefined, token=abcdef123", "source": "window.js", "line": 7, "stack": "at x\n" * 900,
            "more": {"not": "kept"}}
    assert httpx.post(f"{url}page-errors", json=told).status_code == 204
    (event,) = read_tail(studio.logs, service="frontend")
    assert event["service"] == "frontend" and event["level"] == "ERROR" and "x is undefined" in event["message"]
    assert "abcdef123" not in str(event) and len(event["context"]["stack"]) <= 2000 and event["context"]["line"] == 7


def test_a_flood_is_turned_away(opened, studio):
    url = opened()
    with httpx.Client(base_url=url) as page:
        codes = [page.post("page-errors", json={"message": "again"}).status_code for _ in range(A_MINUTE + 3)]
    assert codes == [204] * A_MINUTE + [429] * 3
    assert len(read_tail(studio.logs, service="frontend")) == A_MINUTE


def test_who_has_not_come_in_writes_nothing(opened, studio):
    url = opened("open sesame")
    assert httpx.post(f"{url}page-errors", json={"message": "hello"}).status_code == 401
    assert read_tail(studio.logs, service="frontend") == []


def test_after_a_while_there_is_room_again():
    bucket = Bucket(most=1, seconds=0.0)
    assert bucket.takes() and bucket.takes()
