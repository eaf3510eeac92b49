"""Requests that mean harm, over real HTTP: each is refused in words, stands in the log, and gives nothing away."""

import http.client
import json
import struct
import zlib
from urllib.parse import urlsplit

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from core import characters
from core.log import read_tail

PASSWORD = "open sesame"
ELSEWHERE = ("/etc/passwd", "../../../../etc/passwd", "file:///etc/passwd", "\\\\server\\share\\x.png",
             "C:\\Windows\\win.ini")
FILE_ARGUMENTS = {"upscale": lambda given: [given], "reproduce": lambda given: [given],
                  "read_metadata": lambda given: [given], "make_sheet": lambda given: [[given]],
                  "score_likeness": lambda given: [[given], "Mira"], "import_character": lambda given: [given],
                  "import_story": lambda given: [given],
                  "submit": lambda given: ["importers.transcript", {"file": given}]}


def call(url: str, name: str, arguments: list, cookies=None) -> str:
    """What a raw HTTP client is told at the end, without gradio_client's own checks before it."""
    with httpx.Client(base_url=url, cookies=cookies, timeout=30) as raw:
        known = raw.get("gradio_api/info").json()["named_endpoints"][f"/{name}"]["parameters"]
        arguments = [*arguments, *(one["parameter_default"] for one in known[len(arguments):])]
        begun = raw.post(f"gradio_api/call/{name}", json={"data": arguments})
        if begun.status_code != 200:
            return begun.text
        return raw.get(f"gradio_api/call/{name}/{begun.json()['event_id']}").text


def come_in(url: str, name: str) -> httpx.Cookies:
    answer = httpx.post(f"{url}login", data={"username": name, "password": PASSWORD})
    assert answer.status_code == 200
    return answer.cookies


def logged(studio, words: str) -> list[dict]:
    return read_tail(studio.logs, words=words)


@pytest.fixture
def two(opened, studio, photo):
    """A shared studio with a picture of Mira's: (url, Mira's picture, Mira's cookies, Tom's cookies)."""
    url = opened(PASSWORD)
    mira = Client(url, auth=("mira", PASSWORD), verbose=False)
    picture = mira.predict(handle_file(photo), api_name="/upscale")["assets"][0]["id"]
    return url, picture, come_in(url, "mira"), come_in(url, "tom")


def test_values_of_the_wrong_kind_are_refused_in_words(opened):
    url = opened()
    for name, given in (("edit_asset", [["x"], {}]), ("restore", [{}]), ("trash", ["x"]), ("prioritize", ["x", "y"])):
        assert "of the wrong kind" in call(url, name, given)


@pytest.mark.parametrize("name", FILE_ARGUMENTS)
def test_no_file_argument_reads_what_was_not_uploaded(opened, studio, name):
    url = opened()
    secret = studio.home.root / "secret.txt"
    secret.write_text("Mira: the treasure lies below the oak\nTom: I see\n" * 3, encoding="utf-8")
    for path in (*ELSEWHERE, str(secret), str(studio.home.store)):
        for given in ({"path": path, "meta": {"_type": "gradio.FileData"}}, {"path": path}, path):
            told = call(url, name, FILE_ARGUMENTS[name](given))
            assert "error" in told and "treasure" not in told and "root:" not in told, (given, told)
    assert studio.library.count() == 0 and not studio.jobs.all()


def test_a_link_in_the_uploads_leads_nowhere(opened, studio, tmp_path):
    url = opened()
    secret = tmp_path / "secret.png"
    Image.new("RGB", (4, 4)).save(secret)
    link = tmp_path / "uploads" / "link.png"
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(secret)
    assert "error" in call(url, "upscale", [{"path": str(link), "meta": {"_type": "gradio.FileData"}}])
    assert studio.library.count() == 0


def test_a_link_that_stands_where_a_picture_was_is_not_followed(opened, studio, tmp_path):
    url = opened()
    asset = studio.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={})
    secret = tmp_path / "secret.txt"
    secret.write_text("the treasure", encoding="utf-8")
    asset.path.unlink()
    asset.path.symlink_to(secret)
    answer = httpx.get(f"{url}file/{asset.id}")
    assert answer.status_code == 404 and "treasure" not in answer.text


@pytest.mark.parametrize("which", ["store", "index", "logs", "passwd", "source"])
def test_nothing_of_the_studio_is_served_by_its_path(opened, studio, which, tmp_path):
    url = opened()
    log_file = next(iter(studio.logs.rglob("*.log")))
    path = {"store": studio.home.store, "index": studio.home.index, "logs": log_file, "passwd": "/etc/passwd",
            "source": __file__}[which]
    inside = tmp_path / "uploads" / "way-out"
    inside.parent.mkdir(exist_ok=True)
    inside.symlink_to(path)
    for asked in (str(path), f"{tmp_path}/uploads/../../{path}", f"%2e%2e%2f{path}", str(inside)):
        for route in ("gradio_api/file=", "gradio_api/file%3D", "file=", "file/", "thumb/", "sidecar/"):
            answer = httpx.get(f"{url}{route}{asked}")
            assert answer.status_code in (400, 403, 404, 422), (route, asked, answer.status_code)


