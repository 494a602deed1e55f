"""The results of rephrasings: acceptance by model, prompt and day, refusals by kind, sentences judged as cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from litestar import get, post
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest
from litestar.response import Redirect, Template

from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import RephrasingOutcome
from noa_rag.review.rights import Action
from noa_rag.storage.recorded_cases import RecordedCaseStore, sentence_case_id
from noa_rag.storage.rephrasings import Accepted, RecordedRephrasing, RephrasingFigures, RephrasingReader
from noa_rag.web.forms import read_form, text_field
from noa_rag.web.in_words import number_in_words, share_in_words
from noa_rag.web.paths import file_address
from review_ui.quality.common import qa_page, titles
from review_ui.shell.charts import Cell, FigureChart, FigureTable, Series, lines
from review_ui.shell.rendering import STATIC, redirect
from review_ui.shell.session import Review, requires, signed_in

DAYS = 30
LATEST = 50
VERDICTS = ("faithful", "wrong")


@dataclass(frozen=True, slots=True)
class FigureView:
    """The figures of a period; `acceptance` is the whole percentage shown of those that a model was asked for."""

    count: int
    tried: int
    acceptance: int | None
    outcomes: Sequence[tuple[str, int]]
    reasons: Sequence[tuple[str, int]]
    checks: Sequence[tuple[str, int]]
    median_seconds: float | None
    late_seconds: float | None


@get("/qualite/reformulations", guards=[requires(Action.READ)])
async def rephrasing_page(request: HTMXRequest, review: Review) -> Template:
    """Show the figures of the last thirty days and the latest attempts, of one outcome or of all."""
    wanted = request.query_params.get("issue", "")
    outcome = wanted if wanted in tuple(RephrasingOutcome) else ""
    noa = review.office.noa
    reader = RephrasingReader(noa.records.database)
    now = datetime.now(UTC)
    figures = await review.run(reader.figures, since=now - timedelta(days=DAYS), until=now)
    latest = await review.run(reader.latest, outcome=outcome, limit=LATEST)
    named = await review.run(titles, noa, (EntryId(attempt.entry_id) for attempt in latest if attempt.entry_id))
    judged = await review.run(RecordedCaseStore(noa.records.database).sentences)
    return qa_page(
        request,
        "rephrasings.html",
        figures=view_figures(figures),
        tables=[
            _accepted("by-model", "Par modèle", figures.by_model),
            _accepted("by-prompt", "Par consigne", figures.by_prompt),
        ],
        chart=over_days(figures.by_day),
        latest=latest,
        judged={case.id: str(case.fields["verdict"]) for case in judged},
        case_of=sentence_case_id,
        kept=request.query_params.get("cas", ""),
        outcomes=list(RephrasingOutcome),
        chosen=outcome,
        titles=named,
        days=DAYS,
        follow_css=file_address(STATIC / "follow.css"),
        model=noa.assistant.model.name if noa.assistant else "",
        silence=noa.assistant.silence if noa.assistant else "",
        certificate=(certificate := noa.assistant.certificate if noa.assistant else None),
        certified_on=f"{datetime.fromisoformat(certificate.made_at):%d/%m/%Y}" if certificate else "",
    )


@post("/qualite/reformulations/{attempt_id:int}/{number:int}", guards=[requires(Action.MARK_ANSWER)], status_code=303)
async def judge_sentence(
    request: HTMXRequest, review: Review, attempt_id: FromPath[int], number: FromPath[int]
) -> Redirect:
    """Keep a sentence of an attempt, counted from 1, as a case of the suite: faithful to its passage or not."""
    form = await read_form(request)
    verdict, outcome = text_field(form, "verdict"), text_field(form, "issue")
    if verdict not in VERDICTS:
        raise NotFound(f"{verdict!r} is no verdict on a sentence.")
    database = review.office.noa.records.database
    attempt = await review.run(RephrasingReader(database).get, attempt_id)
    fields = sentence_fields(attempt, number) | {"verdict": verdict}
    store = RecordedCaseStore(database)
    await review.run(store.keep_sentence, fields, by=signed_in(request).person.id, at=datetime.now(UTC))
    query = {"issue": outcome, "cas": attempt_id}
    return redirect("/qualite/reformulations", query, anchor=f"phrase-{attempt_id}-{number}")


def sentence_fields(attempt: RecordedRephrasing, number: int) -> dict[str, str]:
    """Return what a case keeps of the `number`th sentence, counted from 1. Raises NotFound."""
    if not 0 < number <= len(attempt.rephrasing.sentences) or attempt.entry_id is None:
        raise NotFound(f"The rephrasing {attempt.id} has no sentence {number}.")
    sentence = attempt.rephrasing.sentences[number - 1]
    return {
        "question": attempt.question,
        "entry": attempt.entry_id,
        "sentence": sentence.text,
        "quote": sentence.quote,
        "model": attempt.rephrasing.model,
        "prompt": attempt.rephrasing.prompt,
    }


def view_figures(figures: RephrasingFigures) -> FigureView:
    """Return the figures as the page shows them, most frequent first."""
    whole = sum(figures.by_day.values(), Accepted())
    seconds = figures.seconds
    return FigureView(
        count=figures.count,
        tried=whole.tried,
        acceptance=round(100 * whole.shown / whole.tried) if whole.tried else None,
        outcomes=_ordered(figures.outcomes),
        reasons=_ordered(figures.reasons),
        checks=_ordered(figures.checks),
        median_seconds=seconds[len(seconds) // 2] if seconds else None,
        late_seconds=seconds[round(0.95 * (len(seconds) - 1))] if seconds else None,
    )


def over_days(by_day: Mapping[date, Accepted]) -> FigureChart | None:
    """Return a chart of the share shown on each day on which a model was asked; None for fewer than two such days."""
    days = sorted(by_day)
    if len(days) < 2:
        return None
    title = "Part des reformulations montrées, jour par jour"
    shares = tuple(round(100 * by_day[day].shown / by_day[day].tried) for day in days)
    label = "Montrées, sur celles demandées au modèle"
    first, last = f"{days[0]:%d/%m}", f"{days[-1]:%d/%m}"
    summary = f"Du {first} au {last} : de {min(shares)} % à {max(shares)} % ; le dernier jour {shares[-1]} %."
    marked = {0, len(days) // 2, len(days) - 1}
    labels = [f"{day:%d/%m}" if at in marked else "" for at, day in enumerate(days)]
    drawing = lines(labels, [Series(label, shares)], summary, partial(number_in_words, language=Language.FRENCH))
    names = {f"{day:%d/%m/%Y}": by_day[day] for day in reversed(days)}
    table = _accepted("by-day", title, names, first="Jour")
    return FigureChart("rephrasings-by-day", title, drawing, (label,), table)


def _accepted(table_id: str, caption: str, rows: Mapping[str, Accepted], *, first: str = "") -> FigureTable:
    """Return a row for each name: how many were asked for, and how many of these were shown."""
    columns = [first or caption, "Demandées", "Montrées", "Part"]
    ordered = rows.items() if first else sorted(rows.items(), key=lambda pair: (-pair[1].tried, pair[0]))
    cells = [
        [
            Cell(name),
            Cell(number_in_words(key.tried, Language.FRENCH)),
            Cell(number_in_words(key.shown, Language.FRENCH)),
            Cell(share_in_words(key.shown / key.tried, Language.FRENCH)),
        ]
        for name, key in ordered
    ]
    return FigureTable(table_id, caption, columns, cells)


def _ordered(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


HANDLERS = (rephrasing_page, judge_sentence)
