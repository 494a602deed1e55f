"""`noa eval run rephrasing`: shares by kind, and gates that a step back breaks."""

import pytest

from evals.metrics.figure import Figure
from evals.runner.certify import WrittenSentence, judge_figures
from evals.runner.rephrasing import BY_JUDGE, BY_LETTERS, LabelledJudge, altered_figures
from evals.runner.running import against_gates
from noa_rag.domain.rephrasing import Claim
from noa_rag.knowledge.pack import Pack


def _scored(kind: str, shown: int, hidden: int) -> list[tuple[WrittenSentence, float]]:
    claim = Claim("Le passage.", "Quoi ?", "La phrase.")
    sentences = [WrittenSentence(f"{kind}-{n}", kind, claim, passes_letters=True) for n in range(shown + hidden)]
    return [(sentence, float(number < shown)) for number, sentence in enumerate(sentences)]


def _named(figures: list[Figure], name: str) -> Figure:
    return next(figure for figure in figures if figure.name == name)


def test_faithful_ones_and_wrong_ones_are_counted_apart_and_by_kind() -> None:
    figures = judge_figures([*_scored("faithful", 7, 3), *_scored("negation", 1, 9), *_scored("date", 0, 10)], 0.5)

    assert _named(figures, "faithful sentences: shown").value == pytest.approx(0.7)
    assert _named(figures, "wrong sentences: caught").value == pytest.approx(0.95)
    assert _named(figures, "negation: caught").value == pytest.approx(0.9)


def test_letters_that_do_not_agree_are_caught_whatever_the_judge_says() -> None:
    sentence = WrittenSentence("a", "amount", Claim("190 €", "Quoi ?", "200 €"), passes_letters=False)

    assert _named(judge_figures([(sentence, 1.0)], 0.5), "wrong sentences: caught").value == 1


def test_more_wrong_sentences_break_a_gate() -> None:
    right = _scored("faithful", 10, 0)

    assert not against_gates({BY_JUDGE: judge_figures([*right, *_scored("negation", 3, 97)], 0.5)}).broken
    (complaint,) = against_gates({BY_JUDGE: judge_figures([*right, *_scored("negation", 4, 96)], 0.5)}).broken
    assert "wrong sentences" in str(complaint)


def test_every_letter_that_is_changed_and_every_turned_sentence_is_found(bundled_pack: Pack) -> None:
    figures = altered_figures(bundled_pack)

    assert not against_gates({BY_LETTERS: figures}).broken
    often = {figure.name for figure in figures if figure.count >= 50}
    assert often >= {
        f"altered {kind}"
        for kind in ("amount", "body", "date", "duration", "link", "number", "percentage", "unit", "year")
    }


def test_a_labelled_judge_errs_in_the_share_that_it_is_told() -> None:
    claims = [Claim("Le passage.", "Quoi ?", f"Phrase {number}.") for number in range(2_000)]
    judge = LabelledJudge({claim.sentence for claim in claims[:1_000]}, mistaken_percent=2)

    scores = judge.bears_out(claims, deadline_seconds=1.0)

    assert 0.01 < sum(scores[:1_000]) / 1_000 < 0.03
    assert 0.97 < sum(scores[1_000:]) / 1_000 < 0.99
