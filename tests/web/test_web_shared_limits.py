"""The workers of a machine count the requests of an address together, and each for itself where they cannot."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from noa_rag.domain.limits import TooOften
from noa_rag.service.limits import OwnBuckets, SharedBuckets
from noa_rag.storage.limits import FileBuckets, SharedFile
from noa_rag.web.limits import RateLimit

PER_MINUTE = 60  # 30 at once
BURST = 30
PROCESSES = 4


def a_worker(shared: SharedFile, now: float = 1_000.0) -> RateLimit:
    return RateLimit(PER_MINUTE, SharedBuckets(FileBuckets(shared, now=lambda: now), OwnBuckets(lambda: now)))


def taken(limit: RateLimit, tries: int, address: str = "192.0.2.1") -> int:
    """Return how many of so many requests are let through."""
    count = 0
    for _ in range(tries):
        try:
            limit.take(address)
            count += 1
        except TooOften:
            pass
    return count


def take_in_a_process(
    shared: SharedFile, begin: "multiprocessing.synchronize.Barrier", counts: "multiprocessing.Queue[int]"
) -> None:
    # On a loaded machine each may wait for its turn.
    limit = RateLimit(PER_MINUTE, FileBuckets(shared, busy_seconds=60, now=lambda: 1_000.0))
    begin.wait(60)
    counts.put(taken(limit, 50))


@pytest.fixture
def shared(tmp_path: Path) -> SharedFile:
    return SharedFile(tmp_path / "limits.db", b"secret")


def test_two_workers_let_through_no_more_than_one(shared: SharedFile) -> None:
    first, other = a_worker(shared), a_worker(shared)

    assert taken(first, 20) + taken(other, 20) == BURST
    assert taken(other, 5, "192.0.2.2") == 5
    assert taken(a_worker(shared, now=1_010.0), 20) == 10  # one a second


def test_processes_that_count_at_the_same_moment_let_through_exactly_as_many(shared: SharedFile) -> None:
    shared.prepare()
    context = multiprocessing.get_context("spawn")
    begin, counts = context.Barrier(PROCESSES), context.Queue()
    processes = [context.Process(target=take_in_a_process, args=(shared, begin, counts)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()

    total = sum(counts.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()

    assert total == BURST


def test_no_address_is_written(shared: SharedFile) -> None:
    taken(a_worker(shared), 3)

    written = b"".join(path.read_bytes() for path in shared.path.parent.glob("limits.db*"))

    assert written
    assert b"192.0.2" not in written


def test_where_the_file_cannot_be_used_a_worker_counts_for_itself(shared: SharedFile) -> None:
    shared.path.mkdir()

    assert taken(a_worker(shared), 40) == BURST


def test_a_worker_that_is_held_up_by_another_one_counts_for_itself(shared: SharedFile) -> None:
    limit = a_worker(shared)
    limit.take("192.0.2.1")
    with closing(sqlite3.connect(shared.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        limit.take("192.0.2.1")


def test_what_was_counted_before_a_start_is_forgotten(shared: SharedFile) -> None:
    taken(a_worker(shared), 30)

    shared.prepare()

    assert taken(a_worker(shared), 40) == BURST
