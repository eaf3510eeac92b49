"""Hosts, simulated by their environment variables and folders."""

import importlib.machinery
import sys
import types
from pathlib import Path

import pytest

from core.hosts import announce_to_zero_gpu, detect, past_proxies


def look(tmp_path: Path, environ: dict[str, str], *folders: str, mounts: tuple[Path, ...] = ()):
    root = tmp_path / "root"
    for folder in folders:
        (root / folder).mkdir(parents=True)
    return detect(tmp_path / "studio", environ, root, lambda path: path in mounts)


def test_an_ordinary_computer_keeps_everything_in_the_studio_folder_and_answers_only_itself(tmp_path):
    host = look(tmp_path, {})
    assert (host.key, host.home, host.address) == ("computer", tmp_path / "studio", "127.0.0.1")
    assert host.keeps_files and not host.warning
    assert not host.needs_password("127.0.0.1")


def test_the_studio_reaches_itself_past_any_proxy_and_keeps_what_the_network_asked_for():
    assert past_proxies({}) == "localhost,127.0.0.1,::1"
    assert past_proxies({"NO_PROXY": ".home"}).split(",") == [".home", "localhost", "127.0.0.1", "::1"]
    assert past_proxies({"no_proxy": ".lan", "NO_PROXY": ".home"}).startswith(".lan,")


def test_the_home_network_and_share_links_need_a_password(tmp_path):
    host = look(tmp_path, {})
    assert host.needs_password("0.0.0.0")
    assert host.needs_password("192.168.1.20")
    assert host.needs_password("127.0.0.1", share=True)


def test_studionova_home_wins_and_understands_the_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    host = look(tmp_path, {"STUDIONOVA_HOME": "~/my studio"})
    assert host.home == tmp_path / "my studio"
    assert host.home_reason == "STUDIONOVA_HOME"


@pytest.mark.parametrize("wrong", ["", "abc", "0", "70000", "-1"])
def test_a_port_that_is_none_is_ignored(tmp_path, wrong):
    assert look(tmp_path, {"STUDIONOVA_PORT": wrong}).port == 7860


def test_a_port_can_be_chosen(tmp_path):
    assert look(tmp_path, {"STUDIONOVA_PORT": "9000"}).port == 9000


def test_a_space_without_a_bucket_says_that_it_forgets(tmp_path):
    host = look(tmp_path, {"SPACE_ID": "nova/studio", "SPACE_HOST": "nova-studio.hf.space"})
    assert host.key == "space" and not host.keeps_files
    assert "forgets" in host.warning and "STUDIONOVA_HOME" in host.warning
    assert host.address == "0.0.0.0" and not host.may_move_port
    assert host.web_names == ("nova-studio.hf.space",)
    assert host.needs_password("0.0.0.0")


def test_a_space_with_a_mounted_bucket_keeps_its_files(tmp_path):
    bucket = tmp_path / "bucket"
    environ = {"SPACE_ID": "nova/studio", "STUDIONOVA_HOME": str(bucket / "nova")}
    host = look(tmp_path, environ, mounts=(bucket,))
    assert host.keeps_files and not host.warning and host.home == bucket / "nova"


def test_a_space_whose_bucket_is_not_mounted_is_told_so(tmp_path):
    environ = {"SPACE_ID": "nova/studio", "STUDIONOVA_HOME": str(tmp_path / "bucket")}
    host = look(tmp_path, environ, mounts=(Path(tmp_path.anchor),))
    assert not host.keeps_files and str(tmp_path / "bucket") in host.warning


def test_a_zero_gpu_space_is_known_and_says_that_its_card_is_not_used(tmp_path):
    assert not look(tmp_path, {"SPACE_ID": "n/s"}).borrowed_gpu
    bucket = tmp_path / "bucket"
    environ = {"SPACE_ID": "n/s", "SPACES_ZERO_GPU": "true", "STUDIONOVA_HOME": str(bucket)}
    host = look(tmp_path, environ, mounts=(bucket,))
    assert host.borrowed_gpu and host.keeps_files and "ZeroGPU" in host.warning


