"""Where a checker decides what a sentence means, rules still decide figures, names and words that were put into it."""

from dataclasses import replace

import pytest

from noa_rag.answering.shown_again import official_answer
from noa_rag.domain.question import Language
from noa_rag.rephrasing.checker.premises import paragraphs_around, paragraphs_of, premise
from noa_rag.rephrasing.gate.conditions import left_out
from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.gate import Gate, Rephrased, check_rephrasing, check_sentence
from noa_rag.rephrasing.steps import Rephrase, Verify, rephrase_given
from noa_rag.web.ask.views import view_answer
from tests.answering.answering_helpers import TODAY, EntriesInMemory, a_version
from tests.fakes import FakeLanguageModel, FakeNearness

OFFICIAL = (
    "La carte est valable **4 ans**. Elle coûte 225 €, sauf pour les étudiants.\n\n"
    "Déposez la demande en ligne, 2 mois avant la fin de votre visa. La préfecture répond par courriel."
)
DEADLINE = "Déposez la demande en ligne, 2 mois avant la fin de votre visa."


def deciding(probability: float = 0.9) -> Gate:
    return Gate(
        entails=lambda quote, sentence: probability,
        least_entailment=0.5,
        decides_meaning=True,
        takes_no_other_words=True,
    )


def checks(sentence: str, quote: str, gate: Gate, question: str = "") -> set[Check]:
    return {one.check for one in check_sentence(sentence, quote, question=question, gate=gate, context=OFFICIAL)}


def test_words_that_the_passage_does_not_have_are_the_checkers_to_judge() -> None:
    sentence = "Comptez un titre utilisable pendant quatre ans."

    assert Check.COVERAGE in checks(sentence, "La carte est valable **4 ans**.", Gate(takes_no_other_words=True))
    assert checks(sentence, "La carte est valable **4 ans**.", deciding()) == set()
    assert checks(sentence, "La carte est valable **4 ans**.", deciding(0.2)) == {Check.MEANING}


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("La carte est valable cinq ans.", Check.DURATION),
        ("La carte coûte 22 €.", Check.AMOUNT),
        ("La carte n'est pas valable 4 ans.", Check.NEGATION),
        ("La carte est valable 4 ans, écrivez à aide@exemple.fr.", Check.LINK),
    ],
)
def test_no_probability_makes_up_for_a_fact_that_is_not_there(sentence: str, found: Check) -> None:
    assert found in checks(sentence, "La carte est valable **4 ans**.", deciding(1.0))


def test_a_question_puts_no_word_into_an_answer() -> None:
    question = "Est-ce vrai que la carte est renouvelable gratuitement par pigeon voyageur ?"

    assert Check.COVERAGE in checks(
        "La carte valable 4 ans arrive par pigeon.", "La carte est valable **4 ans**.", deciding(1.0), question
    )


def test_what_remains_stands_without_a_sentence_that_told_a_restriction() -> None:
    kept = Rephrased("La carte est valable quatre ans.", "La carte est valable **4 ans**.")
    wrong = Rephrased("Elle coûte 22 €, sauf si vous êtes étudiant.", "Elle coûte 225 €, sauf pour les étudiants.")

    verdict = check_rephrasing([kept, wrong], OFFICIAL, question="", gate=deciding())

    assert verdict.kept == (kept,)
    assert verdict.stands


def test_restrictions_and_deadlines_that_brevity_hides_are_found_in_the_cited_paragraphs() -> None:
    told = [("La carte est valable quatre ans.", "La carte est valable **4 ans**.")]

    assert left_out(told, OFFICIAL) == ("Elle coûte 225 €, sauf pour les étudiants.",)
    assert left_out([("La préfecture vous écrit.", "La préfecture répond par courriel.")], OFFICIAL) == (DEADLINE,)
    assert left_out([("Demandez-la en ligne deux mois avant la fin du visa.", DEADLINE)], OFFICIAL) == ()


def test_the_checker_reads_whole_paragraphs_under_the_entrys_question() -> None:
    around = paragraphs_around("La préfecture répond par courriel.", OFFICIAL)

    assert around == paragraphs_of(OFFICIAL)[1]
    assert premise(around, title="Quelle carte ?").startswith("Quelle carte ?\nDéposez la demande en ligne")
    assert paragraphs_around("Rien de tel.", OFFICIAL) == "Rien de tel."


class Sure:
    """A checker that is sure of everything."""

    def decides(self, gate: Gate, official_text: str, *, title: str) -> Gate:
        return replace(gate, entails=lambda quote, sentence: 1.0, decides_meaning=True, title=title)


def test_an_answer_shows_what_its_sentences_leave_out_as_it_stands() -> None:
    official = (
        f"{OFFICIAL}\n\n{'Un conseiller vous aide à remplir la demande si besoin, au téléphone ou sur place. ' * 4}"
    )
    version = a_version(answer=official)
    given = official_answer(version, language=Language.FRENCH, section_key=None, confidence=0.9, question_id="q1")
    steps = (
        Rephrase(FakeLanguageModel("La carte est valable quatre ans. [1]"), FakeNearness(), 5.0),
        Verify(EntriesInMemory(version), Sure()),  # type: ignore[arg-type]
    )

    answer = rephrase_given(given, asked="Combien de temps vaut la carte ?", on=TODAY, assistance=steps)

    assert answer.rephrasing is not None
    told, beside = answer.rephrasing.shown
    assert (told.text, told.is_official) == ("La carte est valable quatre ans.", False)
    assert (beside.text, beside.is_official) == ("Elle coûte 225 €, sauf pour les étudiants.", True)
    page = str(view_answer(answer, asked="", agencies={}, language=Language.FRENCH).sentences[1].body)
    assert "sauf pour les étudiants" in page
