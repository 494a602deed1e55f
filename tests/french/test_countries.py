"""Which countries a question is about."""

import pytest

from noa_rag.french.countries import is_about_abroad, names_a_foreign_country


@pytest.mark.parametrize(
    "text",
    [
        "coment ouvrir une boite au maroc",
        "taux de TVA en Suisse",
        "What is the corporate tax rate in Ireland?",
        "je vends aux États-Unis",
        "importer de l'Inde",
        "proteger ma marque au royaume-uni",
        "société à Dubaï",
        "a client in the United Kingdom",
    ],
)
def test_a_country_is_recognised_behind_a_preposition(text: str) -> None:
    assert names_a_foreign_country(text)


@pytest.mark.parametrize(
    "text",
    [
        "ouvrir une boîte en France",
        "aides à La Réunion",
        "octroi de mer en Guadeloupe",
        "un pull jersey",
        "m. maurice ne paie pas",
        "tva intracommunautaire dans l'union européenne",
        "",
    ],
)
def test_what_is_no_foreign_country_is_not_taken_for_one(text: str) -> None:
    assert not names_a_foreign_country(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Comment exporter hors de l'Union européenne ?", True),
        ("Faut-il un titre de séjour pour un dirigeant étranger ?", True),
        ("What must I tell customs?", True),
        ("Quel est le taux de l'impôt sur les sociétés ?", False),
        ("Comment payer ma CFE ?", False),
    ],
)
def test_a_text_about_what_crosses_a_border_is_told_from_others(text: str, expected: bool) -> None:
    assert is_about_abroad(text) is expected
