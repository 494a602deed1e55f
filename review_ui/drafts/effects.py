"""What approving a draft would change, and the answers of today that it would spoil."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, post
from litestar.params import FromPath
from litestar.plugins.htmx import HTMXRequest

from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.errors import InvalidContent
from noa_rag.domain.ports import GateVerdict
from noa_rag.knowledge.content_rules import content_problems, refuse
from noa_rag.review.replay import ChangeKind, Outcome, Replayed, ReplayReport, Spoilt, SpoiltAnswer, unfounded_keys
from noa_rag.review.rights import Action, may
from noa_rag.service.office import Office
from review_ui.drafts.pages import SentForm, read_sent, show_draft, show_invalid, view_of
from review_ui.shell.rendering import render
from review_ui.shell.session import Review, requires

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
    report: ReplayReport
    parts: tuple[KindView, ...]
    verdict: GateVerdict | None
    spoilt: "SpoiltView | None"
    """What whoever decides is to acknowledge; None for everybody else."""


@dataclass(frozen=True, slots=True)
class SpoiltEntry:
    """The answers that an entry would no longer give; `keys`, sent by its tick box, are separated by spaces.

    `before` and `after` are the questions of the entries that answer now and then; `after` is empty if none would.
    """

    before: str
    after: str
    questions: tuple[tuple[str, int], ...]
    keys: str
    is_acknowledged: bool


@dataclass(frozen=True, slots=True)
class SpoiltFinding:
    """A finding of the quick gate about a known question, or a sentence that no quoted passage bears out."""

    key: str
    finding: str
    is_acknowledged: bool


@dataclass(frozen=True, slots=True)
class SpoiltView:
    """What the approver must acknowledge; `unfounded` are a model's sentences that no quoted passage bears out."""

    entries: tuple[SpoiltEntry, ...]
    findings: tuple[SpoiltFinding, ...]
    unfounded: tuple[SpoiltFinding, ...] = ()


@post("/brouillons/{draft_id:str}/effets", guards=[requires(Action.READ)], status_code=200)
async def effects(request: HTMXRequest, review: Review, draft_id: FromPath[str]) -> Response[Any]:
    """Show what approving the text in the editor would change; nothing is stored."""
    sent = await read_sent(request, review, draft_id)
    try:
        result = await review.run(_read_effects, sent)
    except InvalidContent as error:
        return show_invalid(request, await view_of(request, review, draft_id), sent, error.problems)
    if request.htmx:
        return render(request, "review_ui/drafts/_effects.html", effects=result)
    return show_draft(request, await view_of(request, review, draft_id), sent=sent, effects=result)


def _read_effects(sent: SentForm) -> EffectsView:
    """Replay the questions and return what would change; takes seconds. Raises InvalidContent."""
    content = sent.content()
    refuse([problem for problem in content_problems(content) if problem.field != "sources"])  # approving asks for one
    preview = sent.office.preview(sent.draft, content)
    unfounded = unfounded_keys(
        sentence.text for sentence in sent.office.held(sent.draft, content) if sentence.evidence is None
    )
    return EffectsView(
        report=preview.replay,
        parts=tuple(_parts(sent.office, preview.replay.recorded, sent.draft.entry_id, content)),
        verdict=preview.verdict,
        spoilt=view_spoilt(sent, replace(preview.spoilt, unfounded=unfounded), content.question)
        if _may_decide(sent)
        else None,
    )


def view_spoilt(sent: SentForm, spoilt: Spoilt, question: str) -> SpoiltView:
    """Return what publishing the draft would spoil, grouped by entry, and what the sent form already acknowledges.

    `question` is the draft's, as it would be published.
    """
    groups: dict[tuple[EntryId, EntryId | None], list[SpoiltAnswer]] = {}
    for answer in spoilt.answers:
        groups.setdefault((answer.before, answer.after), []).append(answer)
    ids = {entry_id for pair in groups for entry_id in pair if entry_id is not None}
    titles = {entry.id: entry.content.question for entry in sent.office.noa.records.current(ids).values()}
    after_titles = titles | {sent.draft.entry_id: question or sent.draft.content.question}
    return SpoiltView(
        entries=tuple(
            SpoiltEntry(
                before=titles.get(before, before),
                after=after_titles.get(after, after) if after else "",
                questions=tuple((answer.question, answer.count) for answer in answers),
                keys=" ".join(answer.key for answer in answers),
                is_acknowledged=sent.acknowledged.issuperset(answer.key for answer in answers),
            )
            for (before, after), answers in groups.items()
        ),
        findings=tuple(
            SpoiltFinding(key, finding, key in sent.acknowledged) for key, finding in spoilt.findings.items()
        ),
        unfounded=tuple(
            SpoiltFinding(key, sentence, key in sent.acknowledged) for key, sentence in spoilt.unfounded.items()
        ),
    )


def _may_decide(sent: SentForm) -> bool:
    owner = sent.draft.owner
    return sent.draft.state.is_pending and owner is not None and may(sent.person, Action.DECIDE, owner)


def _parts(office: Office, replayed: Replayed, entry_id: EntryId, content: EntryContent) -> Iterator[KindView]:
    for kind in ChangeKind:
        changes = replayed.of_kind(kind)
        shown = changes[:SHOWN_CHANGES]
        ids = {known for change in shown for known in (change.before.entry_id, change.after.entry_id) if known}
        titles = {entry.id: entry.content.question for entry in office.noa.records.current(ids).values()}
        before, after = titles, titles | {entry_id: content.question}
        yield KindView(
            kind=kind.value,
            count=replayed.count_of(kind),
            changes=tuple(
                ChangeView(
                    change.text,
                    change.count,
                    _title(change.before, before),
                    _title(change.after, after),
                )
                if kind in (ChangeKind.OTHER_ENTRY, ChangeKind.NEWLY_ANSWERED, ChangeKind.LOST)
                else ChangeView(change.text, change.count, "", "")
                for change in shown
            ),
            more=replayed.count_of(kind) - sum(change.count for change in shown),
        )


def _title(outcome: Outcome, titles: dict[EntryId, str]) -> str:
    return titles.get(outcome.entry_id, outcome.entry_id) if outcome.entry_id else ""


HANDLERS = (effects,)
