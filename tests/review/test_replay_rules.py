"""What would change, and what came of a group's questions: comparisons worked out by hand."""

from collections.abc import Mapping

from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import Audience, EntryId
from noa_rag.domain.failure import Failure, FailureKind
from noa_rag.domain.question import Ask, Language
from noa_rag.review.replay import AskedAs, ChangeKind, Outcome, asked_as, compared, rechecked
from tests.asked import an_asked

MARQUE, BREVET = EntryId("marque"), EntryId("brevet")
REFUSED = Outcome(AnswerStatus.ABSTAINED, reason=Reason.NOTHING_CLOSE)


def answered(entry_id: EntryId, version: int = 1, text: str = "a") -> Outcome:
    return Outcome(AnswerStatus.ANSWERED, entry_id, version, text_hash=text)


def offered(*entry_ids: EntryId) -> Outcome:
    return Outcome(AnswerStatus.CLARIFICATION, offers=entry_ids, reason=Reason.CLOSE_ENTRIES)


def kinds_of(**pairs: tuple[Outcome, Outcome]) -> Mapping[str, ChangeKind]:
    """Return the kind of change of each question that changes."""
    before = {AskedAs(text): pair[0] for text, pair in pairs.items()}
    after = {AskedAs(text): pair[1] for text, pair in pairs.items()}
    return {change.text: change.kind for change in compared(dict.fromkeys(before, 1), before, after).changes}


def test_every_kind_of_change_is_told_apart() -> None:
    assert kinds_of(
        newly=(REFUSED, answered(MARQUE)),
        other=(answered(MARQUE), answered(BREVET)),
        words=(answered(MARQUE), answered(MARQUE, 2, "b")),
        lost=(answered(MARQUE), offered(MARQUE, BREVET)),
        offers=(offered(MARQUE, BREVET), offered(BREVET, MARQUE)),
    ) == {
        "newly": ChangeKind.NEWLY_ANSWERED,
        "other": ChangeKind.OTHER_ENTRY,
        "words": ChangeKind.OTHER_TEXT,
        "lost": ChangeKind.LOST,
        "offers": ChangeKind.OTHER_OFFERS,
    }


def test_a_new_version_that_shows_the_same_text_is_no_change() -> None:
    assert kinds_of(same=(answered(MARQUE, 1), answered(MARQUE, 2)), refused=(REFUSED, REFUSED)) == {}


def test_a_question_asked_often_counts_as_often() -> None:
    often, once, never = AskedAs("souvent"), AskedAs("une fois"), AskedAs("pareil")
    before = {often: REFUSED, once: REFUSED, never: answered(BREVET)}
    after = {often: answered(MARQUE), once: answered(MARQUE), never: answered(BREVET)}

    replayed = compared({once: 1, often: 5, never: 2}, before, after)

    assert [change.text for change in replayed.of_kind(ChangeKind.NEWLY_ANSWERED)] == ["souvent", "une fois"]
    assert replayed.count_of(ChangeKind.NEWLY_ANSWERED) == 6
    assert (replayed.question_count, replayed.distinct_count, replayed.unchanged_count) == (8, 3, 2)
    assert (replayed.answered_before, replayed.answered_after) == (2, 8)


def test_a_question_is_asked_again_as_it_was_asked() -> None:
    question = an_asked(text="q ?", region="FR-IDF", audience="tpe", language=Language.ENGLISH)

    assert asked_as(an_asked(audience="autrefois")).ask.audience is None
    assert asked_as(question).ask == Ask("q ?", region="FR-IDF", audience=Audience.TPE, language=Language.ENGLISH)


def test_nine_of_eleven_are_answered_now() -> None:
    failures = [Failure(an_asked(text="a"), FailureKind.ABSTAINED)] * 9 + [
        Failure(an_asked(text="b"), FailureKind.NOT_TAKEN)
    ] * 2
    outcomes = {asked_as(an_asked(text="a")): answered(MARQUE), asked_as(an_asked(text="b")): offered(MARQUE, BREVET)}

    failures.append(Failure(an_asked(text="not asked again"), FailureKind.ABSTAINED))

    recheck = rechecked(failures, outcomes)

    assert (recheck.answered_count, recheck.asked_count, recheck.still_failing) == (9, 11, ("b",))


def test_an_answer_that_did_not_help_is_no_better_for_being_given_again() -> None:
    bad = an_asked(text="a", entry_id=MARQUE, entry_version=1)
    failures = [Failure(bad, FailureKind.NOT_USEFUL)]

    now = {version: rechecked(failures, {asked_as(bad): answered(MARQUE, version)}) for version in (1, 2)}

    assert {version: entry_id.answered_count for version, entry_id in now.items()} == {1: 0, 2: 1}
