"""Following a question that was not answered: its number, and the page that says what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.answering.steps.compose import serving, shown_text
from noa_rag.domain.days import paris_day
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.facts import OutdatedFact
from noa_rag.domain.question import Reference, read_reference, shown_reference
from noa_rag.review.following import Followed, FollowState
from noa_rag.translation import N_, translator_of
from noa_rag.web.ask.exchanges import views_of
from noa_rag.web.entries.next_steps import ContactView, view_agency
from noa_rag.web.entries.views import EntryView, EntryViews, section_of
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import page_path, routes
from noa_rag.web.rendering import render_page
from noa_rag.web.site import Site

UNLISTED = {"x-robots-tag": "noindex"}  # A question is its visitor's, even without her name.
SHOWN_OF_TYPED = 40  # characters of what was typed instead of a number


@post(routes("follow"), include_in_schema=False, status_code=200)
async def keep_reference(request: HTMXRequest, site: NamedDependency[Site]) -> Template | Redirect:
    """Give a question its number: in place for htmx, otherwise on its own page."""
    question_id = text_field(await read_form(request), "question_id")
    reference = await site.line.run(site.service.keep_reference, question_id)
    if request.htmx:
        return render_page(site, "follow/_reference.html", reference=shown_reference(reference))
    return Redirect(site.path("followed", shown_reference(reference)), status_code=303)


@get(routes("follow"), include_in_schema=False)
async def follow_page(site: NamedDependency[Site], reference: FromQuery[str] = "") -> Template | Redirect:
    """Show the form to type a number into, and lead to the question whose number was typed."""
    known = read_reference(reference)
    if known is not None:
        return Redirect(site.path("followed", shown_reference(known)), status_code=303)
    return _form(site, typed=reference, problem=MISREAD if reference.strip() else None)


@get(routes("followed"), include_in_schema=False)
async def followed_page(site: NamedDependency[Site], item_id: FromPath[str]) -> Template:
    """Say what became of a question; for a number that nobody was given, show the form again."""
    reference = read_reference(item_id)
    if reference is None:
        return _form(site, typed=item_id, problem=MISREAD, status=404)
    followed, is_demonstration = await site.read(_followed, site, reference)
    if followed is None:
        return _form(site, typed=item_id, problem=UNKNOWN, status=404)
    return render_page(
        site,
        "follow/followed.html",
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


def _form(site: Site, *, typed: str, problem: tuple[str, str] | None, status: int | None = None) -> Template:
    return render_page(
        site,
        "follow/follow.html",
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


def view_followed(followed: Followed, views: EntryViews, *, outdated: Sequence[OutdatedFact] = ()) -> FollowedView:
    """Return a followed question in words; the entry's text is the approved one, untouched."""
    question, language = followed.asked, views.language
    heading, meaning = map(translator_of(language).gettext, STATES[followed.state])
    agency = serving([followed.agency_id], views.agencies, question.region)
    return FollowedView(
        question=question.text,
        language=question.language.value,
        asked_on=day_in_words(paris_day(question.asked_at), language),
        state=followed.state.value,
        heading=heading,
        meaning=meaning,
        entry=_entry(followed.entry, followed.section_key, views, outdated) if followed.entry else None,
        contact=view_agency(agency, language) if agency else None,
    )


def _entry(
    entry: EntryVersion, section_key: str | None, views: EntryViews, outdated: Sequence[OutdatedFact]
) -> EntryView:
    """Return the entry as an answer shows it: a long one by its introduction and the section that answers."""
    section = section_of(entry, section_key)
    translation = shown_text(entry, section, views.language)[1]
    address = page_path("entry", views.language, entry.id, host=views.host)
    return views.entry(
        entry,
        views.text(entry.content, translation, section),
        more_url=address if entry.content.sections else None,
        outdated=outdated,
    )


def _followed(site: Site, reference: Reference) -> FollowedView | None:
    followed = site.service.followed(reference)
    if followed is None:
        return None
    entry = followed.entry
    views = views_of(site, [entry] if entry else [], level=ENTRY_HEADING)
    return view_followed(followed, views, outdated=site.service.outdated_facts(entry) if entry else ())
