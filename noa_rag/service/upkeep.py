"""The background tasks of a service, its health and readiness, the priority of visitors, and freed memory."""

import ctypes
import gc
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from structlog import get_logger

from noa_rag.french.words import english_words, french_words
from noa_rag.service.background import TaskReport
from noa_rag.service.retention import PURGED_BY, purge
from noa_rag.settings import NO_RERANKER

if TYPE_CHECKING:
    from noa_rag.service.noa import Noa


REFRESH_SECONDS = 0.5  # an approval must be live within two seconds
REFRESH_RETRY_SECONDS = (0.5, 2.0)  # what was approved while the disk was full is live two seconds after it is freed
VECTORS_SECONDS = 1.0  # one call to Chroma, 1 ms: a failure is noticed before most visitors meet it
VECTORS_RETRY_SECONDS = (0.5, 2.0)
PURGE_SECONDS = 3_600.0  # most kinds have something too old once a day; it begins soon after midnight in UTC
# Damage is to be seen within a minute. Looking takes 0.3 s for the vectors and a second for each 500 MB of records, for
# which a fiftieth of the time is spent at most.
CHECK_SECONDS = 45.0
CHECK_REST_TIMES = 50.0
CHECK_RETRY_SECONDS = (30.0, 300.0)
TRIM_SECONDS = 60.0  # glibc keeps up to 60 MB of free pages in the areas of its threads
READING_AHEAD = "reading-ahead"
READING_WORDS = "reading-french-words"
READING_REST = 1.0  # seconds of sleep for each second of reading ahead: visitors come first
LAG_LIMIT_SECONDS = 5.0  # two and a half times what an approval may take

_CHROMA_ADVICE = "Questions are answered without Chroma. Start the server of NOA_CHROMA_URL, or free its disk space."
_REFRESH_ADVICE = "Approvals are not live. Free disk space; `noa doctor` says more."
_FILE_ADVICE = "The database is damaged, or cannot be read: `noa doctor` says more. Restore it from a backup."
_SERVER_ADVICE = "The database does not answer, and is asked again by itself: `noa doctor` says more."
_RETENTION_ADVICE = "Records older than their period are still there: `noa retention purge` says why."
_LIMITS_ADVICE = "Requests are counted for less than all of the service: a client may ask as often at each machine."
_log = get_logger()

LONGEST_WAIT_SECONDS = 2.0  # a service that is never idle gets its background work done all the same, slowly
LOOK_SECONDS = 0.02
# Memory that a service has freed goes back to the system, under glibc alone: with another allocator nothing is done.
_GLIBC = "libc.so.6"
_M_ARENA_MAX = -8  # of malloc.h
_ARENAS = 2


class IndexLag:
    """How long the index has lagged behind the base; measured when asked, and by the task that follows the base."""

    def __init__(self, noa: "Noa") -> None:
        self._noa = noa
        self._behind_since: float | None = None
        self._turn = threading.Lock()

    def since(self) -> float | None:
        """Return the moment, on the monotonic clock, when it was first seen behind; None when it is in step.

        Raises StorageUnavailable.
        """
        newest, snapshot = self._noa.newest(), self._noa.index.snapshot
        with self._turn:
            if (snapshot.revision, snapshot.day) == newest:
                self._behind_since = None
            elif self._behind_since is None:
                self._behind_since = time.monotonic()
            return self._behind_since

    def seconds(self) -> float:
        """Return for how many seconds it has been behind, 0 when it is not. Raises StorageUnavailable."""
        since = self.since()
        return 0.0 if since is None else time.monotonic() - since


def begin_upkeep(noa: "Noa") -> None:
    """Follow the base, keep Chroma in step, read entries ahead and look for damage, until the Noa is closed."""
    every, stored, is_a_file = noa.background.every, noa.index.stored, noa.records.database.is_sqlite
    every(
        REFRESH_SECONDS,
        "index-refresh",
        lambda: _follow_base(noa),
        retry_seconds=REFRESH_RETRY_SECONDS,
        advice=_REFRESH_ADVICE,
    )
    every(REFRESH_SECONDS, "questions-waiting", noa.records.recorder.write_kept)
    every(REFRESH_SECONDS, "banner-refresh", noa.refresh_banner, retry_seconds=REFRESH_RETRY_SECONDS)
    every(REFRESH_SECONDS, "switches-refresh", noa.refresh_switches, retry_seconds=REFRESH_RETRY_SECONDS)
    every(REFRESH_SECONDS, "client-keys", noa.client_keys.refresh, retry_seconds=REFRESH_RETRY_SECONDS)
    if stored is not None:
        every(
            VECTORS_SECONDS, "vectors", stored.keep_in_step, retry_seconds=VECTORS_RETRY_SECONDS, advice=_CHROMA_ADVICE
        )
        every(CHECK_SECONDS, "vectors-check", stored.check, retry_seconds=CHECK_RETRY_SECONDS)
    every(
        CHECK_SECONDS,
        "records-check",
        noa.records.database.check,
        retry_seconds=CHECK_RETRY_SECONDS if is_a_file else VECTORS_RETRY_SECONDS,
        rest_times=CHECK_REST_TIMES,
        advice=_FILE_ADVICE if is_a_file else _SERVER_ADVICE,
    )
    every(TRIM_SECONDS, "memory", lambda: _trim(noa))
    every(PURGE_SECONDS, "retention", lambda: _purge(noa), advice=_RETENTION_ADVICE)
    if noa.settings.smtp_url:
        _begin_digests(noa)
    noa.background.until_done(READING_WORDS, _read_dictionaries)  # otherwise the first misspelt question waits a second
    noa.background.until_done(
        READING_AHEAD, lambda: noa.read_ahead(lambda seconds: noa.give_way(seconds * READING_REST))
    )


