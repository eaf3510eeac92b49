"""Cards' own meters, added up by job."""

from core.gpus import Gpu, GpuLoad
from core.jobs import Job
from core.power import PowerMeter

CARD = Gpu("nvidia", "A card", 1)


def test_what_a_card_draws_is_added_to_the_job_that_works_on_it():
    works = Job("a", "image.x", "", {}, state="running", device="cuda:0")
    jobs = [works, Job("b", "image.x", "", {}, state="paused", device="cuda:0"),
            Job("c", "sheet.x", "", {}, state="running", device="cpu")]
    loads = iter([[GpuLoad(0, "nvidia", watts=50.0), GpuLoad(1, "nvidia", watts=360.0)], [GpuLoad(1, "nvidia")],
                  [GpuLoad(1, "nvidia", watts=180.0)]])
    meter = PowerMeter(lambda: jobs, {"cuda:0": CARD}, lambda: next(loads))
    for _ in range(3):
        meter.look(10.0)
    assert meter.take("a") == 1.5  # 360 W and 180 W for ten seconds each; once the card did not say
    assert [meter.take(one) for one in "abc"] == [None, None, None]


def test_an_idle_studio_asks_no_card():
    asked = []
    PowerMeter(lambda: [Job("a", "image.x", "", {}, state="done", device="cuda:0")], {"cuda:0": CARD},
               lambda: asked.append(1) or []).look(5.0)
    assert asked == []
