"""What a passage restricts stays restricted; scope and moments stay as they are."""

import pytest

from noa_rag.rephrasing.gate.conditions import added_exceptions, dropped_conditions
from noa_rag.rephrasing.gate.scope import turned_choice, turned_moments, turned_scope

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
SCOPE_KEPT = [
    ("Tous les salariés y ont droit.", "Chaque salarié y a droit : tous les salariés."),
    ("Vous pouvez le faire uniquement en ligne.", "Cela ne se fait qu'en ligne."),
    ("Seuls les artisans sont concernés.", "Réservé aux artisans."),
    ("L'aide couvre en général la moitié.", "Elle couvre le plus souvent, en général, la moitié."),
    ("Vous devez dans tous les cas rembourser.", "Vous devez toujours rembourser."),
    ("C'est le même prix pour tous.", "Même prix pour tous."),
    ("Même sans recette, déclarez.", "Déclarez, même avec un chiffre d'affaires nul."),
    ("Certaines professions sont exclues.", "Certaines professions ne sont pas gérées."),
    ("Les entreprises paient.", "Toutes les entreprises paient."),
    ("Elle est due chaque année.", "Elle est due tous les ans."),
    ("Déclarez avant l'embauche.", "Déclaration préalable à l'embauche."),
    ("Après la vente, gardez la facture.", "Une fois la vente faite, gardez la facture."),
    ("Le délai court à partir de la vente.", "Le délai court dès la vente."),
    ("Vous avez jusqu'au bout du mois.", "au plus tard le dernier jour du mois"),
    ("L'année suivante, elles sont recalculées.", "Elles sont recalculées l'année d'après, ensuite."),
    ("Les trois années précédentes sont contrôlées.", "Contrôle des 3 dernières années."),
    ("Il n'est obligatoire qu'à partir de 50 salariés.", "Il est obligatoire à partir de 50 salariés."),
    ("Vous avez trois jours seulement.", "Vous avez 3 jours."),
    ("Prévenez avant toute réduction ou tout arrêt.", "Prévenez avant de réduire ou d'arrêter."),
    ("La règle est la même pour un artisan.", "La règle est la même pour une société ou un artisan."),
    ("Malgré tout, respectez onze heures de repos.", "Respectez 11 heures de repos."),
]
SCOPE_TURNED = [
    ("Tous les salariés y ont droit.", "Les salariés y ont droit."),
    ("Toute entreprise paie.", "Une entreprise paie."),
    ("Vous pouvez le faire uniquement en ligne.", "Vous pouvez le faire en ligne."),
    ("La formation suffit toujours.", "La formation suffit."),
    ("L'aide couvre la moitié du prêt.", "L'aide couvre en général la moitié du prêt."),
    ("L'aide concerne les artisans.", "L'aide concerne uniquement les artisans."),
    ("Vous payez, quelle que soit votre situation.", "Vous payez."),
    ("Vous ne payez jamais.", "Vous ne payez pas."),
    ("Certains salariés y ont droit.", "Les salariés y ont droit."),
    ("Vous payez dans tous les cas.", "Vous payez."),
    ("Déclarez après l'embauche.", "Déclarez avant l'embauche."),
    ("Gardez la facture avant la vente.", "Gardez la facture après la vente."),
    ("L'aide dure à partir de la fin du contrat.", "L'aide dure jusqu'à la fin du contrat."),
    ("L'année précédente, elles sont calculées.", "L'année suivante, elles sont calculées."),
    ("Le loyer est dû au bout du bail.", "Le loyer est dû jusqu'au bout du bail."),
    ("Les entreprises sans salarié sont seules visées.", "Les entreprises sans salarié sont visées."),
    ("Le seuil vaut pour chaque cadeau pris séparément.", "Le seuil vaut pour l'année, tous cadeaux confondus."),
    (
        "Vous présentez à la fois le certificat et l'attestation.",
        "Vous présentez l'une de ces preuves : le certificat ou l'attestation.",
    ),
    ("Il faut un diplôme et une expérience.", "Il faut un diplôme ou une expérience."),
    ("Les soldes ont lieu partout.", "Les soldes ont lieu presque partout."),
    (
        "L'interdiction cesse quand l'un des chèques est régularisé.",
        "L'interdiction cesse quand tous les chèques sont régularisés.",
    ),
    ("Après le contrat, la loyauté reste due.", "Pendant le contrat, la loyauté est due."),
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


@pytest.mark.parametrize(("sentence", "quote"), SCOPE_KEPT)
def test_kept_scope_and_moments_pass(sentence: str, quote: str) -> None:
    assert [*turned_scope(sentence, quote), *turned_moments(sentence, quote)] == []


@pytest.mark.parametrize(("sentence", "quote"), SCOPE_TURNED)
def test_turned_scope_and_moments_are_found(sentence: str, quote: str) -> None:
    assert [*turned_scope(sentence, quote), *turned_moments(sentence, quote), *turned_choice(sentence, quote)]


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        (
            "Une pénalité est due, sauf si vous n'aviez rien à payer.",
            "Une pénalité est due, même si vous ne deviez rien.",
        ),
        (
            "Tout site affiche ces mentions, sauf une vitrine.",
            "Tout site, même une simple vitrine, affiche ces mentions.",
        ),
        ("L'attestation est due, sauf en cas de démission.", "L'attestation est due : démission, retraite."),
    ],
)
def test_an_exception_that_the_passage_does_not_make_is_found(sentence: str, quote: str) -> None:
    assert list(added_exceptions(sentence, quote))


def test_an_exception_of_the_passage_passes() -> None:
    assert list(added_exceptions("Payez, sauf sursis.", "Payez, sauf si vous demandez un sursis.")) == []
    assert list(added_exceptions("Déclarez, sauf l'étudiant.", "L'étudiant ne déclare pas.")) == []


def test_another_sentence_must_tell_most_of_a_condition_to_carry_it() -> None:
    quote = "Le prêt est accordé si le projet est viable et la banque partenaire."
    vague = "Si le dossier est refusé, parlez-en au chargé de projet."

    assert list(dropped_conditions("Le prêt est accordé.", quote, "Quel prêt ?", [vague]))
