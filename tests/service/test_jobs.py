"""Long work in the background: its progress, its end, and what is left of it when its process dies."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from noa_rag.domain.errors import NoaError, NotAllowedNow, NotFound, StorageUnavailable
from noa_rag.domain.ports import Progress
from noa_rag.service.jobs import Job, Jobs, JobState
from tests.small_disk import small_disk


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path / "jobs")


def ended(jobs: Jobs, job_id: str) -> Job:
    return waited(lambda: jobs.job(job_id), lambda job: job.state is not JobState.RUNNING)


def waited(look: Callable[[], Job], is_so: Callable[[Job], bool]) -> Job:
    deadline = time.monotonic() + 20
    while not is_so(job := look()):
        assert time.monotonic() < deadline, job
        time.sleep(0.01)
    return job


def test_work_tells_how_far_it_is_and_what_came_of_it(jobs: Jobs) -> None:
    told, go_on = threading.Event(), threading.Event()

    def work(progress: Progress) -> dict[str, int]:
        progress("grouping", 3, 10)
        told.set()
        go_on.wait(20)
        return {"drafts": 2}

    job_id = jobs.start("drafts", work, started_by="ines")
    told.wait(20)
    running = waited(lambda: jobs.job(job_id), lambda job: job.done == 3)
    go_on.set()
    job = ended(jobs, job_id)

    assert (running.state, running.doing, running.done, running.total) == (JobState.RUNNING, "grouping", 3, 10)
    assert (job.state, job.result, job.started_by, job.kind) == (JobState.DONE, {"drafts": 2}, "ines", "drafts")
    assert job.ended_at is not None
    assert job.ended_at >= job.started_at


def test_one_of_a_kind_at_a_time_whoever_starts_it(jobs: Jobs, tmp_path: Path) -> None:
    go_on = threading.Event()
    job_id = jobs.start("drafts", lambda progress: {"ended": int(go_on.wait(20))})

    with pytest.raises(NotAllowedNow) as refused:
        Jobs(tmp_path / "jobs").start("drafts", lambda progress: {})
    assert refused.value.reason == "under_way"
    other = jobs.start("evaluation", lambda progress: {})
    go_on.set()

    assert ended(jobs, other).state is JobState.DONE
    assert ended(jobs, job_id).state is JobState.DONE
    assert ended(jobs, jobs.start("drafts", lambda progress: {})).state is JobState.DONE


@pytest.mark.parametrize(
    ("error", "words"), [(NoaError("Nothing to group."), "Nothing to group."), (KeyError("x"), "KeyError: 'x'")]
)
def test_work_that_fails_says_why(jobs: Jobs, error: Exception, words: str) -> None:
    def work(progress: Progress) -> dict[str, int]:
        raise error

    job = ended(jobs, jobs.start("drafts", work))

    assert (job.state, job.error) == (JobState.FAILED, words)


def test_a_job_that_cannot_be_noted_does_not_begin_and_leaves_the_way_free(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        jobs = Jobs(disk.folder / "jobs")
        ended(jobs, jobs.start("drafts", lambda progress: {}))
        disk.fill()
        with pytest.raises(StorageUnavailable, match="Free disk space"):
            jobs.start("drafts", lambda progress: {})

        disk.free()
        assert ended(jobs, jobs.start("drafts", lambda progress: {"drafts": 1})).result == {"drafts": 1}


def test_work_goes_on_and_its_end_is_known_when_the_disk_fills_up_meanwhile(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        jobs = Jobs(disk.folder / "jobs")
        begun, go_on = threading.Event(), threading.Event()

        def work(progress: Progress) -> dict[str, int]:
            begun.set()
            go_on.wait(20)
            progress("grouping", 1, 2)
            return {"drafts": 2}

        job_id = jobs.start("drafts", work)
        begun.wait(20)
        disk.fill()
        go_on.set()
        job = ended(jobs, job_id)

        assert (job.state, job.result) == (JobState.DONE, {"drafts": 2})
        assert Jobs(disk.folder / "jobs").job(job_id).state is JobState.INTERRUPTED  # all that another process knows
        disk.free()
        assert ended(jobs, jobs.start("drafts", lambda progress: {})).state is JobState.DONE


def test_a_job_whose_process_died_was_interrupted(jobs: Jobs, tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from noa_rag.service.jobs import Jobs\n"
        "print(Jobs(Path(sys.argv[1])).start('drafts', lambda progress: time.sleep(60)), flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "jobs")], stdout=subprocess.PIPE)
    assert process.stdout is not None
    job_id = process.stdout.readline().decode().strip()
    alive = jobs.job(job_id).state

    process.kill()
    process.wait()
    process.stdout.close()

    assert alive is JobState.RUNNING
    assert jobs.job(job_id).state is JobState.INTERRUPTED
    assert ended(jobs, jobs.start("drafts", lambda progress: {})).state is JobState.DONE


@pytest.mark.parametrize("number", ["", "..", "../jobs/x", "drafts-0", "é"])
def test_what_is_no_job_is_not_found(jobs: Jobs, number: str) -> None:
    with pytest.raises(NotFound):
        jobs.job(number)
