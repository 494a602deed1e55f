"""A sentence names the bodies and schemes of its passage."""

import pytest

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.rephrasing.bodies import foreign_bodies

URSSAF = Agency(AgencyId("urssaf-idf"), "Urssaf Île-de-France", "https://www.urssaf.fr", "Urssaf")
PATENTS = Agency(
    AgencyId("inpi"), "Institut national de la propriété industrielle (INPI)", "https://www.inpi.fr", "INPI"
)
AGENCIES = (URSSAF, PATENTS)

NAMED = [
    ("Écrivez à la CPAM.", "Envoyez-le à la caisse primaire d'assurance maladie."),
    ("Adressez-vous à Pôle emploi.", "Inscrivez-vous à France Travail."),
    ("Prévenez votre service des impôts.", "Écrivez à votre service des impôts des entreprises."),
    ("Déposez-la à l'INPI.", "La demande se fait à l'INPI."),
    ("L'Urssaf calcule vos cotisations.", "Vos cotisations sont calculées chaque mois."),
    ("La CFE est due.", "La cotisation foncière des entreprises est due."),
    ("La TVA se déclare en ligne.", "Elle se déclare en ligne."),
    ("Le greffier vérifie le dossier.", "Le greffe vérifie le dossier."),
    ("Demandez à la mairie.", "Adressez-vous à la commune."),
    ("L'inspecteur du travail peut venir.", "L'inspection du travail peut venir."),
    ("La chambre de commerce vous aide.", "La CCI vous aide."),
    ("C'est un régime simple.", "Ce régime est simple."),
    ("Le commissaire de justice saisit le compte.", "L'huissier saisit le compte."),
    ("Le BOAMP publie les avis.", "Les avis paraissent au BOAMP."),
    ("Vous avez droit à l'Arce.", "L'ARCE vous est ouverte."),
    ("Un avocat peut vous assister.", "Un conseil, avocat par exemple, peut vous assister."),
]
FOREIGN = [
    ("Écrivez à l'Urssaf.", "Envoyez-le à la caisse primaire d'assurance maladie."),
    ("Adressez-vous à la CAF.", "Inscrivez-vous à France Travail."),
    ("Prévenez la mairie.", "Écrivez à votre service des impôts des entreprises."),
    ("Déposez-la à l'EUIPO.", "La demande se fait à l'INPI."),
    ("Bpifrance calcule vos cotisations.", "Vos cotisations sont calculées chaque mois."),
    ("La CVAE est due.", "La cotisation foncière des entreprises est due."),
    ("Le notaire vérifie le dossier.", "Le greffe vérifie le dossier."),
    ("Demandez à la préfecture.", "Adressez-vous à la commune."),
    ("Le médecin du travail peut venir.", "L'inspection du travail peut venir."),
    ("La chambre de métiers vous aide.", "La CCI vous aide."),
    ("Le FGTI vous rembourse.", "Un fonds vous rembourse."),
    ("Le tribunal administratif statue.", "Le tribunal judiciaire statue."),
    ("Le TED publie les avis.", "Les avis paraissent au BOAMP."),
    ("Vous avez droit à l'Acre.", "L'ARCE vous est ouverte."),
    ("Écrivez à Grandville Conseil.", "Écrivez à un conseil."),
    ("La Banque de France vous assiste.", "Un conseil peut vous assister."),
]


@pytest.mark.parametrize(("sentence", "quote"), NAMED)
def test_bodies_of_the_passage_pass(sentence: str, quote: str) -> None:
    assert list(foreign_bodies(sentence, quote, "Et la TVA ?", agencies=AGENCIES, owner=URSSAF)) == []


@pytest.mark.parametrize(("sentence", "quote"), FOREIGN)
def test_other_bodies_are_found(sentence: str, quote: str) -> None:
    assert list(foreign_bodies(sentence, quote, "Et la TVA ?", agencies=AGENCIES, owner=URSSAF))


def test_a_body_in_the_question_does_not_make_it_the_right_one() -> None:
    assert list(foreign_bodies("Allez à la CCI.", "Allez au greffe.", "Dois-je aller à la CCI ?"))
