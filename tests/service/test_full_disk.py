"""A real service whose data folder is on a disk that fills up to the last byte: it answers, says so, and recovers."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from noa_rag.settings import Settings
from tests.small_disk import SmallDisk, small_disk

pytestmark = [pytest.mark.model, pytest.mark.sqlite]
DISK_MEGABYTES = 96  # what is kept of the small pack takes about 25, and 20 more for each other model that was shared
ASKED = 200
START_SECONDS = 300
QUESTIONS = ("Comment déposer une marque ?", "Qu'est-ce qu'un brevet ?", "numéro EORI", "mon chat a faim")


@pytest.fixture
def filled(tmp_path: Path, model_settings: Settings) -> Iterator[SmallDisk]:
    """A small disk of its own with a base whose texts are embedded already."""
    with small_disk(tmp_path / "disk", DISK_MEGABYTES) as disk:
        shutil.copytree(model_settings.data_dir, disk.folder, symlinks=True, dirs_exist_ok=True)
        yield disk


@contextmanager
def serving(disk: Path, small_pack: Path) -> Iterator[httpx.Client]:
    """Run `noa serve` over the disk, and stop it as an operator does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "NOA_DATA_DIR": str(disk),
        "NOA_KNOWLEDGE": str(small_pack),
        "NOA_RATE_LIMIT": "0",  # one client asks everything
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    log = disk.parent / "log"
    with log.open("a") as output:
        command = [str(Path(sys.executable).with_name("noa")), "serve", "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client:
                wait_for(client, process, log)
                yield client
        finally:
            process.terminate()
            process.wait(30)


def wait_for(client: httpx.Client, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"no answer within {START_SECONDS} seconds: {log.read_text()}")


def recorded_count(disk: Path) -> int:
    with closing(sqlite3.connect(disk / "noa.db")) as connection:
        count: int = connection.execute("SELECT count(*) FROM questions").fetchone()[0]
        return count


def ask(client: httpx.Client, times: int) -> tuple[int, int]:
    """Return how many questions were answered, and how many of these said that they are not recorded."""
    replies = [
        client.post("/api/v1/ask", json={"question": QUESTIONS[number % len(QUESTIONS)]}) for number in range(times)
    ]
    answered = [reply.json() for reply in replies if reply.status_code == 200]
    return len(answered), sum(response.get("recorded") is False for response in answered)


def test_a_full_disk_stops_no_answer_and_recording_resumes_by_itself(filled: SmallDisk, small_pack: Path) -> None:
    disk = filled.folder
    with serving(disk, small_pack) as client:
        ask(client, 10)
        before = recorded_count(disk)
        filled.fill()

        answered, unrecorded = ask(client, ASKED)
        health = client.get("/health").json()
        htmx = {"hx-request": "true"}
        page = client.post("/", data={"q": "Comment déposer une marque ?"}, headers=htmx).text
        assert answered >= 0.99 * ASKED
        assert unrecorded > 0.9 * ASKED  # what was allocated before takes a few
        assert (health["status"], health["unrecorded"]) == ("degraded", unrecorded)
        assert health["unrecorded_since"]
        assert "être enregistrée pour le moment" in page

        filled.free()
        until = time.monotonic() + 20
        while client.get("/health").json()["unrecorded_waiting"] and time.monotonic() < until:
            time.sleep(0.2)
        health = client.get("/health").json()
        assert (health["status"], health["unrecorded_lost"]) == ("ok", 0)
        assert recorded_count(disk) == before + ASKED + 1  # the page's own question among them


def test_a_service_that_starts_on_a_full_disk_answers(filled: SmallDisk, small_pack: Path) -> None:
    disk = filled.folder
    with serving(disk, small_pack) as client:
        assert ask(client, 1) == (1, 0)
    assert not (disk / "noa.db-shm").exists()  # closed cleanly: opening needs room again
    filled.fill()

    with serving(disk, small_pack) as client:
        answered, _ = ask(client, 20)

    assert answered == 20
