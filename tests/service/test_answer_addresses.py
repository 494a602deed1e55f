"""An answer's own address over the real record: it records nothing, and shows what may be shown today."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select

from noa_rag.domain.answer import AnswerStatus, Choice, Reason
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, Section, ValidityWindow
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask, Question
from noa_rag.review.draft_run import build_drafts
from noa_rag.service.noa import Noa
from noa_rag.service.records import answer_today
from noa_rag.storage.question_tables import questions
from noa_rag.web.app import create_app
from tests.factories import a_new_version
from tests.fakes import ReadsNothing
from tests.service.test_drafts import FirstWords

MARQUE, BREVET = EntryId("marque"), EntryId("brevet")
ASKED = "Comment déposer une marque ?"


class Undecided(ReadsNothing):
    """Offers the first two matches."""

    def judge(self, question: Question, retrieved: object) -> Judgement:
        return Judgement(0.4, answers=False, offers=(MARQUE, BREVET), is_near=True)


@pytest.fixture
def filled(noa: Noa) -> Noa:
    section = Section("frais", "Frais", "Le dépôt d'une marque coûte 190 €.")
    noa.records.entries.add_versions(
        [
            a_new_version(MARQUE, question=ASKED, answer="En ligne, à l'INPI.", sections=(section,)),
            a_new_version(BREVET, question="Comment déposer un brevet ?", answer="Par un mandataire."),
        ]
    )
    noa.refresh()
    return noa


@pytest.fixture
def client(filled: Noa, tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(filled, static_dir=tmp_path)) as client:
        client.follow_redirects = False
        yield client


def rewrite(noa: Noa, entry_id: EntryId, **content: object) -> None:
    now = datetime.now(UTC)
    noa.records.entries.add_versions([a_new_version(entry_id, expected_version=1, approved_at=now, **content)])
    noa.refresh()


def withdraw(noa: Noa, entry_id: EntryId) -> None:
    noa.records.entries.withdraw(entry_id, author="camille", note="", at=datetime.now(UTC))
    noa.refresh()


def recorded(noa: Noa) -> list[str]:
    with noa.records.database.reading() as connection:
        return list(connection.execute(select(questions.c.text)).scalars())


def undecided(noa: Noa) -> None:
    noa.judge = Undecided()
    noa._answering = noa.answering()


def test_however_often_its_answer_is_fetched_a_question_is_recorded_once_and_drafted_once(
    filled: Noa, client: TestClient[Litestar]
) -> None:
    question = "Comment faire immatriculer un navire de plaisance, au 06 12 34 56 78 ?"
    address = client.post("/", data={"q": question}).headers["location"]
    before = recorded(filled)

    for headers in ({}, {"sec-purpose": "prefetch"}, {"purpose": "prefetch"}, {"hx-request": "true"}):
        for fetch in (client.get, client.get, client.head):
            fetch(address, headers=headers)
            fetch("/", params={"q": question}, headers=headers)

    assert recorded(filled) == before
    assert len(before) == 1
    assert build_drafts(filled, now=lambda: datetime.now(UTC), grouping=FirstWords(), min_volume=2).made == ()
    assert re.fullmatch("/reponse/[0-9a-f]{32}#reponse", address)
    page = client.get(address).text
    assert "immatriculer un navire" in page
    assert "06 12" not in page


def test_the_page_shows_what_was_answered_word_for_word(filled: Noa) -> None:
    answer = filled.ask(Ask(ASKED))

    shown = answer_today(filled.records, answer.question_id, on=today_in_paris())

    assert (shown.asked, shown.is_changed) == (ASKED, False)
    assert shown.answer == answer


def test_a_withdrawn_entry_is_not_shown_by_an_old_address(filled: Noa, client: TestClient[Litestar]) -> None:
    address = client.post("/", data={"q": ASKED}).headers["location"]
    assert "En ligne" in client.get(address).text.replace("&#39;", "'")

    withdraw(filled, MARQUE)
    page = client.get(address).text.replace("&#39;", "'")

    assert "En ligne" not in page
    assert "190 €" not in page
    assert "n'est pas en vigueur" in page
    assert "Agence inpi" in page


def test_an_expired_entry_is_not_shown_by_an_old_address(filled: Noa) -> None:
    answer = filled.ask(Ask(ASKED))
    rewrite(filled, MARQUE, question=ASKED, window=ValidityWindow(None, date(2026, 1, 1)))

    shown = answer_today(filled.records, answer.question_id, on=today_in_paris())

    assert (shown.answer.status, shown.answer.reason) == (AnswerStatus.ABSTAINED, Reason.OUTSIDE_VALIDITY)
    assert shown.answer.official_text is None


def test_an_entry_that_was_written_anew_is_shown_as_it_is_today_and_says_so(
    filled: Noa, client: TestClient[Litestar]
) -> None:
    address = client.post("/", data={"q": ASKED}).headers["location"]
    rewrite(filled, MARQUE, question=ASKED, answer="Sur le nouveau site.")

    page = client.get(address).text

    assert "Sur le nouveau site." in page
    assert "En ligne" not in page
    assert "a changé depuis votre question" in page


def test_a_choice_that_was_withdrawn_is_no_longer_offered(filled: Noa) -> None:
    undecided(filled)
    answer = filled.ask(Ask("déposer"))
    assert [choice.entry_id for choice in answer.choices] == [MARQUE, BREVET]

    withdraw(filled, MARQUE)
    one_left = answer_today(filled.records, answer.question_id, on=today_in_paris()).answer
    withdraw(filled, BREVET)
    none_left = answer_today(filled.records, answer.question_id, on=today_in_paris()).answer

    assert one_left.choices == (Choice(BREVET, "Comment déposer un brevet ?"),)
    assert (none_left.status, none_left.choices) == (AnswerStatus.ABSTAINED, ())
