"""Makes an entry's content from the tree of a fiche."""

import re
from datetime import date

from noa_rag.domain.entry import EntryContent, EntryId, Source
from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.knowledge.vosdroits.addresses import fiche_url
from noa_rag.knowledge.vosdroits.agencies import DEFAULT_THEME, PUBLISHER, agencies_of, theme_of
from noa_rag.knowledge.vosdroits.nodes import Node, text_of
from noa_rag.knowledge.vosdroits.resources import contacts, legal_references, online_services
from noa_rag.knowledge.vosdroits.sections import body_of

ORIGIN = "vosdroits"
ROOT = "Publication"
FICHE_ID = re.compile(r"^F[0-9]{1,9}$")
DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")


def entry_id_of(fiche: Node, *, path: str) -> EntryId:
    """The fiche's id, once it is certain that this is a fiche."""
    if fiche.name != ROOT:
        raise _wrong(path, f"The root element is `{fiche.name}`, not `{ROOT}`. This is no fiche: leave the file out.")
    fiche_id = fiche.get("ID")
    if not FICHE_ID.match(fiche_id):
        raise _wrong(path, f"The id is `{fiche_id}`, expected F and a number, such as F35211. Fetch the file again.")
    return EntryId(fiche_id)


def content_of(fiche: Node, *, path: str) -> EntryContent:
    """The entry's content; `related` holds every fiche that it names, imported or not."""
    question, body = text_of(fiche.first("dc:title")), body_of(fiche)
    if not question or not body.answer:
        missing = "title (`dc:title`)" if not question else "text"
        raise _wrong(path, f"The fiche has no {missing}. Fetch the file again.")
    return EntryContent(
        agency_id=PUBLISHER.id,
        question=question,
        answer=body.answer,
        sections=body.sections,
        theme=theme_of(fiche) or DEFAULT_THEME,
        sources=(Source(question, fiche_url(fiche)),),
        contributors=tuple(agency.id for agency in agencies_of(fiche) if agency.id != PUBLISHER.id),
        validated_on=modified_on(fiche),
        related=_related(fiche),
        legal_references=legal_references(fiche),
        online_services=online_services(fiche),
        contacts=contacts(fiche),
        origin=ORIGIN,
    )


def modified_on(fiche: Node) -> date | None:
    """The day of `dc:date` ("modified 2020-11-05"), or None where it cannot be read."""
    found = DAY.search(text_of(fiche.first("dc:date")))
    try:
        return date.fromisoformat(found.group(1)) if found else None
    except ValueError:
        return None


def _related(fiche: Node) -> tuple[EntryId, ...]:
    questions = fiche.named("QuestionReponse", "CommentFaireSi")
    fiches = (node for also in fiche.named("VoirAussi") for node in also.named("Fiche"))
    named = (node.get("ID") for node in (*questions, *fiches))
    return tuple(dict.fromkeys(EntryId(other) for other in named if FICHE_ID.match(other) and other != fiche.get("ID")))


def _wrong(path: str, message: str) -> InvalidKnowledge:
    return InvalidKnowledge([Complaint(path, 0, message)])
