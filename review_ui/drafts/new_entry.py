"""Writing a new entry, which becomes a draft."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Template

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import Audience, EntryId
from noa_rag.domain.errors import ContentProblem, Forbidden, InvalidContent, NotAllowedNow, NotFound
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person
from noa_rag.domain.regions import REGIONS
from noa_rag.french.words import fold
from noa_rag.knowledge.content_rules import ID_LIMIT
from noa_rag.review.checks import RESERVED_IDS
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from noa_rag.web.forms import read_form, text_field
from review_ui.drafts.groups import view_group
from review_ui.entries.content_form import ContentForm, content_of, editor_words, empty_form, form_from, form_of
from review_ui.shell import lookups
from review_ui.shell.lookups import WORDS, why_not_now
from review_ui.shell.rendering import redirect, render
from review_ui.shell.session import Review, ReviewSite, requires, signed_in

SUGGESTED_ALTERNATES = 8
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@get("/fiches/nouvelle", guards=[requires(Action.WRITE_ENTRY)])
async def new_entry(
    request: HTMXRequest,
    review: Review,
    groupe: FromQuery[str | None] = None,
    variante: FromQuery[str | None] = None,
) -> Template:
    """Show an empty editor, with the questions of a group, or begun as the variant of an entry."""
    person = signed_in(request).person
    agency_id = min(person.agencies, default="") if len(person.agencies) == 1 else ""
    form = await review.run(_first_form, review.office, groupe or "", agency_id)
    if variante:
        query = request.query_params
        form = await review.run(
            _variant_form, review.office, variante, query.get("region", ""), query.get("public", ""), form
        )
    return await _show(request, review, form)


@post("/fiches/nouvelle", guards=[requires(Action.WRITE_ENTRY)], status_code=200)
async def create_entry(request: HTMXRequest, review: Review) -> Response[Any]:
    """Store the text as a draft and redirect to it."""
    fields = await read_form(request)
    form, entry_id = form_from(fields), text_field(fields, "id").strip()
    try:
        draft = await review.run(_propose, review.office, signed_in(request).person, form, entry_id)
    except InvalidContent as error:
        return await _show(request, review, form, entry_id=entry_id, problems=error.problems, status=422)
    except Forbidden:
        notice = WORDS["problem_details"]["forbidden"]
        return await _show(request, review, form, entry_id=entry_id, notice=notice, status=403)
    except NotAllowedNow as error:
        notice = why_not_now(error.reason)
        return await _show(request, review, form, entry_id=entry_id, notice=notice, status=409)
    return redirect(f"/brouillons/{draft.id}")


def _first_form(office: Office, group_id: str, agency_id: str) -> ContentForm:
    if not group_id:
        return empty_form(agency_id=agency_id)
    try:
        group = view_group(office.store.group(GroupId(group_id)), paris_day(office.now()))
    except (NotFound, IndexError):
        return empty_form(agency_id=agency_id)
    phrasings = [phrasing.label for phrasing in group.phrasings if phrasing.label != group.canonical]
    return empty_form(agency_id=agency_id, question=group.canonical, alternates=phrasings[:SUGGESTED_ALTERNATES])


def _variant_form(office: Office, general_id: str, region: str, audience: str, empty: ContentForm) -> ContentForm:
    """Return the form of a variant: the general entry's text, to be adapted to a region or an audience."""
    general = lookups.entry(office, EntryId(general_id))
    if general is None:
        return empty
    form = form_of(replace(general.content, alternate_questions=(), variant_of=general.id))
    texts = form.texts | {"agency_id": empty.texts["agency_id"] or general.content.agency_id, "departements": ""}
    return replace(
        form,
        texts=texts,
        regions=(region,) if region in REGIONS else (),
        audiences=(audience,) if audience in set(Audience) else (),
    )


def _propose(office: Office, person: Person, form: ContentForm, entry_id: str) -> Draft:
    themes = {theme.id for theme in office.noa.themes()}
    content = content_of(form, agencies=office.noa.agencies(), themes=themes)
    wanted = entry_id or free_slug(office, content.question)
    if lookups.entry(office, EntryId(wanted)) is not None:
        raise NotAllowedNow(f"An entry has the id `{wanted}` already.", reason="taken")
    return office.desk.propose(person.id, EntryId(wanted), content)


def free_slug(office: Office, question: str) -> str:
    """Return an id made of the question's words that no entry and no waiting draft has.

    Raises InvalidContent where the question has no letter or digit for an id.
    """
    slug = _NOT_SLUG.sub("-", fold(question)).strip("-")[: ID_LIMIT - 4].strip("-")
    if not slug:
        raise InvalidContent([ContentProblem("id", "no_letters")])
    taken = {*RESERVED_IDS, *(draft.entry_id for draft in office.store.drafts() if draft.state.is_pending)}
    candidates = (slug if number == 1 else f"{slug}-{number}" for number in range(1, 1000))
    return next(
        candidate
        for candidate in candidates
        if candidate not in taken and lookups.entry(office, EntryId(candidate)) is None
    )


async def _show(
    request: HTMXRequest,
    review: ReviewSite,
    form: ContentForm,
    *,
    entry_id: str = "",
    problems: Sequence[ContentProblem] = (),
    notice: str = "",
    status: int = 200,
) -> Template:
    agencies = await review.run(review.office.noa.agencies)
    themes = await review.run(review.office.noa.themes)
    own = _own(agencies, signed_in(request).person)
    facts = (await review.run(review.office.noa.records.facts)).facts.values()
    words = editor_words(agencies, themes, facts)
    return render(
        request,
        "review_ui/entries/new.html",
        status=status,
        form=form,
        entry_id=entry_id,
        problems=problems,
        notice=notice,
        code=status,
        **words | {"owner_options": {id_: name for id_, name in words["agency_options"].items() if id_ in own}},
    )


def _own(agencies: Mapping[AgencyId, Agency], person: Person) -> set[AgencyId]:
    return {id_ for id_ in agencies if may(person, Action.WRITE_ENTRY, id_)}


HANDLERS = (new_entry, create_entry)
