"""Law 3: each module that the catalog finds keeps the contract, whoever wrote it."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

import pipelines
from core.catalog import Catalog, Entry
from core.knobs import knobs, plain, read
from core.requests import REQUESTS, read_for

SAMPLES = Path(__file__).parent / "samples"
CATALOG = Catalog(pipelines)
EACH = pytest.mark.parametrize("entry", list(CATALOG), ids=lambda entry: entry.key)


@EACH
def test_its_file_can_be_read(entry: Entry) -> None:
    assert entry.module is not None, entry.unavailable


@EACH
def test_its_card_says_what_it_is(entry: Entry) -> None:
    card = entry.card
    assert card.name and card.licence and card.task in REQUESTS
    assert card.about.strip().endswith((".", "!")), "one plain sentence"
    assert entry.key == f"{card.task}.{entry.module.__name__.split('.')[-1]}"
    assert (entry.module.__doc__ or "").strip(), "a module opens with what lives in it"


@EACH
def test_it_runs_with_a_request_and_a_bench(entry: Entry) -> None:
    assert list(inspect.signature(entry.module.run).parameters) == ["request", "bench"]


@EACH
def test_its_options_draw_a_form(entry: Entry) -> None:
    if entry.options is None:
        return
    assert dataclasses.is_dataclass(entry.options) and entry.options.__dataclass_params__.frozen
    assert {field.name for field in knobs(entry.options)} == {f.name for f in dataclasses.fields(entry.options)}
    defaults = read(entry.options, {})
    assert read(entry.options, plain(defaults)) == defaults


@EACH
def test_its_request_can_be_repeated_from_a_sidecar(entry: Entry) -> None:
    request = read_for(entry.task, {})
    assert read_for(entry.task, plain(request)) == request


@EACH
def test_an_importer_has_a_sample_of_each_kind_it_reads(entry: Entry) -> None:
    for suffix in entry.card.reads:
        assert re.fullmatch(r"\.[a-z0-9.]+", suffix)
        name = entry.key.split(".")[1]
        assert any(SAMPLES.rglob(f"*{suffix}")), f"tests/samples/ holds no {suffix} for {name}"
