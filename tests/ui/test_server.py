"""The studio over the network: our routes, the endpoints by gradio_client, and what they refuse."""

from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from ui.server import find_port, name_of


def test_a_program_can_enlarge_a_picture_with_one_argument(opened, photo):
    url = opened()
    made = Client(url, verbose=False).predict(handle_file(photo), api_name="/upscale")
    assert made["state"] == "done" and made["error"] is None and made["forecast"] is None
    asset = made["assets"][0]
    again = Client(url, verbose=False).predict(asset["id"], api_name="/upscale")
    assert again["forecast"]["seconds"] > 0
    answer = httpx.get(url.rstrip("/") + asset["file"])
    assert answer.headers["content-type"] == "image/png" and answer.content.startswith(b"\x89PNG")
    assert httpx.get(url.rstrip("/") + asset["sidecar"]).json()["request"]["scale"] == 2.0
    assert httpx.get(f"{url}thumb/{asset['id']}").status_code == 200


def test_a_program_can_make_a_picture_from_words_alone(opened):
    made = Client(opened(), verbose=False).predict("a girl with red hair", {"steps": 2}, api_name="/generate_image")
    assert made["state"] == "done" and len(made["assets"]) == 1, made["error"]
    assert made["forecast"]["seconds"] > 0 and made["forecast"]["fits"] and not made["forecast"]["measured"]


def test_every_endpoint_needs_its_first_argument_at_most_and_says_what_it_does(opened):
    known = httpx.get(f"{opened()}gradio_api/info").json()["named_endpoints"]
    asking = {name: [one["parameter_name"] for one in end["parameters"][1:] if not one["parameter_has_default"]]
              for name, end in known.items()}
    assert {name: more for name, more in asking.items() if more} == {} and len(known) > 30
    assert [name for name, end in known.items() if not (end.get("description") or "").strip()] == []


def test_the_id_of_a_call_is_followed_into_the_sidecar(opened, studio, photo):
    client = Client(opened(), verbose=False, headers={"x-correlation-id": "trail-of-mine"})
    made = client.predict(handle_file(photo), api_name="/upscale")
    assert studio.jobs.get(made["job"]).correlation == "trail-of-mine"
    assert studio.assets.record(made["assets"][0]["id"])["correlation"] == "trail-of-mine"


def test_without_waiting_the_job_is_told_at_once_and_followed(opened, studio, photo, until):
    client = Client(opened(), verbose=False)
    picture = studio.assets.save(Image.new("RGB", (8, 8)), folder="images", suffix=".png", record={}).id
    values = {"pictures": [picture]}
    started = client.predict("sheet.contact", values, False, api_name="/submit")
    assert until(studio, started["job"], "done", "failed") == "done"
    assert client.predict(started["job"], api_name="/job")["progress"] == 1.0
    assert client.predict(started["job"], api_name="/result")["assets"]
    assert [job["id"] for job in client.predict(api_name="/jobs")] == [started["job"]]
    assert client.predict("contact", api_name="/search")["total"] == 1
    assert {row["key"] for row in client.predict(api_name="/capabilities")} >= {"upscale.lanczos", "sheet.contact"}


def test_a_wrong_wish_comes_back_as_a_sentence(opened):
    client = Client(opened(), verbose=False)
    with pytest.raises(Exception, match="There is no pipeline called"):
        client.predict("upscale.nothing", api_name="/submit")
    with pytest.raises(Exception, match="no such job"):
        client.predict("nothing", api_name="/job")


@pytest.mark.parametrize("given", [{"path": "/etc/passwd"}, {"path": "../../etc/passwd"}, {}, "../../etc/passwd", 5])
def test_a_file_that_was_not_uploaded_is_not_taken(opened, given):
    with pytest.raises(Exception, match="not a file that was uploaded|not in the library|not allowed|not uploaded"):
        Client(opened(), verbose=False).predict(given, api_name="/upscale")


def test_our_own_routes_are_there_before_the_first_request_can_come(opened, monkeypatch):
    from gradio import http_server

    begun, start = [], http_server.start_server
    monkeypatch.setattr(http_server, "start_server", lambda app, *given, **how: (
        begun.append([getattr(route, "path", "") for route in app.routes]), start(app, *given, **how))[1])
    opened()
    paths = begun[0]
    assert paths[0] == "/health"
    assert {"/status", "/file/{asset_id}", "/page-errors", "/stories/list"} <= set(paths)


def test_health_status_and_meters_answer(opened):
    url = opened()
    assert httpx.get(f"{url}health").json()["status"] == "ok"
    status = httpx.get(f"{url}status").json()
    assert status["assets"] == 0 and "/health" in status["routes"] and status["mode"] == "production"
    assert {one["device"]: one["lanes"] for one in status["devices"]} == {"cpu": ["light", "gpu"]}
    waiting = next(one for one in status["capabilities"] if one["key"] == "image.sdxl")
    assert waiting["state"] == "waits" and "SDXL model" in waiting["why"]
    assert httpx.get(f"{url}system/metrics").json()["ram_total_gb"] > 0


