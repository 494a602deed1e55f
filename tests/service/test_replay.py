"""What would change, on a whole service with bags of words for meaning: the same as what asking again would tell."""

from collections.abc import Sequence
from datetime import date

import pytest

from noa_rag.answering.pipeline import run
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion, ValidityWindow
from noa_rag.domain.failure import Asked
from noa_rag.domain.question import Ask
from noa_rag.review.preview import Replaying, Trial
from noa_rag.review.replay import AskedAs, ChangeKind, ReplayReport
from noa_rag.service.noa import Noa
from tests.asked import an_asked
from tests.factories import a_new_version, an_entry_version

MARQUE, BREVET, DOUANE = EntryId("marque"), EntryId("brevet"), EntryId("douane")
QUESTIONS = {
    MARQUE: "Comment déposer une marque ?",
    BREVET: "Combien coûte un brevet d'invention ?",
    EntryId("embauche"): "Comment déclarer une première embauche ?",
}
NEW = "Quels droits de douane pour importer du vin ?"


@pytest.fixture
def filled(noa: Noa) -> Noa:
    noa.records.entries.add_versions(
        [a_new_version(entry_id, question=question, answer=f"{entry_id} 1") for entry_id, question in QUESTIONS.items()]
    )
    noa.refresh()
    return noa


@pytest.fixture
def replaying(filled: Noa) -> Replaying:
    return Replaying(filled)


def a_proposal(entry_id: EntryId = DOUANE, *, question: str = NEW, **changes: object) -> EntryVersion:
    return an_entry_version(entry_id, version=2, **{"question": question, "answer": "proposé", **changes})  # type: ignore[arg-type]


def changes_of(
    replaying: Replaying, proposed: EntryVersion, recorded: Sequence[Asked], group: Sequence[Asked] = ()
) -> ReplayReport:
    return replaying.what_would_change([proposed], group=group, recorded=recorded)


def test_what_a_new_entry_answers_is_newly_answered(replaying: Replaying) -> None:
    recorded = [an_asked(NEW), an_asked(NEW), an_asked(QUESTIONS[MARQUE])]

    report = changes_of(replaying, a_proposal(), recorded)

    (change,) = report.recorded.changes
    assert (change.kind, change.text, change.count, change.after.entry_id) == (
        ChangeKind.NEWLY_ANSWERED,
        NEW,
        2,
        DOUANE,
    )
    assert (report.recorded.question_count, report.recorded.distinct_count, report.recorded.unchanged_count) == (
        3,
        2,
        1,
    )
    assert report.left_out_count == 0


@pytest.mark.parametrize(
    "hidden",
    [{"status": EntryStatus.WITHDRAWN}, {"window": ValidityWindow(valid_until=date(2020, 1, 1))}],
    ids=["withdrawn", "expired"],
)
def test_what_an_entry_answered_is_lost_without_it(replaying: Replaying, hidden: dict[str, object]) -> None:
    proposed = a_proposal(MARQUE, question=QUESTIONS[MARQUE], **hidden)

    report = changes_of(replaying, proposed, [an_asked(QUESTIONS[MARQUE]), an_asked(QUESTIONS[BREVET])])

    assert [(change.kind, change.before.entry_id) for change in report.recorded.changes] == [(ChangeKind.LOST, MARQUE)]


def test_a_question_that_moves_to_another_entry_is_told(replaying: Replaying) -> None:
    moved = a_proposal(question=QUESTIONS[MARQUE])
    withdrawn = a_proposal(MARQUE, question=QUESTIONS[MARQUE], status=EntryStatus.WITHDRAWN)

    report = replaying.what_would_change([moved, withdrawn], group=(), recorded=[an_asked(QUESTIONS[MARQUE])])

    (change,) = report.recorded.of_kind(ChangeKind.OTHER_ENTRY)
    assert (change.before.entry_id, change.after.entry_id) == (MARQUE, DOUANE)


def test_the_group_s_own_questions_are_counted_apart(replaying: Replaying) -> None:
    own = [an_asked(NEW), an_asked(NEW)]

    report = changes_of(replaying, a_proposal(), [*own, an_asked(QUESTIONS[BREVET])], group=own)

    assert (report.own.question_count, report.own.count_of(ChangeKind.NEWLY_ANSWERED)) == (2, 2)
    assert report.recorded.question_count == 1


def test_the_outcomes_are_those_of_the_trial_path(filled: Noa, replaying: Replaying) -> None:
    """Whatever is kept from one replay to the next changes nothing."""
    texts = [*QUESTIONS.values(), NEW, "marque", "première embauche d'un salarié", "bonjour"]
    for proposed in (
        a_proposal(),
        a_proposal(MARQUE, question="Comment renouveler une marque ?"),
        a_proposal(question="Première embauche : que faire ?"),
        a_proposal(BREVET, question=QUESTIONS[BREVET], status=EntryStatus.WITHDRAWN),
    ):
        path, plain = replaying.path_with([proposed]), Trial(filled, [proposed]).path()
        for text in texts:
            answer = run(plain, Ask(text)).answer
            outcome = replaying.outcome(path, AskedAs(text))
            assert answer is not None
            assert (outcome.status, outcome.entry_id, outcome.offers, outcome.reason) == (
                answer.status,
                answer.entry.id if answer.entry else None,
                tuple(choice.entry_id for choice in answer.choices),
                answer.reason,
            )


def test_what_is_published_is_seen_by_the_next_replay(filled: Noa, replaying: Replaying) -> None:
    changes_of(replaying, a_proposal(), [an_asked(NEW)])
    filled.records.entries.add_versions([a_new_version(DOUANE, question=NEW, answer="proposé")])
    filled.refresh()

    assert changes_of(replaying, a_proposal(), [an_asked(NEW)]).recorded.changes == ()


def test_nothing_is_recorded(filled: Noa, replaying: Replaying) -> None:
    recorded = [an_asked(NEW)]

    replaying.warm(recorded)
    changes_of(replaying, a_proposal(), recorded)
    replaying.ask_now(recorded, limit=5)

    assert filled.records.review.asked_since(None) == []
