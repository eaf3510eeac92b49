"""A package index of our own on this computer: small wheels, a server that can refuse, hang or dribble."""

import hashlib
import platform
import socket
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TAG = f"cp{sys.version_info[0]}{sys.version_info[1]}"
HERE = {"Linux": f"linux_{platform.machine()}", "Windows": "win_amd64"}.get(platform.system(), "macosx_11_0_arm64")


def make_wheel(folder: Path, name: str, version: str, code: str = "", tag: str = "py3-none-any") -> Path:
    """A real wheel, small enough to make a hundred of."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": code or f"__version__ = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    rows = [f"{path},sha256=,{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


class Index:
    """Serves `folder/<index>/<package>/*.whl`, and writes down every question."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append(self.path)
                target = index.folder / self.path.strip("/").split("#")[0].replace("%2B", "+")
                if target.is_dir():
                    body = b"".join(index.link(wheel) for wheel in sorted(target.glob("*.whl")))
                    kind = "text/html"
                elif target.is_file():
                    body, kind = target.read_bytes(), "application/octet-stream"
                else:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def link(self, wheel: Path) -> bytes:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        return f'<a href="{wheel.name.replace("+", "%2B")}#sha256={digest}">{wheel.name}</a>\n'.encode()

    def offer(self, index: str, name: str, version: str, code: str = "", tag: str = "py3-none-any") -> Path:
        folder = self.folder / index / name
        folder.mkdir(parents=True, exist_ok=True)
        return make_wheel(folder, name, version, code, tag)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "index").mkdir()
    served = Index(tmp_path / "index")
    yield served
    served.close()


@pytest.fixture
def silent_address() -> Iterator[str]:
    """Takes every call and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def closed_address() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="session")
def torch_tag() -> str:
    return f"{TAG}-{TAG}-{HERE}"
