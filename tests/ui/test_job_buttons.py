"""What can be done with a job stands on its card, and nothing that would do nothing."""

from core.jobs import Job
from core.language import LANGUAGES, Languages
from ui.parts import job_buttons


def test_a_part_can_be_skipped_only_while_the_job_is_at_one_of_several():
    words, job = Languages(LANGUAGES)["en"], Job("1", "grid.table", "Grid", {}, state="running")
    assert 'data-act="skip"' not in job_buttons(job, words)
    job.progress.part = (2, 12)
    assert 'data-act="skip"' in job_buttons(job, words) and "part (2 of 12)" in job_buttons(job, words)
    job.state = "paused"
    assert 'data-act="skip"' not in job_buttons(job, words)
