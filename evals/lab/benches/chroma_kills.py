"""`make chroma-kills`: Chroma killed and started again under a service, while entries are approved.

Two services are measured: one process that NOA_CHROMA_URL gives a Chroma server, and two workers that start their own.
Each time Chroma is killed, one entry is approved while it is down and another once it is back; both must be shown
within ten seconds, without any other help. NOA_CHROMA_KILLS says how often, twenty times by default.
"""

import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from evals.lab.benches.machines import chroma_answers, chroma_server
from evals.lab.benches.served import Served, measured_service, wait_until
from evals.runner.bases import served_base
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.entry import EntryId, NewVersion
from noa_rag.domain.errors import NoaError
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings

KILLS = int(os.environ.pop("NOA_CHROMA_KILLS", "20"))
LIVE_SECONDS = 10.0
IN_A_ROW = 6  # questions that must be answered, each over a new connection, which either worker may take
RETURN_SECONDS = 90  # for a Chroma server to be up again on a busy machine
GIVE_UP_SECONDS = 60.0
WATCH_SECONDS = 0.25
MAKERS = ("fabricant", "loueur", "réparateur", "collectionneur", "sculpteur", "graveur", "restaurateur", "doreur")
GOODS = ("boussoles", "clarinettes", "girouettes", "horloges", "marionnettes", "ruches", "vitraux", "tambours")


@dataclass(slots=True)
class KillsSurvived:
    """Results for one service: seconds until each approval was live, numbers of health checks, and faults."""

    live_seconds: list[float] = field(default_factory=list)
    looks: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        longest = f"{max(self.live_seconds):.1f}" if self.live_seconds else "no"
        told = f"{len(self.live_seconds)} approvals, live after at most {longest} s"
        return f"{told}; {dict(self.looks)} looks; {len(self.faults)} faults {self.faults[:5]}"


def killed_under_one_process(settings: Settings, kills: int, log: Path | None = None) -> KillsSurvived:
    """Return the results for a service of one process whose Chroma server is started from outside."""
    with chroma_server(settings.data_dir / "chroma-of-its-own") as server:

        def bring_back() -> bool:
            server.start()
            return True

        with Served(_variables(settings) | {"NOA_CHROMA_URL": server.url}, log=log) as service:
            return _killed(service, settings, kills, server.kill, bring_back)


def killed_under_two_workers(settings: Settings, kills: int, log: Path | None = None) -> KillsSurvived:
    """Return the results for a service of two workers whose supervisor restarts Chroma."""
    with Served(_variables(settings), workers=2, log=log) as service:

        def kill() -> None:
            service.processes()["noa-chroma"].kill()

        def bring_back() -> bool:
            return wait_until(lambda: "noa-chroma" in service.processes() and chroma_answers(address), RETURN_SECONDS)

        address = f"http://127.0.0.1:{_port_of_chroma(service)}"
        return _killed(service, settings, kills, kill, bring_back)


def _killed(
    service: Served, settings: Settings, kills: int, kill: Callable[[], None], bring_back: Callable[[], bool]
) -> KillsSurvived:
    outcome, records = KillsSurvived(), open_records(settings)
    try:
        with _watched(service, outcome):
            for number in range(kills):
                kill()
                _approve(service, records, outcome)
                if not bring_back():
                    outcome.faults.append(f"Chroma was not up {RETURN_SECONDS} s after kill {number + 1}")
                _approve(service, records, outcome)
    finally:
        records.close()
    return outcome


def _approve(service: Served, records: Records, outcome: KillsSurvived) -> None:
    """Publish an entry on a new subject, and note when every worker answers with it."""
    number = len(outcome.live_seconds)
    subject = f"{MAKERS[number % len(MAKERS)]} de {GOODS[number // len(MAKERS) % len(GOODS)]}"
    entry_id = EntryId(f"{subject.replace(' ', '-')}-{uuid.uuid4().hex[:8]}")
    model = next(iter(records.changed_since(-1)[1]))
    content = replace(
        model.content,
        question=f"Où déclarer mon activité de {subject} ?",
        answer=f"L'activité de {subject} se déclare au guichet unique.",
        alternate_questions=(),
        sections=(),
        related=(),
    )
    version = NewVersion(entry_id, content, 0, author="a", approver="b", approved_at=datetime.now(UTC))
    records.entries.add_versions([version])
    start = time.monotonic()
    in_a_row = 0
    while in_a_row < IN_A_ROW and time.monotonic() - start < GIVE_UP_SECONDS:
        in_a_row = in_a_row + 1 if _is_answered_with(service, content.question, entry_id, outcome) else 0
        if not in_a_row:
            time.sleep(0.2)
    outcome.live_seconds.append(time.monotonic() - start)
    if outcome.live_seconds[-1] > LIVE_SECONDS:
        outcome.faults.append(f"{entry_id} was live after {outcome.live_seconds[-1]:.1f} s")
    records.entries.withdraw(entry_id, author="a", note="", at=datetime.now(UTC))


def _is_answered_with(service: Served, question: str, entry_id: EntryId, outcome: KillsSurvived) -> bool:
    try:
        entry = service.ask(question)["entry"]
    except httpx.HTTPError as error:
        outcome.faults.append(f"a question failed: {error!r}")
        return False
    return entry is not None and entry["id"] == entry_id


@contextmanager
def _watched(service: Served, outcome: KillsSurvived) -> Iterator[None]:
    """Poll `/health` and `/ready`, and note each time that they are not well."""
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(WATCH_SECONDS):
            for path in ("/health", "/ready"):
                is_well = service.says_ok(path)
                outcome.looks[path] += 1
                if not is_well:
                    outcome.faults.append(f"{path} was not well")

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()


def _port_of_chroma(service: Served) -> int:
    """Return the port that Chroma listens on, once it does."""
    ports: list[int] = []

    def is_listening() -> bool:
        chroma = service.processes().get("noa-chroma")
        found = chroma.net_connections("tcp") if chroma else ()
        ports.extend(one.laddr.port for one in found if one.status == psutil.CONN_LISTEN)
        return bool(ports)

    if not wait_until(is_listening, RETURN_SECONDS):
        raise NoaError(f"Chroma was not up after {RETURN_SECONDS} seconds")
    return ports[0]


def _variables(settings: Settings) -> dict[str, str | Path]:
    return measured_service(settings.data_dir) | {
        "NOA_DATABASE_URL": settings.database_url,
        "NOA_KNOWLEDGE": settings.knowledge,
    }


def main() -> None:
    """Print what was seen under each service; exit with 1 where anything went wrong."""
    outcomes: dict[str, KillsSurvived] = {}
    with shown_progress() as progress:
        settings = served_base(progress)
        progress(f"killing Chroma {KILLS} times under one process", 0, 0)
        outcomes["one process"] = killed_under_one_process(settings, KILLS)
        progress(f"killing Chroma {KILLS} times under two workers", 0, 0)
        outcomes["two workers"] = killed_under_two_workers(settings, KILLS)
    for name, outcome in outcomes.items():
        Console(width=110).print(f"{name}: {outcome}")
    if any(outcome.faults for outcome in outcomes.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    with reported_errors():
        main()
