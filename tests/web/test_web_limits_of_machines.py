"""Machines over one PostgreSQL count the requests of an address together, and each for itself where they cannot."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert, select, text, update

from evals.lab.benches.served import free_port, wait_until
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.limits import TooOften
from noa_rag.service.limits import OwnBuckets, SharedBuckets
from noa_rag.storage import limits
from noa_rag.storage.database import Database
from noa_rag.storage.limits import ServerBuckets
from noa_rag.storage.tables import limit_buckets
from noa_rag.web.limits import RateLimit
from tests.databases import NEEDS_POSTGRESQL, a_base
from tests.machines import postgresql_server

pytestmark = NEEDS_POSTGRESQL

PATIENCE = 30.0
START_SECONDS = 60


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with a_base("postgresql", tmp_path) as address:
        yield address


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def counting(database: Database, *, wait_seconds: float = PATIENCE) -> ServerBuckets:
    return ServerBuckets(database, b"secret", wait_seconds=wait_seconds)


def node(port: int, url: str, *, limit: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.web.node_of_a_fake", str(port), url, str(limit)])


def is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def test_two_processes_without_a_shared_folder_let_through_exactly_what_one_would(url: str) -> None:
    limit, burst = 4, 2  # one more each 15 s
    ports = [free_port(), free_port()]
    with ExitStack() as running:
        for port in ports:
            process = node(port, url, limit=limit)
            running.callback(process.wait)
            running.callback(process.terminate)
        assert all(wait_until(lambda port=port: is_up(port), START_SECONDS) for port in ports)  # type: ignore[misc]

        def ask(port: int) -> int:
            reply = httpx.post(f"http://127.0.0.1:{port}/api/v1/ask", json={"question": "marque"}, timeout=PATIENCE)
            return reply.status_code

        start = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(ask, ports * 10))
        filled = int((time.monotonic() - start) // 15)

    assert set(statuses) == {200, 429}
    assert burst <= statuses.count(200) <= burst + filled


def test_many_at_once_take_no_more_than_there_is(database: Database) -> None:
    first, other = counting(database), counting(database)

    with ThreadPoolExecutor(8) as threads:
        waits = list(
            threads.map(lambda number: (first if number % 2 else other).take("a", 1_000, room=30_000), range(100))
        )

    assert waits.count(0.0) == 30
    assert all(wait <= 1_000 for wait in waits)
    assert min(wait for wait in waits if wait) > 900  # the next one, after a thousand seconds


def test_what_is_given_back_may_be_taken_again_and_a_bucket_of_any_size_is_never_empty(database: Database) -> None:
    buckets = counting(database)
    assert buckets.take("a", 1_000, room=1_000) == 0
    assert buckets.take("a", 500, room=1_000) > 400

    assert buckets.take("a", -600, room=float("inf")) == 0
    assert buckets.take("a", 500, room=1_000) == 0
    assert buckets.take("a", 10_000, room=float("inf")) == 0
    assert 9_000 < buckets.take("a", 0, room=1_000) < 10_000


def test_no_address_is_written_and_full_buckets_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEEP_SECONDS", 0.0)
    with database.writing() as connection:
        connection.execute(insert(limit_buckets).values(key=b"long ago", full_at=1.0))

    counting(database).take("192.0.2.1", 1_000, room=30_000)

    with database.reading() as connection:
        keys = connection.execute(select(limit_buckets.c.key)).scalars().all()
    assert len(keys) == 1
    assert len(keys[0]) == 16
    assert b"192.0.2" not in keys[0]


def test_a_server_that_hangs_keeps_no_visitor_and_is_tried_again(database: Database) -> None:
    now = [100.0]
    shared = counting(database, wait_seconds=PATIENCE)
    buckets = SharedBuckets(shared, OwnBuckets(), rest_seconds=5, now=lambda: now[0])
    limit = RateLimit(2, buckets)
    limit.take("192.0.2.1")
    shared._wait_seconds = 0.2
    with database.engine.begin() as other:  # holds the row, as a server that is stuck does
        other.execute(update(limit_buckets).values(full_at=1.0))

        start = time.monotonic()
        limit.take("192.0.2.1")
        assert time.monotonic() - start < 5
        assert (buckets.store, buckets.is_failing) == ("process", True)
        with pytest.raises(TooOften):  # counted nearer by
            limit.take("192.0.2.1")
        other.rollback()

    shared._wait_seconds = PATIENCE
    limit.take("192.0.2.2")
    assert buckets.is_failing  # it rests
    now[0] += 6
    limit.take("192.0.2.3")
    assert (buckets.store, buckets.is_failing) == ("postgresql", False)


def test_while_the_server_is_gone_a_machine_counts_for_itself_and_says_so() -> None:
    with postgresql_server(synchronous_commit="on") as server:  # the tables outlive the crash
        now = [100.0]
        database = Database(server.new_database())
        buckets = SharedBuckets(counting(database), OwnBuckets(), rest_seconds=5, now=lambda: now[0])
        limit = RateLimit(2, buckets)
        limit.take("192.0.2.1")
        with pytest.raises(TooOften):
            limit.take("192.0.2.1")

        server.kill()

        limit.take("192.0.2.1")
        with pytest.raises(TooOften):
            limit.take("192.0.2.1")
        assert (buckets.store, buckets.is_failing) == ("process", True)
        with pytest.raises(StorageUnavailable, match="PostgreSQL"):
            buckets._shared.take("192.0.2.1", 1, room=1)

        server.start()
        now[0] += 6

        limit.take("192.0.2.4")  # an unlogged table is empty after a crash
        assert (buckets.store, buckets.is_failing) == ("postgresql", False)
        database.close()


def test_the_table_waits_for_no_disk(database: Database) -> None:
    with database.reading() as connection:
        kind = connection.execute(text("SELECT relpersistence FROM pg_class WHERE relname = 'limit_buckets'")).scalar()

    assert kind in ("u", b"u")
