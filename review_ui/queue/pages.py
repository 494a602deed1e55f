"""The first page of the workspace: the queue with its filters, its rows, and the preparation of drafts."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.days import paris_day
from noa_rag.domain.draft import Draft
from noa_rag.domain.errors import NotAllowedNow, NotFound
from noa_rag.domain.failure import GroupId, QuestionGroup, counted
from noa_rag.domain.people import Person, Role
from noa_rag.domain.ports import Doing, Progress
from noa_rag.french.words import fold
from noa_rag.review.draft_run import build_drafts
from noa_rag.review.rights import Action, may
from noa_rag.service.jobs import JobState
from noa_rag.service.office import Office
from noa_rag.storage.audited_accounts import ACCOUNT_ACTIONS
from noa_rag.web.paths import language_of
from review_ui.drafts.views import WeekTrend, trend_of, undo_seconds, view_group
from review_ui.shell.lookups import EVERY, MINE, agency_name, filter_options, person_name
from review_ui.shell.paths import page_addresses, pages_of
from review_ui.shell.rendering import page_or_fragment, redirect, render
from review_ui.shell.session import ReviewSite, requires, signed_in

JOB_KIND = "drafts"
ACCOUNT_DAYS = 7


@get("/", guards=[requires(Action.READ)])
async def queue_page(  # noqa: PLR0917 (one argument for each filter of the address)
    request: HTMXRequest,
    review: NamedDependency[ReviewSite],
    agency: FromQuery[str | None] = None,
    theme: FromQuery[str | None] = None,
    etat: FromQuery[str | None] = None,
    age: FromQuery[str | None] = None,
    q: FromQuery[str | None] = None,
    page: FromQuery[str | None] = None,
) -> Template:
    """Show what waits for a verdict; a filter that does not exist counts as none."""
    person, language = signed_in(request).person, language_of(request.url.path)
    wanted = QueueFilter(
        agency=agency or default_agency(person),
        theme=theme or "",
        state=etat if etat in STATES else PENDING,
        age=age if age in (*AGES, OLDER) else "",
        words=(q or "")[:200],
    )
    office = review.office
    rows = await review.line.run(read_queue, office, wanted, person)
    pages = pages_of(len(rows), page)
    filters = {"agency": wanted.agency, "theme": wanted.theme, "etat": wanted.state, "age": wanted.age, "q": q}
    return page_or_fragment(
        request,
        "review_ui/queue/queue.html",
        "review_ui/queue/_rows.html",
        rows=pages.of(rows),
        pages=pages,
        page_url=page_addresses(language, "/", filters),
        wanted=wanted,
        states=[one for one in STATES if one not in (PENDING, EVERY)],
        recent=await review.line.run(read_recent, office, person),
        accounts=await review.line.run(read_accounts, office, person),
        **await review.line.run(filter_options, office, person, language),
    )


@get("/groupes/{group_id:str}", guards=[requires(Action.READ)])
async def group_page(
    request: HTMXRequest, review: NamedDependency[ReviewSite], group_id: FromPath[str]
) -> Response[Any]:
    """Show the questions of a group; one that has a draft leads to it."""
    group, draft_id = await review.line.run(_read_group, review.office, GroupId(group_id))
    if draft_id:
        return redirect(request, f"/brouillons/{draft_id}")
    if not group.failures:
        raise NotFound("The questions of this group are older than what is kept.")
    view = view_group(group, paris_day(review.office.now()))
    return render(request, "review_ui/queue/group.html", group=group, view={"group": view})


@post("/preparation", guards=[requires(Action.BUILD_DRAFTS)], status_code=303)
async def prepare(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Begin to prepare drafts, or show the preparation that runs already."""
    person = signed_in(request).person
    with suppress(NotAllowedNow):  # a preparation that runs already is shown instead
        await review.line.run(review.office.start, JOB_KIND, _work(review.office), started_by=person.id)
    return redirect(request, "/preparation")


