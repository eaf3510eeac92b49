"""Packs from strangers: looked at whole before anything is read, never unpacked to the disk, never larger than said."""

import io
import posixpath
import stat
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path

from core.errors import BadFile, Missing, TooBig

MEMBERS_MOST = 20_000
MEMBER_BYTES = 256 * 1024 * 1024
TOTAL_BYTES = 2 * 1024 * 1024 * 1024
RATIO_MOST = 400
RATIO_FREE = 1024 * 1024
"""Below this size a member may be packed as tightly as it likes."""
TORN = (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, zlib.error, LZMAError)
"""What reading a zip may end in when its bytes are not what they should be."""


class Pack:
    """A zip that has been looked over. `names` are safe relative paths."""

    def __init__(self, source: Path | bytes):
        where = source.name if isinstance(source, Path) else "the pack"
        try:
            self.zip = zipfile.ZipFile(source if isinstance(source, Path) else io.BytesIO(source))
            members = self.zip.infolist()
        except TORN as wrong:
            raise BadFile(f"“{where}” is not a zip that can be read.", "Pack it again.") from wrong
        if len(members) > MEMBERS_MOST:
            raise TooBig(f"“{where}” holds {len(members):,} files; {MEMBERS_MOST:,} is the limit.", "Split it.")
        self.members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._admit(member, where)
        if sum(member.file_size for member in self.members.values()) > TOTAL_BYTES:
            raise TooBig(f"“{where}” would unpack to more than 2 GB.", "Take out what the story does not need.")
        self.names = tuple(self.members)

    def _admit(self, member: zipfile.ZipInfo, where: str) -> None:
        name = safe_name(member.filename, where)
        if stat.S_ISLNK(member.external_attr >> 16):
            raise BadFile(f"“{where}” holds a link ({name[:60]}), which could lead outside.", "Pack real files.")
        if member.flag_bits & 1:
            raise BadFile(f"“{where}” is protected with a password.", "Pack it again without.")
        if member.is_dir():
            return
        if name in self.members:
            raise BadFile(f"“{where}” holds two files called “{name[:60]}”.", "Pack it again.")
        tight = member.file_size > RATIO_FREE and member.file_size > RATIO_MOST * max(1, member.compress_size)
        if member.file_size > MEMBER_BYTES or tight:
            size = f"{member.file_size / 1e6:,.0f} MB"
            raise TooBig(f"“{name[:60]}” would unpack to {size}.", "This looks like a trap, or a film; take it out.")
        self.members[name] = member

    def read(self, name: str) -> bytes:
        """A member's bytes, never more than it said it would be."""
        member = self.members.get(name)
        if member is None:
            raise Missing(f"“{name[:80]}” is not in the pack.", "Download the pack again.")
        try:
            with self.zip.open(member) as file:
                data = file.read(member.file_size + 1)
        except TORN as wrong:
            raise BadFile(f"“{name[:80]}” in the pack is damaged.", "Download the pack again.") from wrong
        if len(data) > member.file_size:
            raise BadFile(f"“{name[:80]}” is larger than the pack says.", "Download the pack again.")
        return data

    def close(self) -> None:
        self.zip.close()


class Folder:
    """A folder read as a pack: what lies in it, links left alone, with the same limits."""

    def __init__(self, path: Path):
        self.path, total = path, 0
        self.members: dict[str, Path] = {}
        for file in sorted(path.rglob("*")):
            if file.is_symlink() or not file.is_file() or not file.resolve().is_relative_to(path.resolve()):
                continue
            size = file.stat().st_size
            total += size
            if len(self.members) >= MEMBERS_MOST or total > TOTAL_BYTES:
                raise TooBig(f"“{path.name}” holds too much to be one story.", "Choose the folder of the story itself.")
            if size <= MEMBER_BYTES:
                self.members[file.relative_to(path).as_posix()] = file
        self.names = tuple(self.members)

    def read(self, name: str) -> bytes:
        if name not in self.members:
            raise Missing(f"“{name[:80]}” is not in the folder.", "Choose the folder of the story itself.")
        try:
            return self.members[name].read_bytes()
        except OSError as wrong:
            raise BadFile(f"“{name[:80]}” cannot be read.", "Look at its rights, or copy it again.") from wrong

    def close(self) -> None:
        """Nothing is held open."""


def look_into(path: Path) -> Pack | Folder:
    """A zip or a folder, looked over."""
    return Folder(path) if path.is_dir() else Pack(path)


def safe_name(name: str, where: str = "the pack") -> str:
    """The name as a path below a folder, or BadFile when it would lead elsewhere."""
    plain = name.replace("\\", "/")
    parts = plain.rstrip("/").split("/")
    drive = len(parts[0]) > 1 and parts[0][1] == ":"
    if not plain or "\x00" in plain or plain.startswith("/") or ".." in parts or drive:
        raise BadFile(f"“{where}” holds a file whose name leads outside: “{name[:60]}”.", "Do not trust this pack.")
    return posixpath.normpath(plain)


def read_text(path: Path, most_mb: int, hint: str = "Split it.") -> str:
    """The text of a file, if it is no larger than that."""
    if path.stat().st_size > most_mb * 2**20:
        raise TooBig(f"“{path.name}” is larger than {most_mb} MB.", hint)
    return decoded(path.read_bytes())


def decoded(data: bytes) -> str:
    """Text from any of the usual encodings: BOMs first, then UTF-8, else Windows-1252 with what it lacks marked."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
