"""A service whose Chroma server, disk or base fails and comes back: nothing dies, and health tells."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.question import Ask
from noa_rag.retrieval.calibration import read_calibration
from noa_rag.retrieval.embedding import VectorCache
from noa_rag.retrieval.index import SearchIndex
from noa_rag.retrieval.spelling import Glossary
from noa_rag.service.noa import Noa
from noa_rag.service.records import Records
from noa_rag.service.upkeep import LAG_LIMIT_SECONDS
from noa_rag.settings import Settings
from noa_rag.storage.question_tables import questions
from tests import databases
from tests.factories import a_new_version, a_recorded_question, a_theme, an_agency
from tests.fakes import FakeEmbedder, FakeJudge
from tests.machines import ChromaServer, chroma_server
from tests.small_disk import small_disk

LIVE_SECONDS = 10.0  # while Chroma is away; two seconds on free cores
HEALED_SECONDS = 10.0


def a_noa_over(settings: Settings, records: Records, folder: Path, url: str = "") -> Noa:
    """Return a service with its vectors in this folder, and in this Chroma server; the caller closes it."""
    embedder = FakeEmbedder()
    cache = VectorCache(folder / "vectors.db", embedder.dimension)
    index = SearchIndex(embedder, cache, Glossary(), chroma_url=url)
    noa = Noa(settings, records, index, read_calibration())
    noa.judge = FakeJudge()
    noa._answering = noa.answering()
    noa.refresh()
    return noa


@pytest.fixture
def base(records: Records) -> Records:
    records.directory.save([an_agency()], [a_theme()])
    approve(records, "marque")
    return records


@pytest.fixture
def idle_noa(settings: Settings, base: Records, tmp_path: Path) -> Iterator[Noa]:
    """A service without Chroma, which does nothing by itself yet."""
    noa = a_noa_over(settings, base, tmp_path / "index")
    yield noa
    noa.close()


@pytest.fixture
def noa(idle_noa: Noa) -> Noa:
    """The same once it follows its base."""
    idle_noa.follow()
    return idle_noa


def question_of(name: str) -> str:
    return f"Comment obtenir le document {name} ?"


def approve(records: Records, name: str) -> None:
    records.entries.add_versions([a_new_version(name, question=question_of(name), answer=f"Demandez {name}.")])


def shown(noa: Noa, name: str) -> EntryId | None:
    entry = noa.answering(is_recorded=False).ask(Ask(question_of(name))).entry
    return entry.id if entry else None


def seconds_until(is_so: Callable[[], object], limit: float = 30.0) -> float:
    start = time.monotonic()
    while not is_so():
        assert time.monotonic() - start < limit
        time.sleep(0.02)
    return time.monotonic() - start


def failing(noa: Noa) -> set[str]:
    tasks: Any = noa.health()["failing"]
    return {name["task"] for name in tasks}


def is_well(noa: Noa) -> bool:
    health = noa.health()
    return (health["status"], health["vectors"]) == ("ok", "chroma" if noa.index.stored else "memory")


@pytest.mark.parametrize("backend", databases.POSTGRESQL)
def test_a_server_that_did_not_answer_is_asked_again_and_not_told_as_damaged(
    idle_noa: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    check, is_away = idle_noa.records.database.check, threading.Event()

    def ask() -> None:
        if is_away.is_set():
            raise StorageUnavailable("starting up")
        check()

    monkeypatch.setattr(idle_noa.records.database, "check", ask)
    is_away.set()
    idle_noa.follow()
    seconds_until(lambda: "records-check" in failing(idle_noa))
    (task,) = [name for name in cast(Any, idle_noa.health()["failing"]) if name["task"] == "records-check"]
    is_away.clear()

    assert "does not answer, and is asked again by itself" in task["advice"]
    assert "backup" not in task["advice"]
    seconds_until(lambda: "records-check" not in failing(idle_noa), limit=10)


def test_a_chroma_server_killed_and_started_again_several_times_costs_no_answer_and_no_approval(
    settings: Settings, base: Records, tmp_path: Path
) -> None:
    with chroma_server(tmp_path / "server") as server:
        noa = a_noa_over(settings, base, tmp_path / "index", server.url)
        noa.follow()
        for number in range(3):
            server.kill()
            seconds_until(lambda: "vectors" in failing(noa), HEALED_SECONDS)
            assert noa.health()["status"] == "degraded"

            approve(base, f"approuve{number}")
            live = seconds_until(lambda number=number: shown(noa, f"approuve{number}"))  # type: ignore[misc]
            assert live < LIVE_SECONDS
            assert shown(noa, "marque") == "marque"
            assert noa.readiness()["ready"]

            start_again(server, is_empty=number % 2 == 1)
            assert seconds_until(lambda: is_well(noa)) < HEALED_SECONDS
            assert noa.index.missing() == []
        noa.close()


def start_again(server: ChromaServer, *, is_empty: bool) -> None:
    if is_empty:
        server.folder = server.folder.with_name(f"{server.folder.name}-empty")
    server.start()


def test_a_chroma_server_that_hangs_keeps_no_question_and_no_approval_waiting(
    settings: Settings, base: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.retrieval.chroma.CALL_SECONDS", 0.5)
    with chroma_server(tmp_path / "server") as server:
        noa = a_noa_over(settings, base, tmp_path / "index", server.url)
        noa.follow()
        seconds_until(lambda: is_well(noa))
        server.freeze()

        start = time.monotonic()
        assert shown(noa, "marque") == "marque"
        assert time.monotonic() - start < 0.5
        approve(base, "dirigeant")
        assert seconds_until(lambda: shown(noa, "dirigeant")) < LIVE_SECONDS
        seconds_until(lambda: "vectors" in failing(noa), HEALED_SECONDS)

        server.kill()
        server.start()
        assert seconds_until(lambda: is_well(noa)) < HEALED_SECONDS
        noa.close()


def test_a_full_disk_under_the_index_costs_no_approval_and_heals_when_it_is_freed(
    settings: Settings, base: Records, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "index", 8) as disk:
        noa = a_noa_over(settings, base, disk.folder)
        noa.follow()
        seconds_until(lambda: is_well(noa))
        disk.fill()

        for number in range(3):
            approve(base, f"approuve{number}")
            live = seconds_until(lambda number=number: shown(noa, f"approuve{number}"))  # type: ignore[misc]
            assert live < LIVE_SECONDS
        assert shown(noa, "marque") == "marque"
        assert noa.readiness()["ready"]
        disk.free()
        assert seconds_until(lambda: is_well(noa)) < HEALED_SECONDS
        approve(base, "enfin")
        assert seconds_until(lambda: shown(noa, "enfin")) < LIVE_SECONDS
        noa.close()


@pytest.mark.parametrize("error", [ValueError("Could not connect"), OSError(28, "No space left"), MemoryError()])
def test_an_index_that_lags_behind_the_base_makes_the_service_unready_and_catches_up(
    noa: Noa, base: Records, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr("noa_rag.service.upkeep.LAG_LIMIT_SECONDS", 0.5)
    assert LAG_LIMIT_SECONDS == 5.0

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(noa.index, "_build", fail)
        approve(base, "retard")
        seconds_until(lambda: not noa.readiness()["ready"] and failing(noa))  # the lag may be seen before the task runs
        health = noa.health()
        assert (health["status"], failing(noa)) == ("degraded", {"index-refresh"})
        assert shown(noa, "marque") == "marque"

    assert seconds_until(lambda: shown(noa, "retard")) < 2 + LIVE_SECONDS
    assert seconds_until(lambda: is_well(noa)) < LIVE_SECONDS
    assert noa.readiness() == {"ready": True, "index_lag_seconds": 0.0}


@pytest.mark.sqlite
def test_a_bad_page_in_the_records_is_told_in_health_with_what_to_do(
    settings: Settings, base: Records, tmp_path: Path
) -> None:
    for number in range(50):
        approve(base, f"fiche{number}")
    noa = a_noa_over(settings, base, tmp_path / "index")
    with base.database.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
    overwrite_pages(settings.data_dir / "noa.db", "audit")

    noa.follow()

    seconds_until(lambda: "records-check" in failing(noa), HEALED_SECONDS)
    health: Any = noa.health()
    (task,) = [name for name in health["failing"] if name["task"] == "records-check"]
    assert health["status"] == "degraded"
    assert "Restore it from a backup" in task["advice"]
    noa.close()


def overwrite_pages(database: Path, table: str | None = None) -> None:
    """Overwrite pages in the middle of an SQLite file, as a bad disk does, or the first one of a table.

    Its write-ahead log is taken in first. Without the pages that hold the tables' own descriptions nothing can be read.
    """
    import sqlite3

    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        roots = dict(connection.execute("SELECT name, rootpage FROM sqlite_schema"))
    connection.close()
    with database.open("r+b") as file:
        page = roots[table] - 1 if table else file.seek(0, 2) // 3 // size
        file.seek(page * size)
        file.write(b"\xa5" * size * (1 if table else 4))


def test_the_service_takes_away_what_is_older_than_its_period(
    settings: Settings, base: Records, tmp_path: Path
) -> None:
    base.questions.record(a_recorded_question("1" * 32))
    with base.database.writing() as connection:
        connection.execute(update(questions).values(asked_at=datetime.now(UTC) - timedelta(days=400)))
    noa = a_noa_over(settings, base, tmp_path / "index")

    noa.follow()

    seconds_until(lambda: base.audit.entries(actions=["records_purged"]) != [])
    with base.database.reading() as connection:
        assert connection.execute(select(questions.c.id)).first() is None
    assert "retention" in {report.name for report in noa.background.reports()}
    noa.close()
