"""What a passage restricts stays restricted."""

import pytest

from noa_rag.rephrasing.gate.conditions import dropped_conditions

QUESTION = "Je suis artisan, que faire ?"
BONUS = "La prime est exonérée si vous avez un accord d'intéressement."
BANK = "La banque verse la somme, sauf si le dossier est incomplet."
FEES = "Les frais sont à la charge du client, à condition de l'avoir prévenu."
LICENCE = "Si votre produit y figure, il faut une licence avant l'exportation."
CODE = "À un professionnel, par e-mail : pas d'accord préalable."
STAFF = "Le programme annuel est rédigé à partir de 50 salariés."
BREAK = "Au moins 2 ans d'activité sans interruption."
EXEMPT = "Vous êtes dispensé de formation si :\n- vous avez un diplôme reconnu ;\n- vous avez 3 ans d'expérience."
REFUSAL = "En cas de refus, vous pouvez saisir le tribunal."
ACCOUNTS = "Les comptes annuels sont publics, sauf s'ils sont confidentiels."
SUNDAYS = "Déclarez l'accident dans les 48 heures, dimanches non compris."

KEPT = [
    ("La prime est exonérée en présence d'un accord d'intéressement.", BONUS),
    ("Si vous avez un accord d'intéressement, la prime est exonérée.", BONUS),
    ("La banque verse la somme, à moins que le dossier soit incomplet.", BANK),
    ("La somme n'est pas versée par la banque si le dossier est incomplet.", BANK),
    ("Le client paie les frais si vous l'avez prévenu.", FEES),
    ("Il faut une licence avant l'exportation si votre produit figure sur la liste.", LICENCE),
    ("Pour un professionnel, par e-mail, aucun accord préalable.", CODE),
    ("À partir de 50 salariés, rédigez un programme annuel.", STAFF),
    ("Il faut 2 ans d'activité sans interruption.", BREAK),
    ("Un diplôme reconnu vous dispense de formation.", EXEMPT),
    ("Vous êtes dispensé de formation si vous avez 3 ans d'expérience.", EXEMPT),
    ("Un refus vous permet de saisir le tribunal.", REFUSAL),
    ("Les comptes annuels sont publics, hors comptes confidentiels.", ACCOUNTS),
    ("Déclarez l'accident dans les 48 heures, hors dimanches.", SUNDAYS),
    ("Un dossier incomplet pose problème.", BANK),
    ("Prévenez votre client.", FEES),
    (
        "En SASU, la moitié est versée à la création.",
        "- SARL : un cinquième à la création ;\n- SASU : la moitié à la création.",
    ),
    ("Payez, sauf si un sursis est demandé.", "Payez, sauf si vous demandez un sursis."),
]
DROPPED = [
    ("La prime est exonérée.", BONUS),
    ("La banque verse la somme.", BANK),
    ("Le client paie les frais de retour à sa charge.", FEES),
    ("Il faut une licence avant l'exportation.", LICENCE),
    ("Aucun accord préalable n'est nécessaire.", CODE),
    ("Le programme annuel est rédigé chaque année.", STAFF),
    ("Il faut au moins 2 ans d'activité.", BREAK),
    ("Vous êtes dispensé de formation.", EXEMPT),
    ("Vous pouvez saisir le tribunal.", REFUSAL),
    ("Les comptes annuels sont publics.", ACCOUNTS),
    ("Déclarez l'accident dans les 48 heures.", SUNDAYS),
    ("L'aide est versée par la région.", "L'aide est versée par la région, sous réserve d'un accord écrit."),
    ("Le salarié touche la prime.", "Le salarié touche la prime dès lors qu'il a un an d'ancienneté."),
    ("Le contrat peut être rompu.", "Le contrat peut être rompu, hors période de congé."),
    ("Vous payez la taxe foncière.", "Vous payez la taxe foncière, excepté la première année."),
    ("Le prêt est remboursé en cinq ans.", "Le prêt est remboursé en cinq ans lorsque le projet aboutit."),
    ("Le prix est identique partout.", "un prix identique partout (sauf La Réunion et Mayotte)"),
]


@pytest.mark.parametrize(("sentence", "quote"), KEPT)
def test_a_kept_condition_passes(sentence: str, quote: str) -> None:
    assert list(dropped_conditions(sentence, quote, QUESTION)) == []


@pytest.mark.parametrize(("sentence", "quote"), DROPPED)
def test_a_dropped_condition_is_found(sentence: str, quote: str) -> None:
    assert list(dropped_conditions(sentence, quote, QUESTION))


def test_a_condition_told_beside_counts() -> None:
    assert list(dropped_conditions("La banque verse la somme.", BANK, QUESTION, ["Sauf dossier incomplet."])) == []


def test_a_condition_that_the_question_states_need_not_be_told_again() -> None:
    assert (
        list(dropped_conditions("La prime est exonérée.", BONUS, "J'ai un accord d'intéressement, et la prime ?")) == []
    )


def test_another_sentence_must_tell_most_of_a_condition_to_carry_it() -> None:
    quote = "Le prêt est accordé si le projet est viable et la banque partenaire."
    vague = "Si le dossier est refusé, parlez-en au chargé de projet."

    assert list(dropped_conditions("Le prêt est accordé.", quote, "Quel prêt ?", [vague]))
