"""What is written down later while the database takes no writes, and what is said of it meanwhile."""

import threading
from collections.abc import Callable

import pytest

from noa_rag.answering.recorder import RETRY_SECONDS, Recorder
from noa_rag.domain.errors import NotRecorded, StorageUnavailable
from noa_rag.domain.ports import RecordedQuestion
from tests.factories import a_recorded_question
from tests.fakes import FakeQuestionLog


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class FailingLog(FakeQuestionLog):
    """A log that can be told to fail, and counts how often it was tried."""

    def __init__(self) -> None:
        super().__init__()
        self.fails: Callable[[RecordedQuestion], bool] = lambda _: False
        self.tried = 0

    def record(self, recorded: RecordedQuestion) -> None:
        self.tried += 1
        if self.fails(recorded):
            raise StorageUnavailable("database or disk is full")
        super().record(recorded)

    def ids(self) -> list[str]:
        return [question.question_id for question in self.recorded]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log() -> FailingLog:
    return FailingLog()


@pytest.fixture
def recorder(log: FailingLog, clock: Clock) -> Recorder:
    return Recorder(log, kept_limit=3, clock=clock)


def refused(recorder: Recorder, *question_ids: str) -> None:
    for question_id in question_ids:
        with pytest.raises(NotRecorded):
            recorder.record(a_recorded_question(question_id))


def test_after_a_failure_the_log_is_tried_again_every_few_seconds_only(
    recorder: Recorder, log: FailingLog, clock: Clock
) -> None:
    log.fails = lambda _: True

    refused(recorder, "q1", "q2")
    assert log.tried == 1
    clock.now += RETRY_SECONDS
    refused(recorder, "q3", "q4")

    assert log.tried == 2


def test_what_was_not_written_is_written_when_that_works_again(
    recorder: Recorder, log: FailingLog, clock: Clock
) -> None:
    log.fails = lambda _: True
    refused(recorder, "q1", "q2")
    health = recorder.health()
    assert (health["status"], health["unrecorded"], health["unrecorded_waiting"]) == ("degraded", 2, 2)
    assert str(health["unrecorded_since"]).endswith("+00:00")

    log.fails = lambda _: False
    recorder.write_kept()  # too early
    assert log.ids() == []
    clock.now += RETRY_SECONDS
    recorder.write_kept()

    assert log.ids() == ["q1", "q2"]
    assert recorder.health() == {"unrecorded": 2, "unrecorded_waiting": 0, "unrecorded_lost": 0}


def test_a_visitor_s_question_finds_out_that_writing_works_again(
    recorder: Recorder, log: FailingLog, clock: Clock
) -> None:
    log.fails = lambda _: True
    refused(recorder, "q1")
    log.fails = lambda _: False
    clock.now += RETRY_SECONDS

    recorder.record(a_recorded_question("q2"))

    assert log.ids() == ["q2", "q1"]
    assert "status" not in recorder.health()


def test_what_memory_has_no_room_for_is_counted_as_lost(recorder: Recorder, log: FailingLog, clock: Clock) -> None:
    log.fails = lambda _: True
    refused(recorder, *(f"q{number}" for number in range(5)))

    health = recorder.health()

    assert (health["unrecorded"], health["unrecorded_waiting"], health["unrecorded_lost"]) == (5, 3, 2)


def test_a_question_that_cannot_be_written_keeps_no_other_from_it(
    recorder: Recorder, log: FailingLog, clock: Clock
) -> None:
    log.fails = lambda _: True
    refused(recorder, "q1", "q2", "q3")
    log.fails = lambda recorded: recorded.question_id == "q1"

    for _ in range(3):
        clock.now += RETRY_SECONDS
        recorder.write_kept()

    assert log.ids() == ["q2", "q3"]
    assert recorder.health()["unrecorded_waiting"] == 1


def test_verdicts_choices_and_rephrasings_wait_for_nothing_meanwhile(recorder: Recorder, log: FailingLog) -> None:
    recorder.record(a_recorded_question("q0"))
    log.fails = lambda _: True
    refused(recorder, "q1")

    with pytest.raises(NotRecorded):
        recorder.record_feedback("q0", is_useful=True, reason=None, comment="")

    assert log.feedback == {}


def test_closing_writes_what_is_kept_without_waiting(recorder: Recorder, log: FailingLog) -> None:
    log.fails = lambda _: True
    refused(recorder, "q1")
    log.fails = lambda _: False

    recorder.close()

    assert log.ids() == ["q1"]


def test_nothing_is_written_twice_when_several_threads_write_what_is_kept(log: FailingLog, clock: Clock) -> None:
    recorder = Recorder(log, kept_limit=200, clock=clock)
    log.fails = lambda _: True
    refused(recorder, *(f"q{number}" for number in range(200)))
    log.fails = lambda _: False
    clock.now += RETRY_SECONDS

    threads = [threading.Thread(target=recorder.write_kept) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(log.ids()) == sorted(f"q{number}" for number in range(200))
