"""Refusals as pages show them: why, and the ways on."""

from collections.abc import Collection
from dataclasses import dataclass

from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language
from noa_rag.translation import N_, translator_of
from noa_rag.web.entries.next_steps import ContactView, Link, view_agency
from noa_rag.web.paths import page_path

HEADINGS = {
    Reason.NOTHING_CLOSE: N_("Noa ne connaît pas la réponse"),
    Reason.UNCERTAIN: N_("Noa préfère ne pas répondre"),
    Reason.OUTSIDE_VALIDITY: N_("Cette réponse n'est pas en vigueur"),
    Reason.OTHER_REGION: N_("Cette réponse vaut pour une autre région"),
    Reason.OTHER_COUNTRY: N_("Noa ne connaît que les règles françaises"),
    Reason.SMALL_TALK: N_("Noa vous écoute"),
}


@dataclass(frozen=True, slots=True)
class RefusalView:
    """`searched` lists the words that were searched, `unknown` those that no entry holds; empty where not known.

    `is_near` says that `themes` are those of the nearest entries, and not simply all of them; `is_small_talk` that
    nothing was asked, so that no contact is needed.
    """

    heading: str
    searched: tuple[str, ...]
    unknown: tuple[str, ...]
    is_near: bool
    is_small_talk: bool
    themes: tuple[Link, ...]
    contact_heading: str
    contact: ContactView | None


def view_refusal(answer: Answer, language: Language, host: HostSite | None = None) -> RefusalView:
    """Return the ways on that a refusal leaves, on the pages of a language."""
    translator, searched = translator_of(language), answer.searched
    is_near = answer.reason not in {Reason.NOTHING_CLOSE, Reason.SMALL_TALK}
    heading = HEADINGS[answer.reason or Reason.NOTHING_CLOSE]
    if answer.personal_data is not None and answer.personal_data.is_all:
        heading = N_("Noa n'a pas lu de question")
    return RefusalView(
        heading=translator.gettext(heading),
        searched=searched.words if searched else (),
        unknown=searched.unknown if searched else (),
        is_near=is_near,
        is_small_talk=answer.reason is Reason.SMALL_TALK,
        themes=_themes(answer, language, host, wanted=host.themes if host and not is_near else ()),
        contact_heading=(
            translator.gettext("À qui vous adresser") if is_near else translator.gettext("Pour être orienté")
        ),
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
