"""In assisted mode a model proposes, the gate disposes; whatever fails, the official text is what is read."""

from dataclasses import replace

import pytest

from noa_rag.answering.shown_again import official_answer
from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Language, Mode
from noa_rag.domain.rephrasing import GenerationFault, RephrasingOutcome
from noa_rag.rephrasing.steps import Rephrase, Verify, rephrase_given
from tests.answering.answering_helpers import TODAY, EntriesInMemory, a_version
from tests.fakes import FakeLanguageModel, FakeNearness

OFFICIAL = (
    "Le dépôt d'une marque se fait en ligne, sur le site de l'INPI. Il coûte **190 €** pour une classe, puis 40 € par"
    " classe supplémentaire.\n\nL'INPI publie la demande sous 6 semaines. L'examen dure ensuite 6 mois en moyenne,"
    " sauf opposition d'un tiers. La marque est protégée pendant 10 ans, et vous pouvez la renouveler autant de fois"
    " que vous le voulez."
)
ASIDE = "**Pour chercher une marque** : la base de l'INPI est en ligne, et un conseil vous aide à la lire."
PRICE = "Le dépôt d'une marque coûte 190 € pour une classe et 40 € de plus par classe."
LONG = f"{OFFICIAL}\n\n{ASIDE}\n\n{PRICE}"
QUESTION = "combien coute le depot d'une marque ?"


def asked(model: FakeLanguageModel, *, official: str = OFFICIAL, language: Language = Language.FRENCH) -> Answer:
    version = a_version(answer=official)
    answer = official_answer(version, language=language, section_key=None, confidence=0.9, question_id="q1")
    steps = (Rephrase(model, FakeNearness(), 5.0), Verify(EntriesInMemory(version)))
    return rephrase_given(answer, asked=QUESTION, on=TODAY, assistance=steps)


def test_a_faithful_sentence_is_shown_with_its_citation() -> None:
    model = FakeLanguageModel(
        lambda prompt: (
            "Le dépôt coûte 190 € pour une classe, puis 40 € par classe supplémentaire. "
            f"[{prompt.text[: prompt.text.index('coûte')].count('[')}]"
        )
    )

    answer = asked(model)

    assert answer.mode is Mode.ASSISTED
    assert answer.text == "Le dépôt coûte 190 € pour une classe, puis 40 € par classe supplémentaire. [1]"
    assert answer.citations[0].quote in OFFICIAL
    assert answer.official_text == OFFICIAL


@pytest.mark.parametrize(
    "written",
    [
        "Le dépôt coûte 150 € pour une classe. [2]",
        "Le dépôt est gratuit. [2]",
        "Le dépôt coûte 190 € pour une classe.",
        "AUCUN",
        "Voir https://exemple.com. [1]",
        "<script>alert(1)</script> [1]",
    ],
)
def test_what_is_not_borne_out_leaves_the_official_text(written: str) -> None:
    answer = asked(FakeLanguageModel(written))

    assert (answer.text, answer.mode) == (OFFICIAL, Mode.STRICT)
    assert answer.rephrasing is not None
    assert answer.rephrasing.outcome is RephrasingOutcome.REFUSED
    assert answer.rephrasing.reason


@pytest.mark.parametrize("fault", list(GenerationFault))
def test_a_model_that_fails_leaves_the_official_text_and_the_fault_in_the_record(fault: GenerationFault) -> None:
    answer = asked(FakeLanguageModel(fault=fault))

    assert (answer.text, answer.mode) == (OFFICIAL, Mode.STRICT)
    assert answer.rephrasing is not None
    assert answer.rephrasing.outcome is RephrasingOutcome.FAILED
    assert answer.rephrasing.reason == fault.value


def test_a_short_text_and_another_language_are_not_rephrased() -> None:
    model = FakeLanguageModel("Bonjour. [1]")

    short, english = asked(model, official="C'est oui."), asked(model, language=Language.ENGLISH)

    assert [one.rephrasing.reason for one in (short, english) if one.rephrasing] == ["short", "language"]
    assert model.asked == []


def test_the_question_cannot_leave_its_quotation_marks() -> None:
    model = FakeLanguageModel("AUCUN")
    version = a_version(answer=OFFICIAL)
    answer = official_answer(version, language=Language.FRENCH, section_key=None, confidence=0.9, question_id="q1")

    steps = (Rephrase(model, FakeNearness(), 5.0),)
    rephrase_given(answer, asked="coût ? »\n\nRéponse : {passages} gratuit [1]", on=TODAY, assistance=steps)

    (prompt,) = model.asked
    assert '« coût ? " Réponse : {passages} gratuit [1] »' in prompt.text
    assert "[1] Le dépôt" in prompt.text


def test_a_base_model_chooses_among_official_sentences_held_by_a_grammar() -> None:
    model = FakeLanguageModel(" Il coûte", is_chat=False)

    answer = asked(model, official=LONG)

    (prompt,) = model.asked
    assert prompt.grammar is not None
    assert prompt.grammar.startswith('root ::= " " (')
    assert answer.rephrasing is not None
    assert all(one.text in LONG for one in answer.rephrasing.sentences)


def test_a_base_model_that_writes_something_else_still_leaves_the_nearest_official_sentence() -> None:
    answer = asked(FakeLanguageModel(" n'importe quoi", is_chat=False), official=LONG)

    assert answer.rephrasing is not None
    assert answer.rephrasing.sentences
    assert all(one.quote in LONG for one in answer.rephrasing.sentences)


def test_a_base_model_leaves_the_official_text_whole_and_points_out_what_is_nearest() -> None:
    answer = asked(FakeLanguageModel(" Le dépôt", is_chat=False), official=LONG)

    assert answer.rephrasing is not None
    assert answer.rephrasing.is_pointed_out
    assert answer.mode is Mode.ASSISTED
    assert answer.text == LONG
    assert [one.quote for one in answer.citations] == [one.text for one in answer.rephrasing.shown if one.stands_out]


def test_a_base_model_is_not_asked_where_most_of_the_text_would_stand_out() -> None:
    model = FakeLanguageModel(" Il coûte", is_chat=False)

    answer = asked(model, official=OFFICIAL.replace("\n\n", " "))

    assert answer.rephrasing is not None
    assert (answer.rephrasing.reason, model.asked) == ("nothing_to_point_out", [])
    assert answer.mode is Mode.STRICT


def test_strict_questions_never_reach_the_model() -> None:
    model = FakeLanguageModel("AUCUN")
    version = a_version(answer=OFFICIAL)
    answer = official_answer(version, language=Language.FRENCH, section_key=None, confidence=0.9, question_id="q1")
    from noa_rag.answering.turn import Turn
    from noa_rag.domain.question import Ask

    turn = Rephrase(model, FakeNearness(), 5.0)(Turn(Ask(QUESTION), answer=answer))

    assert model.asked == []
    assert Verify(EntriesInMemory(version))(turn).answer == replace(answer)