def test_a_zero_gpu_space_is_asked_for_a_card_and_no_other_host_is(monkeypatch):
    assert announce_to_zero_gpu() is False
    asked, fake = [], types.ModuleType("spaces")
    fake.GPU, fake.__spec__ = asked.append, importlib.machinery.ModuleSpec("spaces", None)
    monkeypatch.setitem(sys.modules, "spaces", fake)
    assert announce_to_zero_gpu() is True and callable(asked[0])


def test_a_private_space_can_leave_the_login_to_the_host_but_a_share_link_never_can(tmp_path):
    host = look(tmp_path, {"SPACE_ID": "n/s", "STUDIONOVA_LOGIN": "host"})
    assert not host.needs_password("0.0.0.0")
    assert host.needs_password("0.0.0.0", share=True)


def test_a_pod_with_a_network_volume_keeps_its_files_for_good(tmp_path):
    host = look(tmp_path, {"RUNPOD_POD_ID": "abc123", "RUNPOD_VOLUME_ID": "v1"}, "workspace")
    assert host.key == "pod" and host.home == tmp_path / "root/workspace/studionova"
    assert host.keeps_files and not host.warning and host.single_writer
    assert host.url == "https://abc123-7860.proxy.runpod.net"
    assert host.needs_password("127.0.0.1")


def test_a_pod_with_only_a_volume_disk_says_what_terminating_does(tmp_path):
    host = look(tmp_path, {"RUNPOD_POD_ID": "abc123"}, "workspace")
    assert host.keeps_files and "terminated" in host.warning


def test_a_pod_without_a_volume_falls_back_to_the_studio_folder_and_says_so(tmp_path):
    host = look(tmp_path, {"RUNPOD_POD_ID": "abc123"})
    assert host.home == tmp_path / "studio" and not host.keeps_files and "/workspace" in host.warning


def test_the_pod_address_follows_the_chosen_port(tmp_path):
    host = look(tmp_path, {"RUNPOD_POD_ID": "abc", "STUDIONOVA_PORT": "8888"}, "workspace")
    assert host.url == "https://abc-8888.proxy.runpod.net"


@pytest.mark.parametrize("kept", [True, False])
def test_a_home_of_ones_own_on_a_pod_is_kept_only_inside_the_volume(tmp_path, kept):
    home = tmp_path / "root/workspace/mine" if kept else tmp_path / "elsewhere"
    environ = {"RUNPOD_POD_ID": "abc", "RUNPOD_VOLUME_ID": "v", "STUDIONOVA_HOME": str(home)}
    host = look(tmp_path, environ, "workspace")
    assert host.home == home and host.keeps_files is kept
    assert bool(host.warning) is not kept


def test_a_serverless_worker_is_not_taken_for_a_pod(tmp_path):
    environ = {"RUNPOD_POD_ID": "abc", "RUNPOD_ENDPOINT_ID": "e1"}
    host = look(tmp_path, environ, "runpod-volume", "workspace")
    assert host.key == "serverless" and host.home == tmp_path / "root/runpod-volume/studionova"
    assert host.keeps_files and host.single_writer


def test_a_serverless_worker_without_a_volume_says_that_it_forgets(tmp_path):
    host = look(tmp_path, {"RUNPOD_ENDPOINT_ID": "e1"})
    assert not host.keeps_files and "forgets" in host.warning


def test_colab_keeps_files_only_with_a_mounted_drive(tmp_path):
    environ = {"COLAB_RELEASE_TAG": "release-colab_20261101"}
    assert not look(tmp_path, environ).keeps_files
    host = look(tmp_path, environ, "content/drive/MyDrive")
    assert host.keeps_files and host.home == tmp_path / "root/content/drive/MyDrive/studionova"
    assert not host.needs_password("127.0.0.1") and host.needs_password("127.0.0.1", share=True)


@pytest.mark.parametrize(
    "environ", [{}, {"SPACE_ID": "n/s"}, {"RUNPOD_POD_ID": "a"}, {"RUNPOD_ENDPOINT_ID": "e"}, {"COLAB_GPU": "1"}]
)
def test_a_host_that_loses_files_always_has_a_sentence_for_the_window(tmp_path, environ):
    host = look(tmp_path, environ)
    assert host.keeps_files or host.warning
