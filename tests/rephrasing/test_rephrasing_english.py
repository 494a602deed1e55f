"""English beside verified French says the same: figures with units, currencies, dates, bodies, obligations."""

import pytest

from noa_rag.domain.rephrasing import CheckedSentence
from noa_rag.rephrasing.english import differences


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Cela coûte 1 190,50 €.", "It costs €1,190.50."),
        ("Vous devez déclarer, sauf si vous êtes seul.", "You must declare, except if you are alone."),
        ("Vous ne pouvez pas refuser.", "You cannot refuse."),
        (
            "Il coûte 190 € pour une classe, puis 40 € par classe supplémentaire.",
            "It costs €190 for one class, then €40 per additional class.",
        ),
        (
            "Le dépôt d'une marque se fait en ligne, sur le site de l'INPI.",
            "A trade mark is filed online, on the INPI website.",
        ),
        ("La marque est protégée pendant 10 ans.", "The trade mark is protected for 10 years."),
        ("La marque est protégée pendant dix ans.", "The trade mark is protected for ten years."),
        ("Le droit dure cent ans.", "The right lasts one hundred years."),
        ("L'INPI publie la demande sous 6 semaines.", "INPI publishes the application within 6 weeks."),
        ("Vous payez 30 € par mois.", "You pay €30 a month."),
        ("Vous payez 30 € par an.", "You pay 30 euros per year."),
        ("Vous avez un mois pour répondre.", "You have a month to reply."),
        ("Vous devez payer 10 000 à 20 000 €.", "You must pay €10,000 to €20,000."),
        ("La TVA est de 20 %.", "VAT is 20%."),
        ("La TVA est de 5,5 %.", "The VAT rate is 5.5 percent."),
        (
            "Vous devez déclarer vos revenus chaque trimestre à l'Urssaf.",
            "You must declare your income every quarter to Urssaf.",
        ),
        ("Le plafond est de 1,5 million d'euros.", "The ceiling is 1.5 million euros."),
        ("Le local doit mesurer 300 m² au plus.", "The premises must be 300 m² at most."),
        ("La douane répond sous 15 jours ouvrés.", "Customs replies within 15 working days."),
        ("Adressez-vous au service des impôts des entreprises.", "Contact the business tax office."),
        (
            "Déposez votre dossier à la chambre de commerce avant le 1er mai 2026.",
            "File your application with the Chamber of Commerce before 1 May 2026.",
        ),
        ("Déposez votre dossier avant le 15 mars.", "File your application before March 15."),
        ("Le tribunal de commerce nomme un mandataire.", "The commercial court appoints an agent."),
        ("Vous avez entre 2 et 3 mois.", "You have between two and three months."),
        ("Vous payez la moitié de la somme.", "You pay half of the sum."),
        ("La durée est de 35 heures par semaine.", "The duration is 35 hours a week."),
        ("Vous devez avoir 18 ans.", "You must be 18 years old."),
        ("Le véhicule parcourt 20 km par jour.", "The vehicle covers 20 km per day."),
        (
            "Vous pouvez renouveler la marque tous les dix ans en France.",
            "You can renew the trade mark every ten years in France.",
        ),
        ("L'examen dure 6 mois en moyenne.", "The examination lasts six months on average."),
        ("Vous pouvez embaucher jusqu'à 10 salariés.", "You can hire up to ten employees."),
        ("Inscrivez-vous au Registre national des entreprises.", "Register in the National Register of Companies."),
        ("Cela coûte 0,1 % du montant.", "It costs 0.1% of the amount."),
        ("La période est de 2 exercices.", "The period is two financial years."),
        ("Le quart de la somme est versé en juin.", "A quarter of the sum is paid in June."),
        ("Vous êtes informé deux fois par an.", "You are informed twice a year."),
        ("Le seuil est de 77 700 € pour les services.", "The threshold is EUR 77,700 for services."),
        ("La demande paraît au Bulletin officiel.", "The application appears in the Official Bulletin."),
        ("L'aide est versée par la Région Île-de-France.", "The aid is paid by the Île-de-France Region."),
        ("Le taux est de 15 % jusqu'à 42 500 €.", "The rate is 15% up to €42,500."),
        ("Depuis le 1er janvier 2023, vous déclarez.", "Since 1 January 2023, you declare."),
        ("Il faut au moins 2 associés pour toute société.", "Any company has to have at least two partners."),
        ("Le notaire rédige l'acte.", "The notary drafts the deed."),
        ("Vous envoyez le dossier le lundi.", "You send the file on Mondays."),
    ],
)
def test_a_translation_word_for_word_differs_in_nothing(french: str, english: str) -> None:
    assert list(differences(CheckedSentence(french, "q", english=english))) == []


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("Vous devez payer à l'INPI.", "You must pay the customs office in dollars."),
        ("Vous devez payer en euros.", "You must pay in dollars."),
        ("Vous devez payer le service.", "You must pay the customs office."),
        ("Il coûte 190 € pour une classe.", "It costs €190 for all classes."),
        ("Vous avez au moins 2 mois.", "You have at most 2 months."),
        ("Vous avez au plus 2 mois.", "You have at least 2 months."),
        ("Vous avez 2 ans.", "You have 2 months."),
        ("Vous avez deux ans.", "You have two months."),
        ("La marque dure dix ans.", "The trade mark lasts one hundred years."),
        ("La marque dure un an.", "The trade mark lasts a month."),
        ("Il coûte 190 € pour une classe.", "It costs 190 dollars for all classes."),
        ("Il coûte 190 €.", "It costs $190."),
        ("Il coûte 190 €.", "It costs 190."),
        ("Il coûte 190 €.", "It costs €190 per month."),
        ("Il coûte 190 € par mois.", "It costs €190."),
        ("Il coûte 190 € par an.", "It costs €190 a month."),
        ("La taxe est de 20 %.", "The tax is 20 euros."),
        ("Le local est à 5 km.", "The premises are 5 metres away."),
        ("Payez à l'Urssaf.", "Pay INPI."),
        ("Payez à l'Urssaf.", "Pay them."),
        ("Payez en ligne.", "Pay Microsoft online."),
        ("Déposez au greffe avant le 1er mai.", "File with the registry before 1 March."),
        ("Déposez avant lundi.", "File before Friday."),
        ("Adressez-vous au tribunal de commerce.", "Contact the administrative court."),
        ("Vous êtes en SAS.", "You are in a SARL."),
        ("Vous avez 15 jours ouvrés.", "You have 15 days."),
        ("Vous devez payer.", "You must pay one hundred."),
        ("Vous devez payer.", "You must pay in GBP."),
        ("Vous devez payer.", "You must pay £."),
        ("Vous avez 2 heures.", "You have 2 hours a day."),
        ("Vous payez si vous êtes seul.", "You pay."),
        ("Vous devez déclarer.", "You may declare."),
        ("Vous pouvez refuser.", "You cannot refuse."),
        ("Vous payez.", ""),
        ("Vous payez.", "You pay, see https://exemple.com"),
        ("Vous payez.", "You pay <b>now</b>."),
        ("Vous payez.", "You pay\u200b."),
        ("Vous êtes protégé.", "You are protected for a century."),
        ("Cela coûte 190 €.", "It costs €150."),
        ("Le notaire rédige l'acte.", "The lawyer drafts the deed."),
        ("Payez à l'INPI.", "Pay the INPI or Urssaf."),
    ],
)
def test_a_translation_that_departs_from_the_french_is_found(french: str, english: str) -> None:
    assert list(differences(CheckedSentence(french, "q", english=english)))
