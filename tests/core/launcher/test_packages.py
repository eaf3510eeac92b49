"""Packages that a killed install left torn."""

import zipfile

import pytest

from core.launcher.packages import forget_torn, read_packages
from tests.core.launcher.conftest import make_wheel


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site-packages"
    for name in ("alpha", "beta_two"):
        with zipfile.ZipFile(make_wheel(tmp_path, name, "1.2")) as wheel:
            wheel.extractall(folder)
    return folder


def test_whole_packages_are_read_with_version_and_a_file_to_watch(site):
    found = {package.name: package for package in read_packages(site)}
    assert set(found) == {"alpha", "beta-two"}
    assert found["alpha"].version == "1.2" and found["alpha"].anchor == "alpha/__init__.py"
    assert not any(package.torn for package in found.values())
    assert forget_torn(site) == []


@pytest.mark.parametrize("wound", ["file gone", "file emptied", "list gone", "list empty", "folder gone"])
def test_a_torn_package_is_taken_off_the_list_and_others_stay(site, wound):
    code, record = site / "beta_two/__init__.py", site / "beta_two-1.2.dist-info/RECORD"
    if wound == "file gone":
        code.unlink()
    elif wound == "file emptied":
        code.write_text("")
    elif wound == "list gone":
        record.unlink()
    elif wound == "list empty":
        record.write_text("")
    else:
        code.unlink()
        code.parent.rmdir()
    assert forget_torn(site) == ["beta-two"]
    assert [package.name for package in read_packages(site)] == ["alpha"]


def test_compiled_files_may_come_and_go(site):
    record = site / "alpha-1.2.dist-info/RECORD"
    record.write_text(record.read_text() + "alpha/__pycache__/__init__.cpython-311.pyc,,\n")
    assert forget_torn(site) == []


def test_what_pip_had_moved_aside_is_cleared_away(site):
    (site / "~orch").mkdir()
    (site / "~orch/half.py").write_text("")
    forget_torn(site)
    assert not (site / "~orch").exists()
