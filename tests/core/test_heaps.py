"""Threads share heaps. In processes of their own: the setting cannot be taken back."""

import subprocess
import sys

import pytest

COUNT_HEAPS = """
import ctypes, sys, threading
from core.heaps import share_heaps
if sys.argv[1] == "shared":
    assert share_heaps(2)
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
gate = threading.Barrier(12)
def work():
    for _ in range(50):
        libc.malloc(5000)
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has heaps per thread")
def test_twelve_threads_share_two_heaps(tmp_path):
    def heaps(how):
        report = tmp_path / f"{how}.xml"
        subprocess.run([sys.executable, "-c", COUNT_HEAPS, how, str(report)], check=True, timeout=60)
        return report.read_text().count("<heap nr=")

    assert heaps("shared") <= 2 < heaps("alone")
