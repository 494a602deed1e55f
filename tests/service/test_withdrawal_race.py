"""An entry that was withdrawn or has expired is never shown, however busy the service is."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest

from noa_rag.domain.answer import Answer, AnswerStatus, Reason
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, ValidityWindow
from noa_rag.domain.question import Ask
from noa_rag.service.noa import Noa
from noa_rag.service.records import open_records
from tests.databases import BACKENDS
from tests.factories import a_new_version
from tests.fake_noa import a_noa

QUESTIONS = {
    EntryId("marque"): "Comment déposer une marque ?",
    EntryId("brevet"): "Combien coûte un brevet d'invention ?",
    EntryId("douane"): "Quels droits de douane pour importer du vin ?",
    EntryId("embauche"): "Comment déclarer une première embauche ?",
}
WITHDRAWALS_WANTED = 80  # by each of the two who change entries
ASKED_AT_LEAST = 10  # while an entry is hidden
MOMENT = 0.02  # seconds
PATIENT_EVERY = 10  # one withdrawal of so many waits for a question, however slow the machine
PATIENT_SECONDS = 30
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Ledger:
    """What is known for certain: an entry is noted as hidden after its withdrawal was committed, and as free
    before its approval begins; `withdrawn_version` only grows."""

    withdrawn_version: dict[EntryId, int] = field(default_factory=lambda: dict.fromkeys(QUESTIONS, 0))
    is_hidden: dict[EntryId, bool] = field(default_factory=lambda: dict.fromkeys(QUESTIONS, False))
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    asked_while_hidden: Counter[EntryId] = field(default_factory=Counter)

    def state_of(self, entry_id: EntryId) -> tuple[int, bool]:
        return self.withdrawn_version[entry_id], self.is_hidden[entry_id]


def add_entries(noa: Noa) -> None:
    noa.records.entries.add_versions(
        [a_new_version(entry_id, question=question, approved_at=LONG_AGO) for entry_id, question in QUESTIONS.items()]
    )


def ask_on_and_on(noa: Noa, ledger: Ledger, stop: threading.Event) -> None:
    while not stop.is_set():
        for entry_id, question in QUESTIONS.items():
            withdrawn_before, was_hidden = ledger.state_of(entry_id)
            answer = noa.ask(Ask(question))
            stayed_hidden = was_hidden and ledger.state_of(entry_id) == (withdrawn_before, True)
            note_faults(ledger, answer, entry_id, withdrawn_before=withdrawn_before, stayed_hidden=stayed_hidden)


def note_faults(
    ledger: Ledger, answer: Answer, entry_id: EntryId, *, withdrawn_before: int, stayed_hidden: bool
) -> None:
    ledger.counts["asked"] += 1
    ledger.asked_while_hidden[entry_id] += stayed_hidden
    if answer.entry is not None and answer.entry.id == entry_id:
        ledger.counts["shown"] += 1
        if answer.entry.version <= withdrawn_before:
            ledger.faults.append(f"{entry_id} {answer.entry.version} was shown after version {withdrawn_before} hid it")
        if stayed_hidden:
            ledger.faults.append(f"{entry_id} was shown while it was hidden")
    if stayed_hidden and entry_id in {choice.entry_id for choice in answer.choices}:
        ledger.faults.append(f"{entry_id} was offered while it was hidden")


def withdraw_and_approve(noa: Noa, ledger: Ledger, entry_ids: list[EntryId]) -> None:
    for number, entry_id in zip(range(WITHDRAWALS_WANTED), cycle(entry_ids), strict=False):
        version = noa.records.current([entry_id])[entry_id].version
        noa.records.entries.withdraw(entry_id, author="camille", note="", at=datetime.now(UTC))
        ledger.withdrawn_version[entry_id] = version + 1
        ledger.is_hidden[entry_id] = True
        count = ledger.asked_while_hidden[entry_id]
        time.sleep(MOMENT)
        until = time.monotonic() + PATIENT_SECONDS
        while number % PATIENT_EVERY == 0 and ledger.asked_while_hidden[entry_id] == count and time.monotonic() < until:
            time.sleep(MOMENT)
        ledger.is_hidden[entry_id] = False
        noa.records.entries.add_versions(
            [a_new_version(entry_id, expected_version=version + 1, question=QUESTIONS[entry_id])]
        )
        time.sleep(MOMENT)


@pytest.fixture
def another(noa: Noa, tmp_path: Path) -> Iterator[Noa]:
    """A second service over the same base."""
    folder = tmp_path / "another"
    settings = replace(noa.settings, data_dir=folder, database_url=noa.settings.effective_database_url)
    another = a_noa(settings, open_records(settings), folder)
    yield another
    another.close()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_withdrawn_entry_is_not_shown_to_anyone_who_asks_after_whichever_service_she_asks(
    noa: Noa, another: Noa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("noa_rag.service.upkeep.REFRESH_SECONDS", 0.05)  # the index changes under the questions
    add_entries(noa)
    for service in (noa, another):
        service.refresh()
        service.follow()
    ledger, stop = Ledger(), threading.Event()
    crashes: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", crashes.append)
    ids = list(QUESTIONS)
    askers = [
        threading.Thread(target=ask_on_and_on, args=(service, ledger, stop)) for service in (noa, another, noa, another)
    ]
    changers = [threading.Thread(target=withdraw_and_approve, args=(noa, ledger, mine)) for mine in (ids[:2], ids[2:])]

    for thread in askers + changers:
        thread.start()
    for thread in changers:
        thread.join()
    stop.set()
    for thread in askers:
        thread.join()

    assert crashes == []
    assert ledger.faults == []
    assert ledger.asked_while_hidden.total() > ASKED_AT_LEAST, ledger  # or nothing was tried
    assert ledger.counts["shown"] > ASKED_AT_LEAST, ledger.counts


def test_the_database_decides_before_the_index_has_caught_up(noa: Noa) -> None:
    add_entries(noa)
    noa.refresh()
    marque = EntryId("marque")
    assert noa.ask(Ask(QUESTIONS[marque])).entry is not None

    noa.records.entries.withdraw(marque, author="camille", note="", at=datetime.now(UTC))

    answer = noa.ask(Ask(QUESTIONS[marque]))
    assert marque in noa.index.snapshot.versions
    assert (answer.status, answer.reason) == (AnswerStatus.ABSTAINED, Reason.OUTSIDE_VALIDITY)
    assert marque not in {choice.entry_id for choice in answer.choices}
    assert noa.entry(marque) is None


@pytest.mark.parametrize(
    ("first_in_days", "last_in_days", "is_shown"),
    [
        (None, -1, False),
        (None, 0, True),
        (0, None, True),
        (1, None, False),
        (0, 0, True),
        (-2, -1, False),
    ],
)
def test_an_entry_is_shown_from_its_first_to_its_last_day(
    noa: Noa, first_in_days: int | None, last_in_days: int | None, is_shown: bool
) -> None:
    today = today_in_paris()
    first, last = (None if days is None else today + days * DAY for days in (first_in_days, last_in_days))
    add_entry_valid(noa, first, last)

    for day in (None, today):
        answer = ask_on(noa, day)
        assert (answer.entry is not None) is is_shown
        assert is_shown or (answer.reason is Reason.OUTSIDE_VALIDITY and answer.choices == ())


def test_an_expired_entry_is_neither_listed_nor_opened(noa: Noa) -> None:
    today = today_in_paris()
    add_entry_valid(noa, None, today - DAY)

    assert noa.start_tasks() == []
    assert noa.theme_entries("propriete-intellectuelle") == []
    assert noa.entry(EntryId("marque")) is None
    assert noa.entry(EntryId("marque"), on=today - DAY) is not None


def add_entry_valid(noa: Noa, first: date | None, last: date | None) -> None:
    window = ValidityWindow(first, last)
    noa.records.entries.add_versions(
        [a_new_version("marque", question=QUESTIONS[EntryId("marque")], window=window, approved_at=LONG_AGO)]
    )
    noa.refresh()


def ask_on(noa: Noa, day: date | None) -> Answer:
    return noa.ask(Ask(QUESTIONS[EntryId("marque")], as_of=day))
