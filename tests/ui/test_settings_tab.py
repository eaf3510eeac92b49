"""The Settings tab: the log with its filter and its copy for a bug report, and what a guest may not change."""

import logging
import types

import pytest

from core.errors import Refused
from core.language import shipped
from core.log import within
from ui import settings
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={})


@pytest.fixture
def page(studio):
    return Page(studio, shipped())


def shown(page, **asked):
    boxes = {name: object() for name in ("words", "level", "service")}
    made = types.SimpleNamespace(log_filters=boxes)
    return settings.log_view(page, made, {boxes[name]: value for name, value in asked.items()}, VISITOR,
                             page.studio.capabilities())


def test_the_log_is_filtered_and_its_copy_holds_no_secret(page):
    with within("worker", "trail"):
        logging.getLogger("core.x").warning("the kettle <boils> token=abc123secret")
        logging.getLogger("core.x").info("the cat sleeps")
    whole = shown(page)
    assert "kettle &lt;boils&gt;" in whole and "cat sleeps" in whole and "abc123secret" not in whole
    table = shown(page, words="kettle").partition("<tbody>")[2]
    assert "kettle" in table and "cat sleeps" not in table
    assert "cat sleeps" not in shown(page, level="WARNING")
    report = whole.partition('<textarea id="report"')[2]
    assert "Python" in report and "image.starter" in report and "the cat sleeps" in report
    assert 'data-copy="#report"' in whole


def test_a_guest_neither_reads_the_log_nor_changes_anything(page, studio):
    studio.settings.locked = True
    logging.getLogger("core.x").warning("the kettle boils")
    assert "kettle" not in shown(page)
    with pytest.raises(Refused):
        settings._setter(page, "sharing.mcp")(True, VISITOR)
    with pytest.raises(Refused):
        settings._keep_folders(page, "/etc")
    assert studio.settings.get("sharing.mcp") is False
