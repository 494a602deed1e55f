"""A followed question as its page shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from noa_rag.answering.steps.compose import official_text_of
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.review.following import Followed
from noa_rag.web.dates import day_in_words
from noa_rag.web.markdown import render_markdown
from noa_rag.web.paths import page_path
from noa_rag.web.texts import Texts
from noa_rag.web.views import ContactView, EntryView, view_agency, view_entry

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
    followed: Followed, *, agencies: Mapping[AgencyId, Agency], language: Language, host: HostSite | None = None
) -> FollowedView:
    """Return a followed question in words; the entry's text is the approved one, untouched."""
    asked, entry = followed.asked, followed.entry
    agency = agencies.get(followed.agency_id) if followed.agency_id else None
    return FollowedView(
        question=asked.text,
        language=asked.language.value,
        asked_on=day_in_words(paris_day(asked.asked_at), language),
        state=followed.state.value,
        entry=_entry(entry, followed.section_key, agencies, language, host) if entry else None,
        contact=view_agency(agency) if agency else None,
    )


def _entry(
    entry: EntryVersion,
    section_key: str | None,
    agencies: Mapping[AgencyId, Agency],
    language: Language,
    host: HostSite | None,
) -> EntryView:
    """Return the entry as an answer shows it: a long one by its introduction and the section that answers."""
    sections = entry.content.sections
    section = next((one for one in sections if one.key == section_key), None)
    text = official_text_of(entry, section)
    label = Texts(language)("table_label")
    return replace(
        view_entry(entry, agencies=agencies, language=language, heading_level=ENTRY_HEADING),
        body=render_markdown(text, heading_level=ENTRY_HEADING + 1, table_label=label),
        sections=(),
        more_url=page_path("entry", language, entry.id, host=host) if sections else None,
    )
