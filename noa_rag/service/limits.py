"""Where requests are counted: together with other processes or machines, and for oneself while that cannot be."""

import logging
import threading
import time
from collections.abc import Callable

from noa_rag.cache import Cache
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.limits import Buckets, taken
from noa_rag.storage.limits import FileBuckets, ServerBuckets, SharedFile

KEPT = 50_000  # 10 MB; whoever has more addresses than that is not held by counting them
REST_SECONDS = 5.0  # a server that did not answer is left alone: each attempt costs a visitor a quarter of a second

_LOGGER = logging.getLogger("noa.limits")


class OwnBuckets:
    """Those of this process."""

    store, waits, is_failing = "process", False, False

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._full_at: Cache[str, float] = Cache(KEPT)
        self._turn = threading.Lock()

    def take(self, key: str, seconds: float, *, room: float) -> float:
        with self._turn:
            full_at, wait = taken(self._full_at.get(key) or 0.0, self._now(), seconds, room=room)
            if not wait:
                self._full_at.keep(key, full_at)
            return wait


class SharedBuckets:
    """Those that others share, and nearer ones while the shared ones cannot be used: nobody is refused for that.

    The nearer ones know nothing of what was counted before; who had used up a limit may use it once more there.
    """

    def __init__(
        self,
        shared: Buckets,
        nearer: Buckets,
        *,
        rest_seconds: float = 0.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._nearer = nearer
        self._rest_seconds = rest_seconds
        self._now = now
        self._rests_until = 0.0
        self.is_failing = False

    @property
    def store(self) -> str:
        return self._nearer.store if self.is_failing else self._shared.store

    @property
    def waits(self) -> bool:
        return self._shared.waits

    def take(self, key: str, seconds: float, *, room: float) -> float:
        if self._now() >= self._rests_until:
            try:
                wait = self._shared.take(key, seconds, room=room)
            except StorageUnavailable as error:
                self._rest(error)
            else:
                self.is_failing = False
                return wait
        return self._nearer.take(key, seconds, room=room)

    def _rest(self, error: StorageUnavailable) -> None:
        if not self.is_failing:
            _LOGGER.warning("%s Requests are counted for this %s alone.", error, self._nearer.store)
        self.is_failing = True
        self._rests_until = self._now() + self._rest_seconds


def buckets_over(server: ServerBuckets | None, file: SharedFile | None) -> Buckets:
    """Return where this process counts: on the server of the records, else in the file of the machine's workers."""
    buckets: Buckets = OwnBuckets()
    if file is not None:
        buckets = SharedBuckets(FileBuckets(file), buckets)
    if server is not None:
        buckets = SharedBuckets(server, buckets, rest_seconds=REST_SECONDS)
    return buckets
