"""What a model wrote, read into sentences with their citations; and choosing among official sentences."""

from noa_rag.domain.passages import Passage
from noa_rag.domain.rephrasing import CheckedSentence
from noa_rag.rephrasing.prompting import read_pairs, read_sentences, whole_pairs, whole_part
from noa_rag.rephrasing.steps import beginnings, choice_grammar, chosen

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


def test_a_beginning_is_as_short_as_tells_the_texts_apart() -> None:
    assert beginnings(["Vous devez payer.", "Vous pouvez payer.", "La mairie."]) == (
        "Vous devez",
        "Vous pouvez",
        "La",
    )


def test_the_grammar_lets_nothing_else_be_written() -> None:
    assert choice_grammar(['dit "oui"', "La"]) == 'root ::= " " ("dit \\"oui\\"" | "La")'


def test_what_was_written_is_found_again() -> None:
    assert chosen(" Vous pouvez payer demain", ["Vous devez", "Vous pouvez"]) == 1
    assert chosen(" autre chose", ["Vous devez", "Vous pouvez"]) is None


def test_only_what_is_followed_by_something_else_is_written_to_the_end() -> None:
    assert whole_part("Déposez en ligne. [1]") == ""  # another number may follow
    assert whole_part("Déposez en ligne. [1] Cela") == "Déposez en ligne. [1] "
    assert whole_part("Déposez en ligne. [1] [") == ""
    assert (
        whole_part("Déposez en ligne. [1]\nCela coûte 190 €. [2] E") == "Déposez en ligne. [1]\nCela coûte 190 €. [2] "
    )


def test_french_sentences_are_read_with_their_english() -> None:
    written = "Déposez en ligne. [1]\nEN: File online.\nCela coûte 190 €. [2]\nEN: It costs €190.\nEt puis. [1]"

    assert [(pair.text, pair.quote, pair.english) for pair in read_pairs(written, PASSAGES, {})] == [
        ("Déposez en ligne.", "Le dépôt est en ligne.", "File online."),
        ("Cela coûte 190 €.", "Comptez 190 €.", "It costs €190."),
        ("Et puis.", "Le dépôt est en ligne.", ""),
    ]
    assert whole_pairs(written) == written.removesuffix("\nEt puis. [1]")
    assert whole_pairs("Déposez en ligne. [1]\nEN: File") == ""
