"""The passage of an entry that answers is shown word for word, where one surely does and is not the first."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from noa_rag.retrieval.embedding import Vectors
from noa_rag.retrieval.extracts import Compared, Extracts, Learned, chances_of, read_learned
from noa_rag.retrieval.model_loading import model_of
from noa_rag.retrieval.passages import SearchedText
from tests.answering.answering_helpers import a_version
from tests.fakes import FakeEmbedder

TEXT = "Le dépôt se fait en ligne.\n\nLe dépôt coûte 190 €.\n\nLa marque est protégée **pendant dix ans**."
CONTENT = a_version(answer=TEXT).content
# By words alone: half of the question's words in a passage make it likelier than not.
BY_WORDS = Learned({"words": 10.0}, {"always": 5.0}, 0.5, model_of(FakeEmbedder.fingerprint))


def vectors_of(texts: Sequence[SearchedText]) -> Vectors:
    return FakeEmbedder().embed_passages([text.embedded_text for text in texts])


def extracts(learned: Learned = BY_WORDS) -> Extracts:
    return Extracts(FakeEmbedder(), vectors_of, learned)


def test_the_passage_that_answers_is_returned_with_its_marks() -> None:
    assert extracts().extract("protégée dix ans", CONTENT, TEXT) == "La marque est protégée **pendant dix ans**."


@pytest.mark.parametrize("asked", ["dépôt en ligne", "combien d'associés ?"])
def test_nothing_is_returned_where_the_first_passage_answers_or_none_does(asked: str) -> None:
    assert extracts().extract(asked, CONTENT, TEXT) is None


def test_the_nearest_passage_may_be_the_first_and_unsure_and_says_how_sure_it_is() -> None:
    nearest = extracts().nearest("dépôt en ligne", CONTENT, TEXT)
    unsure = extracts().nearest("combien d'associés ?", CONTENT, TEXT)

    assert nearest is not None
    assert unsure is not None
    assert (nearest[0], nearest[1] > 0.5, unsure[1] < 0.5) == ("Le dépôt se fait en ligne.", True, True)
    assert extracts(replace(BY_WORDS, model="another")).nearest("dépôt en ligne", CONTENT, TEXT) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("combien de temps dure la protection du temps ?", "Elle dure **dix ans**."),
        ("combien coûte la protection du temps ?", None),
    ],
)
def test_a_question_for_a_duration_or_a_price_is_answered_by_a_passage_that_states_one(
    asked: str, expected: str | None
) -> None:
    text = "Déposez la marque.\n\nPrenez le temps : la protection du temps demande du soin.\n\nElle dure **dix ans**."

    assert extracts(replace(BY_WORDS, show_from=0.1)).extract(asked, CONTENT, text) == expected


def test_a_passage_that_only_leads_on_is_not_returned() -> None:
    text = "Le dépôt se fait en ligne.\n\nIl n'y a pas de liste.\n\nLa protection couvre notamment :"

    assert extracts().extract("protection couvre notamment", CONTENT, text) is None


def test_a_text_of_one_passage_has_no_extract() -> None:
    assert extracts().extract("dépôt en ligne", CONTENT, "Le dépôt se fait en ligne.") is None


def test_a_passage_that_is_not_sure_enough_is_not_returned() -> None:
    assert extracts(replace(BY_WORDS, show_from=0.999)).extract("protégée dix ans", CONTENT, TEXT) is None


def test_probabilities_are_a_softmax_with_none_of_them() -> None:
    learned = Learned({"words": 1.0}, {"always": 0.0}, 0.5, "")
    compared = Compared((), ({"words": 0.0}, {"words": 0.0}), {"always": 1.0})

    assert chances_of(compared, learned).tolist() == pytest.approx([1 / 3, 1 / 3])


def test_texts_with_the_words_of_the_question_are_nearer() -> None:
    near, far = extracts().similarities("combien coûte le dépôt ?", ["Le dépôt coûte 190 €.", "Dix ans."])

    assert near > far
    assert near + far == pytest.approx(0.0)


def test_weights_learned_with_another_model_point_nothing_out() -> None:
    other = replace(BY_WORDS, model=read_learned().model)

    assert extracts(other).extract("protégée dix ans", CONTENT, TEXT) is None


def test_the_passages_are_read_ahead_until_the_service_ends() -> None:
    read: list[str] = []

    def counted(texts: Sequence[SearchedText]) -> Vectors:
        read.extend(text.text for text in texts)
        return vectors_of(texts)

    versions = [a_version("marque", answer=TEXT), a_version("brevet", answer=TEXT)]
    Extracts(FakeEmbedder(), counted, BY_WORDS).warm(versions, lambda seconds: True)

    assert "Le dépôt coûte 190 €." in read
    assert versions[0].content.question in read
    assert versions[1].content.question not in read


def test_what_was_compared_lately_is_not_read_again() -> None:
    reads: list[int] = []

    def counted(texts: Sequence[SearchedText]) -> Vectors:
        reads.append(len(texts))
        return vectors_of(texts)

    compared = Extracts(FakeEmbedder(), counted, BY_WORDS)
    first, second = (compared.extract(text, CONTENT, TEXT) for text in ("protégée dix ans", "combien coûte le dépôt"))

    assert (first, second) == ("La marque est protégée **pendant dix ans**.", "Le dépôt coûte 190 €.")
    assert len(reads) == 2  # the passages, and the entry's own questions
