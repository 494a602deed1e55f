"""Who is being answered at the moment, for work in the background that lets visitors go first."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_WAIT_SECONDS = 2.0  # a service that is never idle gets its background work done all the same, slowly
LOOK_SECONDS = 0.02


class Visitors:
    """Counts the visitors who are being answered."""

    def __init__(self) -> None:
        self._count = 0
        self._turn = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one while she is answered."""
        with self._turn:
            self._count += 1
        try:
            yield
        finally:
            with self._turn:
                self._count -= 1

    def let_go_first(self, rest_seconds: float, stop: threading.Event) -> bool:
        """Rest, then wait while somebody is being answered, two seconds at most; return whether to stop."""
        if stop.wait(rest_seconds):
            return True
        until = time.monotonic() + LONGEST_WAIT_SECONDS
        while self._count and time.monotonic() < until:
            if stop.wait(LOOK_SECONDS):
                return True
        return False
