"""The gate keeps what is borne out, drops the rest, and lets nothing stand that lost its condition."""

import time

from noa_rag.rephrasing.gate.finding import Check
from noa_rag.rephrasing.gate.gate import Gate, Rephrased, check_rephrasing, check_sentence

OFFICIAL = (
    "La carte est valable **4 ans**. Elle coûte 225 €, sauf pour les étudiants.\n\n"
    "Déposez la demande en ligne, 2 mois avant la fin de votre visa. La préfecture répond par courriel."
)
QUESTION = "Combien coûte la carte et comment la demander ?"
VALID = Rephrased("La carte est valable quatre ans.", "La carte est valable **4 ans**.")
COST = Rephrased("Elle coûte 225 €, sauf si vous êtes étudiant.", "Elle coûte 225 €, sauf pour les étudiants.")
WRONG_COST = Rephrased("Elle coûte 22 €, sauf si vous êtes étudiant.", COST.quote)
ASK = Rephrased(
    "Faites la demande en ligne deux mois avant la fin de votre visa.",
    "Déposez la demande en ligne, 2 mois avant la fin de votre visa.",
)


def test_faithful_sentences_are_all_kept() -> None:
    verdict = check_rephrasing([VALID, COST, ASK], OFFICIAL, question=QUESTION)

    assert verdict.kept == (VALID, COST, ASK)
    assert verdict.stands


def test_a_wrong_sentence_is_dropped_with_what_was_seen() -> None:
    wrong = Rephrased("La carte est valable cinq ans.", VALID.quote)

    verdict = check_rephrasing([wrong, ASK], OFFICIAL, question=QUESTION)

    assert verdict.kept == (ASK,)
    assert verdict.dropped[0].findings[0].check is Check.DURATION
    assert (verdict.dropped[0].findings[0].seen, verdict.dropped[0].findings[0].official) == ("5 ans", "4 ans")
    assert verdict.stands


def test_what_remains_does_not_stand_when_an_exception_of_its_paragraph_was_dropped() -> None:
    verdict = check_rephrasing([VALID, WRONG_COST], OFFICIAL, question=QUESTION)

    assert verdict.kept == (VALID,)
    assert not verdict.stands
    assert verdict.reason == "a restriction would be left out"


def test_nothing_stands_when_every_sentence_is_dropped() -> None:
    assert not check_rephrasing([WRONG_COST], OFFICIAL, question=QUESTION).stands


def test_a_quote_that_is_not_in_the_official_text_is_refused() -> None:
    verdict = check_rephrasing(
        [Rephrased("La carte est gratuite.", "La carte est gratuite.")], OFFICIAL, question=QUESTION
    )

    assert verdict.dropped[0].findings[0].check is Check.QUOTE
    assert not verdict.stands


def test_a_quote_cut_before_its_exception_does_not_hide_it() -> None:
    verdict = check_rephrasing([Rephrased("La carte coûte 225 €.", "Elle coûte 225 €")], OFFICIAL, question="Prix ?")

    assert verdict.dropped[0].findings[0].check is Check.CONDITION


def test_a_low_score_of_meaning_refuses_what_the_rules_passed() -> None:
    gate = Gate(entails=lambda quote, sentence: 0.5, least_entailment=0.8)

    (finding,) = check_sentence(VALID.text, VALID.quote, question=QUESTION, gate=gate)

    assert finding.check is Check.MEANING


def test_the_score_is_not_asked_about_a_sentence_that_the_rules_refuse() -> None:
    def never(quote: str, sentence: str) -> float:
        raise AssertionError(sentence)

    assert check_sentence(WRONG_COST.text, COST.quote, question=QUESTION, gate=Gate(entails=never))


def test_a_hostile_sentence_is_refused_quickly() -> None:
    started = time.perf_counter()

    assert check_sentence("ne pas " * 200 + "1 000 " * 200, OFFICIAL, question=QUESTION)

    assert time.perf_counter() - started < 1  # patterns that backtrack would take minutes
