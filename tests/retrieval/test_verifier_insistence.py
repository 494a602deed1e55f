"""What questions insist on: values that exclude each other, numbers, and the kind of thing asked for."""

import pytest

from noa_rag.retrieval.verifier.contrasts import GROUPS, VOCABULARY, named
from noa_rag.retrieval.verifier.insistence import insistence


def lacking(question: str, title: str, text: str = "") -> dict[str, float]:
    """Return the figures `lacks_…` that are not nought, but for their sum."""
    figures = insistence(question, title, f"{title}\n{text}")
    return {
        name: figure for name, figure in figures.items() if figure and name.startswith("lacks_") and name != "lacks_any"
    }


@pytest.mark.parametrize(
    ("question", "group", "values"),
    [
        # elisions, accents, plurals, hyphens, case
        ("Je crée une auto-entreprise", "status", set()),
        ("je suis auto-entrepreneuse", "status", {"micro"}),
        ("AUTO ENTREPRENEURS", "status", {"micro"}),
        ("ma micro-entreprise", "status", {"micro"}),
        ("l'EURL et la S.A.S.", "status", {"company"}),
        ("des sociétés civiles (SCI)", "status", {"company", "property company"}),
        ("l'entrepreneur individuel", "status", {"sole trader"}),
        ("l’association d’à côté", "status", {"association"}),
        ("d'infirmières libérales", "status", {"liberal"}),
        ("un exploitant agricole", "status", {"farmer"}),
        ("en CDD", "contract", {"fixed term"}),
        ("passer du CDI au temps partiel", "contract", {"permanent", "part time"}),
        ("l'apprentie en alternance", "contract", {"apprentice"}),
        ("deux stagiaires", "contract", {"intern"}),
        ("d'intérimaires", "contract", {"agency worker"}),
        ("notre cadre dirigeant", "contract", {"executive"}),
        ("dans le cadre du contrat", "contract", set()),
        ("l'IS ou l'IR", "tax", {"corporation tax", "income tax"}),
        ("le taux d'IS", "tax", {"corporation tax"}),
        ("What is the fee, and who is late?", "tax", set()),
        ("la TVA", "tax", {"vat"}),
        ("cotisations foncières", "tax", {"cfe", "contributions"}),
        ("le versement mobilité", "tax", {"transport levy"}),
        ("créer et fermer", "direction", {"start", "end"}),
        ("en cessation d'activité", "direction", {"end"}),
        ("la cession de mes parts", "direction", {"sell"}),
        ("J'importe du vin, j'en exporte", "direction", {"import", "export"}),
        ("n'importe quel détail important, peu importe", "direction", set()),
        ("je veux licencier", "direction", {"dismiss"}),
        ("contester l'amende", "direction", {"contest"}),
        ("un congé maternité", "leave", {"maternity"}),
        ("l'arrêt-maladie", "leave", {"sickness"}),
        ("l'accident du travail", "leave", {"accident"}),
        ("congés payés d'été", "leave", {"paid leave"}),
        ("à l'étranger, hors UE", "place", {"abroad"}),
        ("une entreprise de l'UE", "place", {"european union"}),
        ("J'ai eu un contrôle", "place", set()),
        ("an EU citizen", "place", {"european union"}),
        ("a non-EU citizen", "place", {"abroad"}),
        ("he told us in the US", "place", {"abroad"}),
        ("he told us", "place", set()),
        ("à Paris, en Île-de-France", "place", {"paris"}),
        ("à Lyon", "place", {"other town"}),
        ("en Martinique", "place", {"overseas"}),
        ("la première année", "year", {"first year"}),
        ("la 2ème année", "year", {"later years"}),
        ("mon patron refuse", "asker", {"employee"}),
        ("Je suis salariée", "asker", {"employee"}),
        ("vendre à des particuliers", "asker", {"consumer"}),
        ("déposer une marque", "right", {"trademark"}),
        ("l'invention brevetée", "right", {"patent"}),
    ],
)
def test_a_text_names_values_of_a_group(question: str, group: str, values: set[str]) -> None:
    assert named(question).get(group, set()) == values


def test_groups_that_a_text_names_nothing_of_are_left_out() -> None:
    assert dict(named("Bonjour")) == {}
    assert named("à Paris").keys() == {"place"}


def test_every_value_is_named_by_something_and_is_of_one_group_only() -> None:
    values = [value for group in VOCABULARY.values() for value in group]

    assert all(ways for group in VOCABULARY.values() for ways in group.values())
    assert len(values) == len(set(values))


