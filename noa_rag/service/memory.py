"""Giving memory back to the system after the large and short-lived work of building an index."""

import ctypes
import gc
from contextlib import suppress


def give_back_memory() -> None:
    """Collect what is unreachable and let glibc return free pages; elsewhere, only collect."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
