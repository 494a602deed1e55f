"""What freed memory does under glibc, seen in a process of its own."""

import platform
import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's allocator only")

_THREADS = """
    import ctypes, threading
    from noa_rag.service.memory import share_arenas
    {call}
    libc, together = ctypes.CDLL("libc.so.6"), threading.Barrier(6)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    def allocate():
        libc.free(libc.malloc(1_000))
        together.wait()
    threads = [threading.Thread(target=allocate) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    libc.malloc_stats()
"""

_FREED = """
    import ctypes, psutil
    from noa_rag.service.memory import trim_memory
    libc = ctypes.CDLL("libc.so.6")
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    def resident():
        return psutil.Process().memory_info().rss >> 20
    blocks = [libc.malloc(1_000) for _ in range(60_000)]
    for block in blocks:
        ctypes.memset(block, 1, 1_000)
    for block in blocks[:-100]:  # what lies last keeps the others from the system
        libc.free(block)
    held = resident()
    trim_memory()
    print(held - resident())
"""


def test_threads_share_two_arenas() -> None:
    assert _arenas("share_arenas()") <= 2 < _arenas("")


def test_freed_pages_go_back_to_the_system() -> None:
    assert int(_python(_FREED).stdout) > 30


def _arenas(call: str) -> int:
    return _python(_THREADS.format(call=call)).stderr.count("Arena ")


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", dedent(code)], capture_output=True, text=True, timeout=60, check=True)
