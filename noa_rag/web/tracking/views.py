"""A followed question as its page shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.contacts import serving
from noa_rag.answering.steps.compose import shown_text
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.review.following import Followed
from noa_rag.web.contact_views import ContactView, view_agency
from noa_rag.web.dates import day_in_words
from noa_rag.web.entries.views import EntryView, TextViews, view_entry
from noa_rag.web.paths import page_path

ENTRY_HEADING = 3  # The state is a level 2 of the page.


@dataclass(frozen=True, slots=True)
class FollowedView:
    """What was asked and when, where it stands, and the entry that answers it or whom to ask."""

    question: str
    language: str
    asked_on: str
    state: str
    entry: EntryView | None
    contact: ContactView | None


def view_followed(
    followed: Followed,
    *,
    agencies: Mapping[AgencyId, Agency],
    language: Language,
    host: HostSite | None = None,
    known: Mapping[EntryId, EntryVersion] | None = None,
    outdated: Sequence[OutdatedFact] = (),
) -> FollowedView:
    """Return a followed question in words; the entry's text is the approved one, untouched."""
    asked, entry = followed.asked, followed.entry
    texts = TextViews(language, ENTRY_HEADING + 1, known or {}, host)
    agency = serving([followed.agency_id], agencies, asked.region)
    return FollowedView(
        question=asked.text,
        language=asked.language.value,
        asked_on=day_in_words(paris_day(asked.asked_at), language),
        state=followed.state.value,
        entry=_entry(entry, followed.section_key, agencies, texts, outdated) if entry else None,
        contact=view_agency(agency) if agency else None,
    )


def _entry(
    entry: EntryVersion,
    section_key: str | None,
    agencies: Mapping[AgencyId, Agency],
    texts: TextViews,
    outdated: Sequence[OutdatedFact],
) -> EntryView:
    """Return the entry as an answer shows it: a long one by its introduction and the section that answers."""
    sections = entry.content.sections
    section = next((one for one in sections if one.key == section_key), None)
    language, host = texts.language, texts.host
    return replace(
        view_entry(entry, agencies=agencies, language=language, heading_level=ENTRY_HEADING, outdated=outdated),
        text=texts.text(entry.content, shown_text(entry, section, language)[1], section),
        sections=(),
        more_url=page_path("entry", language, entry.id, host=host) if sections else None,
    )
