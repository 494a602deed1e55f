"""What people call the keys of figures: reasons, verdicts, places, languages and the like."""

from collections.abc import Mapping

from noa_rag.domain.figures import Key
from noa_rag.domain.regions import REGIONS
from noa_rag.french.known_places import DEPARTEMENTS
from noa_rag.translation import N_, NP_, Translator

# What stands for a key that is absent, by section.
NONE = {
    "complaints": N_("Sans raison donnée"),
    "reasons": N_("Sans raison"),
    "rephrasing_reasons": N_("Sans raison"),
    "agencies": N_("Sans agence"),
    "sites": N_("Pages de Noa"),
    "regions": N_("Région inconnue"),
    "audiences": N_("Public inconnu"),
    "languages": N_("Langue inconnue"),
    "served": N_("–"),
}
# The keys of a section, by section.
NAMES = {
    "reasons": {
        "nothing_close": N_("Aucune fiche proche"),
        "small_talk": N_("Salutation ou remerciement"),
        "asks_for_person": N_("Demande à parler à quelqu'un"),
        "uncertain": N_("Une fiche proche, mais sans certitude"),
        "outside_validity": N_("La fiche n'est plus valable"),
        "other_region": N_("La fiche vaut pour une autre région"),
        "other_country": N_("Les règles d'un autre pays"),
        "close_entries": N_("Plusieurs fiches proches"),
        "not_said": N_("Rien de sûr dans la fiche déjà lue"),
    },
    "complaints": {
        "off_topic": N_("À côté de la question"),
        "incomplete": N_("Incomplète"),
        "unclear": N_("Pas claire"),
        "outdated": N_("Plus à jour"),
        "other": N_("Autre raison"),
    },
    "audiences": {
        "start-up": NP_("audiences", "Start-up"),
        "tpe": NP_("audiences", "TPE"),
        "pme": NP_("audiences", "PME"),
        "micro-entrepreneur": N_("Micro-entrepreneurs"),
        "association-employeur": N_("Associations employeuses"),
        "fondateur-etranger": N_("Fondateurs étrangers"),
    },
    "languages": {
        "fr": N_("Français"),
        "en": N_("Anglais"),
    },
    "marks": {
        "right": N_("Justes"),
        "partly": N_("En partie justes"),
        "wrong": N_("Fausses"),
    },
    "rephrasings": {
        "asked_for": N_("Demandées"),
        "shown": N_("Montrées"),
        "refused": N_("Refusées par le contrôle"),
        "failed": N_("Échecs du modèle"),
        "skipped": N_("Pas essayées"),
    },
    "rephrasing_reasons": {
        "language": N_("Texte dans une autre langue"),
        "short": N_("Texte déjà court"),
        "nothing_said": N_("Le modèle n'a rien proposé"),
        "instructions": N_("Un texte qui s'adresse au modèle"),
        "no_checker": N_("Aucun vérificateur pour ce modèle de vecteurs"),
        "layout": N_("Une mise en page dont rien ne peut être retiré"),
        "nothing_to_leave_out": N_("Rien à retirer"),
        "an_official_sentence_would_be_left_out": N_("Une phrase officielle serait passée sous silence"),
        "nothing_is_left": N_("Aucune phrase ne tient"),
        "no_shorter_than_the_official_text": N_("Pas plus courte que le texte officiel"),
        "a_quote_is_not_in_the_official_text": N_("Un passage cité n'est pas dans le texte officiel"),
        "a_restriction_would_be_left_out": N_("Une restriction serait passée sous silence"),
        "busy": N_("Modèle occupé"),
        "resting": N_("Modèle mis au repos après des échecs"),
        "limited": N_("Limite par visiteur atteinte"),
        "timed_out": N_("Délai dépassé"),
        "unreachable": N_("Modèle injoignable"),
        "refused": N_("Erreur du serveur du modèle"),
        "unreadable": N_("Réponse illisible du modèle"),
        "empty": N_("Réponse vide du modèle"),
        "cancelled": N_("Le visiteur est parti"),
    },
}
_PLACES = {f"FR-{number}": name for number, name in DEPARTEMENTS.items()} | {"FR-75C": DEPARTEMENTS["75"]} | REGIONS
_SAME_NAMES = {"rising_themes": "themes", "rising_entries": "served"}


def name_of(section: str, key: Key, translator: Translator, known: Mapping[str, Mapping[str, str]]) -> str:
    """Return the name of a key of a section; `known` are those of agencies, themes and the like, by section."""
    if key is None:
        return translator.gettext(NONE[section])
    if section in NAMES:
        message = NAMES[section].get(key.replace(" ", "_"))
        return translator.gettext(message) if message else key
    return {"regions": _PLACES, **known}.get(_SAME_NAMES.get(section, section), {}).get(key, key)
