"""Freed memory goes back to the system: measured in a process of its own, over threads as jobs make them."""

import gc
import subprocess
import sys

import pytest

from core.memory import Trimmer, collect_later

CHILD = """
import random, sys, threading, psutil
from core.memory import Trimmer, collect_later, keep_few_heaps
keep_few_heaps()
def work(chance):
    kept = [bytearray(chance.randrange(20_000, 3_000_000)) for _ in range(30)]
    chance.shuffle(kept)
for turn in range(40):
    threads = [threading.Thread(target=work, args=(random.Random(turn * 8 + n),)) for n in range(8)]
    [one.start() for one in threads], [one.join() for one in threads]
Trimmer().trim()
sys.stdout.write(f"{psutil.Process().memory_info().rss / 2**20:.0f}")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only glibc keeps a heap for each thread")
def test_what_many_threads_freed_is_handed_back():
    said = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert int(said.stdout) < 60, "320 threads with up to 90 MB each have left more than a few heaps behind"


def test_it_trims_at_most_once_a_second():
    trimmer = Trimmer()
    first = trimmer.trim()
    assert first == sys.platform.startswith("linux") and trimmer.trim() is False


def test_the_search_for_dead_circles_is_put_off_and_always_comes_back():
    with pytest.raises(ValueError), collect_later():
        assert not gc.isenabled()
        with collect_later():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise ValueError
    assert gc.isenabled()
