"""The bodies that write the fiches: the publisher, and the ministries that contribute."""

import re

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.knowledge.vosdroits.nodes import Node, text_of
from noa_rag.knowledge.vosdroits.slugs import slug

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
