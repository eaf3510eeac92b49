"""One JSON line per event, by service and day, with the correlation id of the click on each; no secrets in it."""

import contextlib
import contextvars
import gzip
import json
import logging
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

SERVICES = ("app", "worker", "frontend")
COMPRESS_DAYS, KEEP_DAYS = 7, 30
QUIET = {"TQDM_DISABLE": "1", "TRANSFORMERS_VERBOSITY": "error", "DIFFUSERS_VERBOSITY": "error",
         "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
"""Keeps the bars and asides of heavy libraries out of the terminal; the window shows what matters of them."""
_service: contextvars.ContextVar[str] = contextvars.ContextVar("service", default="app")
_correlation: contextvars.ContextVar[str] = contextvars.ContextVar("correlation", default="")
_job: contextvars.ContextVar[str] = contextvars.ContextVar("job", default="")

_NAMES = r"(?:token|passw(?:or)?d|secret|api[_-]?key)"
_SECRETS = (
    (re.compile(r"\b(hf_|sk-|ghp_|github_pat_)[A-Za-z0-9_\-]{6,}"), r"\1***"),
    (re.compile(r"(?i)\b(authorization\s*[:=]\s*\"?(?:bearer|basic)\s+)[^\s\"',;]+"), r"\1***"),
    (re.compile(r"(?i)\b(bearer\s+)[A-Za-z0-9._~+/=\-]{8,}"), r"\1***"),
    (re.compile(r"(?i)(" + _NAMES + r"[\\\"']*\s*[=:]\s*[\\\"']*)[^\s\\\"'&,;}]+"), r"\1***"),
    (re.compile(r"(?i)([A-Z]:\\Users\\|/home/|/Users/)[^/\\\s\"':]+"), r"\1***"),
)


def redact(text: str) -> str:
    """The text without tokens, passwords and the names of home folders."""
    own = os.path.expanduser("~")
    if len(own) > 1:
        text = text.replace(own, "~")
    for pattern, kept in _SECRETS:
        text = pattern.sub(kept, text)
    return text


@contextlib.contextmanager
def within(service: str, correlation: str = "", job: str = "") -> Iterator[str]:
    """Everything logged inside carries this service, correlation id and job."""
    correlation = correlation or new_correlation()
    tokens = (_service.set(service), _correlation.set(correlation), _job.set(job))
    try:
        yield correlation
    finally:
        for variable, token in zip((_service, _correlation, _job), tokens, strict=True):
            variable.reset(token)


def new_correlation() -> str:
    return secrets.token_hex(6)


def clean_correlation(given: str) -> str:
    """A correlation id from outside, cut to what is safe to keep; a new one when nothing usable came."""
    return re.sub(r"[^A-Za-z0-9_.\-]", "", given)[:64] or new_correlation()


def set_up(folder: Path, level: str = "INFO") -> "DayFiles":
    """Send all logging into `folder/<service>/YYYY-MM-DD.log` and return the handler, to be closed at the end."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    handler = DayFiles(folder)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper() if level.upper() in logging.getLevelNamesMapping() else "INFO")
    for noisy in ("httpx", "httpcore", "urllib3", "PIL", "asyncio", "multipart", "python_multipart"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler


class DayFiles(logging.Handler):
    """Writes each event as a JSON line into the file of its service and day; tidies old days when a day begins."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self._files: dict[str, tuple[date, Any]] = {}
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            service = "frontend" if record.name.startswith("frontend") else _service.get()
            line = json.dumps(_event(record, service), ensure_ascii=False, default=str)
            with self._guard:
                file = self._file(service, datetime.now(UTC).date())
                file.write(redact(line) + "\n")
                file.flush()
        except OSError:
            self.handleError(record)

    def leave(self) -> None:
        """Take no more events."""
        logging.getLogger().removeHandler(self)
        self.close()

    def close(self) -> None:
        """Let go of the files; the next event opens them again. Web servers close every handler there is when they
        set up their own logging, and that must not end ours."""
        with self._guard:
            for _, file in self._files.values():
                file.close()
            self._files.clear()
        super().close()

    def _file(self, service: str, today: date) -> Any:
        day, file = self._files.get(service, (None, None))
        if day != today or file is None:
            if file is not None:
                file.close()
            folder = self.folder / service
            folder.mkdir(parents=True, exist_ok=True)
            tidy(folder, today)
            file = (folder / f"{today}.log").open("a", encoding="utf-8")
            self._files[service] = (today, file)
        return file


def tidy(folder: Path, today: date) -> None:
    """Compress days older than a week and drop those older than a month."""
    for path in folder.glob("????-??-??.log*"):
        try:
            day = date.fromisoformat(path.name[:10])
        except ValueError:
            continue
        if day < today - timedelta(days=KEEP_DAYS):
            path.unlink()
        elif day < today - timedelta(days=COMPRESS_DAYS) and path.suffix == ".log":
            with path.open("rb") as plain, gzip.open(f"{path}.gz", "wb") as packed:
                shutil.copyfileobj(plain, packed)
            path.unlink()


def read_tail(folder: Path, service: str = "", words: str = "", level: str = "", count: int = 200) -> list[dict]:
    """The newest events, newest first, filtered; reads backwards so that a long log costs no more than a short one."""
    wanted = [service] if service in SERVICES else SERVICES
    events: list[dict] = []
    for name in wanted:
        for path in sorted((folder / name).glob("*.log"), reverse=True)[:2]:
            events += _matching(path, words.lower(), level.upper(), count)
    return sorted(events, key=lambda event: event["timestamp"], reverse=True)[:count]


def _matching(path: Path, words: str, level: str, count: int) -> list[dict]:
    found: list[dict] = []
    for line in _lines_backwards(path):
        if words and words not in line.lower():
            continue
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        if not level or event.get("level") == level:
            found.append(event)
        if len(found) >= count:
            break
    return found


def _lines_backwards(path: Path, block: int = 1 << 16) -> Iterator[str]:
    with path.open("rb") as file:
        position, rest = file.seek(0, os.SEEK_END), b""
        while position > 0:
            size = min(block, position)
            position -= size
            file.seek(position)
            lines = (file.read(size) + rest).split(b"\n")
            rest = lines[0]
            for line in reversed(lines[1:]):
                if line:
                    yield line.decode("utf-8", "replace")
        if rest:
            yield rest.decode("utf-8", "replace")


def _event(record: logging.LogRecord, service: str) -> dict[str, Any]:
    context = dict(getattr(record, "context", {}))
    if _job.get():
        context["job"] = _job.get()
    if record.exc_info:
        context["trace"] = logging.Formatter().formatException(record.exc_info)
    return {"timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": record.levelname,
            "service": service, "correlation_id": _correlation.get(), "message": record.getMessage(),
            "context": {"logger": record.name, **context}}
