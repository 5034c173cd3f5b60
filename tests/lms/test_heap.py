"""Before the split: gaps are filled, so that what a worker makes does not lie between what it shares."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys

import pytest

from lms.config import ROOT

MAKE_GAPS = """
import ctypes, json, os
from lms import heap
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes, libc.mallinfo2.restype = ctypes.c_void_p, [ctypes.c_void_p], heap.Heap
blocks = [libc.malloc(1000 + n % 5 * 1000) for n in range(2_000)]
for block in blocks[::4]:
    libc.free(block)
objects = [bytes(n % 400) for n in range(200_000)]
del objects[::4]
"""
GAPS_LEFT = """
def gaps():
    return sum(size * free for size, free in heap.free_blocks().items()), libc.mallinfo2().in_gaps
before = gaps()
heap.settle()
print(json.dumps([before, gaps()]))
"""
DIRTIED = """
if SETTLE:
    heap.settle()
def dirty():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))
answer, say = os.pipe()
if os.fork() == 0:
    before = dirty()
    made = [bytes(n % 400) for n in range(40_000)]
    os.write(say, json.dumps(dirty() - before).encode())
    os._exit(0)
os.wait()
print(os.read(answer, 100).decode())
"""


def said(script: str) -> object:
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert not done.stderr  # CPython's report goes there, and is caught
    return json.loads(done.stdout)


pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the heap is not glibc's")


def test_hardly_a_gap_is_left() -> None:
    (of_python, of_glibc), (of_python_left, of_glibc_left) = said(MAKE_GAPS + GAPS_LEFT)  # type: ignore[misc]
    assert of_python > 8_000_000
    assert of_glibc > 1_000_000
    assert of_python_left < of_python / 20
    assert of_glibc_left < of_glibc / 20


def test_a_worker_does_not_copy_shared_pages_to_lay_new_objects_into_their_gaps() -> None:
    scattered, together = (said(MAKE_GAPS + DIRTIED.replace("SETTLE", settle)) for settle in ("False", "True"))
    assert together < scattered / 2  # type: ignore[operator]  # kB
