"""Who pays and whom one turns to is as the passage has it."""

import pytest

from noa_rag.rephrasing.gate.bodies import foreign_parties, misplaced_bodies

LINES = "- Agefice : commerçants ;\n- FAFCEA : artisans ;\n- FIF PL : professions libérales."


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("C'est le salarié qui paie ces visites.", "Ces visites sont à vos frais."),
        ("La réparation est à la charge du locataire.", "Vous payez la réparation."),
        ("Le fournisseur doit déclarer l'envoi.", "Vous déclarez l'envoi."),
    ],
)
def test_a_party_that_the_passage_does_not_name_is_found(sentence: str, quote: str) -> None:
    assert list(foreign_parties(sentence, quote, "Qui paie ?"))


@pytest.mark.parametrize(
    ("sentence", "quote", "question"),
    [
        ("C'est le salarié qui paie.", "Le salarié paie la visite.", "Qui paie ?"),
        ("C'est l'employeur qui paie.", "La visite est payée par l'entreprise qui emploie.", "L'employeur paie-t-il ?"),
        ("Vous payez ces visites.", "Ces visites sont à vos frais.", "Qui paie ?"),
    ],
)
def test_a_party_of_the_passage_passes(sentence: str, quote: str, question: str) -> None:
    assert list(foreign_parties(sentence, quote, question)) == []


def test_a_body_told_for_what_another_line_sends_elsewhere_is_found() -> None:
    assert list(misplaced_bodies("Les artisans s'adressent à l'Agefice.", LINES))
    assert list(misplaced_bodies("Les artisans s'adressent au FAFCEA.", LINES)) == []
