"""Passwords: made once, kept only as a salted hash; and the small throttle that makes guessing pointless."""

import hashlib
import hmac
import secrets
import threading
import time


def new_password() -> str:
    """128 bits in groups that can be read aloud."""
    return "-".join(secrets.token_hex(2) for _ in range(8))


def hash_password(password: str) -> str:
    salt = secrets.token_bytes(16)
    return f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}"


def fits(password: str, kept: str) -> bool:
    """Whether the password is the one that `kept` was made from. Takes the same time either way."""
    try:
        kind, salt, digest = kept.split("$")
        expected = bytes.fromhex(digest)
        given = _scrypt(password[:1024], bytes.fromhex(salt))
    except ValueError:
        return False
    return kind == "scrypt" and hmac.compare_digest(given, expected)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)


class Throttle:
    """At most `tries` wrong passwords in `seconds`, over all comers: a share link has no usable addresses."""

    def __init__(self, tries: int = 10, seconds: float = 60.0) -> None:
        self._tries, self._seconds = tries, seconds
        self._wrong: list[float] = []
        self._lock = threading.Lock()

    def is_open(self) -> bool:
        with self._lock:
            now = time.monotonic()
            self._wrong = [at for at in self._wrong if now - at < self._seconds]
            return len(self._wrong) < self._tries

    def note_wrong(self) -> None:
        with self._lock:
            self._wrong.append(time.monotonic())
