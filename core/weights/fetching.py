"""Large files from the net: gone on with after a cut, checked against their SHA-256, whole or not there at all.

A server is believed in nothing: not in its ranges, not in its sizes, not in its bytes.
"""

import hashlib
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from core.disk import explained, replace
from core.errors import BadFile, Missing, Refused, StudioError, TooBig

BLOCK = 1 << 20
TRIES = 6
"""So many failures in a row, without a byte in between, end a download; it can be gone on with later."""
SPARE_GB = 1.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Tell = Callable[[int, int], object]


@dataclass(frozen=True)
class Source:
    """One file on a server, and all that is known of it beforehand."""

    url: str
    size: int = 0
    sha256: str = ""
    token: str = ""
    page: str = ""
    """Where a person can read about it, or accept its terms."""


class _Careful(HTTPRedirectHandler):
    """Follows a redirect without taking the token along to another host, and only to where we would go ourselves."""

    def redirect_request(self, req: Request, fp: Any, code: int, msg: str, headers: HTTPMessage,
                         newurl: str) -> Request | None:
        check_address(newurl)
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            following.remove_header("Authorization")
        return following


def check_address(url: str) -> None:
    """Only https; plain http only to this computer itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname or parts.scheme == "http" and parts.hostname in LOOPBACK:
        return
    raise Refused(f"{url[:200]} is not an address to download from.", "It has to begin with https://")


def open_url(url: str, token: str = "", **headers: str) -> Any:
    """A response, or a sentence for what the server said."""
    check_address(url)
    opener: OpenerDirector = build_opener(_Careful)
    given = {"User-Agent": "StudioNova", **{key.replace("_", "-"): value for key, value in headers.items()}}
    if token:
        given["Authorization"] = f"Bearer {token}"
    return opener.open(Request(url, headers=given), timeout=30)


def fetch(source: Source, target: Path, tell: Tell = lambda done, total: None,
          wait: Callable[[float], object] = time.sleep) -> Path:
    """The file at `target`, whole and checked. What was fetched before an interruption is not fetched again."""
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    check_room(target.parent, source.size - _size(part))
    failures = 0
    trusts_ranges = True
    while True:
        before = _size(part)
        try:
            total = _pull(source, part, tell, trusts_ranges)
        except (HTTPError, URLError, HTTPException, OSError) as error:
            _explain(error, source)
            failures = 1 if _size(part) > before else failures + 1
        else:
            if _size(part) == total:
                return _finish(source, part, target)
            failures = 1 if _size(part) > before else failures + 1
        trusts_ranges = trusts_ranges and failures < TRIES // 2
        if failures >= TRIES:
            raise StudioError(f"The download of {target.name} was cut off again and again.",
                              "Press Again later: it goes on where it stopped.")
        tell(_size(part), source.size)
        wait(min(30.0, 2.0 ** failures / 2))


def check_room(folder: Path, more: int) -> None:
    """Say before the first byte that a disk is too small."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if more + SPARE_GB * 1e9 > free:
        raise TooBig(f"The disk has {free / 1e9:.1f} GB free, and {max(more, 0) / 1e9:.1f} GB are needed.",
                     "Make room first, or put models onto another disk and name its folder in Settings.")


def forget(target: Path) -> None:
    """Throw away what an unfinished download left."""
    for ending in (".part", ".part.json"):
        target.with_name(target.name + ending).unlink(missing_ok=True)


def _pull(source: Source, part: Path, tell: Tell, trusts_ranges: bool) -> int:
    """Read until the server stops; gives how many bytes there should be in all."""
    note = part.with_name(f"{part.name}.json")
    at, mark = (_size(part), _mark(note, source.url)) if trusts_ranges else (0, "")
    if source.size and at == source.size:
        return at
    if at and not (mark or source.sha256):
        at = 0  # nothing would tell whether it is still the same file
    asked = {"Range": f"bytes={at}-"} | ({"If_Range": mark} if mark else {}) if at else {}
    try:
        response = open_url(source.url, source.token, **asked)
    except HTTPError as error:
        if error.code == 416:  # what is here is longer than what is there
            part.unlink(missing_ok=True)
        raise
    with response:
        at, total = _place(response, at, source)
        _keep_mark(note, source.url, response.headers)
        with part.open("r+b" if at else "wb") as file:
            file.truncate(at)
            file.seek(at)
            while block := response.read(BLOCK):
                at += len(block)
                if total and at > total:
                    raise BadFile(f"The server sends more for {part.stem} than it said.", "Try another source.")
                file.write(block)
                tell(at, total)
    return total or at


def _place(response: Any, at: int, source: Source) -> tuple[int, int]:
    """(where these bytes belong, how many there are in all), as far as the answer agrees with what was asked."""
    if response.status != 206:
        return 0, int(response.headers.get("Content-Length") or source.size)
    span = str(response.headers.get("Content-Range") or "")
    first, _, rest = span.removeprefix("bytes ").partition("-")
    total = rest.rpartition("/")[2]
    agrees = first.isdigit() and int(first) == at and total.isdigit()
    if not agrees or source.size and int(total) != source.size:
        raise HTTPException("the server gave another range than was asked for")
    return at, int(total)


def _finish(source: Source, part: Path, target: Path) -> Path:
    if source.sha256 and _sha256(part) != source.sha256.lower():
        forget(target)
        raise BadFile(f"{target.name} did not arrive as it should: its SHA-256 is another one. Nothing was kept.",
                      "Try again; if it happens twice, the source has changed and should not be trusted.")
    with explained(target):
        replace(part, target)
    forget(target)
    return target


def _explain(error: Exception, source: Source) -> None:
    """Raise a sentence for what will not go away by trying again."""
    code = error.code if isinstance(error, HTTPError) else 0
    where = source.page or source.url
    if code in (401, 403):
        raise Refused("The owner of this model wants you to accept its terms first.",
                      f"Open {where}, accept the terms, make a token at https://huggingface.co/settings/tokens, and "
                      "start the studio with HF_TOKEN set to it.") from error
    if code in (404, 410):
        raise Missing(f"{where} is not there any more.", "It was moved or deleted by its owner; look for a mirror.") \
            from error
    if code and 400 <= code < 500 and code not in (408, 416, 425, 429):
        raise StudioError(f"The server refused the download ({code}).", f"See {where}.") from error
    if isinstance(error, OSError) and not isinstance(error, URLError) and error.errno in (28, 122, 30, 13):
        with explained(Path(str(error.filename or "the model"))):
            raise error


def _mark(note: Path, url: str) -> str:
    """What names the version of which a part is here: a strong ETag, else the time of its last change."""
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
        return str(known["mark"]) if known["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _keep_mark(note: Path, url: str, headers: Any) -> None:
    etag = str(headers.get("ETag") or "")
    mark = etag if etag and not etag.startswith("W/") else str(headers.get("Last-Modified") or "")
    note.write_text(json.dumps({"url": url, "mark": mark}), encoding="utf-8")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
