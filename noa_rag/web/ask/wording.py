"""That an answer is a general one, in words: what nothing of its own is written for."""

from noa_rag.domain.answer import General
from noa_rag.domain.regions import region_of
from noa_rag.translation import N_, Translator
from noa_rag.web.rendering import AUDIENCES

# After "propre": à la Bretagne, au Grand Est.
OF_REGION = {
    "FR-ARA": N_("à l'Auvergne-Rhône-Alpes"),
    "FR-BFC": N_("à la Bourgogne-Franche-Comté"),
    "FR-BRE": N_("à la Bretagne"),
    "FR-CVL": N_("au Centre-Val de Loire"),
    "FR-20R": N_("à la Corse"),
    "FR-GES": N_("au Grand Est"),
    "FR-HDF": N_("aux Hauts-de-France"),
    "FR-IDF": N_("à l'Île-de-France"),
    "FR-NOR": N_("à la Normandie"),
    "FR-NAQ": N_("à la Nouvelle-Aquitaine"),
    "FR-OCC": N_("à l'Occitanie"),
    "FR-PDL": N_("aux Pays de la Loire"),
    "FR-PAC": N_("à la région Provence-Alpes-Côte d'Azur"),
    "FR-971": N_("à la Guadeloupe"),
    "FR-972": N_("à la Martinique"),
    "FR-973": N_("à la Guyane"),
    "FR-974": N_("à La Réunion"),
    "FR-976": N_("à Mayotte"),
}


def general_note(general: General, translator: Translator) -> str:
    """Return that the answer is a general one, and what nothing of its own is written for."""
    if general.region is not None:
        return translator.gettext(
            "Réponse générale : il n'existe pas encore de réponse propre %(region)s.",
            region=of_region(general.region, translator),
        )
    if general.audience is not None:
        return translator.gettext(
            "Réponse générale : il n'existe pas encore de réponse pour ce public (%(audience)s).",
            audience=translator.gettext(AUDIENCES[general.audience.value]),
        )
    return translator.gettext("Réponse générale : elle change selon la région ou le public. Indiquez les vôtres.")


def of_region(code: str, translator: Translator) -> str:
    """Return a region as a sentence says it after "propre": "à la Bretagne", "au Grand Est"."""
    return translator.gettext(OF_REGION[region_of(code)])