def _begin_digests(noa: "Noa") -> None:
    from noa_rag.service.digests import ADVICE, LOOK_SECONDS, RETRY_SECONDS, Digests  # few services send any

    digests = Digests(noa.settings, noa.records, stopping=noa.background.stopping)
    noa.background.every(LOOK_SECONDS, "digest", digests.send_due, retry_seconds=RETRY_SECONDS, advice=ADVICE)


def health_of(noa: "Noa") -> dict[str, object]:
    """Return figures, and what is not well. Raises StorageUnavailable where nothing can be answered."""
    lag, failing, stored = noa.lag.seconds(), noa.background.failing(), noa.index.stored
    states = [_told(task) for task in failing]
    if noa.limits.is_failing:
        states.append({"task": "limits", "advice": _LIMITS_ADVICE})
    is_well = not states and lag <= LAG_LIMIT_SECONDS and not (stored and stored.is_failing)
    return {
        "status": "ok" if is_well else "degraded",
        "entries": len(noa.index.snapshot.versions),
        "revision": noa.records.revision(),
        "index_revision": noa.index.snapshot.revision,
        "index_lag_seconds": round(lag, 1),
        "vectors": "chroma" if stored is not None and stored.is_in_step else "memory",
        "model": noa.index.embedder.fingerprint,
        "reranker": noa.verifier.fingerprint if noa.verifier else NO_RERANKER,
        "reading_ahead": "under way" if noa.background.is_at_work(READING_AHEAD) else "over",
        "limits": noa.limits.store,
        **({"model_tokens": noa.assistant.model.health()} if noa.assistant else {}),
        "failing": states,
        "switched_off": sorted(noa.switched_off().names),
        **noa.records.recorder.health(),  # its `status` counts too, where there is one
    }


def readiness_of(noa: "Noa") -> dict[str, object]:
    """Return whether visitors should be sent here. Raises StorageUnavailable when the base cannot be read."""
    lag = noa.lag.seconds()
    return {"ready": lag <= LAG_LIMIT_SECONDS, "index_lag_seconds": round(lag, 1)}


def _follow_base(noa: "Noa") -> None:
    if noa.lag.since() is not None:
        start = time.perf_counter()
        count = noa.refresh()
        _log.info("index_refreshed", entries=count, seconds=round(time.perf_counter() - start, 2))


def _told(task: TaskReport) -> Mapping[str, str]:
    since = task.failing_since.isoformat(timespec="seconds") if task.failing_since else ""
    state = {"task": task.name, "since": since, "error": task.error, "advice": task.advice}
    return {name: value for name, value in state.items() if value}


def _read_dictionaries() -> None:
    french_words()
    english_words()


def _trim(noa: "Noa") -> None:
    noa.give_way(0.0)
    trim_memory()


def _purge(noa: "Noa") -> None:
    removed = purge(noa.records.database, noa.settings, now=datetime.now(UTC), actor=PURGED_BY, rest=noa.give_way)
    if removed:
        _log.info("records_purged", **removed)


class Visitors:
    """Counts the visitors who are being answered."""

    def __init__(self) -> None:
        self._count = 0
        self._turn = threading.Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count one visitor while she is being answered."""
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


def share_arenas() -> None:
    """Let all threads begun from now on share two of the allocator's arenas.

    By default each thread takes one, sixteen at most on two cores, and a service's threads come and go: what one of
    them has freed stays in its arena. Fifty megabytes less, at the same latencies.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(_GLIBC).mallopt(_M_ARENA_MAX, _ARENAS)


def give_back_memory() -> None:
    """Collect what is unreachable, and return free pages to the system."""
    gc.collect()
    trim_memory()


def trim_memory() -> None:
    """Return free pages to the system."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(_GLIBC).malloc_trim(0)
