"""Indexes that answer, refuse, hang and dribble, each on a real socket of this computer."""

import time

import pytest

from core.launcher.index import find_build, find_source, probe
from core.launcher.wheels import Choice

CARD = Choice("cuda", ("cu130", "cu132"), "A card.")


def source_at(url: str, choice: Choice = CARD):
    return find_source(choice, "2.13.0", {"STUDIONOVA_TORCH_INDEX": url}, patience_seconds=0.5)


def test_an_index_that_has_the_build_is_used_with_the_exact_version(index, torch_tag):
    index.offer("cu130", "torch", "2.13.0+cu130", tag=torch_tag)
    source = source_at(index.url)
    assert (source.spec, source.url, source.notes) == ("torch==2.13.0+cu130", f"{index.url}/cu130", ())


def test_an_index_without_our_version_is_passed_by_for_the_next(index, torch_tag):
    index.offer("cu130", "torch", "2.12.0+cu130", tag=torch_tag)
    index.offer("cu132", "torch", "2.13.0+cu132", tag=torch_tag)
    assert source_at(index.url).spec == "torch==2.13.0+cu132"


def test_a_build_for_another_system_does_not_count(index):
    index.offer("cu130", "torch", "2.13.0+cu130", tag="cp39-cp39-plan9_vax")
    source = source_at(index.url)
    assert source.url == "" and source.spec == "torch==2.13.0"


def test_a_silent_index_costs_its_patience_once_and_the_plain_one_is_used(silent_address):
    began = time.monotonic()
    source = source_at(silent_address)
    assert source.url == "" and "plain" in source.notes[0] and silent_address in source.notes[0]
    assert time.monotonic() - began < 5, "the second index of a silent host is not asked"


def test_a_closed_index_is_noticed(closed_address):
    source = source_at(closed_address)
    assert source.url == "" and "refused" in source.notes[0].lower()


def test_a_name_that_does_not_exist_is_noticed():
    assert source_at("http://index.invalid").url == ""


def test_a_kept_wish_never_becomes_another_build(closed_address):
    source = source_at(closed_address, Choice("cpu", ("cpu",), "Asked for.", strict=True))
    assert source.spec == "torch==2.13.0+cpu" and source.url == ""


def test_the_plain_index_is_asked_for_without_a_word_where_it_is_the_choice():
    source = source_at("http://index.invalid", Choice("mps", (), "A Mac."))
    assert (source.spec, source.url, source.notes) == ("torch==2.13.0", "", ())


def test_a_page_of_somebody_else_is_no_index(index):
    """A hotel's log-in page answers everything with 200."""
    (index.folder / "cu130/torch").mkdir(parents=True)
    assert source_at(index.url).url == ""


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("", ""),
        ("torch-2.13.0%2Bcu130-TAG.whl", "2.13.0+cu130"),
        ("torch-2.13.0+cpu-TAG.whl", "2.13.0+cpu"),
        ("torch-2.13.0-TAG.whl", "2.13.0"),
        ("torch-2.13.01-TAG.whl", ""),
        ("torch-2.13.0.post1-TAG.whl", ""),
    ],
)
def test_a_build_is_read_from_the_page_of_an_index(page, found, torch_tag):
    assert find_build(page.replace("TAG", torch_tag), "2.13.0") == found


def test_an_address_that_refuses_a_page_still_counts_as_reached(index):
    answer = probe(f"{index.url}/nothing/")
    assert answer.reached and "404" in answer.problem and answer.page == ""
