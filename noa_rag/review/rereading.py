"""Drafts that Noa opens of entries in force, because a fact that they state or a text that they rest on changed."""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from noa_rag.domain.draft import Draft, DraftId, DraftState, ProposedBy
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, Source
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.facts import DatedValue, Fact, FactBook, FactId, restated, states, whole_text, with_value
from noa_rag.domain.ports import ReviewChange, ReviewStore
from noa_rag.knowledge.facts_file import read_facts
from noa_rag.review.drafting import NOA


class BaseRecords(Protocol):
    """The records of a base whose entries may have to be read again."""

    @property
    def review(self) -> ReviewStore: ...

    def entry_ids(self) -> Collection[EntryId]: ...

    def current(self, ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]: ...

    def library_texts(self) -> Mapping[EntryId, EntryContent]: ...

    def facts(self) -> FactBook: ...

    def change_facts(self, facts: Collection[Fact], *, actor: str, at: datetime) -> int:
        """Write facts that somebody changed, with who did it. Return how many."""


@dataclass(frozen=True, slots=True)
class Rereading:
    """An entry to be read again: how its content should change, and why, in lines for its referents.

    A line of `why` that begins with a space is a quote that belongs to the line before it.
    """

    entry_id: EntryId
    proposed_by: ProposedBy
    content: Callable[[EntryContent], EntryContent]
    why: str
    cause: tuple[str, str]
    """What the audit notes of it: a name and an id, such as `fact` and `smic_horaire`."""


@dataclass(frozen=True, slots=True)
class OpenedDrafts:
    """What a run opened: drafts made or completed, and the entries whose draft somebody else has in hand."""

    made: tuple[Draft, ...] = ()
    in_hand: tuple[EntryId, ...] = ()


def open_drafts(change: ReviewChange, wanted: Iterable[Rereading], *, at: datetime) -> OpenedDrafts:
    """Open one draft an entry, in the caller's transaction; one that Noa opened before is completed.

    A draft that a person has in hand is left alone: the entry is named, for her to see to it.
    """
    made: dict[DraftId, Draft] = {}
    in_hand: list[EntryId] = []
    for rereading in wanted:
        entry = change.entry(rereading.entry_id)
        pending = change.pending_drafts_of(rereading.entry_id)
        if entry is None or entry.status is not EntryStatus.APPROVED:
            continue
        if not pending:
            draft = _draft(entry, rereading, at)
            change.add_draft(draft)
        elif _is_untouched(pending[0], entry):
            completed = _completed(pending[0], rereading, at)
            if (completed.content, completed.owner_reason) == (pending[0].content, pending[0].owner_reason):
                continue
            draft = change.save_draft(completed, expected_revision=pending[0].revision)
        else:
            in_hand.append(rereading.entry_id)
            continue
        name, cause_id = rereading.cause
        change.audit(NOA, "draft_prepared", draft.id, {"entry": entry.id, "agency": draft.agency_id, name: cause_id})
        made[draft.id] = draft
    return OpenedDrafts(tuple(made.values()), tuple(dict.fromkeys(in_hand)))


def _draft(entry: EntryVersion, rereading: Rereading, at: datetime) -> Draft:
    return Draft(
        id=DraftId(uuid.uuid4().hex),
        entry_id=entry.id,
        agency_id=entry.content.agency_id,
        content=rereading.content(entry.content),
        author=NOA,
        created_at=at,
        updated_at=at,
        base_version=entry.version,
        proposed_by=rereading.proposed_by,
        owner_reason=rereading.why,
    )


def _completed(draft: Draft, rereading: Rereading, at: datetime) -> Draft:
    reasons = draft.owner_reason if rereading.why in draft.owner_reason else f"{draft.owner_reason}\n{rereading.why}"
    return replace(draft, content=rereading.content(draft.content), owner_reason=reasons, updated_at=at)