@pytest.mark.parametrize(("name", "content"), [
    ("x.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), ("x.html", b"<script>alert(1)</script>"),
    ("x.png", b"<html><script>alert(1)</script></html>")])
def test_what_could_run_in_a_browser_never_does(opened, studio, name, content):
    url = opened()
    (path,) = httpx.post(f"{url}gradio_api/upload", files={"files": (name, content, "text/html")}).json()
    back = httpx.get(f"{url}gradio_api/file={path}")
    inert = back.headers.get("content-disposition", "").startswith("attachment") or \
        back.headers["content-type"].startswith(("image/png", "application/octet-stream"))
    assert back.status_code in (403, 404) or inert and back.headers["x-content-type-options"] == "nosniff"
    told = call(url, "upscale", [{"path": path, "meta": {"_type": "gradio.FileData"}}])
    assert "error" in told and studio.library.count() == 0


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked(opened, studio, tmp_path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000)) + chunk(b"IEND", b"")
    url = opened()
    (path,) = httpx.post(f"{url}gradio_api/upload", files={"files": ("bomb.png", bomb, "image/png")}).json()
    told = call(url, "upscale", [{"path": path, "meta": {"_type": "gradio.FileData"}}])
    assert "pixels" in told and studio.library.count() == 0


def test_an_upload_of_200_megabytes_is_turned_away_at_once(opened, studio, tmp_path):
    parts = urlsplit(opened())
    door = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    door.putrequest("POST", "/gradio_api/upload")
    door.putheader("Content-Type", "multipart/form-data; boundary=x")
    door.putheader("Content-Length", str(200 * 2**20))
    door.endheaders()
    answer = door.getresponse()
    assert answer.status == 413 and "too large" in json.loads(answer.read())["error"]
    door.close()
    assert logged(studio, "too large")


def test_without_the_password_no_route_answers(opened, studio):
    url = opened(PASSWORD)
    asset = studio.assets.save(Image.new("RGB", (4, 4)), folder="images", suffix=".png", record={}).id
    for route in ("", "status", "system/metrics", "config", "info", "gradio_api/info", f"file/{asset}",
                  f"thumb/{asset}", f"sidecar/{asset}", "gradio_api/file=/etc/passwd", "theme.css",
                  "gradio_api/queue/data?session_hash=x", "gradio_api/heartbeat/x", "openapi.json", "docs"):
        answer = httpx.get(url + route)
        assert answer.status_code == 401 and asset not in answer.text, route
    for route in ("gradio_api/upload", "gradio_api/call/jobs", "gradio_api/queue/join", "gradio_api/run/jobs"):
        assert httpx.post(url + route, json={"data": []}).status_code == 401, route


def test_what_belongs_to_another_is_not_there(two, studio):
    url, picture, _, tom = two
    for route in ("file", "thumb", "sidecar"):
        assert httpx.get(f"{url}{route}/{picture}", cookies=tom).status_code == 404
    job = studio.jobs.all()[0].id
    tries = {"upscale": [picture], "make_sheet": [[picture]], "reproduce": [picture], "read_metadata": [picture],
             "submit": ["sheet.contact", {"pictures": [picture]}], "score_likeness": [[picture], "Mira"]}
    for name, arguments in tries.items():
        assert "not in your Library" in call(url, name, arguments, tom), name
    for name in ("job", "cancel", "retry", "result"):
        assert "no such job" in call(url, name, [job], tom), name
    assert picture not in call(url, "search", [""], tom) and job not in call(url, "jobs", [], tom)
    assert len(studio.jobs.all()) == 1 and logged(studio, "not theirs")


def test_every_field_that_takes_a_picture_is_looked_at(two):
    url, picture, mira, tom = two
    for values in ({"picture": picture}, {"picture": picture, "mask": picture}, {"control_picture": picture}):
        told = call(url, "submit", ["image.starter", {"prompt": "a cat", **values}, False], tom)
        assert "not in your Library" in told, values
    assert "not in your Library" not in call(url, "submit", ["sheet.contact", {"pictures": [picture]}], mira)


def test_a_guest_cannot_undo_somebody_elses_deletion(two, studio):
    url, picture, mira, tom = two
    owner = studio.assets.record(picture)["owner"]
    token = studio.assets.trash([picture], owner)
    for cookies, status in ((tom, 404), (mira, 200)):
        answer = httpx.post(f"{url}stories/back", json={"token": token}, cookies=cookies)
        assert answer.status_code == status, answer.text
    assert studio.assets.get(picture)


def test_another_persons_character_is_not_there(two, studio):
    url, _, _, tom = two
    owner = studio.jobs.all()[0].owner
    person = characters.new_character("Zorro", more={"owner": owner})
    studio.store.put(characters.TABLE, person.id, person.row())
    for who in (person.name, person.id):
        for name, arguments in (("export_character", [who]), ("train_lora", [who]),
                                ("submit", ["image.starter", {"prompt": "x", "character": who}, False])):
            assert "no character called" in call(url, name, arguments, tom), (name, who)
