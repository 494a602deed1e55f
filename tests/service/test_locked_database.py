"""Answers while another process writes for long: in time, and written down afterwards."""

import multiprocessing
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import func, select

from noa_rag.answering import recorder
from noa_rag.service.noa import Noa
from noa_rag.storage.question_tables import questions
from noa_rag.web.app import create_app
from tests.factories import a_new_version

LOCKED_SECONDS = 3.0
LONGEST_SECONDS = 1.0  # for all answers but one: a busy machine may hold one up; each retry waits a quarter of a second
ASK = "/api/v1/ask"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let another process hold the write lock until the end of the block."""
    context = multiprocessing.get_context("spawn")
    holds, is_over = context.Event(), context.Event()
    process = context.Process(target=hold, args=(path, holds, is_over))
    process.start()
    assert holds.wait(30)
    try:
        yield
    finally:
        is_over.set()
        process.join()


def hold(path: Path, holds: "multiprocessing.synchronize.Event", is_over: "multiprocessing.synchronize.Event") -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    holds.set()
    is_over.wait(60)
    connection.execute("ROLLBACK")


@pytest.fixture
def filled(noa: Noa, monkeypatch: pytest.MonkeyPatch) -> Noa:
    monkeypatch.setattr(recorder, "RETRY_SECONDS", 0.5)
    noa.records.entries.add_versions([a_new_version("marque", question="Comment déposer une marque ?")])
    noa.refresh()
    return noa


def recorded_count(noa: Noa) -> int:
    with noa.records.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(questions)).scalar_one()


@pytest.mark.sqlite
def test_a_lock_of_some_seconds_keeps_no_visitor_waiting_and_loses_no_question(filled: Noa, tmp_path: Path) -> None:
    filled.follow()
    seconds, unrecorded = [], 0
    with TestClient(create_app(filled, static_dir=tmp_path)) as client:
        client.post(ASK, json={"question": "déposer une marque"})
        with locked(filled.settings.data_dir / "noa.db"):
            until = time.monotonic() + LOCKED_SECONDS
            while time.monotonic() < until:
                start = time.monotonic()
                reply = client.post(ASK, json={"question": "déposer une marque"})
                seconds.append(time.monotonic() - start)
                assert reply.json()["status"] == "answered"
                unrecorded += reply.json().get("recorded", True) is False
            health = client.get("/health").json()
        assert health["status"] == "degraded"
        assert unrecorded == len(seconds) == health["unrecorded"] == health["unrecorded_waiting"]

        until = time.monotonic() + 10
        while recorded_count(filled) <= unrecorded and time.monotonic() < until:
            time.sleep(0.1)
        health = client.get("/health").json()

    *others, longest = sorted(seconds)
    assert others[-1] < LONGEST_SECONDS
    assert longest < LOCKED_SECONDS, "nobody waits until the other writer is done"
    assert recorded_count(filled) == 1 + unrecorded
    assert (health["status"], health["unrecorded_waiting"], health["unrecorded_lost"]) == ("ok", 0, 0)


@pytest.mark.sqlite
def test_what_a_visitor_does_with_an_unrecorded_answer_is_told_plainly(filled: Noa, tmp_path: Path) -> None:
    with TestClient(create_app(filled, static_dir=tmp_path)) as client, locked(filled.settings.data_dir / "noa.db"):
        answer = client.post(ASK, json={"question": "déposer une marque"}).json()
        verdict = client.post("/avis", data={"question_id": answer["question_id"], "useful": "yes"})
        number = client.post("/suivi", data={"question_id": answer["question_id"]})
        following = client.post(
            ASK, json={"question": "combien ça coûte ?", "conversation_id": answer["conversation_id"]}
        )

    for reply in (verdict, number):
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "10"
        assert "Noa continue de répondre aux questions" in reply.text
    assert following.status_code == 200
