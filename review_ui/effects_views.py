"""What approving a draft would change, as its page tells it."""

from collections.abc import Iterator
from dataclasses import dataclass

from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryContent, EntryId
from noa_rag.domain.ports import GateVerdict
from noa_rag.review.replay import ChangeKind, Outcome, Replayed
from noa_rag.service.office import Office

SHOWN_CHANGES = 10  # of each kind


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One question; `before` and `after` are questions of entries, empty where they say nothing new."""

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


def read_effects(office: Office, draft: Draft, content: EntryContent) -> EffectsView:
    """Replay the questions and return what would change; takes seconds."""
    preview = office.preview(draft, content)
    report = preview.replay
    return EffectsView(
        group_count=report.own.question_count,
        group_answered=report.own.answered_after,
        question_count=report.recorded.question_count,
        distinct_count=report.recorded.distinct_count,
        unchanged_count=report.recorded.unchanged_count,
        left_out_count=report.left_out_count,
        seconds=f"{report.seconds:.1f}",
        parts=tuple(_parts(office, report.recorded, draft.entry_id, content)),
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