def _is_untouched(draft: Draft, entry: EntryVersion) -> bool:
    is_noas = draft.author == NOA and draft.state is DraftState.OPEN and draft.base_version == entry.version
    return is_noas and draft.proposed_by.asks_to_read_again


def _rereadings(fact: Fact, entries: Iterable[EntryVersion]) -> Iterator[Rereading]:
    """Yield one for each of the entries that states an earlier value of a fact and not its newest."""
    new = fact.newest
    for entry in entries:
        text = whole_text(entry.content)
        stated = (old for old in reversed(fact.periods[:-1]) if states(text, old.value, fact.unit))
        old = None if states(text, new.value, fact.unit) else next(stated, None)
        if old is not None:
            content = partial(_restated, fact=fact, old=old)
            yield Rereading(entry.id, ProposedBy.FACT, content, _reason(fact, old), ("fact", fact.id))


def _reason(fact: Fact, old: DatedValue) -> str:
    """Return why an entry is to be read again, in a sentence that a referent reads: old, new, source, from when."""
    new = fact.newest
    start = f" à partir du {_day(new.valid_from)}" if new.valid_from else ""
    unit = f" {fact.unit}" if fact.unit else ""
    return (
        f"{fact.label} : {old.value}{unit} devient {new.value}{unit}{start}"
        f" (source : {new.source.title}, {new.source.url}). Relisez aussi les dates du texte."
    )


def _restated(content: EntryContent, *, fact: Fact, old: DatedValue) -> EntryContent:
    def with_new(text: str) -> str:
        return restated(text, old.value, fact.newest.value, fact.unit)

    return replace(
        content,
        answer=with_new(content.answer),
        sections=tuple(replace(section, text=with_new(section.text)) for section in content.sections),
        steps=tuple(replace(step, text=with_new(step.text)) for step in content.steps),
    )


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def set_value(
    records: BaseRecords,
    fact_id: FactId,
    value: str,
    *,
    valid_from: date,
    valid_until: date | None = None,
    source: Source | None = None,
    actor: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> OpenedDrafts:
    """Give a fact a new value from a day on, and prepare the drafts that this asks for.

    Raises NotFound for an unknown fact, and InvalidRequest where the new value cannot follow.
    """
    fact = records.facts().facts.get(fact_id)
    if fact is None:
        raise NotFound(f"No fact has the id `{fact_id}`; `noa knowledge facts` lists them.")
    if valid_until is not None and valid_until < valid_from:
        raise InvalidRequest("The last day comes before the first.", field="valid_until")
    if not value.strip():
        raise InvalidRequest("The value is empty.", field="value")
    period = DatedValue(value.strip(), source or fact.newest.source, valid_from, valid_until)
    changed = with_value(fact, period)
    records.change_facts([changed], actor=actor, at=now())
    return _prepared(records, [changed], now)


def apply_file(
    records: BaseRecords, path: Path, *, actor: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> OpenedDrafts:
    """Write every fact of a file into the base, those that a person changed too, and prepare the drafts that follow.

    Raises InvalidKnowledge with every mistake of the file, having changed nothing.
    """
    records.change_facts(read_facts(path), actor=actor, at=now())
    return prepare_drafts(records, now=now)


def prepare_drafts(records: BaseRecords, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> OpenedDrafts:
    """Prepare a draft for each entry that states an earlier value of a fact; twice in a row changes nothing."""
    return _prepared(records, records.facts().facts.values(), now)


def by_end(facts: Collection[Fact]) -> list[Fact]:
    """Return facts, those that end first before the others; those that hold until further notice come last."""
    return sorted(facts, key=lambda fact: (fact.ends_on or date.max, fact.id))


def _prepared(records: BaseRecords, facts: Iterable[Fact], now: Callable[[], datetime]) -> OpenedDrafts:
    wanted = [
        rereading
        for fact in facts
        if len(fact.periods) > 1
        for rereading in _rereadings(fact, records.current(fact.entries).values())
    ]
    with records.review.changing() as change:
        return open_drafts(change, wanted, at=now())
