"""Which countries a question is about."""

import pytest

from noa_rag.french.places import asks_foreign_law, is_about_abroad, names_a_foreign_country


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


@pytest.mark.parametrize(
    "text",
    [
        "ouvrir une boite au maroc",
        "créer une SARL en Tunisie",
        "comment ouvrir un bar à Londres ?",
        "ouvrir un food truck à Montréal",
        "taux de TVA en Espagne",
        "smic en Allemagne",
        "How do I hire someone in Germany?",
        "company registration in Estonia",
    ],
)
def test_what_is_founded_owed_or_hired_elsewhere_is_under_another_law(text: str) -> None:
    assert asks_foreign_law(text)


@pytest.mark.parametrize(
    "text",
    [
        "exporter au Maroc",
        "TVA d'un client en Belgique",
        "envoyer un salarié en Allemagne",
        "protéger ma marque en Espagne",
        "je viens du Maroc et je veux créer une entreprise",
        "je vis à Dubaï et je crée une SAS française",
        "ouvrir un restaurant à Bordeaux",
        "ouvrir une boutique à Vienne",
        "importer du Vietnam",
        "ouvrir un bar à La Réunion",
    ],
)
def test_what_crosses_the_border_or_is_done_in_france_is_not(text: str) -> None:
    assert not asks_foreign_law(text)
