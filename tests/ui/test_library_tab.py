"""The Library's clicks: every piece that shows results hands its clicks on to the Library, those of its jobs too."""

import types

import pytest

from core.language import LANGUAGES, Languages
from ui.library import Shelf, obey
from ui.page import Page

VISITOR = types.SimpleNamespace(headers={})


@pytest.mark.parametrize("act", ("cancel", "pause", "lend", "wish", "resume", "retry", "up", "cancel-pending", "use",
                                 "wear"))
def test_what_is_asked_of_a_job_is_no_complaint_of_the_library(studio, act):
    made = Shelf()
    told = obey(Page(studio, Languages(LANGUAGES)), made, {}, {"act": act, "job": "none", "word": "sample"}, VISITOR)
    assert set(told) == {made.wall}
