"""What people and programs read of each problem, and of a part of the service that is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass

from noa_rag.domain.switches import SwitchName
from noa_rag.translation import N_, translator_of
from noa_rag.web.entries.next_steps import ContactView, view_agency
from noa_rag.web.site import Site

# By the kind of problem, its title and what is said below it; whom to ask stands beside. The language model has none:
# the approved text is shown, and says so.
SWITCHED_OFF_TEXTS: Mapping[str, tuple[str, str]] = {
    "chat_off": (
        N_("Noa ne prend pas de question pour le moment"),
        N_(
            "Le service est suspendu par l'équipe qui en répond. Les réponses déjà publiées restent à lire, par thème "
            "et par la recherche."
        ),
    ),
    "api_off": (
        N_("L'API est suspendue pour le moment"),
        N_("L'équipe qui répond de Noa l'a suspendue. Réessayez plus tard ; d'ici là, renvoyez vers le site de Noa."),
    ),
    "widget_off": (
        N_("Noa n'est pas disponible sur ce site pour le moment"),
        N_(
            "Le service est suspendu par l'équipe qui en répond. Votre question peut être posée directement à "
            "l'administration."
        ),
    ),
}
# Each kind with its title and what is said below it.
PROBLEM_TEXTS = {
    **SWITCHED_OFF_TEXTS,
    "bad_request": (
        N_("La requête n'est pas valable"),
        N_("Vérifiez l'adresse et les champs envoyés, puis recommencez."),
    ),
    "conflict": (N_("La fiche a changé entre-temps"), N_("Relisez sa dernière version, puis recommencez.")),
    "content_type": (
        N_("Ce format n'est pas accepté"),
        N_("Envoyez du JSON, avec l'en-tête « Content-Type: application/json »."),
    ),
    "draining": (N_("Noa redémarre"), N_("Réessayez dans quelques secondes.")),
    "empty_question": (
        N_("La question est vide"),
        N_("Écrivez votre question en une ou deux phrases, puis envoyez-la."),
    ),
    "entry_gone": (
        N_("Cette fiche n'est pas disponible"),
        N_(
            "Elle a pu être retirée ou remplacée par l'agence qui en répond. Posez votre question : "
            "Noa cherchera la réponse à jour."
        ),
    ),
    "foreign_frame": (
        N_("Cette page ne vient pas d'un site inscrit"),
        N_("Rien n'a été envoyé. Posez votre question directement sur le site de Noa."),
    ),
    "internal": (N_("Une erreur est survenue"), N_("Elle a été enregistrée. Réessayez dans un instant.")),
    "invalid_question": (
        N_("La question ne peut pas être lue"),
        N_(
            "Une question compte %(limit)s caractères au plus et ne contient que du texte. "
            "Raccourcissez-la : une ou deux phrases suffisent."
        ),
    ),
    "invalid_request": (N_("Un champ n'est pas valable"), N_("Corrigez le champ « %(field)s », puis recommencez.")),
    "malformed": (
        N_("La requête ne peut pas être lue"),
        N_("Le corps de la requête doit être un objet JSON bien formé, en UTF-8."),
    ),
    "model_not_found": (N_("Ce modèle n'existe pas"), N_("Choisissez un des modèles que donne GET /v1/models.")),
    "method": (
        N_("Cette méthode n'est pas acceptée ici"),
        N_("L'en-tête « Allow » donne les méthodes acceptées à cette adresse."),
    ),
    "not_found": (
        N_("Cette page n'existe pas"),
        N_("L'adresse est peut-être mal recopiée. Posez votre question ci-dessous."),
    ),
    "not_recorded": (
        N_("Noa ne peut rien enregistrer pour le moment"),
        N_(
            "Ce que vous venez d'envoyer n'a pas été gardé. Noa continue de répondre aux questions ; "
            "réessayez dans une minute."
        ),
    ),
    "saturated": (N_("Noa reçoit trop de questions à la fois"), N_("Réessayez dans quelques secondes.")),
    "too_large": (N_("La requête est trop longue"), N_("La requête ne doit pas dépasser %(kilobytes)s Ko.")),
    "too_often": (
        N_("Trop de demandes viennent de votre réseau"),
        N_("Attendez %(seconds)s s, puis recommencez. Votre question n'est pas perdue."),
    ),
    "key_too_often": (
        N_("Cette clé a posé trop de questions en une minute"),
        N_("Attendez %(seconds)s s, puis recommencez, ou demandez une limite plus haute à l'exploitant du service."),
    ),
    "unknown_key": (
        N_("Cette clé n'ouvre rien"),
        N_("Elle n'a jamais été donnée, ou elle a été révoquée. Sans clé, l'interface reste ouverte à tous."),
    ),
    "unavailable": (
        N_("Noa ne peut pas répondre pour le moment"),
        N_("Le service est momentanément indisponible. Réessayez dans une minute."),
    ),
    "unknown_host": (
        N_("Noa n'est pas disponible sur ce site"),
        N_(
            "Ce site n'est pas inscrit auprès de Noa, ou ne l'est plus. Vous pouvez poser votre "
            "question directement à Noa."
        ),
    ),
    "unknown_question": (
        N_("Cette réponse est inconnue"),
        N_(
            "Elle n'a pas été enregistrée, ou n'est plus gardée. Posez la question de nouveau : vous "
            "aurez la réponse à jour."
        ),
    ),
    "unreadable": (
        N_("L'adresse ne peut pas être lue"),
        N_("Elle contient des signes qui ne sont pas du texte (UTF-8). Posez votre question ici."),
    ),
}
FIELD_PROBLEMS = {
    "theme": N_("Thème inconnu. Choisissez-en un dans la liste."),
    "region": N_(
        "Région inconnue. Donnez le code ISO 3166-2 d'une région ou d'un département français, "
        "par exemple FR-IDF ou FR-75."
    ),
    "audience": N_(
        "Public inconnu. Choisissez parmi : start-up, tpe, pme, micro-entrepreneur, "
        "association-employeur, fondateur-etranger."
    ),
    "lang": N_("Langue inconnue. Choisissez « fr » ou « en »."),
    "mode": N_("Mode inconnu. Choisissez « strict » ou « assisted »."),
    "as_of": N_("Date illisible. Écrivez-la AAAA-MM-JJ, par exemple 2026-11-24."),
    "on": N_("Date illisible. Écrivez-la AAAA-MM-JJ, par exemple 2026-11-24."),
    "reason": N_("Raison inconnue. Choisissez parmi : off_topic, incomplete, unclear, outdated, other."),
    "comment": N_("Le commentaire est trop long : 500 caractères au plus."),
    "useful": N_("Choisissez « Oui » ou « Non »."),
    "agency": N_("Agence inconnue. GET /api/v1/agencies donne leurs identifiants."),
    "limit": N_("Donnez un nombre entier : de 1 à 100 pour une recherche, de 1 à 200 pour la liste des fiches."),
    "n": N_("Une question n'a qu'une réponse : laissez « n » absent, ou à 1."),
    "model": N_("Donnez le nom d'un des modèles de GET /v1/models, par exemple « noa »."),
    "messages": N_("Le dernier message doit être une question d'utilisateur, en texte."),
}
NO_SUCH_ADDRESS = N_("L'API n'a rien à cette adresse. La page /api/docs décrit toutes celles qu'elle a.")
DAY_OUT_OF_RANGE = N_("La base ne connaît pas ce jour. Choisissez une date du %(first)s au %(last)s.")


@dataclass(frozen=True, slots=True)
class ClosedView:
    """In words, that no question is taken, and whom to ask instead."""

    title: str
    detail: str
    contact: ContactView | None


def chat_closed(site: Site) -> ClosedView | None:
    """Return what stands in the place of the form; None while questions are taken."""
    off = site.service.switched_off()
    if SwitchName.CHAT not in off.names:
        return None
    translator, (title, detail) = translator_of(site.language), SWITCHED_OFF_TEXTS["chat_off"]
    contact = view_agency(off.contact, site.language) if off.contact else None
    return ClosedView(translator.gettext(title), translator.gettext(detail), contact)
