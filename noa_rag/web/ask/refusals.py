"""What a page leaves somebody without an answer: the refusal in words, whom to ask, and where to look."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from noa_rag.answering.steps.compose import serving
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language
from noa_rag.translation import translator_of
from noa_rag.web.entries.next_steps import ContactView, Link, view_agency
from noa_rag.web.entries.views import EntryViews
from noa_rag.web.in_words import theme_titles
from noa_rag.web.paths import page_path


@dataclass(frozen=True, slots=True)
class RefusalView:
    """`said` is the refusal itself, one or two sentences.

    `is_near` says that `themes` are those of the nearest entries, and not simply all of them; `is_small_talk` that
    nothing was asked, so that no contact is needed; `asks_person` that one was asked for, and `subjects` whom to reach
    on each theme where it is not known on which.
    """

    said: str
    is_near: bool
    is_small_talk: bool
    asks_person: bool
    themes: tuple[Link, ...]
    contact_heading: str
    contact: ContactView | None
    subjects: tuple[tuple[str, ContactView], ...] = ()

    @property
    def asks_subject(self) -> bool:
        return self.asks_person and self.contact is None


def view_refusal(answer: Answer, language: Language, host: HostSite | None) -> RefusalView:
    """Return the ways on that a refusal leaves."""
    translator, reason = translator_of(language), answer.reason
    is_near = reason not in {Reason.NOTHING_CLOSE, Reason.SMALL_TALK, Reason.ASKS_FOR_PERSON}
    return RefusalView(
        said=answer.text,
        is_near=is_near,
        is_small_talk=reason is Reason.SMALL_TALK,
        asks_person=reason is Reason.ASKS_FOR_PERSON,
        themes=_themes(answer, language, host, wanted=host.themes if host and not is_near else ()),
        contact_heading=(
            translator.gettext("Pour être orienté")
            if reason is Reason.NOTHING_CLOSE
            else translator.gettext("À qui vous adresser")
        ),
        contact=view_agency(answer.contact, language) if answer.contact else None,
    )


def _themes(answer: Answer, language: Language, host: HostSite | None, *, wanted: Collection[str]) -> tuple[Link, ...]:
    """Return the links to themes, `wanted` ones alone where there are any."""
    return tuple(
        Link(
            theme.title_en if language is Language.ENGLISH else theme.title,
            page_path("theme", language, theme.id, host=host),
            language.value,
        )
        for theme in answer.themes
        if not wanted or theme.id in wanted
    )


def contact_beside(answer: Answer, views: EntryViews) -> ContactView | None:
    """Return the contact of the likeliest entry offered, or of the entry that asks back."""
    owners = [
        views.known[choice.entry_id].content.agency_id for choice in answer.choices if choice.entry_id in views.known
    ]
    if answer.reason is Reason.SITUATION and answer.entry:
        owners = [answer.entry.content.agency_id]
    if answer.reason not in {Reason.CLOSE_ENTRIES, Reason.NOT_SAID, Reason.SITUATION}:
        return None
    office = serving(owners, views.agencies, views.region)
    return view_agency(office, views.language) if office else None


def contacts_of_themes(
    answer: Answer, servable: Iterable[EntryVersion], views: EntryViews
) -> tuple[tuple[str, ContactView], ...]:
    """Return whom to reach on each theme of an answer: the agency that owns most of its entries."""
    owners: dict[str, Counter[AgencyId]] = defaultdict(Counter)
    for version in servable:
        owners[version.content.theme][version.content.agency_id] += 1
    titles = theme_titles(answer.themes, views.language)
    offices = {theme: serving(dict(owners[theme].most_common()), views.agencies, views.region) for theme in titles}
    return tuple((titles[theme], view_agency(card, views.language)) for theme, card in offices.items() if card)
