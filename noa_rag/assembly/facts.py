"""Changing a fact: its new value is kept in the base, and the entries that state the old one get their drafts."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from noa_rag.assembly.records import Records
from noa_rag.domain.entry import EntryId, EntryVersion, Source
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.facts import Fact, FactId, Period, with_value
from noa_rag.importing.facts_file import read_facts
from noa_rag.review.fact_drafts import FactDrafts, prepare, restatements


def set_value(
    records: Records,
    fact_id: FactId,
    value: str,
    *,
    valid_from: date,
    valid_until: date | None = None,
    source: Source | None = None,
    actor: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FactDrafts:
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
    period = Period(value.strip(), source or fact.newest.source, valid_from, valid_until)
    changed = with_value(fact, period)
    records.change_facts([changed], actor=actor, at=now())
    return _prepared(records, [changed], now)


def apply_file(
    records: Records, path: Path, *, actor: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> FactDrafts:
    """Take every fact of a file into the base, whoever changed it there, and prepare the drafts that this asks for.

    Raises InvalidKnowledge with every mistake of the file, having changed nothing.
    """
    records.change_facts(read_facts(path), actor=actor, at=now())
    return prepare_drafts(records, now=now)


def prepare_drafts(records: Records, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FactDrafts:
    """Prepare a draft for each entry that states an earlier value of a fact; twice in a row changes nothing."""
    return _prepared(records, records.facts().facts.values(), now)


def by_end(facts: Collection[Fact]) -> list[Fact]:
    """Return facts, those that end first before the others; those that hold until further notice come last."""
    return sorted(facts, key=lambda one: (one.ends_on or date.max, one.id))


def _prepared(records: Records, facts: Iterable[Fact], now: Callable[[], datetime]) -> FactDrafts:
    def entries(ids: Sequence[EntryId]) -> Collection[EntryVersion]:
        return records.current(ids).values()

    wanted = restatements(facts, entries)
    with records.review.changing() as change:
        return prepare(change, wanted, at=now())