@get("/preparation", guards=[requires(Action.READ)])
async def preparation(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the progress of the preparation."""
    job = await review.line.run(review.office.jobs.latest, JOB_KIND)
    is_running = job is not None and job.state is JobState.RUNNING
    return page_or_fragment(
        request,
        "review_ui/queue/preparation.html",
        "review_ui/queue/_preparation.html",
        job=job,
        is_running=is_running,
        doings=tuple(Doing),
    )


@dataclass(frozen=True, slots=True)
class AccountsSeen:
    """How many accounts wait for a second person, and how many changes of accounts there were in the last days."""

    waiting_count: int
    change_count: int
    days: int


def read_accounts(office: Office, person: Person) -> AccountsSeen | None:
    """Return what happened to accounts, for whoever watches over them."""
    if not may(person, Action.CONFIRM_ACCOUNT):
        return None
    now = office.now()
    changes = office.audit.between(now - timedelta(days=ACCOUNT_DAYS), now, actions=ACCOUNT_ACTIONS)
    waiting = [one for one in office.people.everyone() if one.unconfirmed and one.is_active]
    return AccountsSeen(len(waiting), len(changes), ACCOUNT_DAYS)


def _work(office: Office) -> Callable[[Progress], Mapping[str, str | int | float | None]]:
    def work(progress: Progress) -> Mapping[str, str | int | float | None]:
        report = build_drafts(office.noa, progress=progress)
        return {
            "made": len(report.made),
            "updated": report.updated_count,
            "groups": report.new_group_count,
            "noise": report.noise_count,
        }

    return work


def _read_group(office: Office, group_id: GroupId) -> tuple[QuestionGroup, str]:
    return office.store.group(group_id), office.store.drafted_groups().get(group_id, "")


HANDLERS = (queue_page, group_page, prepare, preparation)


PENDING, UNDRAFTED = "pending", "undrafted"
STATES = (PENDING, "open", "changes_requested", UNDRAFTED, "approved", "attached", "declined", EVERY)
WAITING = ("open", "changes_requested", UNDRAFTED)
AGES = {"week": 7, "month": 30}
OLDER = "older"
RECENT_HOURS = 24
RECENT_LENGTH = 8


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """The filters of the queue; empty means any."""

    agency: str = EVERY
    theme: str = ""
    state: str = PENDING
    age: str = ""
    words: str = ""

    @property
    def is_narrow(self) -> bool:
        return bool(self.theme or self.age or self.words) or self.state != PENDING


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue; `age_days` counts from the last question, or from the last change without one."""

    path: str
    question: str
    language: str
    state: str
    agency_id: str
    agency: str
    theme: str
    volume: int
    trend: WeekTrend | None
    age_days: int
    is_thin: bool = False
    is_edit: bool = False
    duplicate_count: int = 0
    changes: tuple[str, ...] = ()
    """Why the draft was prepared, where figures changed: one sentence each."""
    searched: str = ""


@dataclass(frozen=True, slots=True)
class RecentRow:
    """A verdict of the last day; `undo_seconds` is 0 unless this person may still take it back."""

    draft: Draft
    by: str
    undo_seconds: int


def default_agency(person: Person) -> str:
    """Return the agency filter that a page starts with: a referent's own agencies, else all."""
    return MINE if Role.REFERENT in person.roles and person.agencies else EVERY


def read_queue(office: Office, wanted: QueueFilter, person: Person) -> list[QueueRow]:
    """Return the rows that the filter lets through, most asked first."""
    now = datetime.now(UTC)
    known = office.noa.agencies()
    groups = {group.id: group for group in office.store.groups()}
    drafts = office.store.drafts()
    drafted = {draft.group_id for draft in drafts}
    rows = [_draft_row(draft, groups, known, now) for draft in drafts]
    rows += [_group_row(group, known, now) for group in groups.values() if group.id not in drafted and group.failures]
    kept = [row for row in rows if _is_wanted(row, wanted, person)]
    return sorted(kept, key=lambda row: (-row.volume, row.age_days, fold(row.question), row.path))


def read_recent(office: Office, person: Person) -> list[RecentRow]:
    """Return the verdicts of the last day, newest first."""
    now = datetime.now(UTC)
    since = now - timedelta(hours=RECENT_HOURS)
    decided = [draft for draft in office.store.drafts() if draft.decided_at is not None and draft.decided_at >= since]
    decided.sort(key=lambda draft: (draft.decided_at or since, draft.id), reverse=True)
    return [
        RecentRow(
            draft,
            person_name(office, draft.decided_by or ""),
            undo_seconds(draft, now)
            if draft.decided_by == person.id and may(person, Action.DECIDE, draft.agency_id)
            else 0,
        )
        for draft in decided[:RECENT_LENGTH]
    ]


def _draft_row(
    draft: Draft, groups: Mapping[GroupId, QuestionGroup], known: Mapping[AgencyId, Agency], now: datetime
) -> QueueRow:
    content = draft.content
    group = groups.get(draft.group_id) if draft.group_id else None
    asked = group.last_asked_at if group and group.failures else draft.updated_at
    return QueueRow(
        path=f"/brouillons/{draft.id}",
        question=content.question,
        language=content.language,
        state=draft.state.value,
        agency_id=draft.agency_id,
        agency=agency_name(known.get(draft.agency_id), draft.agency_id),
        theme=content.theme,
        volume=group.volume if group else 0,
        trend=trend_of(group, paris_day(now)) if group else None,
        age_days=max(0, (paris_day(now) - paris_day(asked)).days),
        is_thin=draft.is_thin,
        is_edit=not draft.is_of_new_entry,
        duplicate_count=len(draft.duplicates),
        changes=draft.changes,
        searched=_searched([content.question, *(one.text for one in content.alternate_questions)], group),
    )


def _group_row(group: QuestionGroup, known: Mapping[AgencyId, Agency], now: datetime) -> QueueRow:
    """Return the row of a group without a draft; its agency is the one that most visitors were sent to."""
    contact = next(iter(counted([one.asked.contact_agency_id for one in group.failures])), "")
    return QueueRow(
        path=f"/groupes/{group.id}",
        question=group.canonical,
        language=group.failures[-1].asked.language.value,
        state=UNDRAFTED,
        agency_id=contact,
        agency=agency_name(known.get(AgencyId(contact)), contact),
        theme="",
        volume=group.volume,
        trend=trend_of(group, paris_day(now)),
        age_days=max(0, (paris_day(now) - paris_day(group.last_asked_at)).days),
        searched=_searched([group.canonical], group),
    )


def _searched(texts: Iterable[str], group: QuestionGroup | None) -> str:
    phrasings = [one.asked.text for one in group.failures] if group else []
    return fold("\n".join(dict.fromkeys([*texts, *phrasings])))


def _is_wanted(row: QueueRow, wanted: QueueFilter, person: Person) -> bool:
    own = person.agencies if wanted.agency == MINE else {wanted.agency}
    return (
        (wanted.agency == EVERY or row.agency_id in own)
        and wanted.state in (EVERY, row.state, *([PENDING] if row.state in WAITING else []))
        and (not wanted.theme or row.theme == wanted.theme)
        and _is_of_age(row.age_days, wanted.age)
        and all(word in row.searched for word in fold(wanted.words).split())
    )


def _is_of_age(days: int, age: str) -> bool:
    if age == OLDER:
        return days > max(AGES.values())
    return age not in AGES or days <= AGES[age]
