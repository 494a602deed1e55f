"""How late this machine wakes a process that does nothing: the part of a delay that is nobody's fault here.

Measured by a process of its own, so that a thread of the tests that hogs the interpreter is not excused.
"""

import select
import subprocess
import sys
import time
from types import TracebackType

NAP_SECONDS = 0.01


class StallMeter:
    """Tells the longest stall since it was asked last."""

    def __enter__(self) -> "StallMeter":
        self._process = subprocess.Popen(
            [sys.executable, "-S", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=10)

    def longest_seconds(self) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


def _measure() -> None:
    longest = 0.0
    while True:
        before = time.monotonic()
        is_asked, _, _ = select.select([sys.stdin], [], [], NAP_SECONDS)
        longest = max(longest, time.monotonic() - before - NAP_SECONDS)
        if is_asked:
            if not sys.stdin.readline():
                return
            sys.stdout.write(f"{longest}\n")
            sys.stdout.flush()
            longest = 0.0


if __name__ == "__main__":
    _measure()
