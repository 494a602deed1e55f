"""Behind the rules stands a checker, and what sentences leave out of the paragraphs they rest on is shown with them."""

from noa_rag.answering.steps.compose import official_answer
from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Language
from noa_rag.rephrasing.checker.checker import paragraphs_around, paragraphs_of, premise
from noa_rag.rephrasing.gate.conditions import left_out
from noa_rag.rephrasing.steps import Rephrase, Verify, rephrase_given
from noa_rag.web.ask.views import view_answer
from noa_rag.web.entries.views import EntryViews
from tests.answering.answering_helpers import TODAY, EntriesInMemory, a_version
from tests.fakes import FakeChecker, FakeLanguageModel, FakeNearness

OFFICIAL = (
    "La carte est valable **4 ans**. Elle coûte 225 €, sauf pour les étudiants.\n\n"
    "Déposez la demande en ligne, 2 mois avant la fin de votre visa. La préfecture répond par courriel."
)
DEADLINE = "Déposez la demande en ligne, 2 mois avant la fin de votre visa."


def test_restrictions_and_deadlines_that_brevity_hides_are_found_in_the_cited_paragraphs() -> None:
    pairs = [("La carte est valable quatre ans.", "La carte est valable **4 ans**.")]

    assert left_out(pairs, OFFICIAL) == ("Elle coûte 225 €, sauf pour les étudiants.",)
    assert left_out([("La préfecture vous écrit.", "La préfecture répond par courriel.")], OFFICIAL) == (DEADLINE,)
    assert left_out([("Demandez-la en ligne deux mois avant la fin du visa.", DEADLINE)], OFFICIAL) == ()


def test_the_checker_reads_whole_paragraphs_under_the_entrys_question() -> None:
    around = paragraphs_around("La préfecture répond par courriel.", OFFICIAL)

    assert around == paragraphs_of(OFFICIAL)[1]
    assert premise(around, title="Quelle carte ?").startswith("Quelle carte ?\nDéposez la demande en ligne")
    assert paragraphs_around("Rien de tel.", OFFICIAL) == "Rien de tel."


def answered(probability: float, *, is_partial: bool = False) -> Answer:
    official = (
        f"{OFFICIAL}\n\n{'Un conseiller vous aide à remplir la demande si besoin, au téléphone ou sur place. ' * 4}"
    )
    version = a_version(answer=official)
    given = official_answer(version, language=Language.FRENCH, section_key=None, confidence=0.9, question_id="q1")
    steps = (
        Rephrase(FakeLanguageModel("La carte est valable quatre ans. [1]"), FakeNearness(), 5.0),
        Verify(EntriesInMemory(version), FakeChecker(probability), is_partial),
    )

    return rephrase_given(given, asked="Combien de temps vaut la carte ?", on=TODAY, assistance=steps)


def test_a_sentence_that_the_checker_does_not_believe_is_not_shown() -> None:
    answer = answered(0.2)

    assert answer.rephrasing is not None
    assert answer.rephrasing.shown == ()
    assert [finding.check for finding in answer.rephrasing.sentences[0].findings] == ["meaning"]
    assert answer.text == answer.official_text


def test_an_answer_shows_what_its_sentences_leave_out_as_it_stands() -> None:
    answer = answered(0.9)

    assert answer.rephrasing is not None
    sentence, beside = answer.rephrasing.shown
    assert (sentence.text, sentence.is_added) == ("La carte est valable quatre ans.", False)
    assert (beside.text, beside.is_added) == ("Elle coûte 225 €, sauf pour les étudiants.", True)
    assert f"\n\n**À savoir aussi, dans les mots du texte officiel**\n\n{beside.text} [" in answer.text
    page = str(view_answer(answer, EntryViews(Language.FRENCH, {}, 3), asked="").sentences[1].body)
    assert "sauf pour les étudiants" in page


def test_while_sentences_are_still_written_nothing_is_said_to_be_left_out() -> None:
    answer = answered(0.9, is_partial=True)

    assert answer.rephrasing is not None
    assert [sentence.text for sentence in answer.rephrasing.shown] == ["La carte est valable quatre ans."]
