"""Figures, dates, links and references of a sentence are those of its passage."""

import pytest

from noa_rag.french.numbers import with_digits
from noa_rag.rephrasing.facts import facts, wrong_facts

BORNE_OUT = [
    ("Vous payez mille cinq cents euros.", "Le coût est de 1 500 €."),
    ("Le plafond est fixé à 1,5 million d'euros.", "Plafond : 1 500 000 €."),
    ("Vous disposez de quinze jours ouvrés.", "Vous avez 15 jours ouvrés."),
    ("Le prêt couvre de 50 à 60 % du projet.", "entre 50 % et 60 % du projet"),
    ("La moitié du capital est versée au départ.", "50 % du capital versé au départ"),
    ("La carte dure un an.", "Carte valable 12 mois."),
    ("Il faut au moins trois ans d'expérience.", "3 ans d'expérience au minimum"),
    ("Déclarez-le le 1er mars 2026.", "La date est le 01/03/2026."),
    ("La règle vaut depuis juillet 2026.", "Depuis le 1er juillet 2026, la règle a changé."),
    ("Vous avez droit à 25 jours, ou à 32 jours.", "25 jours, ou 32 pour une naissance multiple."),
    ("Vous avez soixante jours pour agir.", "Vous avez 60 jours au plus."),
    ("Le contrôle dure trois mois maximum.", "3 mois au plus sur place"),
    ("Appelez le 01 56 65 89 98.", "Téléphone : 01.56.65.89.98."),
    ("Écrivez sur urssaf.fr.", "sur [urssaf.fr](https://www.urssaf.fr)"),
    ("Voyez impots.gouv.fr.", "dans votre [espace](https://www.impots.gouv.fr/professionnel)"),
    ("C'est l'article L. 1234-5 du code du travail.", "article L1234-5 du code du travail"),
    ("Remplissez le Cerfa n° 11768*05.", "le formulaire Cerfa 11768*05"),
    ("La prime ne dépasse pas 3 000 € par an.", "Jusqu'à 3 000 € par an."),
    ("Pas plus de trois ans sans contact.", "jamais au-delà de 3 ans : au plus 3 ans"),
    ("Vous payez 30 € chaque mois.", "30 € par mois"),
    ("Deux conditions sont à remplir.", "- être inscrit ;\n- être à jour."),
    ("Pas plus de 8 heures par jour et 35 heures par semaine.", "8 heures par jour et 35 heures par semaine au plus"),
    ("La classe supplémentaire coûte 150 €, plus 40 € de taxe.", "150 € et 40 € de taxe"),
    ("Un tiers du capital est libéré avant le 2 mars 2026 inclus.", "un tiers du capital, au plus tard le 2 mars 2026"),
    ("Avec 8 salariés, vous pouvez accueillir trois stagiaires.", "3 stagiaires au plus : trois stagiaires"),
    ("La période d'essai dure deux mois, ou trois pour un cadre.", "- ouvrier : 2 mois ;\n- cadre : 3 mois."),
    ("Vous payez 83 600 € hors taxes.", "Les plafonds, hors taxes, sont de :\n- 83 600 € pour les services."),
    ("Il faut valider un trimestre.", "par trimestre validé"),
    ("Après deux ans, soit 24 mois, l'activité est radiée.", "après 24 mois, l'activité est radiée"),
    ("Avant 18 ans, la limite est de 8 heures.", "moins de 18 ans : 8 heures au plus"),
    ("Un apport de 150 € suffit.", "un apport d'au moins 150 €"),
    (
        "En dessous de 10 000 €, votre compte suffit.",
        "un compte dédié si vous dépassez 10 000 € ; en dessous, votre compte suffit",
    ),
    ("Déclarez en juin.", "Déclarez le 15 juin."),
    ("Remplissez le CN22.", "la déclaration de La Poste (CN22 ou CN23)"),
    ("Vous ne pouvez pas payer au-delà de 1 000 € en espèces.", "le paiement en espèces est limité à 1 000 €"),
    ("Le montant est fixé par décret.", "un montant fixé par décret"),
    ("Vous payez 1 500 €.", "Le coût est de 1\u202f500 €."),
    ("Vous payez 1\xa0500 €.", "Le coût est de 1 500 €."),
    ("Le renouvellement est d'un à deux mois.", "renouvelable un ou deux mois"),
    ("The ceiling is €20 million for six partners.", "Plafond : 20 millions d'euros pour six associés."),
    ("The bank holds 1.5 billion euros.", "La banque détient 1,5 milliard d'euros."),
    ("You have 15 working days.", "Vous avez 15 jours ouvrables."),
    ("You have 15 working days.", "Vous avez 15 jours ouvrés."),
    ("It is an option.", "C'est une possibilité."),
]
WRONG = [
    ("Vous payez 1 600 €.", "Le coût est de 1 500 €."),
    ("Vous payez mille six cents euros.", "Le coût est de 1 500 €."),
    ("Le plafond est de 1,5 milliard d'euros.", "Plafond : 1 500 000 €."),
    ("Vous avez 15 jours.", "Vous avez 15 jours ouvrés."),
    ("Vous avez 15 jours ouvrables.", "Vous avez 15 jours ouvrés."),
    ("Vous avez 15 jours ouvrés.", "Vous avez 15 jours."),
    ("Vous avez 30 jours.", "Vous avez un mois."),
    ("Vous avez 15 semaines.", "Vous avez 15 jours."),
    ("Le taux est de 12 €.", "Le taux est de 12 %."),
    ("Le prêt couvre de 50 à 70 % du projet.", "entre 50 % et 60 % du projet"),
    ("Déclarez-le avant le 2 mars 2026.", "avant le 1er mars 2026"),
    ("La règle vaut depuis le 1er juillet 2025.", "Depuis le 1er juillet 2026, la règle a changé."),
    ("En 2025, c'est 26 €.", "26 € en 2026"),
    ("Appelez le 01 56 65 89 99.", "Téléphone : 01 56 65 89 98."),
    ("Écrivez sur urssaf.com.", "sur [urssaf.fr](https://www.urssaf.fr)"),
    ("Écrivez sur [urssaf.fr](https://urssaf.example).", "sur [urssaf.fr](https://www.urssaf.fr)"),
    ("Voyez impots.gouv.fr/particulier.", "[espace](https://www.impots.gouv.fr/professionnel)"),
    ("Écrivez à contact@inpi.example.", "Écrivez à contact@inpi.fr."),
    ("C'est l'article R. 1234-5 du code du travail.", "article L. 1234-5 du code du travail"),
    ("C'est l'article L. 1234-5 du code de commerce.", "article L. 1234-5 du code du travail"),
    ("Vous payez 30 € par an.", "30 € par mois"),
    ("Vous payez 30 € TTC.", "30 € HT"),
    ("Le salaire est de 5 469 € net.", "5 469 € brut par mois"),
    ("Vous recevez 600 à 800 € par mois.", "environ 700 à 800 € par mois"),
    ("Il faut 5 associés.", "Il faut 5 salariés."),
    ("C'est payé en dix minutes au plus.", "payé en **10 secondes au plus**"),
    ("Vous payez chaque mois.", "à payer tous les trimestres"),
    ("Vous avez trente jours.", "Vous avez 60 jours."),
    ("Trois conditions sont à remplir.", "- être inscrit ;\n- être à jour."),
    ("La période d'essai dure deux mois, ou quatre pour un cadre.", "- ouvrier : 2 mois ;\n- cadre : 3 mois."),
    ("Vous payez 83 600 € TTC.", "Les plafonds, hors taxes, sont de :\n- 83 600 € pour les services."),
    ("Déclarez en juillet.", "Déclarez avant le 30 juin."),
    ("Déclarez en mars.", "Déclarez le 3 mai 2026."),
    ("It costs $1,900.", "Le coût est de 1 900 €."),
    ("Remplissez le CN24.", "la déclaration de La Poste (CN22 ou CN23)"),
    ("Vous payez 1\u202f600 €.", "Le coût est de 1 500 €."),
    ("Le magasin ouvre le lundi.", "Le magasin ouvre le mardi."),
    ("The ceiling is €20 million.", "Plafond : 20 000 €."),
    ("The bank holds 1.5 million euros.", "La banque détient 1,5 milliard d'euros."),
    ("You have 15 working days.", "Vous avez 15 jours."),
]


