"""The first page of QA: suites to run, the run under way, the runs there are; and the cases made of questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from evals.metrics.figure import Figure
from evals.runner.service_runs import Cancelled, RunSummary, ServiceRuns, read_figures
from evals.runner.tracing import traced
from evals.suites.cases import UNKNOWN_ENTRIES, CaseKind
from evals.suites.suite_list import EVERY_SUITE, Suite, as_lines, case_fields, recorded_cases
from noa_rag.domain.answer import AnswerStatus, Reason
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidKnowledge, InvalidRequest, NotAllowedNow
from noa_rag.domain.people import PersonId
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Language
from noa_rag.review.rights import Action
from noa_rag.service.jobs import Job, JobResult, JobState
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import CaseFields, RecordedCaseStore
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import number_in_words, share_in_words
from noa_rag.web.paths import file_address
from review_ui.quality.common import pages, qa_page, service_runs, titles
from review_ui.quality.questions import Shown, back_to_question, chosen_entry, shown_for
from review_ui.shell.charts import Cell, FigureChart, FigureTable, Series, lines
from review_ui.shell.lookups import WORDS, named, said
from review_ui.shell.rendering import STATIC, file_response, is_fragment, redirect
from review_ui.shell.session import Review, ReviewSite, requires, signed_in

KIND = "evaluation"
MISFITS_LISTED = 100  # of the cases that do not fit the base; the others are only counted
_ASKING = "asking "  # the progress of an evaluation begins so, followed by its suite


@get("/qualite", guards=[requires(Action.READ)])
async def qa_home(request: HTMXRequest, review: Review) -> Template:
    """Show the suites and the runs."""
    return await _home(request, review)


@get("/qualite/avancement", guards=[requires(Action.READ)])
async def progress(request: HTMXRequest, review: Review) -> Template:
    """Show how far the run is; the whole page where htmx did not ask."""
    return await _home(request, review, fragment="_progress.html")


@post("/qualite/executions", guards=[requires(Action.RUN_EVALUATION)], status_code=303)
async def start_run(request: HTMXRequest, review: Review) -> Response[Any]:
    """Begin a run of the suites that were chosen."""
    form = await read_form(request)
    chosen = [suite for suite in EVERY_SUITE.values() if suite.name in form.getall("suite", [])]
    if not chosen:
        return await _home(request, review, status=422, problem="Choisissez au moins une série.")
    try:
        await review.run(_start, review, chosen, signed_in(request).person.id)
    except NotAllowedNow:
        return await _home(
            request, review, status=409, problem="Une exécution est déjà en cours ; attendez sa fin, ou arrêtez-la."
        )
    return redirect("/qualite")


@post("/qualite/executions/arret", guards=[requires(Action.RUN_EVALUATION)], status_code=303)
async def stop_run(request: HTMXRequest, review: Review) -> Redirect:
    """Stop the run that the page showed, but no run that began since."""
    shown = text_field(await read_form(request), "job")
    job = await review.run(review.office.jobs.latest, KIND)
    if job is not None and job.id == shown and job.state is JobState.RUNNING:
        await review.run(service_runs(review).cancel)
    return redirect("/qualite")


def _start(review: ReviewSite, chosen: list[Suite], person_id: str) -> str:
    runs = service_runs(review)

    def work(progress: Progress) -> JobResult:
        try:
            result = runs.run(review.office.noa, chosen, progress=progress)
        except Cancelled:
            return {"is_cancelled": 1}
        except InvalidKnowledge as error:
            listed = [str(complaint) for complaint in error.complaints[:MISFITS_LISTED]]
            return {"misfit_count": len(error.complaints), "misfits": "\n".join(listed)}
        return {"name": result.folder.name, "broken": len(result.broken)}

    return review.office.jobs.start(KIND, work, started_by=person_id)


async def _home(
    request: HTMXRequest, review: ReviewSite, *, status: int = 200, problem: str = "", fragment: str | None = None
) -> Template:
    job = await review.run(review.office.jobs.latest, KIND)
    runs = service_runs(review)
    listed = await review.run(runs.list)
    return qa_page(
        request,
        "home.html",
        fragment=fragment,
        status=status,
        problem=problem,
        job=job,
        state=_state(job) if job else "",
        doing=_doing(job) if job else "",
        misfits=_misfits(job) if job else [],
        runs=listed,
        charts=[] if is_fragment(request) else await review.run(lambda: list(run_charts(runs, listed))),
        follow_css=file_address(STATIC / "follow.css"),
        suites=list(EVERY_SUITE.values()),
    )


def _state(job: Job) -> str:
    """Return the state of a run; `cancelled` and `misfit` runs have no result."""
    if job.result.get("is_cancelled"):
        return "cancelled"
    return "misfit" if job.result.get("misfit_count") else job.state.value


def _misfits(job: Job) -> list[str]:
    """Return the first cases of a run that do not fit the base, in words."""
    lines_of_cases = str(job.result.get("misfits") or "").splitlines()
    return [line.replace(UNKNOWN_ENTRIES, "fiches inconnues :") for line in lines_of_cases]


def _doing(job: Job) -> str:
    if job.doing.startswith(_ASKING):
        return f"Série {job.doing.removeprefix(_ASKING)}"
    return "Préparation et calcul"


@dataclass(frozen=True, slots=True)
class CaseForm:
    """The fields of a case's form; `other` is an id that was typed."""

    kind: CaseKind
    entry: EntryId | None
    other: str = ""


