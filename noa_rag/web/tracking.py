"""Following a question that was not answered: its number, and the page that says what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.answering.steps.compose import serving, shown_text
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.facts import Fact, OutdatedFact
from noa_rag.domain.integrations import HostSite
from noa_rag.domain.question import Language, Reference, read_reference, shown_reference
from noa_rag.review.following import Followed, FollowState
from noa_rag.translation import N_, translator_of
from noa_rag.web.entries.next_steps import ContactView, view_agency
from noa_rag.web.entries.views import EntryView, TextViews, named_by, view_entry
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import language_of, page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

UNLISTED = {"x-robots-tag": "noindex"}  # A question is its visitor's, even without her name.
SHOWN_OF_TYPED = 40  # characters of what was typed instead of a number


@post(routes("follow"), include_in_schema=False, status_code=200)
async def keep_reference(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Give a question its number: in place for htmx, otherwise on its own page."""
    question_id = text_field(await read_form(request), "question_id")
    reference = await site.line.run(site.service.keep_reference, question_id)
    language = language_of(request.url.path)
    if request.htmx:
        return render_page(site, "follow/_reference.html", language=language, reference=shown_reference(reference))
    return Redirect(page_path("followed", language, shown_reference(reference), host=site.host), status_code=303)


@get(routes("follow"), include_in_schema=False)
async def follow_page(
    request: HTMXRequest, site: NamedDependency[Site], reference: FromQuery[str] = ""
) -> Template | Redirect:
    """Show the form to type a number into, and lead to the question whose number was typed."""
    known = read_reference(reference)
    if known is not None:
        address = page_path("followed", language_of(request.url.path), shown_reference(known), host=site.host)
        return Redirect(address, status_code=303)
    return _form(request, site, typed=reference, problem=MISREAD if reference.strip() else None)


@get(routes("followed"), include_in_schema=False)
async def followed_page(request: HTMXRequest, site: NamedDependency[Site], item_id: FromPath[str]) -> Template:
    """Say what became of a question; for a number that nobody was given, show the form again."""
    reference = read_reference(item_id)
    if reference is None:
        return _form(request, site, typed=item_id, problem=MISREAD, status=404)
    language = language_of(request.url.path)
    followed, is_demonstration = await site.line.run(_followed, site, reference, language)
    if followed is None:
        return _form(request, site, typed=item_id, problem=UNKNOWN, status=404)
    return render_page(
        site,
        "follow/followed.html",
        language=language,
        page="followed",
        item_id=shown_reference(reference),
        headers=UNLISTED,
        is_demonstration=is_demonstration,
        reference=shown_reference(reference),
        followed=followed,
    )


HANDLERS = (keep_reference, follow_page, followed_page)

MISREAD = (
    N_("Ce numéro contient une erreur."),
    N_(
        "Il manque un signe, ou l'un d'eux est différent. Comparez-le avec celui que vous avez "
        "noté : il n'a ni voyelle, ni 0, ni 1."
    ),
)
UNKNOWN = (
    N_("Noa n'a donné ce numéro à personne."),
    N_(
        "Relisez celui que vous avez noté. Si vous ne le retrouvez pas, posez votre question de "
        "nouveau : Noa vous donnera la réponse si elle existe, ou un autre numéro."
    ),
)
# Where a question stands: a heading, and what it means.
STATES = {
    FollowState.WAITING: (
        N_("Votre question attend une réponse de l'administration"),
        N_(
            "Aucune fiche validée n'y répond pour le moment. Les agences relisent les questions "
            "restées sans réponse ; Noa ne peut promettre ni date, ni réponse. Revenez sur cette "
            "page avec votre numéro."
        ),
    ),
    FollowState.IN_PREPARATION: (
        N_("Une réponse est en préparation"),
        N_("Une agence a entre les mains un projet de réponse. Il paraîtra ici une fois validé, et pas avant."),
    ),
    FollowState.ANSWERED: (
        N_("Une réponse validée est publiée"),
        N_("Voici, mot pour mot, le texte que l'administration a validé pour cette question ou ses semblables."),
    ),
    FollowState.WITHDRAWN: (
        N_("La réponse publiée n'est plus en vigueur"),
        N_(
            "Une réponse avait été publiée. L'administration l'a retirée, ou elle ne vaut plus : "
            "elle n'est plus montrée."
        ),
    ),
    FollowState.DECLINED: (
        N_("L'administration ne publiera pas de réponse dans Noa"),
        N_("Une agence a examiné cette question et a choisi de ne pas publier de fiche. Posez-la-lui directement."),
    ),
    FollowState.OUT_OF_SCOPE: (
        N_("Cette question n'est pas du ressort de Noa"),
        N_(
            "Quelqu'un l'a lue : elle ne porte pas sur les démarches d'entreprise auxquelles les administrations "
            "répondent ici. Si elle concerne bien votre entreprise, posez-la de nouveau avec plus de détails."
        ),
    ),
}
ENTRY_HEADING = 3  # The state is a level 2 of the page.


