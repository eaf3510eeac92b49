"""What breaks in a visitor's browser reaches the log, under the service `frontend`: short lines, never a flood."""

import logging
import threading
import time
from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

log = logging.getLogger("frontend.page")
A_MINUTE, MINUTE_SECONDS = 30, 60.0
LENGTHS = {"message": 500, "source": 200, "stack": 2000, "agent": 200}
Given = Annotated[dict[str, Any], Body()]


class Bucket:
    """So many in a minute, from all pages together."""

    def __init__(self, most: int = A_MINUTE, seconds: float = MINUTE_SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._times: list[float] = []

    def takes(self) -> bool:
        now = time.monotonic()
        with self._lock:
            self._times = [moment for moment in self._times if now - moment < self._seconds]
            if len(self._times) >= self._most:
                return False
            self._times.append(now)
            return True


def add(router: APIRouter) -> None:
    """POST /page-errors, behind the gate like all else."""
    bucket = Bucket()

    def note(given: Given) -> Response:
        if not bucket.takes():
            return Response(status_code=429)
        told = {name: " ".join(str(given.get(name, "")).split())[:length] for name, length in LENGTHS.items()}
        line = given.get("line")
        where = {**told, "line": line if isinstance(line, int) else 0}
        log.error("a page broke: %s", told["message"] or "without a word", extra={"context": where})
        return Response(status_code=204)

    router.add_api_route("/page-errors", note, methods=["POST"], response_model=None)
