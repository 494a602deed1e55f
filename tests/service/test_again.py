"""An answer given in the past is given again from its record, byte for byte, whatever has changed since."""

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.recorder import given_again
from noa_rag.domain.answer import Answer, AnswerStatus, Reason
from noa_rag.domain.entry import EntryId, EntryStatus, Section, ValidityWindow
from noa_rag.domain.errors import NotFound, NotReproducible
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask, Language, Question
from noa_rag.service.noa import Noa
from noa_rag.service.records import answer_again
from tests.factories import a_new_version, a_theme, an_agency, an_entry_version
from tests.fakes import ReadsNothing

MARQUE, BREVET, FONDS = EntryId("marque"), EntryId("brevet"), EntryId("fonds")


class Undecided(ReadsNothing):
    """Offers the first two matches."""

    def judge(self, question: Question, retrieved: object) -> Judgement:
        return Judgement(0.4, answers=False, offers=(MARQUE, BREVET), is_near=True)


@pytest.fixture
def filled(noa: Noa) -> Noa:
    window = ValidityWindow(date(2020, 3, 18), date(2020, 12, 31))
    noa.records.entries.add_versions(
        [
            a_new_version(MARQUE, question="Comment déposer une marque ?", answer="En ligne, « à l'INPI ».\n\n- 190 €"),
            a_new_version(
                BREVET,
                question="Comment déposer un brevet ?",
                sections=(Section("frais", "Frais", "Le dépôt du brevet coûte 26 €."),),
            ),
            a_new_version(
                FONDS,
                question="Qui touche le fonds de solidarité ?",
                window=window,
                approved_at=datetime(2020, 3, 18, tzinfo=UTC),
            ),
        ]
    )
    noa.refresh()
    return noa


def shown(noa: Noa, answer: Answer) -> str:
    return json.dumps(answer_as_json(answer, noa.agencies()), ensure_ascii=False, indent=1)


def everything_changes(noa: Noa) -> None:
    """Let each entry be rewritten, then withdrawn, and every agency get another name and card."""
    for entry_id in (MARQUE, BREVET, FONDS):
        noa.records.entries.add_versions(
            [
                a_new_version(entry_id, expected_version=1, question="Autre ?", answer="Autre."),
                a_new_version(entry_id, expected_version=2, status=EntryStatus.WITHDRAWN),
            ]
        )
    noa.records.directory.save([an_agency(name="Autre nom", url="https://autre.example", phone=None)], [a_theme()])
    noa.refresh()


@pytest.mark.parametrize(
    ("ask", "status", "reason"),
    [
        (Ask("Comment déposer une marque ?"), AnswerStatus.ANSWERED, None),
        (Ask("Comment déposer une marque ?", language=Language.ENGLISH), AnswerStatus.ANSWERED, None),
        (Ask("combien coûte le dépôt du brevet"), AnswerStatus.ANSWERED, None),
        (Ask("qui touche le fonds de solidarité ?", as_of=date(2020, 4, 1)), AnswerStatus.ANSWERED, None),
        (Ask("qui touche le fonds de solidarité ?"), AnswerStatus.ABSTAINED, Reason.OUTSIDE_VALIDITY),
        (Ask("quelle heure est-il ?"), AnswerStatus.ABSTAINED, Reason.NOTHING_CLOSE),
        (Ask("what time is it?", language=Language.ENGLISH), AnswerStatus.ABSTAINED, Reason.NOTHING_CLOSE),
    ],
)
def test_an_answer_is_given_again_as_it_was(filled: Noa, ask: Ask, status: AnswerStatus, reason: Reason | None) -> None:
    answer = filled.ask(ask)
    before = shown(filled, answer)
    assert (answer.status, answer.reason) == (status, reason)

    everything_changes(filled)

    again = json.dumps(answer_again(filled.records, answer.question_id), ensure_ascii=False, indent=1)
    assert again == before


def test_the_choices_are_offered_again_in_the_words_they_had(filled: Noa) -> None:
    filled.judge = Undecided()
    answer = filled.answering().ask(Ask("comment déposer ?"))
    before = shown(filled, answer)
    assert answer.status is AnswerStatus.CLARIFICATION

    everything_changes(filled)

    assert json.dumps(answer_again(filled.records, answer.question_id), ensure_ascii=False, indent=1) == before


def test_the_record_holds_no_second_copy_of_the_approved_text(filled: Noa) -> None:
    answer = filled.ask(Ask("Comment déposer une marque ?"))

    given, *_ = filled.records.questions.given(answer.question_id)

    assert "190 €" not in given.kept  # an id may hold the figure alone
    assert len(given.kept) < 700


def test_a_record_or_a_version_that_was_tampered_with_is_told(filled: Noa) -> None:
    answer = filled.ask(Ask("Comment déposer une marque ?"))
    given, *_ = filled.records.questions.given(answer.question_id)
    other = an_entry_version(MARQUE, answer="Ce qui n'a jamais été montré.")

    for version in (other, None):
        with pytest.raises(NotReproducible):
            given_again(given, version, None)
    with filled.records.database.writing() as connection:
        connection.execute(text("UPDATE answers_given SET kept = replace(kept, 'strict', 'assisted')"))
    with pytest.raises(NotReproducible):
        answer_again(filled.records, answer.question_id)


def test_an_unknown_number_is_told(filled: Noa) -> None:
    with pytest.raises(NotFound):
        answer_again(filled.records, "0" * 32)
