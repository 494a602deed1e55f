"""What a model wrote, read into sentences with their citations."""

from noa_rag.domain.passages import Passage
from noa_rag.domain.rephrasing import CheckedSentence
from noa_rag.rephrasing.prompting import read_sentences, whole_part

PASSAGES = (Passage(3, "Le dépôt est en ligne."), Passage(7, "Comptez 190 €."))


def test_numbers_count_the_passages_as_they_were_given() -> None:
    assert read_sentences("Déposez en ligne. [1] Cela coûte 190 €. [2]", PASSAGES, {}) == (
        CheckedSentence("Déposez en ligne.", "Le dépôt est en ligne."),
        CheckedSentence("Cela coûte 190 €.", "Comptez 190 €."),
    )


def test_a_sentence_without_citation_or_with_a_wrong_one_cites_nothing() -> None:
    sentences = read_sentences("Déposez en ligne [1]. C'est 190 € [5]. Et c'est gratuit.", PASSAGES, {})

    assert [pair.quote for pair in sentences] == ["Le dépôt est en ligne.", "", ""]


def test_the_word_for_nothing_is_no_sentence() -> None:
    assert read_sentences(" AUCUN. ", PASSAGES, {}) == ()
    assert read_sentences("", PASSAGES, {}) == ()


def test_only_what_is_followed_by_something_else_is_written_to_the_end() -> None:
    assert whole_part("Déposez en ligne. [1]") == ""  # another number may follow
    assert whole_part("Déposez en ligne. [1] Cela") == "Déposez en ligne. [1] "
    assert whole_part("Déposez en ligne. [1] [") == ""
    assert (
        whole_part("Déposez en ligne. [1]\nCela coûte 190 €. [2] E") == "Déposez en ligne. [1]\nCela coûte 190 €. [2] "
    )
