"""The supervisor of background work: no error ends a task, and what fails is told."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from noa_rag.service.background import RETRY_SECONDS, Background, TaskState

SOON = (0.01, 0.04)
LONG = 10  # seconds, for what comes at once


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.stop()


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class PanicOfRust(BaseException):
    """As the panics of Chroma's core: no Exception."""


class Flaky:
    """Fails as long as it has errors left."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.times: list[float] = []

    def __call__(self) -> None:
        self.times.append(time.monotonic())
        if self.errors:
            raise self.errors.pop(0)


@pytest.mark.parametrize("error", [ValueError("x"), OSError(28, "No space left"), MemoryError(), PanicOfRust()])
def test_a_task_goes_on_after_any_error(background: Background, error: BaseException) -> None:
    work = Flaky(error, error)

    background.every(0.01, "work", work, retry_seconds=SOON)

    wait_until(lambda: len(work.times) >= 5)
    (report,) = background.reports()
    assert (report.failure_count, report.error, report.failing_since) == (0, "", None)
    assert report.last_success_at is not None


def test_a_failing_task_is_told_with_its_kind_of_error_alone_and_what_to_do(background: Background) -> None:
    def work() -> None:
        try:
            raise OSError(28, "No space left on device", "/srv/secret/noa.db")
        except OSError as error:
            raise ValueError("postgresql://noa:password@host") from error

    background.every(0.01, "work", work, retry_seconds=SOON, advice="Free disk space.")

    wait_until(lambda: background.failing() and background.failing()[0].failure_count >= 3)
    (report,) = background.failing()
    assert (report.name, report.error, report.advice) == ("work", "ValueError (OSError)", "Free disk space.")
    assert report.failing_since is not None
    assert report.last_success_at is None


def test_waits_double_up_to_the_longest_and_begin_anew_after_a_success(
    background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float | None] = []

    def hardly_wait(seconds: float | None = None) -> None:
        waits.append(seconds)
        time.sleep(0.001)

    monkeypatch.setattr(background.stopping, "wait", hardly_wait)
    work = Flaky(*[ValueError()] * 8)

    background.every(7.0, "work", work)

    wait_until(lambda: len(waits) >= 9)
    work.errors.append(ValueError())
    wait_until(lambda: 0.5 in waits[9:])
    assert waits[:9] == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 7.0]
    assert RETRY_SECONDS == (0.5, 30.0)


def test_work_that_is_done_once_begins_again_after_an_error_and_then_is_over(background: Background) -> None:
    work = Flaky(ValueError())

    background.until_done("work", work)
    assert background.is_at_work("work")

    wait_until(lambda: not background.is_at_work("work"))
    assert len(work.times) == 2
    assert [report.state for report in background.reports()] == [TaskState.OVER]


def test_one_task_that_hangs_or_fails_leaves_the_others_alone(background: Background) -> None:
    go_on, beats = threading.Event(), Flaky()
    background.every(0.01, "stuck", lambda: go_on.wait(LONG))
    background.every(0.01, "failing", Flaky(*[ValueError()] * 1_000), retry_seconds=SOON)

    background.every(0.01, "beating", beats)

    wait_until(lambda: len(beats.times) > 10)
    assert [report.name for report in background.failing()] == ["failing"]
    go_on.set()


def test_stopping_waits_for_what_is_under_way_and_nothing_starts_afterwards(background: Background) -> None:
    ended = threading.Event()

    def work() -> None:
        background.stopping.wait(LONG)
        time.sleep(0.05)
        ended.set()

    background.every(0.01, "work", work)
    background.stop()
    assert ended.is_set()
    late = Flaky()
    background.every(0.01, "late", late)

    assert late.times == []
    assert not any(thread.name in ("work", "late") for thread in threading.enumerate())
