"""A figure of the passage stands beside the words that the passage puts it beside."""

import pytest

from noa_rag.rephrasing.gate.placement import misplaced_facts

THRESHOLDS = "- **85 000 €** pour la vente de marchandises ;\n- **37 500 €** pour les prestations de services."
REBATE = "7,32 € par titre en 2026 (7,26 € en 2025)."
LEAVE = "**Maternité**\n- 16 semaines pour un premier enfant.\n\n**Paternité**\n- 25 semaines."
SHARES = "SARL : un cinquième des apports. SAS : la moitié des apports."
RIGHTS = "15 000 € de droits donnent 9 000 €, soit 8 730 € après la retenue."
DEPOSITS = "La redevance de dépôt coûte 26 € et la recherche coûte 520 €."
PENALTIES = "Amende de 1 500 € pour un entrepreneur ; 7 500 € pour une société."
MARKETS = "60 000 € pour des fournitures ; 100 000 € pour des travaux."
DELAYS = "L'administration répond en 6 mois. Vous saisissez le tribunal sous 2 mois."
RATES = "majoration de 5 % ; intérêt de 0,20 % par mois."
DAYS = "Le dossier est déposé le 15 mars. Le solde est payé le 15 mai."
AGES = "Un jeune de 18 ans. Un senior de 57 ans."
SUPPORT = "1 200 € pour un apprenti de niveau bac ; 600 € pour un stagiaire."
NUMBERS = "Urssaf : 3957. Inpi : 3414."
HOURS = "14 heures de formation ; 20 heures de permis d'exploitation."

IN_PLACE = [
    ("Pour la vente de marchandises, le seuil est de 85 000 €.", THRESHOLDS),
    ("Pour les prestations de services, c'est 37 500 €.", THRESHOLDS),
    ("En 2026, c'est 7,32 € par titre.", REBATE),
    ("Pour la maternité, comptez 16 semaines.", LEAVE),
    ("En SAS, c'est la moitié des apports.", SHARES),
    ("Avec 15 000 € de droits, vous recevez 9 000 €.", RIGHTS),
    ("Le dépôt coûte 26 €.", DEPOSITS),
    ("Une société risque 7 500 €.", PENALTIES),
    ("Pour des travaux, c'est 100 000 €.", MARKETS),
    ("Vous avez 2 mois pour saisir le tribunal.", DELAYS),
    ("L'intérêt est de 0,20 % par mois.", RATES),
    ("Le solde se paie le 15 mai.", DAYS),
    ("Un jeune a 18 ans.", AGES),
    ("Pour un apprenti, 1 200 €.", SUPPORT),
    ("La formation dure 14 heures.", HOURS),
    ("Les seuils sont de 85 000 € et de 37 500 €.", THRESHOLDS),
    (
        "Vous recevez environ 600 à 800 € par mois, sans dépasser vos revenus passés.",
        "environ 600 à 800 € par mois (au plus 26 € par jour), sans dépasser vos revenus passés",
    ),
]
OUT_OF_PLACE = [
    ("Pour la vente de marchandises, le seuil est de 37 500 €.", THRESHOLDS),
    ("Pour les prestations de services, c'est 85 000 €.", THRESHOLDS),
    ("En 2026, c'est 7,26 € par titre.", REBATE),
    ("Pour la maternité, comptez 25 semaines.", LEAVE),
    ("En SAS, c'est un cinquième des apports.", SHARES),
    ("Avec 9 000 € de droits, vous recevez une somme.", RIGHTS),
    ("Le dépôt coûte 520 €.", DEPOSITS),
    ("Une société risque 1 500 €.", PENALTIES),
    ("Pour des travaux, c'est 60 000 €.", MARKETS),
    ("Vous avez 6 mois pour saisir le tribunal.", DELAYS),
    ("L'intérêt est de 5 % par mois.", RATES),
    ("Le solde se paie le 15 mars.", DAYS),
    ("Un jeune a 57 ans.", AGES),
    ("Pour un apprenti, 600 €.", SUPPORT),
    ("La formation dure 20 heures.", HOURS),
    ("L'Urssaf répond au 3414.", NUMBERS),
    ("Les 18,6 % correspondent à l'impôt, et le reste aux prélèvements.", "12,8 % d'impôt et 18,6 % de prélèvements"),
]


@pytest.mark.parametrize(("sentence", "quote"), IN_PLACE)
def test_figures_in_their_place_pass(sentence: str, quote: str) -> None:
    assert list(misplaced_facts(sentence, quote)) == []


@pytest.mark.parametrize(("sentence", "quote"), OUT_OF_PLACE)
def test_swapped_figures_are_found(sentence: str, quote: str) -> None:
    assert list(misplaced_facts(sentence, quote))
