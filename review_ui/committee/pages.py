"""The monthly committee's page: its agenda, and the decisions recorded on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.agenda import CommitteeDecision, Month
from noa_rag.domain.errors import InvalidContent
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.review.agenda import Agenda
from noa_rag.review.committee import MAX_NOTE_LENGTH
from noa_rag.review.rights import Action
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import month_in_words
from noa_rag.web.paths import own_address
from review_ui.committee.views import (
    NONE,
    AgendaSection,
    DecisionForm,
    agenda_csv,
    agenda_markdown,
    bars,
    item_view,
    part_views,
)
from review_ui.shell.lookups import WORDS
from review_ui.shell.rendering import file_response, is_fragment, redirect, render
from review_ui.shell.session import AnyRequest, Review, ReviewSite, public_site, requires, signed_in


@get("/comite", guards=[requires(Action.READ)], status_code=303)
async def this_month(request: HTMXRequest, review: Review) -> Redirect:
    """Go to the running month's agenda."""
    month = await review.run(review.office.committee.this_month)
    return redirect(f"/comite/{month}")


@get("/comite/{month:str}", guards=[requires(Action.READ)])
async def agenda_page(
    request: HTMXRequest, review: Review, month: FromPath[str], agence: FromQuery[str] = ""
) -> Template:
    """Show a month's agenda, of all agencies or of one."""
    return await _page(request, review, Month.parse(month), agence)


@post("/comite/{month:str}/sujets/{group_id:str}", guards=[requires(Action.DECIDE_AGENDA)], status_code=200)
async def decide(request: HTMXRequest, review: Review, month: FromPath[str], group_id: FromPath[str]) -> Response[Any]:
    """Record a decision about a group; what cannot be recorded is shown again with its text."""
    form = await read_form(request)
    decision, note, wanted = (text_field(form, name) for name in ("decision", "note", "agence"))
    person, held = signed_in(request).person, Month.parse(month)
    try:
        await review.run(review.office.committee.decide, person.id, held, GroupId(group_id), decision, note)
    except InvalidContent as error:
        sent = DecisionForm(GroupId(group_id), decision, note, _told(error))
        if is_fragment(request):
            return await _item(request, review, held, GroupId(group_id), sent)
        return await _page(request, review, held, wanted, sent)
    if is_fragment(request):
        return await _item(request, review, held, GroupId(group_id))
    query = {"agence": wanted, "fait": group_id}
    return redirect(f"/comite/{held}", query, anchor=f"sujet-{group_id}")


@get("/comite/{month:str}/agenda.csv", guards=[requires(Action.READ)])
async def as_csv(
    request: HTMXRequest, review: Review, month: FromPath[str], agence: FromQuery[str] = ""
) -> Response[bytes]:
    """Return the agenda as a table for a spreadsheet."""
    sheet = await _sheet(request, review, Month.parse(month))
    table = agenda_csv(sheet.parts(agence), sheet.names)
    return file_response(table, media_type="text/csv", name=f"noa-comite-{sheet.agenda.month}.csv")


@get("/comite/{month:str}/agenda.md", guards=[requires(Action.READ)])
async def as_markdown(
    request: HTMXRequest, review: Review, month: FromPath[str], agence: FromQuery[str] = ""
) -> Response[bytes]:
    """Return the agenda as a Markdown document."""
    sheet = await _sheet(request, review, Month.parse(month))
    text = agenda_markdown(sheet.title, sheet.parts(agence), sheet.names)
    return file_response(text, media_type="text/markdown", name=f"noa-comite-{sheet.agenda.month}.md")


HANDLERS = (this_month, agenda_page, decide, as_csv, as_markdown)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A month's agenda with the names that are shown in it."""

    agenda: Agenda
    title: str
    person: Person
    agencies: Mapping[AgencyId, Agency]
    names: Mapping[str, str]
    takes_decisions: bool
    sent: DecisionForm | None

    def parts(self, wanted: str) -> tuple[AgendaSection, ...]:
        """Return the parts of the wanted agency, and the part whose form is shown again."""
        parts = part_views(
            self.agenda,
            person=self.person,
            agencies=self.agencies,
            takes_decisions=self.takes_decisions,
            form=self.sent,
        )
        return tuple(part for part in parts if wanted in ("", part.id) or any(view.form for view in part.items))

    def context(self, request: AnyRequest) -> dict[str, Any]:
        """Return what the page and the fragment of one group have in common."""
        return {
            "agenda": self.agenda,
            "takes_decisions": self.takes_decisions,
            "names": self.names,
            "decisions": tuple(CommitteeDecision),
            "note_limit": MAX_NOTE_LENGTH,
            "origin": own_address(request, public_site(request).base_url),
        }


async def _sheet(
    request: AnyRequest,
    review: ReviewSite,
    month: Month,
    sent: DecisionForm | None = None,
    *,
    group_id: GroupId | None = None,
) -> _Sheet:
    everyone = await review.run(review.office.people.everyone)
    also = sent.group_id if sent else group_id  # it may have left the agenda meanwhile
    return _Sheet(
        agenda=await review.run(lambda: review.office.committee.agenda(month, also=also)),
        title=f"Comité éditorial : {month_in_words(month.first_day, Language.FRENCH)}",
        person=signed_in(request).person,
        agencies=await review.run(public_site(request).service.agencies),
        names={person.id: person.name for person in everyone},
        takes_decisions=review.office.committee.decides_for(month),
        sent=sent,
    )


async def _page(
    request: AnyRequest, review: ReviewSite, month: Month, wanted: str, sent: DecisionForm | None = None
) -> Template:
    sheet = await _sheet(request, review, month, sent)
    running = await review.run(review.office.committee.this_month)
    parts = sheet.parts(wanted)
    by_name = sorted((agency.name, agency.id) for agency in sheet.agencies.values())
    return render(
        request,
        "review_ui/committee/agenda.html",
        status=422 if sent else 200,
        title=sheet.title,
        month_name=lambda due_entry: month_in_words(due_entry.first_day, Language.FRENCH),
        month_after=month.after() if month < running else None,
        parts=parts,
        bars=bars(parts),
        wanted=wanted,
        choices=[
            ("", "Toutes les agences"),
            *((agency_id, name) for name, agency_id in by_name),
            (NONE, "Sans agence"),
        ],
        done=request.query_params.get("fait", ""),
        unfolds=bool(request.query_params.get("deplier")),
        sent=sent,
        **sheet.context(request),
    )


async def _item(
    request: AnyRequest, review: ReviewSite, month: Month, group_id: GroupId, sent: DecisionForm | None = None
) -> Template:
    sheet = await _sheet(request, review, month, sent, group_id=group_id)
    item = next(item for item in sheet.agenda.items if item.group.id == group_id)
    return render(
        request,
        "review_ui/committee/_item.html",
        status=422 if sent else 200,
        view=item_view(item, sheet.person, takes_decisions=sheet.takes_decisions, form=sent),
        done="" if sent else group_id,
        wanted="",
        **sheet.context(request),
    )


def _told(error: InvalidContent) -> dict[str, str]:
    """Return the first problem of each field, in words."""
    messages: dict[str, str] = {}
    for problem in error.problems:
        words = WORDS["decision_problems"][f"{problem.field}_{problem.kind}"]
        messages.setdefault(problem.field, words % {"seen": problem.seen, "limit": MAX_NOTE_LENGTH})
    return messages