def _form(
    request: HTMXRequest, site: Site, *, typed: str, problem: tuple[str, str] | None, status: int | None = None
) -> Template:
    return render_page(
        site,
        "follow/follow.html",
        language=language_of(request.url.path),
        page="follow",
        status=status or (400 if problem else 200),
        headers=UNLISTED,
        typed=typed.strip()[:SHOWN_OF_TYPED],
        problem=problem,
    )


@dataclass(frozen=True, slots=True)
class FollowedView:
    """What was asked and when, where it stands, and the entry that answers it or whom to ask."""

    question: str
    language: str
    asked_on: str
    state: str
    heading: str
    meaning: str
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
    facts: Sequence[Fact] = (),
) -> FollowedView:
    """Return a followed question in words; the entry's text is the approved one, untouched.

    `known` are the entries that its page may link, `facts` those that it states.
    """
    asked, entry = followed.asked, followed.entry
    texts = TextViews(language, ENTRY_HEADING + 1, known or {}, host)
    heading, meaning = map(translator_of(language).gettext, STATES[followed.state])
    agency = serving([followed.agency_id], agencies, asked.region)
    return FollowedView(
        question=asked.text,
        language=asked.language.value,
        asked_on=day_in_words(paris_day(asked.asked_at), language),
        state=followed.state.value,
        heading=heading,
        meaning=meaning,
        entry=_entry(entry, followed.section_key, agencies, texts, outdated=outdated, facts=facts) if entry else None,
        contact=view_agency(agency) if agency else None,
    )


def _entry(
    entry: EntryVersion,
    section_key: str | None,
    agencies: Mapping[AgencyId, Agency],
    texts: TextViews,
    *,
    outdated: Sequence[OutdatedFact],
    facts: Sequence[Fact],
) -> EntryView:
    """Return the entry as an answer shows it: a long one by its introduction and the section that answers."""
    sections = entry.content.sections
    section = next((one for one in sections if one.key == section_key), None)
    language, host = texts.language, texts.host
    return replace(
        view_entry(
            entry,
            agencies=agencies,
            language=language,
            heading_level=ENTRY_HEADING,
            host=host,
            known=texts.known,
            outdated=outdated,
            facts=facts,
        ),
        text=texts.text(entry.content, shown_text(entry, section, language)[1], section),
        sections=(),
        more_url=page_path("entry", language, entry.id, host=host) if sections else None,
    )


def _followed(site: Site, reference: Reference, language: Language) -> tuple[FollowedView | None, bool]:
    service = site.service
    followed, is_demonstration = service.followed(reference), service.is_demonstration()
    if followed is None:
        return None, is_demonstration
    entry = followed.entry
    view = view_followed(
        followed,
        agencies=service.agencies(),
        language=language,
        host=site.host,
        known=service.servable_among(named_by(entry)) if entry else {},
        outdated=service.outdated_facts(entry) if entry else (),
        facts=service.facts_of(entry.id) if entry else (),
    )
    return view, is_demonstration
