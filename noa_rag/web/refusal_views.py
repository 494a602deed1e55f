"""A refusal as pages show it: what was understood, where else to look, whom to ask."""

from collections.abc import Collection
from dataclasses import dataclass

from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.host_site import HostSite
from noa_rag.domain.question import Language
from noa_rag.web.contact_views import ContactView, Link, view_agency
from noa_rag.web.paths import page_path
from noa_rag.web.texts import Texts


@dataclass(frozen=True, slots=True)
class RefusalView:
    """`searched` lists the words that were searched, `unknown` those that no entry holds; empty where not known.

    `is_near` says that `themes` are those of the nearest entries, and not simply all of them.
    """

    heading: str
    searched: tuple[str, ...]
    unknown: tuple[str, ...]
    is_near: bool
    themes: tuple[Link, ...]
    contact_heading: str
    contact: ContactView | None


def view_refusal(answer: Answer, language: Language, host: HostSite | None = None) -> RefusalView:
    """Return the ways on that a refusal leaves, on the pages of a language."""
    texts, searched = Texts(language), answer.searched
    is_near = answer.reason is not Reason.NOTHING_CLOSE
    is_without_question = answer.personal_data is not None and answer.personal_data.is_all
    why = "without_question" if is_without_question else answer.reason or Reason.NOTHING_CLOSE
    return RefusalView(
        heading=texts(f"abstained_heading_{why}"),
        searched=searched.words if searched else (),
        unknown=searched.unknown if searched else (),
        is_near=is_near,
        themes=_themes(answer, language, host, wanted=host.themes if host and not is_near else ()),
        contact_heading=texts("contact_heading" if is_near else "contact_heading_general"),
        contact=view_agency(answer.contact) if answer.contact else None,
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