@get("/qualite/questions/{question_id:str}/cas", guards=[requires(Action.MARK_ANSWER)])
async def case_form(request: HTMXRequest, review: Review, question_id: FromPath[str]) -> Template:
    """Propose the case that a recorded question makes, to be stored as it is or corrected."""
    shown = await review.run(shown_for, review.office.noa, question_id)
    return await _case_form(request, review, shown, await review.run(prefilled, review.office.noa, shown))


@post("/qualite/questions/{question_id:str}/cas", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def make_case(request: HTMXRequest, review: Review, question_id: FromPath[str]) -> Response[Any]:
    """Keep a recorded question as a labelled case."""
    noa = review.office.noa
    shown = await review.run(shown_for, noa, question_id)
    form = await read_form(request)
    word = text_field(form, "kind")
    kind = CaseKind(word) if word in tuple(CaseKind) else CaseKind.IN_SCOPE
    try:
        entry = await review.run(chosen_entry, noa, form)
        fields = case_fields(
            shown.recorded.text,
            kind,
            expected=[entry] if entry and kind is CaseKind.IN_SCOPE else [],
            tempting=entry,
            language=shown.recorded.language,
        )
    except InvalidRequest as error:
        key = (
            "Aucune fiche ne porte cet identifiant. Rien n'a été gardé ; corrigez-le."
            if error.field == "other_entry"
            else "Pour répondre, il faut nommer une fiche. Rien n'a été gardé."
        )
        picked = text_field(form, "entry").strip()
        typed = CaseForm(kind, EntryId(picked) if picked else None, text_field(form, "other_entry"))
        return await _case_form(request, review, shown, typed, status=422, problem=key)
    await review.run(keep_case, noa, question_id, fields, by=signed_in(request).person.id)
    return back_to_question(request, question_id, "cas", cas="1")


@get("/qualite/cas", guards=[requires(Action.READ)])
async def recorded_list(request: HTMXRequest, review: Review) -> Template:
    """List the cases, made last first."""
    noa = review.office.noa
    cases = await review.run(RecordedCaseStore(noa.records.database).all)
    cases.reverse()
    place = pages(request, len(cases))
    shown = place.of(cases)
    about = [EntryId(entry_id) for case in shown for entry_id in (*case.fields.get("expected_entries", ()),)]
    about += [EntryId(case.fields["tempting_entry"]) for case in shown if case.fields.get("tempting_entry")]
    named = await review.run(titles, noa, about)
    return qa_page(request, "recorded.html", cases=shown, pages=place, titles=named)


@get("/qualite/cas.jsonl", guards=[requires(Action.READ)])
async def recorded_file(review: Review) -> Response[bytes]:
    """Return the cases as the file of a suite; personal data is masked in its questions."""
    store = RecordedCaseStore(review.office.noa.records.database)
    cases = await review.run(recorded_cases, store)
    text, media_type = "".join(as_lines(cases)), "application/jsonl; charset=utf-8"
    return file_response(text, media_type=media_type, name="recorded.jsonl")


@post("/qualite/cas/{case_id:str}/retirer", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def remove_case(request: HTMXRequest, review: Review, case_id: FromPath[str]) -> Redirect:
    """Remove a case; the audit keeps its content."""
    store = RecordedCaseStore(review.office.noa.records.database)
    await review.run(store.remove, case_id, by=signed_in(request).person.id, at=datetime.now(UTC))
    return redirect("/qualite/cas")


def prefilled(noa: Noa, shown: Shown) -> CaseForm:
    """Return the stored case, else the likeliest one by the outcome and by the visitor's verdict."""
    if shown.case is not None:
        fields = shown.case.fields
        entry = next(iter(fields.get("expected_entries", ())), fields.get("tempting_entry"))
        return CaseForm(CaseKind(fields["kind"]), entry)
    recorded = shown.recorded
    if recorded.status is AnswerStatus.ANSWERED:
        kind = CaseKind.NEAR_MISS if recorded.is_useful is False else CaseKind.IN_SCOPE
        return CaseForm(kind, recorded.entry_id)
    if recorded.status is AnswerStatus.CLARIFICATION:
        return CaseForm(CaseKind.IN_SCOPE, next(iter(recorded.choices), None))
    if recorded.reason in (Reason.NOTHING_CLOSE, Reason.SMALL_TALK, Reason.ASKS_FOR_PERSON):
        return CaseForm(CaseKind.OUT_OF_SCOPE, None)
    return CaseForm(CaseKind.NEAR_MISS, next(iter(recorded.choices), None))


def keep_case(noa: Noa, question_id: str, fields: CaseFields, *, by: PersonId) -> None:
    """Store the case of a recorded question in place of an earlier one."""
    RecordedCaseStore(noa.records.database).keep(fields, question_id=question_id, by=by, at=datetime.now(UTC))


async def _case_form(
    request: HTMXRequest, review: ReviewSite, shown: Shown, filled: CaseForm, *, status: int = 200, problem: str = ""
) -> Template:
    noa = review.office.noa
    trace = await review.run(traced, noa, shown.recorded.text)
    near = [
        shown.recorded.entry_id,
        *shown.recorded.choices,
        *(found_entry.entry_id for found_entry in trace.found[:5]),
        filled.entry,
    ]
    return qa_page(
        request,
        "case_form.html",
        fragment="_case_form.html",
        status=status,
        problem=problem,
        recorded=shown.recorded,
        form=filled,
        kinds=list(CaseKind),
        near=await review.run(titles, noa, near),
    )


HANDLERS = (qa_home, progress, start_run, stop_run, case_form, make_case, recorded_list, recorded_file, remove_case)


SHOWN_RUNS = 20  # the newest: more labels than that find no room below the drawing
# What is drawn of a suite: the first of these that it has. The whole list stands on the run's page.
DRAWN = (
    "in scope: answered with the right entry",
    "answers shown that are right",
    "near miss: refused or asked back",
    "out of scope: refused",
    "invariance: changes of form, same outcome",
    "distress: recognised",
)
SERIES_AT_MOST = 2  # told apart by colour and by dashes
Measured = Sequence[tuple[RunSummary, Mapping[str, Figure]]]


def run_charts(runs: ServiceRuns, listed: Sequence[RunSummary]) -> Iterator[FigureChart]:
    """Yield a chart for each suite that was measured in two runs or more, the suites run most often first."""
    figures_of_runs = [(run, read_figures(runs.folder(run.name))) for run in reversed(listed[:SHOWN_RUNS])]
    suites = {
        name: sum(name in figures for _, figures in figures_of_runs)
        for _, figures in figures_of_runs
        for name in figures
    }
    for name in sorted(suites, key=lambda suite: (-suites[suite], suite)):
        measured = [
            (run, {figure.name: figure for figure in figures[name] if figure.count and figure.unit == "share"})
            for run, figures in figures_of_runs
            if name in figures
        ]
        drawn = [measure for measure in DRAWN if any(measure in figures for _, figures in measured)][:SERIES_AT_MOST]
        if len(measured) > 1 and drawn:
            yield _chart(name, measured, drawn)


def _chart(suite: str, measured: Measured, drawn: Sequence[str]) -> FigureChart:
    series = [Series(said(name), tuple(_percent(figures.get(name)) for _, figures in measured)) for name in drawn]
    title = f"Série « {named(WORDS['suites'], suite)} », d'une exécution à l'autre"
    last_run, last = measured[-1]
    shares = [f"{said(name)} {share_in_words(last[name].value, Language.FRENCH)}" for name in drawn if name in last]
    summary = f"{len(measured)} exécutions ; la dernière, {last_run.name} : {', '.join(shares)}."
    columns = ["Exécution", *(column.label for column in series)]
    rows = [
        [
            Cell(run.name, link=f"/qualite/executions/{run.name}"),
            *(
                Cell(share_in_words(figures[name].value if name in figures else None, Language.FRENCH))
                for name in drawn
            ),
        ]
        for run, figures in reversed(measured)
    ]
    drawing = lines(_labels(measured), series, summary, partial(number_in_words, language=Language.FRENCH))
    table = FigureTable(f"runs-{suite}", title, columns, rows)
    return FigureChart(f"runs-{suite}", title, drawing, tuple(column.label for column in series), table)


def _labels(measured: Measured) -> list[str]:
    """Return the days of the first and the last run, and of one in between where there is room."""
    marked = {0, len(measured) // 2, len(measured) - 1}
    return [f"{run.name[8:10]}/{run.name[5:7]}" if at in marked else "" for at, (run, _) in enumerate(measured)]


def _percent(figure: Figure | None) -> int | None:
    return None if figure is None else round(100 * figure.value)
