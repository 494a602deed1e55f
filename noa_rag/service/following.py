"""Following a question by its reference number: its group's drafts, today's entries, and the answer path."""

from datetime import date

from noa_rag.answering.pipeline import Answering
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import Audience, EntryId, EntryVersion
from noa_rag.domain.errors import InvalidQuestion, InvalidRequest
from noa_rag.domain.failure import Asked
from noa_rag.domain.question import Ask
from noa_rag.domain.reference import Reference
from noa_rag.review.following import Followed, follow
from noa_rag.service.records import Records


def followed(
    reference: Reference, records: Records, answering: Answering, *, today: date, general_contact: AgencyId
) -> Followed | None:
    """Return what became of the question, None when nobody was given that number; `answering` records nothing."""
    found = records.references.find(reference)
    if found is None:
        return None
    asked, drafts = found

    def current(entry_id: EntryId) -> EntryVersion | None:
        return records.current([entry_id]).get(entry_id)

    return follow(
        asked,
        drafts,
        current=current,
        asked_again=lambda: _answer_to(asked, answering),
        today=today,
        general_contact=general_contact,
    )


def _answer_to(asked: Asked, answering: Answering) -> tuple[EntryVersion, str | None] | None:
    """Return the entry that answers the question now, with its section."""
    audience = Audience(asked.audience) if asked.audience in set(Audience) else None
    try:
        answer = answering.ask(Ask(asked.text, asked.region, audience, language=asked.language))
    except (InvalidQuestion, InvalidRequest):  # masked as a whole, or a region that is no more
        return None
    return (answer.entry, answer.section_key) if answer.entry else None
