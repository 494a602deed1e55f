"""The first page of QA: suites to run, the run under way, and the runs there are."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from evals.runner.service_runs import Cancelled
from evals.suites.cases import UNKNOWN_ENTRIES
from evals.suites.suite_list import EVERY_SUITE, Suite
from noa_rag.domain.errors import InvalidKnowledge, NotAllowedNow
from noa_rag.domain.ports import Progress
from noa_rag.review.rights import Action
from noa_rag.service.jobs import Job, JobResult, JobState
from noa_rag.translation import N_
from noa_rag.web.forms import read_form, text_field
from review_ui.quality.common import qa_page, service_runs
from review_ui.shell.rendering import redirect, translator_of
from review_ui.shell.session import requires, signed_in
from review_ui.shell.site import ReviewSite

KIND = "evaluation"
MISFITS_LISTED = 100  # of the cases that do not fit the base; the others are only counted
_ASKING = "asking "  # the progress of an evaluation begins so, followed by its suite


@dataclass(frozen=True, slots=True)
class RunJob:
    """A run under way or just over; `state` is a word of `JobState`, or `cancelled`, or `misfit`.

    `misfit_count` cases did not fit the base; `misfits` are the first of them, in words.
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
        return await _home(request, review, status=422, problem=N_("Choisissez au moins une série."))
    try:
        await review.line.run(_start, review, chosen, signed_in(request).person.id)
    except NotAllowedNow:
        return await _home(
            request, review, status=409, problem=N_("Une exécution est déjà en cours ; attendez sa fin, ou arrêtez-la.")
        )
    return redirect(request, "/qualite")


@post("/qualite/executions/arret", guards=[requires(Action.RUN_EVALUATION)], status_code=303)
async def stop_run(request: HTMXRequest, review: NamedDependency[ReviewSite]) -> Redirect:
    """Stop the run that the page showed, but no run that began since."""
    shown = text_field(await read_form(request), "job")
    job = await review.line.run(review.office.jobs.latest, KIND)
    if job is not None and job.id == shown and job.state is JobState.RUNNING:
        await review.line.run(service_runs(review).cancel)
    return redirect(request, "/qualite")


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
    translator = translator_of(request)
    is_asking = job.doing.startswith(_ASKING)
    doing = (
        translator.gettext("Série %(suite)s", suite=job.doing.removeprefix(_ASKING))
        if is_asking
        else translator.gettext("Préparation et calcul")
    )
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
        misfits=tuple(line.replace(UNKNOWN_ENTRIES, translator.gettext("fiches inconnues :")) for line in misfits),
    )


def _state(job: Job) -> str:
    """Return the state of a run; `cancelled` and `misfit` runs have no result."""
    if job.result.get("is_cancelled"):
        return "cancelled"
    return "misfit" if job.result.get("misfit_count") else job.state.value


HANDLERS = (qa_home, progress, start_run, stop_run)
