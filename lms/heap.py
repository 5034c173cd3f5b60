"""Memory of a process that is about to be split into several: what they share stays shared until one of them writes into its page."""

from __future__ import annotations

import ctypes
import gc
import os
import re
import sys
import tempfile
from collections.abc import Callable

M_MMAP_THRESHOLD = -3  # malloc.h
GAPS = (65_536, 32_768, 16_384, 8_192, 4_096, 2_048, *range(1_520, 8, -16))
"""Sizes, in bytes, of what is put into the gaps of glibc's heap: those first that fill most."""
_CLASS = re.compile(r"^ +\d+ +(\d+) +\d+ +\d+ +(\d+)$", re.MULTILINE)


def settle() -> None:
    """To be called when everything is loaded, before the split: give back what is free in whole pages, and fill the rest.

    An allocator lays new objects into the gaps that loading left between old ones; each of them costs a worker a copy of a page that was
    shared. With the gaps filled for good, what workers make lies together in pages of their own. On another system than
    glibc's, and for another Python than CPython, nothing is done.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
    for size, free in free_blocks().items():
        for _block in range(free):
            _take_block(size)
    if hasattr(libc, "mallinfo2"):
        _fill_heap(libc)


def spare_the_collector() -> None:
    """To be called when everything is loaded: the collector of garbage need not look at that again, and at what comes later less often than usual.

    What a request, or a row of a file, makes is gone when it ends, without the collector. By its usual measure an import of a million
    rows would spend a third of its time on looking at what has been there since the start.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 50)


def return_large_blocks() -> None:
    """The 19 MiB that checking a password takes go back to the system; glibc would learn to keep them for the next one."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 20)


def free_blocks() -> dict[int, int]:
    """Size in bytes → how many blocks of it are free between those in use, by CPython's own report, which goes to standard error."""
    report = getattr(sys, "_debugmallocstats", None)
    if report is None:
        return {}
    with tempfile.TemporaryFile() as file:
        sys.stderr.flush()
        kept = os.dup(2)
        try:
            os.dup2(file.fileno(), 2)
            report()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
        file.seek(0)
        return {int(size): int(free) for size, free in _CLASS.findall(file.read().decode())}


_take_block: Callable[[int], int] = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(("PyObject_Malloc", ctypes.pythonapi))


class Heap(ctypes.Structure):
    """``struct mallinfo2`` of malloc.h, in bytes: what glibc says of its heap."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
    ]

    @property
    def in_gaps(self) -> int:
        """What is free before the end."""
        return int(self.fordblks - self.keepcost)


def _fill_heap(libc: ctypes.CDLL) -> None:
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_ssize_t]
    libc.mallinfo2.restype = Heap
    end = libc.sbrk(0) - libc.mallinfo2().keepcost
    for size in GAPS:
        while (block := libc.malloc(size)) < end:
            pass
        libc.free(block)
