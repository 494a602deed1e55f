"""A sentence copied from the passage with a word changed that turns it."""

import pytest

from noa_rag.rephrasing.edits import turned_copies
from noa_rag.rephrasing.finding import Check

OFFICIAL = (
    "Tout employeur du privé doit proposer une complémentaire santé à ses salariés. "
    "Les congés payés non pris sont dus. La déclaration ne peut être déposée que par le gérant, sauf procuration."
)


@pytest.mark.parametrize(
    ("copied", "seen", "official"),
    [
        ("Tout employeur du privé peut proposer une complémentaire santé à ses salariés.", "peut", "doit"),
        ("Les congés payés non pris ne sont pas dus.", "ne", ""),
        ("Tous les congés payés non pris sont dus.", "tous", ""),
        ("La déclaration ne peut être déposée que par le gérant, même sans procuration.", "meme sans", "sauf"),
    ],
)
def test_a_word_that_turns_a_copied_sentence_is_found(copied: str, seen: str, official: str) -> None:
    finding = next(turned_copies(copied, OFFICIAL))

    assert (finding.check, finding.seen, finding.official) == (Check.EDIT, seen, official)


@pytest.mark.parametrize(
    "sentence",
    [
        "Tout employeur du privé doit proposer une complémentaire santé à ses salariés.",
        "L'employeur du privé doit proposer une complémentaire santé à ses salariés.",
        "Les congés payés non pris vous sont dus.",
        "Une complémentaire santé : vous pouvez la demander à votre patron.",  # worded freely: the judge's business
        "",
    ],
)
def test_a_copy_without_such_a_word_and_a_free_wording_pass(sentence: str) -> None:
    assert list(turned_copies(sentence, OFFICIAL)) == []


@pytest.mark.parametrize("quote", ["", "**", "https://www.inpi.fr"])
def test_a_passage_without_words_is_no_original(quote: str) -> None:
    assert list(turned_copies("Vous devez payer.", quote)) == []