@pytest.mark.parametrize(("sentence", "quote"), BORNE_OUT)
def test_facts_of_the_passage_pass(sentence: str, quote: str) -> None:
    assert list(wrong_facts(sentence, quote, "On est 8, combien de stagiaires ?")) == []


@pytest.mark.parametrize(("sentence", "quote"), WRONG)
def test_other_facts_are_found(sentence: str, quote: str) -> None:
    assert list(wrong_facts(sentence, quote, "Combien et quand ?"))


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("cinq mille euros", "5000 euros"),
        ("soixante et onze", "71"),
        ("quatre-vingt-dix-sept ans", "97 ans"),
        ("deux ans et demi", "2,5 ans"),
        ("un million et demi d'euros", "1500000  d'euros"),
        ("une entreprise paie un mois", "une entreprise paie 1 mois"),
        ("la moitié du prix", "50 % du prix"),
        ("10 k€", "10000 €"),
        ("vendre à un tiers", "vendre à 1 tiers"),
        ("trente et un mille", "31000"),
    ],
)
def test_number_words_become_digits(written: str, digits: str) -> None:
    assert with_digits(written) == digits


def test_a_figure_that_was_asked_about_is_no_answer() -> None:
    question = "J'ai 8 salariés : ai-je 60 jours pour payer ?"

    assert list(wrong_facts("Vous avez 60 jours pour payer.", "Vous avez 30 jours pour payer.", question))
    assert list(wrong_facts("Avec 8 salariés, vous avez 60 jours.", "Vous avez 30 jours.", question))
    assert not list(wrong_facts("Avec 8 salariés, vous avez 30 jours.", "Vous avez 30 jours.", question))


def test_a_fact_keeps_its_unit_and_its_qualifier() -> None:
    (fact,) = facts("Vous avez 15 jours ouvrés au plus.")

    assert (fact.value, fact.unit, fact.marks) == ("15", "jour", {"ouvré"})
