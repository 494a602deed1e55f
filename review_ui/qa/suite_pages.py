"""The first page of QA: suites to run, the run under way, and the runs there are."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from evals.cases import UNKNOWN_ENTRIES
from evals.service_runs import Cancelled
from evals.suite_list import EVERY_SUITE, Suite
from noa_rag.domain.errors import InvalidKnowledge, NotAllowedNow
from noa_rag.domain.ports import Progress
from noa_rag.review.rights import Action
from noa_rag.service.jobs import Job, JobResult, JobState
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.paths import language_of
from review_ui.paths import review_url
from review_ui.qa.common import qa_page, service_runs
from review_ui.session import requires, signed_in
from review_ui.site import ReviewSite
from review_ui.texts import ReviewTexts

KIND = "evaluation"
MISFITS_LISTED = 100  # of cases that do not go with the base; beyond, their number says enough
_ASKING = "asking "  # how evaluations begin to say what they are doing


@dataclass(frozen=True, slots=True)
class RunJob:
    """A run under way or just over; `state` is a word of `JobState`, or `cancelled`, or `misfit`.

    `misfit_count` cases did not go with the base; `misfits` are the first of them, in words.
    """

    id: str
    state: str
    doing: str
    done: int
    total: int
    name: str
    problem: str
    misfit_count: int
    misfits: tuple[str, ...]

    @property
    def is_running(self) -> bool:
        return self.state == JobState.RUNNING


@get("/qualite", guards=[requires(Action.READ)])
async def qa_home(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show the suites and the runs."""
    return await _home(request, review)


@get("/qualite/avancement", guards=[requires(Action.READ)])
async def progress(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Template:
    """Show how far the run is; the whole page where htmx did not ask."""
    return await _home(request, review, fragment="_progress.html")


@post("/qualite/executions", guards=[requires(Action.RUN_EVALUATION)], status_code=303)
async def start_run(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Response[Any]:
    """Begin a run of the suites that were chosen."""
    form = await read_form(request)
    chosen = [suite for suite in EVERY_SUITE.values() if suite.name in form.getall("suite", [])]
    if not chosen:
        return await _home(request, review, status=422, problem="qa_none_chosen")
    try:
        await review.line.run(_start, review, chosen, signed_in(request).person.id)
    except NotAllowedNow:
        return await _home(request, review, status=409, problem="qa_under_way")
    return _back(request)


@post("/qualite/executions/arret", guards=[requires(Action.RUN_EVALUATION)], status_code=303)
async def stop_run(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Stop the run that the page showed; another one that began since goes on."""
    shown = text_field(await read_form(request), "job")
    job = await review.line.run(review.office.jobs.latest, KIND)
    if job is not None and job.id == shown and job.state is JobState.RUNNING:
        await review.line.run(service_runs(review).cancel)
    return _back(request)


def _start(review: ReviewSite, chosen: list[Suite], person_id: str) -> str:
    runs = service_runs(review)

    def work(progress: Progress) -> JobResult:
        try:
            result = runs.run(review.office.noa, chosen, progress=progress)
        except Cancelled:
            return {"is_cancelled": 1}
        except InvalidKnowledge as error:
            listed = [str(one) for one in error.complaints[:MISFITS_LISTED]]
            return {"misfit_count": len(error.complaints), "misfits": "\n".join(listed)}
        return {"name": result.folder.name, "broken": len(result.broken)}

    return review.office.start(KIND, work, started_by=person_id)


async def _home(
    request: HTMXRequest,
    review: ReviewSite,
    *,
    status: int = 200,
    problem: str = "",
    fragment: str | None = None,
) -> Template:
    job = await review.line.run(review.office.jobs.latest, KIND)
    return qa_page(
        request,
        "home.html",
        fragment=fragment,
        status=status,
        problem=problem,
        job=_run_job(job, request) if job else None,
        runs=await review.line.run(service_runs(review).list),
        suites=list(EVERY_SUITE.values()),
    )


def _run_job(job: Job, request: Request[Any, Any, Any]) -> RunJob:
    texts = ReviewTexts(language_of(request.url.path))
    is_asking = job.doing.startswith(_ASKING)
    doing = texts("qa_asking", suite=job.doing.removeprefix(_ASKING)) if is_asking else texts("qa_preparing")
    misfits = str(job.result.get("misfits") or "").splitlines()
    return RunJob(
        id=job.id,
        state=_state(job),
        doing=doing,
        done=job.done,
        total=job.total,
        name=str(job.result.get("name", "")),
        problem=job.error,
        misfit_count=int(job.result.get("misfit_count") or 0),
        misfits=tuple(line.replace(UNKNOWN_ENTRIES, texts("qa_unknown_entries")) for line in misfits),
    )


def _state(job: Job) -> str:
    """Return what became of a run; one that was stopped, or never began, is no result to read."""
    if job.result.get("is_cancelled"):
        return "cancelled"
    return "misfit" if job.result.get("misfit_count") else job.state.value


def _back(request: Request[Any, Any, Any]) -> Redirect:
    return Redirect(review_url(language_of(request.url.path), "/qualite"), status_code=303)
