"""A vague message gets what a situation asks, with its branches; one that says what it needs gets the entry."""

from dataclasses import replace
from typing import Any

import pytest

from noa_rag.answering.answer_text import answer_text
from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.pipeline import answer_path, run
from noa_rag.answering.shown_again import shown_again
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, Reason
from noa_rag.domain.entry import Branch, EntryId, EntryStatus, EntryVersion
from noa_rag.domain.facts import FactBook
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Ask, Language
from tests.answering.answering_helpers import TODAY, EntriesInMemory, JudgeSaying, RetrieverOf, a_version
from tests.answering.test_answering_shown_again import AGENCIES, recorded

AUDIT, DELAY = a_version("controle"), a_version("delai")
LETTER = a_version(
    "courrier",
    question="J'ai reçu un courrier ?",
    answer="Dites qui vous écrit.",
    sources=(),
    branches=(Branch("Un contrôle", AUDIT.id, "An audit"), Branch("Payer plus tard", DELAY.id)),
)
OFFERED = (LETTER.id, AUDIT.id)
ANSWERS = Judgement(0.9, answers=True)
LEADS = Judgement(0.6, answers=False, leads=True, offers=OFFERED)
OFFERS = Judgement(0.4, answers=False, offers=OFFERED)


def asked(*found: EntryVersion, judgement: Judgement, among: tuple[EntryVersion, ...], **ask: Any) -> Answer:
    steps = answer_path(
        entries=EntriesInMemory(*among),
        retriever=RetrieverOf(*found),
        judge=JudgeSaying(judgement),
        today=lambda: TODAY,
    )
    answer = run(steps, Ask("on m'a envoyé un courrier", **ask)).answer
    assert answer is not None
    return answer


@pytest.mark.parametrize("judgement", [ANSWERS, LEADS, OFFERS])
def test_a_situation_that_comes_first_asks_back_in_its_vetted_words(judgement: Judgement) -> None:
    answer = asked(LETTER, AUDIT, judgement=judgement, among=(LETTER, AUDIT, DELAY))

    assert (answer.status, answer.reason) == (AnswerStatus.CLARIFICATION, Reason.SITUATION)
    assert (answer.text, answer.entry) == ("Dites qui vous écrit.", LETTER)
    assert answer.choices == (Choice(AUDIT.id, "Un contrôle"), Choice(DELAY.id, "Payer plus tard"))


def test_a_branch_without_an_english_label_keeps_its_french_one() -> None:
    answer = asked(LETTER, judgement=ANSWERS, among=(LETTER, AUDIT, DELAY), language=Language.ENGLISH)

    assert [(choice.question, choice.language) for choice in answer.choices] == [
        ("An audit", "en"),
        ("Payer plus tard", "fr"),
    ]


def test_an_entry_that_comes_before_a_situation_is_shown() -> None:
    answer = asked(AUDIT, LETTER, judgement=ANSWERS, among=(LETTER, AUDIT, DELAY))

    assert (answer.status, answer.entry) == (AnswerStatus.ANSWERED, AUDIT)


def test_a_situation_that_is_not_near_is_not_asked() -> None:
    answer = asked(LETTER, judgement=Judgement(0.1, answers=False), among=(LETTER, AUDIT, DELAY))

    assert answer.status is AnswerStatus.ABSTAINED


def test_a_branch_that_may_not_be_shown_is_left_out() -> None:
    withdrawn = replace(AUDIT, status=EntryStatus.WITHDRAWN)

    answer = asked(LETTER, judgement=ANSWERS, among=(LETTER, withdrawn, DELAY))

    assert [choice.entry_id for choice in answer.choices] == [DELAY.id]


def test_who_shows_text_alone_lists_the_branches_and_who_vouches_for_them() -> None:
    payload = answer_as_json(asked(LETTER, judgement=ANSWERS, among=(LETTER, AUDIT, DELAY)), AGENCIES)

    assert payload["entry"] is not None
    assert payload["entry"]["branches"][1] == {"label": "Payer plus tard", "label_en": "", "entry": "delai"}
    assert answer_text(payload) == (
        "Dites qui vous écrit.\n\n1. Un contrôle\n2. Payer plus tard\n\n— INPI, validé le 02/03/2026, entrée courrier"
    )


def test_a_recorded_situation_is_shown_again_as_it_asks_today() -> None:
    answer = asked(LETTER, judgement=ANSWERS, among=(LETTER, AUDIT, DELAY))
    again = a_version("courrier", version=2, answer="Qui vous écrit ?", branches=(Branch("Un délai", DELAY.id),))

    def shown(*versions: EntryVersion) -> Answer:
        known = {version.id: version for version in versions}
        return shown_again(recorded(answer, "courrier"), known, AGENCIES, FactBook(()), on=TODAY).answer

    assert shown(again, DELAY).text == "Qui vous écrit ?"
    assert shown(again, DELAY).choices == (Choice(EntryId("delai"), "Un délai"),)
    assert shown(DELAY).reason is Reason.OUTSIDE_VALIDITY