def test_the_page_holds_no_heartbeat_that_would_starve_its_tabs(opened):
    assert httpx.get(f"{opened()}config").json()["connect_heartbeat"] is False


def test_behind_a_password_everybody_sees_only_their_own_jobs(opened, studio, photo):
    url = opened("open sesame")
    assert httpx.get(f"{url}status").status_code == 401 and httpx.get(f"{url}health").status_code == 200
    mira, tom = (Client(url, auth=(name, "open sesame"), verbose=False) for name in ("mira", "tom"))
    made = mira.predict(handle_file(photo), api_name="/upscale")
    assert made["state"] == "done"
    assert [job["id"] for job in mira.predict(api_name="/jobs")] == [made["job"]]
    assert tom.predict(api_name="/jobs") == []
    with pytest.raises(Exception, match="no such job"):
        tom.predict(made["job"], api_name="/cancel")
    assert "owner" not in studio.jobs.all()[0].view()


@pytest.mark.parametrize("path", ["outputs/studio.json", "outputs/library.sqlite", "outputs/logs", "/etc/passwd"])
def test_the_studios_own_files_are_not_served(opened, studio, path):
    url = opened()
    full = path if path.startswith("/") else str(studio.home.root / path)
    for route in (f"gradio_api/file={full}", f"file={full}", f"file/{full}", f"file/..%2f..%2f{path}"):
        assert httpx.get(url + route).status_code in (403, 404), route


def test_a_busy_port_moves_on_or_says_so():
    import socket

    from core.errors import StudioError

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert find_port("127.0.0.1", port, True) > port
        with pytest.raises(StudioError, match="in use"):
            find_port("127.0.0.1", port, False)


def test_a_program_can_reproduce_a_picture_with_one_argument(opened):
    client = Client(opened(), verbose=False)
    made = client.predict("a girl with red hair", {"steps": 2, "options": {"small": True}}, api_name="/generate_image")
    again = client.predict(made["assets"][0]["id"], api_name="/reproduce")
    assert again["state"] == "done" and again["equal"] is True and "bit for bit" in again["notices"][-1]


def test_a_program_can_read_how_a_picture_was_made(opened, tmp_path):
    from core.recipes.picture import save_settings

    path = tmp_path / "theirs.png"
    text = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 6, Seed: 5, Size: 512x768"
    Image.new("RGB", (8, 8)).save(path, **save_settings(".png", {"parameters": text}, b""))
    client = Client(opened(), verbose=False)
    told = client.predict(handle_file(path), api_name="/read_metadata")
    assert told["tool"] == "A1111" and told["recipe"]["seed"] == 5
    assert told["values"]["prompt"] == "a cat" and told["values"]["sampler"] == "Euler a"


def test_a_picture_that_says_nothing_gives_an_empty_answer_and_no_repeat(opened, photo):
    client = Client(opened(), verbose=False)
    assert client.predict(handle_file(photo), api_name="/read_metadata") == {
        "tool": "", "pipeline": "", "values": {}, "recipe": None}
    with pytest.raises(Exception, match="does not say how it was made"):
        client.predict(handle_file(photo), api_name="/reproduce")


def test_a_program_can_tend_the_library_and_the_queue(opened, photo):
    studio = Client(opened(), verbose=False)
    picture = studio.predict(handle_file(photo), api_name="/add_picture")["id"]
    assert studio.predict(picture, {"starred": True, "pinned": True}, api_name="/edit_asset")["starred"] is True
    with pytest.raises(Exception, match="pinned"):
        studio.predict([picture], api_name="/trash")
    studio.predict(picture, {"pinned": False}, api_name="/edit_asset")
    token = studio.predict([picture], api_name="/trash")["token"]
    assert studio.predict(token, api_name="/restore")[0]["id"] == picture
    assert studio.predict(api_name="/cancel_pending") == {"stopped": 0}
    for name in ("skip", "pause", "resume", "move"):
        with pytest.raises(Exception, match="no such job"):
            studio.predict("none", api_name=f"/{name}")


@pytest.mark.parametrize(("title", "name"), (
    ("Runa.char", "Runa.char.zip"), ("", "0c.zip"), ("../../etc/passwd", "etc passwd.zip"), ("猫 <b>", "猫 b.zip"),
    ('a"; filename="x.exe\r\nX: y', "a ; filename= x.exe X y.zip"), ("\ud800...", "0c.zip"),
    ("x" * 300, "x" * 80 + ".zip")))
def test_a_download_is_called_what_the_thing_is_called(title, name):
    assert name_of(title, Path("0c.zip")) == name
