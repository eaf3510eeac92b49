"""Downloads over a bad line and from bad servers: whole and checked, or not there and said why."""

import shutil
from collections import namedtuple

import pytest

from core.errors import BadFile, Cancelled, Missing, Refused, StudioError, TooBig
from core.weights.fetching import Source, fetch
from tests.core.weights.unruly import Unruly

CONTENT = bytes(range(256)) * 16_000


@pytest.fixture
def server():
    with Unruly(CONTENT) as unruly:
        yield unruly


@pytest.fixture
def get(server, tmp_path):
    target = tmp_path / "models" / "model.safetensors"

    def run(tell=lambda done, total: None, **known):
        return fetch(Source(**{"url": f"{server.url}/model", "sha256": server.sha256, **known}), target, tell,
                     wait=lambda seconds: None)

    run.target = target
    return run


def left(get):
    return sorted(path.name for path in get.target.parent.iterdir())


def test_a_file_arrives_whole_and_leaves_nothing_beside_it(get):
    seen = []
    assert get(lambda done, total: seen.append((done, total))).read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert left(get) == ["model.safetensors"]


def test_a_line_that_is_cut_is_gone_on_with_where_it_stopped(get, server):
    server.cuts = 3
    assert get().read_bytes() == CONTENT
    starts = [asked for _, asked, _ in server.asked]
    assert starts[0] == "" and starts[1] == f"bytes={len(CONTENT) // 2}-" and len(starts) == 4


def test_a_stop_keeps_what_was_there_and_the_next_start_goes_on(get, server):
    def stop(done, total):
        raise Cancelled()

    with pytest.raises(Cancelled):
        get(stop)
    assert not get.target.exists() and left(get)
    assert get().read_bytes() == CONTENT
    assert server.asked[-1][1].startswith("bytes=1048576-")


@pytest.mark.parametrize("ranges", ["ignored", "lying"])
def test_a_server_that_is_wrong_about_ranges_spoils_nothing(get, server, ranges):
    server.cuts, server.ranges = 1, ranges
    assert get(sha256="").read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_begun_anew(get, server):
    server.cuts = 1

    def stop(done, total):
        if done > 2_000_000:
            raise Cancelled()

    with pytest.raises(Cancelled):
        get(stop, sha256="")
    server.content, server.etag = CONTENT[::-1], '"two"'
    assert get(sha256="").read_bytes() == CONTENT[::-1]


def test_wrong_bytes_are_not_kept(get, server):
    with pytest.raises(BadFile, match="SHA-256"):
        get(sha256="0" * 64)
    assert left(get) == []


def test_a_part_that_is_longer_than_the_file_is_begun_anew(get, server):
    get.target.parent.mkdir(parents=True)
    get.target.with_name("model.safetensors.part").write_bytes(CONTENT + b"more")
    assert get().read_bytes() == CONTENT


def test_a_line_that_never_holds_ends_with_a_sentence_and_keeps_the_part(get, server):
    server.cuts, server.ranges = 10_000, "ignored"
    with pytest.raises(StudioError, match="cut off again and again"):
        get()
    assert left(get) == ["model.safetensors.part", "model.safetensors.part.json"]


@pytest.mark.parametrize("status, kind, word", [(401, Refused, "terms"), (403, Refused, "HF_TOKEN"),
                                                (404, Missing, "deleted"), (400, StudioError, "refused")])
def test_what_trying_again_does_not_help_is_said_at_once(get, server, status, kind, word):
    server.status = status
    with pytest.raises(kind) as said:
        get(page="https://huggingface.co/a/b")
    assert word in f"{said.value.message} {said.value.hint}" and "https://huggingface.co/a/b" in str(said.value)
    assert len(server.asked) == 1


def test_the_token_stays_with_the_host_it_is_for(get, server):
    with Unruly(CONTENT) as other:
        server.elsewhere = f"http://localhost:{other.server.server_port}/cdn"
        assert get(token="secret").read_bytes() == CONTENT
        assert server.asked[0][2] == "Bearer secret" and other.asked[0][2] == ""


@pytest.mark.parametrize("url", ["http://example.com/model", "file:///etc/passwd", "ftp://127.0.0.1/x", "model"])
def test_other_addresses_are_refused(get, url):
    with pytest.raises(Refused, match="address"):
        get(url=url)


def test_a_disk_that_is_too_small_is_said_before_the_first_byte(get, server, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(9e9, 8e9, 5e8))
    with pytest.raises(TooBig, match=r"0\.5 GB free"):
        get(size=len(CONTENT))
    assert server.asked == []
