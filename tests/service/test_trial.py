"""The answer path over a base as it would be: proposals are answered from, and nothing is written."""

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from sqlalchemy import select

from noa_rag.answering.pipeline import Step, run
from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.question import Ask
from noa_rag.review.preview import Replaying, Trial
from noa_rag.service.noa import Noa
from noa_rag.storage.copies import TABLES
from noa_rag.storage.database import Database
from tests.factories import a_new_version, an_entry_version

MARQUE, BREVET = EntryId("marque"), EntryId("brevet")
QUESTIONS = {MARQUE: "Comment déposer une marque ?", BREVET: "Combien coûte un brevet d'invention ?"}
NEW = "Quels droits de douane pour importer du vin ?"


@pytest.fixture
def filled(noa: Noa) -> Noa:
    noa.records.entries.add_versions(
        [a_new_version(entry_id, question=question, answer=f"{entry_id} 1") for entry_id, question in QUESTIONS.items()]
    )
    noa.refresh()
    return noa


def a_proposal(entry_id: EntryId = MARQUE, *, question: str = QUESTIONS[MARQUE], **changes: object) -> EntryVersion:
    return an_entry_version(entry_id, version=2, **{"question": question, "answer": "proposé", **changes})  # type: ignore[arg-type]


def tried(noa: Noa, question: str, *proposed: EntryVersion) -> Answer:
    answer = run(Trial(noa, proposed).path(), Ask(question)).answer
    assert answer is not None
    return answer


def everything_in(database: Database) -> list[str]:
    with database.reading() as connection:
        return sorted(repr((table.name, *row)) for table in TABLES for row in connection.execute(select(table)))


@pytest.mark.parametrize(
    "changes",
    [{"status": EntryStatus.WITHDRAWN}, {"window": ValidityWindow(valid_until=date(2020, 1, 1))}],
    ids=["withdrawn", "expired"],
)
def test_an_entry_that_is_to_be_hidden_is_not_shown(filled: Noa, changes: dict[str, object]) -> None:
    assert tried(filled, QUESTIONS[MARQUE], a_proposal(**changes)).entry is None


def test_a_trial_writes_nothing_and_changes_nothing(filled: Noa) -> None:
    database = filled.records.database
    snapshot, before = filled.index.snapshot, everything_in(database)

    tried(filled, QUESTIONS[MARQUE], a_proposal(), a_proposal(EntryId("douane"), question=NEW))
    tried(filled, NEW, a_proposal(EntryId("douane"), question=NEW))

    assert everything_in(database) == before
    assert filled.index.snapshot is snapshot
    assert filled.index.missing() == []
    answer = filled.answering(is_recorded=False).ask(Ask(QUESTIONS[MARQUE]))
    assert answer.entry is not None
    assert (answer.entry.id, answer.entry.version, answer.text) == (MARQUE, 1, "marque 1")


EXPIRED, NOT_YET = EntryId("fonds"), EntryId("plafond")
OTHER_DAYS = {
    EXPIRED: ("Qui a droit au fonds de solidarité ?", ValidityWindow(valid_until=date(2020, 6, 30))),
    NOT_YET: ("Quel est le nouveau plafond de la franchise ?", ValidityWindow(valid_from=date(2999, 1, 1))),
}


@pytest.mark.parametrize(
    "text",
    [*(question for question, _ in OTHER_DAYS.values()), *QUESTIONS.values(), "bonjour", "une marque de fonds ?"],
)
@pytest.mark.parametrize("path_of", [lambda noa: Trial(noa, ()).path(), lambda noa: Replaying(noa).path_as_is()])
def test_a_preview_of_no_change_is_what_the_public_is_answered(
    filled: Noa, path_of: Callable[[Noa], Sequence[Step]], text: str
) -> None:
    filled.records.entries.add_versions(
        [
            a_new_version(entry_id, question=question, window=window)
            for entry_id, (question, window) in OTHER_DAYS.items()
        ]
    )
    filled.refresh()

    public, preview = run(filled.path(), Ask(text)), run(path_of(filled), Ask(text))

    assert preview == public
    assert public.answer is not None
    if text in dict(OTHER_DAYS.values()):
        assert public.answer.reason is Reason.OUTSIDE_VALIDITY
