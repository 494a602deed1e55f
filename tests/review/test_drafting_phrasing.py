"""What is made of visitors' phrasings."""

import pytest

from noa_rag.domain.question import Language
from noa_rag.french.personal_data import MASKS
from noa_rag.review.drafting import entry_slug, presentable, real_phrasings, stripped
from tests.review.drafting_helpers import asked


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("comment déposer une marque", "Comment déposer une marque ?"),
        ("comment   déposer une marque ???", "Comment déposer une marque ?"),
        ("Bonjour, comment déposer une marque svp", "Comment déposer une marque ?"),
        ("bonjour madame , déposer une marque ? merci d'avance", "Déposer une marque ?"),
        ("kbis", "Kbis ?"),
        (f"mon mail est {MASKS['email']} comment déposer une marque", "Comment déposer une marque ?"),
        (f"bonjour {MASKS['phone']}", ""),
        ("où est mon dossier, cordialement", "Où est mon dossier ?"),
    ],
)
def test_gives_a_phrasing_a_capital_and_a_question_mark_and_leaves_politeness_out(typed: str, shown: str) -> None:
    assert presentable(typed, Language.FRENCH) == shown


def test_writes_english_without_a_space_before_the_mark_and_no_more_than_an_entry_may_bear() -> None:
    assert presentable("hello, how do I register a trademark", Language.ENGLISH) == "How do I register a trademark?"
    assert len(presentable("mot " * 200, Language.FRENCH)) <= 300


def test_puts_a_word_right_only_where_the_base_is_sure_of_it() -> None:
    spellings = {"urssaff": "Urssaf"}

    shown = presentable("déclaraton urssaff", Language.FRENCH, lambda word: spellings.get(word, word))

    assert shown == "Déclaraton Urssaf ?"


def test_keeps_the_visitors_capitals_where_the_spelling_is_right() -> None:
    assert presentable("payer la TVA", Language.FRENCH, str.lower) == "Payer la TVA ?"


def test_cuts_out_characters_that_no_entry_may_hold() -> None:
    assert stripped("a\u200bb <script> c") == "a b script c"


def test_takes_the_most_frequent_phrasing_first_and_then_the_most_unlike() -> None:
    typed = ["coût du dépôt de marque", "prix marque", "prix marque", "prix de marque", "combien ça coûte ?"]

    taken = [
        phrasing.text for phrasing in real_phrasings(asked(text, number) for number, text in enumerate(typed, start=1))
    ]

    assert taken == ["prix marque", "combien ça coûte ?", "coût du dépôt de marque", "prix de marque"]


def test_leaves_out_phrasings_that_differ_in_marks_case_or_order_only() -> None:
    typed = ["Déposer une marque", "déposer une marque ?", "une marque déposer"]

    taken = real_phrasings(asked(text, number) for number, text in enumerate(typed, start=1))

    assert len(taken) == 1
    assert real_phrasings([asked("déposer une marque")], unlike=["Déposer une marque ?"]) == ()


def test_takes_eight_phrasings_at_most_and_none_without_a_word() -> None:
    typed = ["???????", "a b c d", "embaucher un apprenti", "payer la TVA", "ouvrir un restaurant", "bail commercial"]
    typed += ["exporter du vin", "numéro EORI", "licence de taxi", "médiation du crédit", "contrôle fiscal", "kbis"]

    taken = real_phrasings(asked(text, number) for number, text in enumerate(typed, start=1))

    assert len(taken) == 8
    assert not {"???????", "a b c d"} & {alternate.text for alternate in taken}


def test_makes_an_id_of_the_words_that_carry_meaning_and_leaves_the_address_of_a_page_free() -> None:
    assert entry_slug("Comment déposer une marque ?") == "deposer-marque"
    assert entry_slug("Nouvelle ?") == "nouvelle-2"
