"""The door: names, passwords, owners, limits. Asked directly, without Gradio behind it."""

import json

import pytest
from starlette.testclient import TestClient

from core.passwords import Throttle, fits, hash_password, new_password
from ui.gate import Gate, Rules
from ui.words import crumb

PASSWORD = "0000-1111"
HASH = hash_password(PASSWORD)


async def inner(scope, receive, send):
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {key.decode(): value.decode() for key, value in scope["headers"]}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps({"headers": headers, "bytes": len(body)}).encode()})


def client(**rules) -> TestClient:
    return TestClient(Gate(inner, Rules(**rules)), follow_redirects=False)


def test_on_loopback_nobody_is_asked_and_nobody_is_an_owner():
    answer = client().get("/anything")
    assert answer.status_code == 200 and answer.json()["headers"]["x-studionova-owner"] == ""


def test_on_loopback_a_cookie_of_another_program_shuts_nobody_out():
    assert client().get("/anything", headers={"cookie": "other[a]=1; expires; b\x01=2; path=x"}).status_code == 200


@pytest.mark.parametrize("foreign", ["a/b=1", 'x={"a": 1}', "a b=1", "other[a]=1; expires"])
def test_cookies_of_other_programs_log_nobody_out_and_change_no_language(foreign):
    door = client(shared=True, password_hash=HASH)
    ours = door.post("/login", data={"username": "Mira", "password": PASSWORD}).headers["set-cookie"].split(";")[0]
    door.cookies.clear()
    assert door.get("/x", headers={"cookie": f"{foreign}; {ours}"}).status_code == 200
    assert crumb(f"{foreign}; studionova_language=ja", "studionova_language") == "ja"


def test_who_comes_to_the_door_is_spoken_to_in_their_language():
    door = client(shared=True, password_hash=HASH)
    page = door.get("/login", headers={"accept-language": "de"}).text
    assert '<html lang="de">' in page and "Dein Name" in page and "Your name" not in page
    wrong = door.post("/login", data={"username": "a", "password": "no"}, headers={"cookie": "studionova_language=ja"})
    assert "パスワードが違います" in wrong.text


def test_a_size_that_is_no_number_is_refused():
    assert client().post("/x", content=b"x", headers={b"content-length": b"\xb2"}).status_code == 413


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "192.168.1.5", "[", "localhost]"])
def test_a_strange_host_name_is_refused_on_loopback(host):
    assert client().get("/", headers={"host": host}).status_code == 400


def test_when_shared_bare_addresses_and_named_hosts_are_answered():
    door = client(shared=True, hosts=frozenset({".gradio.live"}))
    assert door.get("/", headers={"host": "192.168.1.5:7860"}).status_code == 200
    assert door.get("/", headers={"host": "abc.gradio.live"}).status_code == 200
    assert door.get("/", headers={"host": "gradio.live.evil.example"}).status_code == 400


def test_another_page_cannot_post():
    door = client()
    assert door.post("/x", headers={"origin": "https://evil.example"}).status_code == 403
    assert door.post("/x", headers={"origin": "null"}).status_code == 403
    assert door.post("/x", headers={"origin": "http://["}).status_code == 403
    assert door.post("/x", headers={"origin": "http://testserver"}).status_code == 200


def test_without_the_password_only_health_and_login_answer():
    door = client(shared=True, password_hash=HASH)
    assert door.get("/gradio_api/info").status_code == 401
    assert door.get("/theme.css").status_code == 401
    assert door.get("/health").status_code == 200
    page = door.get("/", headers={"accept": "text/html"})
    assert page.status_code == 303 and page.headers["location"] == "/login"
    assert "password" in door.get("/login").text
    german = {"accept-language": "de"}
    assert door.get("/anything", headers=german).json()["error"] == "Melde dich zuerst an."


def test_the_same_name_is_the_same_owner_on_every_device():
    door = client(shared=True, password_hash=HASH)
    owners = []
    for name in ("Mira", "mira", "Tom"):
        fresh = TestClient(door.app, follow_redirects=False)
        assert fresh.post("/login", data={"username": name, "password": PASSWORD}).json() == {"success": True}
        owners.append(fresh.get("/x").json()["headers"]["x-studionova-owner"])
    assert owners[0] == owners[1] != owners[2] and all(owners)


def test_an_owner_cannot_be_claimed_by_header_or_forged_cookie():
    door = client(shared=True, password_hash=HASH)
    assert door.get("/x", headers={"x-studionova-owner": "somebody"}).status_code == 401
    assert door.get("/x", headers={"cookie": "studionova=somebody.0000"}).status_code == 401
    local = client().get("/x", headers={"x-studionova-owner": "somebody"})
    assert local.json()["headers"]["x-studionova-owner"] == ""


def test_guessing_is_stopped():
    door = client(shared=True, password_hash=HASH)
    codes = [door.post("/login", data={"username": "a", "password": "wrong"}).status_code for _ in range(12)]
    assert codes[0] == 401 and codes[-1] == 429
    assert door.post("/login", data={"username": "a", "password": PASSWORD}).status_code == 429


def test_what_is_too_large_is_refused_also_without_a_stated_length():
    door = client(upload_bytes=1000)
    assert door.post("/x", content=b"x" * 1001).status_code == 413
    assert door.post("/x", content=b"x" * 999).json()["bytes"] == 999
    with pytest.raises(AssertionError):
        door.post("/x", content=iter([b"x" * 600] * 3))


def test_every_answer_carries_the_safety_headers():
    headers = client(frames="https://huggingface.co").get("/x").headers
    assert "object-src 'none'" in headers["content-security-policy"]
    assert "https://huggingface.co" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_a_name_with_markup_stays_text():
    door = client(shared=True, password_hash=HASH)
    answer = door.post("/login", data={"username": "<script>x</script>", "password": "wrong"})
    assert "<script>x" not in answer.text


def test_a_password_is_kept_only_as_a_salted_hash():
    password = new_password()
    kept = hash_password(password)
    assert password not in kept and kept != hash_password(password)
    assert fits(password, kept) and not fits(password + "x", kept) and not fits("", "")


def test_the_throttle_opens_again_by_itself():
    throttle = Throttle(tries=1, seconds=0.0)
    throttle.note_wrong()
    assert throttle.is_open()
