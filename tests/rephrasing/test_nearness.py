"""Which passages of an entry are near a question: shared words and the kind of figure asked for count too."""

from noa_rag.rephrasing.passages import VectorNearness
from tests.fakes import FakeEmbedder

PASSAGES = ["Le dépôt se fait en ligne.", "Le dépôt coûte 190 €.", "La marque est protégée pendant 10 ans."]


def nearest(question: str) -> str:
    scores = VectorNearness(FakeEmbedder()).similarities(question, PASSAGES)
    return PASSAGES[max(range(len(PASSAGES)), key=lambda place: scores[place])]


def test_a_question_for_an_amount_prefers_a_passage_with_a_number() -> None:
    assert nearest("combien pour le dépôt ?") == "Le dépôt coûte 190 €."


def test_a_question_for_a_time_prefers_a_passage_with_a_time() -> None:
    assert nearest("combien de temps la marque est-elle protégée ?") == "La marque est protégée pendant 10 ans."


def test_texts_keep_their_figures_when_vectors_are_forgotten() -> None:
    small, large = VectorNearness(FakeEmbedder(), limit=1), VectorNearness(FakeEmbedder())

    assert small.similarities("le dépôt", PASSAGES) == large.similarities("le dépôt", PASSAGES)
