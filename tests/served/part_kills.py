"""Chroma, PostgreSQL and the supervisor killed and started again under a service, while entries are approved.

One entry is approved while the part is down, where the base can be written then, and one once it is back; both must be
shown within ten seconds, without any other help. Questions are answered throughout, except while the supervisor or
PostgreSQL is down: a withdrawal could not be seen then.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from evals.lab.benches.served import Served, measured_service, wait_until
from noa_rag.domain.entry import EntryId, NewVersion
from noa_rag.service.records import Records, open_records
from noa_rag.settings import Settings
from noa_rag.storage.copies import move_base
from noa_rag.storage.database import Database
from tests.machines import chroma_server, postgresql_server

LIVE_SECONDS = 10.0
IN_A_ROW = 6  # questions that must be answered, each over a new connection, which either worker may take
RETURN_SECONDS = 90  # for a part to be up again on a busy machine
GIVE_UP_SECONDS = 60.0
WATCH_SECONDS = 0.25
NO_CRASH_LOSES = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}  # as PostgreSQL comes
SUBJECTS = ("fabricant de boussoles", "loueur de clarinettes", "réparateur de girouettes", "sculpteur de marionnettes")


@dataclass(slots=True)
class KillsSurvived:
    """Results for one service: seconds until each approval was live, and faults."""

    live_seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def killed_under_one_process(settings: Settings, kills: int, log: Path) -> KillsSurvived:
    """Return the results for a service of one process whose Chroma server is started from outside."""
    with chroma_server(settings.data_dir / "chroma-of-its-own") as server:

        def bring_back() -> bool:
            server.start()
            return True

        with Served(_variables(settings) | {"NOA_CHROMA_URL": server.url}, log=log) as service:
            return _killed(service, settings, kills, server.kill, bring_back)


def killed_under_postgresql(settings: Settings, kills: int, log: Path) -> KillsSurvived:
    """Return the results for two workers whose PostgreSQL is killed; it recovers by itself when it is started again."""
    with postgresql_server(**NO_CRASH_LOSES) as server:
        over = replace(settings, database_url=server.new_database())
        with (
            closing(Database(settings.effective_database_url)) as given,
            closing(Database(over.database_url)) as wanted,
        ):
            move_base(given, wanted)

        def bring_back() -> bool:
            server.start()
            return True

        with Served(_variables(over), workers=2, log=log) as service:
            return _killed(
                service, over, kills, server.kill, bring_back, approves_meanwhile=False, answers_meanwhile=False
            )


def killed_supervisor(settings: Settings, kills: int, log: Path) -> KillsSurvived:
    """Return the results for two workers whose supervisor is killed, and started again at once."""
    with Served(_variables(settings), workers=2, log=log) as service:

        def bring_back() -> bool:
            service.start()
            return service.start_seconds <= RETURN_SECONDS

        return _killed(service, settings, kills, service.kill, bring_back, answers_meanwhile=False)


def _killed(
    service: Served,
    settings: Settings,
    kills: int,
    kill: Callable[[], None],
    bring_back: Callable[[], bool],
    *,
    approves_meanwhile: bool = True,
    answers_meanwhile: bool = True,
) -> KillsSurvived:
    """Return the results of killing a part; the rest says what goes on while it is down."""
    outcome, records, is_down = KillsSurvived(), open_records(settings), threading.Event()
    try:
        with _watched(service, outcome, is_down):
            for number in range(kills):
                if not answers_meanwhile:
                    is_down.set()
                kill()
                approved = [_approve(records, 2 * number)] if approves_meanwhile else []
                if answers_meanwhile:
                    _check_live(service, approved[0], outcome)
                if not bring_back():
                    outcome.faults.append(f"not up in time after kill {number + 1}")
                approved.append(_approve(records, 2 * number + 1))
                for version in approved[answers_meanwhile:]:
                    _check_live(service, version, outcome)
                if not wait_until(lambda: service.says_ok("/health"), LIVE_SECONDS):
                    outcome.faults.append(f"/health was not well in time after kill {number + 1}")
                is_down.clear()
                for version in approved:
                    records.entries.withdraw(version.id, author="a", note="", at=datetime.now(UTC))
    finally:
        records.close()
    return outcome


def _approve(records: Records, number: int) -> NewVersion:
    """Publish an entry on a new subject, and return it."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    entry_id = EntryId(f"essai-{uuid.uuid4().hex[:8]}")
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
    return version


def _check_live(service: Served, version: NewVersion, outcome: KillsSurvived) -> None:
    """Note the seconds, from now, until every worker answers with a version."""
    start = time.monotonic()
    in_a_row = 0
    while in_a_row < IN_A_ROW and time.monotonic() - start < GIVE_UP_SECONDS:
        is_so = _is_answered_with(service, version.content.question, version.id, outcome)
        in_a_row = in_a_row + 1 if is_so else 0
        if not in_a_row:
            time.sleep(0.2)
    outcome.live_seconds.append(time.monotonic() - start)
    if outcome.live_seconds[-1] > LIVE_SECONDS:
        outcome.faults.append(f"{version.id} was live after {outcome.live_seconds[-1]:.1f} s")


def _is_answered_with(service: Served, question: str, entry_id: EntryId, outcome: KillsSurvived) -> bool:
    try:
        entry = service.ask(question)["entry"]
    except httpx.HTTPError as error:
        outcome.faults.append(f"a question failed: {error!r}")
        return False
    return entry is not None and entry["id"] == entry_id


@contextmanager
def _watched(service: Served, outcome: KillsSurvived, is_down: threading.Event) -> Iterator[None]:
    """Poll `/health` and `/ready` in a thread, and note where they are not well, unless they need not be."""
    is_over = threading.Event()

    def watch() -> None:
        while not is_over.wait(WATCH_SECONDS):
            for path in ("/health", "/ready"):
                is_excused = is_down.is_set()
                is_well = service.says_ok(path)
                if not is_well and not is_excused and not is_down.is_set():
                    outcome.faults.append(f"{path} was not well")

    worker = threading.Thread(target=watch)
    worker.start()
    try:
        yield
    finally:
        is_over.set()
        worker.join()


def _variables(settings: Settings) -> dict[str, str | Path]:
    return measured_service(settings.data_dir) | {
        "NOA_DATABASE_URL": settings.database_url,
        "NOA_KNOWLEDGE": settings.knowledge,
    }
