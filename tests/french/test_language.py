"""The language of a question is told from its words."""

import pytest

from noa_rag.domain.question import Language
from noa_rag.french.language import clear_language, detect_language

FRENCH = [
    "Comment déposer une marque ?",
    "puis je embaucher mon fils",
    "quelles aides pour créer une entreprise quand on est au chômage",
    "Dois-je payer la CFE la première année ?",
    "kbis",
    "business plan",
    "auto entrepreneur plafond",
    "démissionner pour créer sa boîte",
    "Faut-il un compte bancaire dédié ?",
    "rupture conventionnelle délai de rétractation",
    "TVA intracommunautaire numéro",
    "j'ai perdu mon numéro siret",
    "cotisation fonciere entreprise exoneration",
    "licencier un salarié en arrêt maladie",
    "Qu'est-ce que l'ACRE ?",
    "dpae c koi",
    "smic apprenti",
]
ENGLISH = [
    "How do I register a trademark?",
    "Can I hire my son?",
    "do I owe CFE?",
    "What is the VAT threshold for a micro-entrepreneur?",
    "Do I need a Kbis to open a bank account?",
    "opening a company in France as a foreigner",
    "How much does it cost to set up an SAS?",
    "where can I find my SIRET number",
    "What aid is available for unemployed founders?",
    "residence permit for entrepreneurs",
    "Which legal form should I choose?",
    "Must I register with the URSSAF?",
    "how to dismiss an employee",
    "Is ACRE available in my first year?",
    "I'd like to export wine to Japan",
    "sick pay",
    "trademark",
    "payslip deadline",
    "late invoice",
]


@pytest.mark.parametrize("text", FRENCH)
def test_tells_a_french_question(text: str) -> None:
    assert detect_language(text) is Language.FRENCH


@pytest.mark.parametrize("text", ENGLISH)
def test_tells_an_english_question(text: str) -> None:
    assert detect_language(text) is Language.ENGLISH


@pytest.mark.parametrize("text", ["", "   ", "?", "75001", "\u200b", "日本語で質問します"])
def test_takes_what_it_cannot_tell_for_french(text: str) -> None:
    assert detect_language(text) is Language.FRENCH


def test_a_word_that_french_texts_of_the_base_have_tells_no_language() -> None:
    assert clear_language("food truck", {"food", "truck"}.__contains__) is None
    assert clear_language("food truck hygiene", {"food", "truck"}.__contains__) is None
    assert clear_language("food licence renewal") is Language.ENGLISH
