"""The step that weighs: candidates are put in the order in which the judge read them."""

from dataclasses import replace

import pytest

from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.weigh import Weigh
from noa_rag.answering.turn import SetAside, Turn
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryVersion
from noa_rag.domain.ports import Judgement
from tests.answering.answering_helpers import EntriesInMemory, JudgeSaying, a_question, a_turn, a_version

MARQUE, BREVET, DESSIN = a_version("marque"), a_version("brevet"), a_version("dessin")


def weighed(*order: str, answers: bool = True, turn: Turn | None = None) -> Turn:
    judgement = Judgement(0.9, answers=answers, order=tuple(EntryId(entry_id) for entry_id in order), is_near=True)
    return Weigh(JudgeSaying(judgement))(turn or a_turn(MARQUE, BREVET, DESSIN))


def in_order(turn: Turn) -> list[str]:
    return [candidate.version.id for candidate in turn.candidates]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((), ["marque", "brevet", "dessin"]),  # nothing was read
        (("brevet", "marque", "dessin"), ["brevet", "marque", "dessin"]),
        (("dessin", "brevet"), ["dessin", "brevet", "marque"]),  # what it does not name stays behind
        (("dessin",), ["dessin", "marque", "brevet"]),
        (("inconnue", "brevet"), ["brevet", "marque", "dessin"]),
    ],
)
def test_candidates_take_the_order_of_the_reading(order: tuple[str, ...], expected: list[str]) -> None:
    turn = weighed(*order)

    assert in_order(turn) == expected
    assert {candidate.match.entry_id for candidate in turn.candidates} == {"marque", "brevet", "dessin"}


def test_what_is_set_aside_is_not_put_among_the_candidates() -> None:
    match = a_turn(DESSIN).candidates[0].match
    turn = a_turn(MARQUE, BREVET, set_aside=(SetAside(match, DESSIN, Reason.OUTSIDE_VALIDITY),))

    assert in_order(weighed("dessin", "brevet", "marque", turn=turn)) == ["brevet", "marque"]


FRENCH_RATE = a_version("impot-sur-les-societes", question="Quel est le taux de l'impôt sur les sociétés ?")
TO_EXPORT = a_version("exporter", question="Comment exporter hors de l'Union européenne ?")


@pytest.mark.parametrize(
    ("first", "asked", "is_answered"),
    [
        (FRENCH_RATE, "facturer un client en Irlande", False),
        (FRENCH_RATE, "taux de l'impôt sur les sociétés", True),
        (FRENCH_RATE, "taux de l'impôt sur les sociétés à la Réunion", True),
        (TO_EXPORT, "vendre mes savons au Japon", True),
    ],
)
def test_only_what_is_about_other_countries_answers_for_one(first: EntryVersion, asked: str, is_answered: bool) -> None:
    turn = a_turn(first, MARQUE, BREVET, DESSIN, question=a_question(text=asked))

    judgement = weighed(turn=turn).judgement

    assert judgement is not None
    assert judgement.answers is is_answered
    assert judgement.offers == (() if is_answered else (first.id, "marque", "brevet"))


def test_no_entry_is_shown_above_others_for_another_country() -> None:
    leads = Judgement(0.6, answers=False, leads=True, offers=(FRENCH_RATE.id, MARQUE.id), is_near=True)
    for question, offers in (("facturer un client en Irlande", 2), ("ouvrir une boite au maroc", 0)):
        turn = a_turn(FRENCH_RATE, MARQUE, question=a_question(text=question))

        judgement = Weigh(JudgeSaying(leads))(turn).judgement

        assert judgement is not None
        assert (judgement.leads, len(judgement.offers)) == (False, offers)


@pytest.mark.parametrize("asked", ["What is the corporate tax rate in Ireland?", "ouvrir une boite au maroc"])
def test_what_holds_in_another_country_is_neither_answered_nor_offered(asked: str) -> None:
    turn = a_turn(TO_EXPORT, FRENCH_RATE, MARQUE, question=a_question(text=asked))

    turn = weighed(turn=turn)
    answer = Compose(EntriesInMemory())(turn).answer

    assert answer is not None
    assert (answer.status, answer.reason) == (AnswerStatus.ABSTAINED, Reason.OTHER_COUNTRY)
    assert "en France" in answer.text
    assert len(answer.choices) == 3


@pytest.mark.parametrize(
    ("asked", "is_near"), [("siret perdu", True), ("vélo perdu", False), ("siret perdu au parc", False)]
)
def test_a_word_that_is_one_of_the_entrys_questions_makes_a_message_of_two_words_near(
    asked: str, is_near: bool
) -> None:
    siret = a_version("siret", alternate_questions=(AlternateQuestion("siret"),))
    far = Judgement(0.01, answers=False)

    turn = Weigh(JudgeSaying(far))(replace(a_turn(siret), question=replace(a_question(), normalised=asked)))

    assert turn.judgement is not None
    assert turn.judgement.is_near is is_near