@pytest.mark.parametrize(
    ("question", "title", "text", "expected"),
    [
        ("En micro, quel plafond ?", "Quel plafond pour une SARL ?", "77 700 €", {"lacks_status": 1}),
        ("Préavis en CDD ?", "Quel préavis en CDI ?", "", {"lacks_contract": 1}),
        ("CDD, stage ou intérim ?", "Quel préavis en CDI ?", "", {"lacks_contract": 2}),  # three, counted as two
        ("La TVA des apprentis", "La CFE des stagiaires", "", {"lacks_tax": 1, "lacks_contract": 1}),
        ("Fermer ma SASU", "Créer une SASU", "", {"lacks_direction": 1}),
        ("Congé paternité", "Congé maternité", "", {"lacks_leave": 1}),
        ("Une licence à Lyon", "Une licence à Paris", "", {"lacks_place": 1}),
        ("La deuxième année", "La première année", "", {"lacks_year": 1}),
        ("Déposer un brevet", "Déposer une marque", "", {"lacks_right": 1}),
        ("Mon patron refuse mes congés payés", "Refuser des congés payés", "", {"lacks_asker": 1}),
        ("Il me faut 12 salariés", "Le seuil est de 11 salariés", "", {"lacks_number": 1}),
        ("12 ou 20 ou 30 salariés", "Le seuil est de 11 salariés", "", {"lacks_number": 2}),
        ("10 000 € de CA en 2026", "En 2026", "10000 €", {}),
        ("10 000 €", "", "10\u202f000 €", {}),  # a narrow space, as the pack writes thousands
        ("5,5 %", "", "5,5 %", {}),
        ("Combien coûte un dépôt ?", "Déposer", "Le prix est fixé par l'INPI.", {"lacks_figure": 1}),
        ("Combien coûte un dépôt ?", "Déposer", "190 €", {}),
        ("Quel montant ?", "Déposer", "190 euros", {}),
        ("How much is it?", "Déposer", "Le prix est libre.", {"lacks_figure": 1}),
        ("Quel taux ?", "Le taux", "Il est fixé chaque année.", {"lacks_rate": 1}),
        ("Quel pourcentage ?", "Le taux", "20 %", {}),
        ("Quand payer ?", "Payer", "Sur des comptes dans les banques.", {"lacks_moment": 1}),
        ("Quand payer ?", "Payer", "Le 15 décembre.", {}),
        ("Quand payer ?", "Payer", "Dès le premier jour.", {}),
        ("Quand payer ?", "Payer", "Dès l’ouverture.", {}),
        ("Quand payer ?", "Payer", "Dans les 30 jours.", {}),
        ("When is it due?", "Payer", "Au plus tard en juin.", {}),
        ("Dans quel délai ?", "Délai", "Rapidement.", {"lacks_duration": 1}),
        ("Combien de temps ?", "Délai", "8 jours", {}),
        ("Combien d'heures ?", "Délai", "Rapidement.", {"lacks_duration": 1}),  # and no amount
        ("Qui contacter ?", "Aide", "L'agence répond.", {"lacks_contact": 1}),
        ("Quel numéro de téléphone ?", "Aide", "Appelez le 3957.", {}),
        ("À qui m'adresser ?", "Aide", "01 56 65 89 98", {}),
    ],
)
def test_what_a_question_asks_and_the_entry_lacks(
    question: str, title: str, text: str, expected: dict[str, float]
) -> None:
    assert lacking(question, title, text) == expected


@pytest.mark.parametrize(
    ("question", "title", "text"),
    [
        ("Comment déposer une marque ?", "Comment déposer une marque ?", "Le dépôt se fait en ligne."),
        ("déposer des marques", "Comment déposer une marque ?", ""),
        ("Je crée ma micro-entreprise", "Création d'une micro-entreprise", ""),
        ("l'IS", "L'impôt sur les sociétés", ""),
        ("auto entrepreneur : la tva", "TVA du micro-entrepreneur", ""),
        ("apprentie", "Embaucher un apprenti", ""),
        ("un bar parisien", "Ouvrir un bar à Paris", ""),
        ("What is VAT?", "La TVA", ""),
        ("", "", ""),
    ],
)
def test_a_question_about_what_the_entry_is_about_lacks_nothing(question: str, title: str, text: str) -> None:
    figures = insistence(question, title, f"{title}\n{text}")

    assert lacking(question, title, text) == {}
    assert (figures["lacks_any"], figures["contradicts"]) == (0.0, 0.0)


def test_what_is_lacking_in_all_groups_is_counted_up_to_three() -> None:
    question = "En micro, en CDD, la TVA à Lyon pour un congé maternité"

    assert insistence(question, "Bonjour", "Bonjour")["lacks_any"] == 3.0


def test_a_value_in_the_text_is_not_lacking_but_contradicts_the_title() -> None:
    figures = insistence("Préavis en CDD ?", "Préavis en CDI ?", "Préavis en CDI ?\nEn CDD il n'y en a pas.")

    assert (figures["lacks_contract"], figures["contradicts"]) == (0.0, 1.0)


def test_a_title_that_names_nothing_of_a_group_contradicts_nothing() -> None:
    figures = insistence("Préavis en CDD ?", "Préavis ?", "Préavis ?")

    assert (figures["lacks_contract"], figures["contradicts"]) == (1.0, 0.0)


def test_a_title_narrower_than_the_question_is_told() -> None:
    figures = insistence("Quel préavis ?", "Préavis d'un CDD en micro", "Préavis d'un CDD en micro")

    assert (figures["title_names_more"], figures["lacks_any"]) == (2.0, 0.0)


def test_what_is_wanted_is_told_whether_it_is_given_or_not() -> None:
    given, lacking_it = (insistence("Combien coûte un dépôt ?", "Dépôt", text) for text in ("190 €", "Rien."))

    assert (given["wants_figure"], given["lacks_figure"]) == (1.0, 0.0)
    assert (lacking_it["wants_figure"], lacking_it["lacks_figure"]) == (1.0, 1.0)
    assert lacking_it["wants_duration"] == 0.0


def test_every_figure_is_there_for_any_question() -> None:
    names = insistence("", "", "").keys()
    kinds = {name.removeprefix("wants_") for name in names if name.startswith("wants_")}

    assert names == insistence("Combien en CDD à Lyon ?", "CDI", "12 €").keys()
    assert {f"lacks_{group}" for group in GROUPS} <= names
    assert kinds.isdisjoint(GROUPS)  # or one figure would take the place of another
