"""The bodies that write the fiches, and which of Noa's themes the publisher's dossiers belong to."""

import re

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.french.words import slug
from noa_rag.knowledge.vosdroits.nodes import Node, text_of

PUBLISHER = Agency(
    id=AgencyId("dila"),
    name="Direction de l'information légale et administrative (DILA)",
    url="https://www.dila.premier-ministre.gouv.fr",
    short_name="DILA",
    remit="Publie les fiches officielles « Vos droits et démarches » de Service-Public.fr.",
)
PUBLISHER_NAME = "Direction de l'information légale et administrative"

# The ministries are named as the fiches name them, whatever the government of the day calls them.
HOME_PAGES = {
    "Ministère chargé des finances": "https://www.economie.gouv.fr",
    "Ministère chargé de l'économie": "https://www.economie.gouv.fr",
    "Ministère chargé de la justice": "https://www.justice.gouv.fr",
    "Ministère chargé de l'intérieur": "https://www.interieur.gouv.fr",
    "Ministère chargé du travail": "https://travail-emploi.gouv.fr",
    "Ministère chargé de la formation professionnelle": "https://travail-emploi.gouv.fr",
    "Ministère chargé de la culture et de la communication": "https://www.culture.gouv.fr",
    "Ministère chargé de l'urbanisme": "https://www.ecologie.gouv.fr",
    "Ministère chargé de l'environnement": "https://www.ecologie.gouv.fr",
    "Ministère chargé des transports": "https://www.ecologie.gouv.fr",
    "Ministère chargé de l'agriculture": "https://agriculture.gouv.fr",
    "Ministère chargé des affaires sociales": "https://solidarites.gouv.fr",
    "Ministère chargé de la vie associative": "https://www.associations.gouv.fr",
    "Direction générale de la concurrence, de la consommation et de la répression des fraudes (DGCCRF)": (
        "https://www.economie.gouv.fr/dgccrf"
    ),
    "Pôle emploi": "https://www.francetravail.fr",
}
DIRECTORY = "https://lannuaire.service-public.fr"  # For a body that this list does not know.

# Names hold commas too: "Direction générale de la concurrence, de la consommation…". A new name starts with a capital.
NAME_BOUNDARY = re.compile(r",\s+(?=[A-ZÀ-Ý])")
ACRONYM = re.compile(r"\(([A-Z][A-Za-zÀ-ÿ]{1,11})\)$")

DEFAULT_THEME = "formalites"  # What concerns every enterprise at some time, and the first place people look.

THEME_OF_FICHE = {
    "F23571": "activites-locaux",  # Ouvrir un commerce
    "F33794": "activites-locaux",  # Ouvrir un restaurant
    "F23697": "embauche",  # Déclarer vos salariés
    "F23961": "formalites",  # Devenir micro-entrepreneur
    "F32886": "formalites",  # Créer une société
    "F35240": "financement",  # Bénéficier d'aides aux entreprises
    "F23844": "forme-juridique",  # Choix du statut juridique de l'entreprise en création
    "F34639": "forme-juridique",  # Société européenne
    "F31498": "forme-juridique",  # Entreprise individuelle à responsabilité limitée
    "F1691": "forme-juridique",  # Travailleur indépendant ou salarié ?
    "F2751": "activites-locaux",  # Transformer un logement en local professionnel
}

THEME_OF_DOSSIER = {
    "N16153": "financement",  # Financement de la création ou reprise d'entreprise
    "N16147": "formalites",  # Préalables à la création d'entreprise
    "N16178": "formalites",  # Création d'entreprise : formalités
    "N16594": "formalites",  # Cessation, transmission et reprise d'entreprise
    "N31143": "formalites",  # Modification d'une entreprise
    "N31383": "formalites",  # Règles comptables
    "N31384": "difficultes",  # Facturation, paiement
    "N31827": "difficultes",  # Moyens de paiement
    "N22284": "financement",  # Financement, assurance
    "N17323": "financement",  # Assurance
    "N22281": "international",  # Importation - Exportation
    "N31354": "consommateurs-donnees",  # Pratiques commerciales
    "N31353": "activites-locaux",  # Autorisations pour l'installation d'un commerce
    "N31355": "activites-locaux",  # Publicité extérieure
    "N31358": "activites-locaux",  # Restauration - Débit de boisson
    "N17163": "difficultes",  # Litiges liés au paiement
    "N31446": "consommateurs-donnees",  # Litiges liés aux produits ou aux prestations
    "N10734": "propriete-intellectuelle",  # Propriété intellectuelle
    "N10779": "cotisations",  # Cotisations et contributions sociales de l'employeur
    "N10805": "cotisations",  # Protection sociale d'un travailleur indépendant
    "N24663": "embauche",  # Prestations sociales de l'employeur
    "N17310": "embauche",  # Droits syndicaux
}

THEME_OF_SUBJECT = {
    "N31375": "formalites",  # Création d'entreprise
    "N31376": "formalites",  # Modification - Cessation
    "N31377": "activites-locaux",  # Baux commerciaux et professionnels
    "N31385": "marches-publics",  # Marchés publics
    "N31390": "difficultes",  # Entreprises en difficulté
    "N10778": "embauche",  # Recrutement - Aides à l'emploi
    "N10813": "embauche",  # Réglementation du travail
    "N31357": "activites-locaux",  # Commerces spécifiques
    "N24265": "impots",  # Fiscalité
    "N24267": "embauche",  # Ressources humaines
    "N24269": "activites-locaux",  # Secteurs d'activité
    "N24264": "formalites",  # Création - Modification - Cessation
}


def agencies_of(fiche: Node) -> tuple[Agency, ...]:
    """The publisher first, then the other contributors in the order of the fiche.

    Only the publisher has a remit: a remit also routes questions, and nobody is sent to a ministry for one fiche of it.
    """
    names = [
        name.strip()
        for node in fiche.named("dc:creator", "dc:contributor")
        for name in NAME_BOUNDARY.split(text_of(node))
        if name.strip()
    ]
    return tuple(dict.fromkeys([PUBLISHER, *(_agency(name) for name in names)]))


def _agency(name: str) -> Agency:
    if name.startswith(PUBLISHER_NAME):
        return PUBLISHER
    acronym = ACRONYM.search(name)
    short_name = acronym.group(1) if acronym else ""
    return Agency(AgencyId(slug(short_name or name)), name, HOME_PAGES.get(name, DIRECTORY), short_name)


def theme_of(fiche: Node) -> str | None:
    """The theme's id, or None where the tables above don't know the dossier."""
    dossiers = [node.get("ID") for node in fiche.named("DossierPere")]
    subjects = [node.get("ID") for node in fiche.named("SousThemePere", "Theme")]
    candidates = [
        THEME_OF_FICHE.get(fiche.get("ID")),
        *(THEME_OF_DOSSIER.get(dossier) for dossier in dossiers),
        *(THEME_OF_SUBJECT.get(subject) for subject in subjects),
    ]
    return next((theme for theme in candidates if theme), None)
