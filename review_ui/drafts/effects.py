"""What approving a draft would change: its questions and recent ones asked again, before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import InvalidContent
from noa_rag.domain.ports import GateVerdict
from noa_rag.review.replay import ChangeKind, Outcome, Replayed
from noa_rag.review.rights import Action
from noa_rag.service.office import Office
from review_ui.drafts.form import SentForm, read_sent
from review_ui.drafts.pages import show_draft, show_invalid, view_of
from review_ui.shell.rendering import render
from review_ui.shell.session import requires
from review_ui.shell.site import ReviewSite

SHOWN_CHANGES = 10  # of each kind


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One question; `before` and `after` are the questions of the entries that answer it, where these differ."""

    text: str
    count: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class KindView:
    """The changes of one kind; `more` is how many questions are not listed."""

    kind: str
    count: int
    changes: tuple[ChangeView, ...]
    more: int


@dataclass(frozen=True, slots=True)
class EffectsView:
    group_count: int
    group_answered: int
    question_count: int
    distinct_count: int
    unchanged_count: int
    left_out_count: int
    seconds: str
    parts: tuple[KindView, ...]
    verdict: GateVerdict | None


@post("/brouillons/{draft_id:str}/effets", guards=[requires(Action.READ)], status_code=200)
async def effects(request: HTMXRequest, review: NamedDependency[ReviewSite], draft_id: FromPath[str]) -> Response[Any]:
    """Show what approving the text in the editor would change; nothing is stored."""
    sent = await read_sent(request, review, draft_id)
    try:
        found = await review.line.run(_read_effects, sent)
    except InvalidContent as error:
        return show_invalid(request, await view_of(request, review, draft_id), sent, error.problems)
    if request.htmx:
        return render(request, "review_ui/drafts/_effects.html", effects=found)
    return show_draft(request, await view_of(request, review, draft_id), sent=sent, effects=found)


HANDLERS = (effects,)


def _read_effects(sent: SentForm) -> EffectsView:
    """Replay the questions and return what would change; takes seconds. Raises InvalidContent."""
    content = sent.content()
    preview = sent.office.preview(sent.draft, content)
    report = preview.replay
    return EffectsView(
        group_count=report.own.question_count,
        group_answered=report.own.answered_after,
        question_count=report.recorded.question_count,
        distinct_count=report.recorded.distinct_count,
        unchanged_count=report.recorded.unchanged_count,
        left_out_count=report.left_out_count,
        seconds=f"{report.seconds:.1f}",
        parts=tuple(_parts(sent.office, report.recorded, sent.draft.entry_id, content)),
        verdict=preview.verdict,
    )


def _parts(office: Office, replayed: Replayed, entry_id: EntryId, content: EntryContent) -> Iterator[KindView]:
    for kind in ChangeKind:
        changes = replayed.of_kind(kind)
        shown = changes[:SHOWN_CHANGES]
        ids = {known for one in shown for known in (one.before.entry_id, one.after.entry_id) if known}
        titles = {one.id: one.content.question for one in office.noa.records.current(ids).values()}
        before, after = titles, titles | {entry_id: content.question}
        yield KindView(
            kind=kind.value,
            count=replayed.count_of(kind),
            changes=tuple(
                ChangeView(one.text, one.count, _title(one.before, before), _title(one.after, after))
                if kind in (ChangeKind.OTHER_ENTRY, ChangeKind.NEWLY_ANSWERED, ChangeKind.LOST)
                else ChangeView(one.text, one.count, "", "")
                for one in shown
            ),
            more=replayed.count_of(kind) - sum(one.count for one in shown),
        )


def _title(outcome: Outcome, titles: dict[EntryId, str]) -> str:
    return titles.get(outcome.entry_id, outcome.entry_id) if outcome.entry_id else ""
