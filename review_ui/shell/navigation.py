"""The links at the head of every page of the review, for whoever is signed in."""

from dataclasses import dataclass

from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.review.rights import Action, may
from review_ui.shell.paths import review_url

PLACES = (
    ("nav_queue", "/", Action.READ),
    ("nav_entries", "/fiches", Action.READ),
    ("nav_variants", "/variantes", Action.READ),
    ("nav_agenda", "/comite", Action.READ),
    ("nav_follow_up", "/suivi", Action.READ_FIGURES),
    ("nav_qa", "/qualite", Action.READ),
    ("nav_banner", "/bandeau", Action.SET_BANNER),
    ("nav_audit", "/journal", Action.READ_AUDIT),
    ("nav_sites", "/sites", Action.MANAGE_SITES),
    ("nav_people", "/personnes", Action.MANAGE_PEOPLE),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One link; `label` is the key of its words."""

    label: str
    url: str
    is_here: bool


def navigation(language: Language, path: str, person: Person | None) -> tuple[Place, ...]:
    """Return the places that somebody may visit, with the one where she is."""
    if person is None:
        return ()
    home = review_url(language)
    allowed = [(label, review_url(language, place)) for label, place, action in PLACES if may(person, action)]
    return tuple(Place(label, url, is_here=_is_within(path, url, home)) for label, url in allowed)


def _is_within(path: str, url: str, home: str) -> bool:
    beneath = home + "/brouillons" if url == home else url  # drafts are reached from the queue
    return path == url or path.startswith(beneath + "/")
