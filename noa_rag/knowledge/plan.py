"""What an import would change: new versions, unchanged entries, and those it must leave alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from dataclasses import replace as with_fields
from datetime import datetime

from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion
from noa_rag.knowledge.history import DatedVersion

IMPORT_AUTHOR = "import"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The outcome of comparing files with the base; `kept` names entries that people changed since."""

    versions: tuple[NewVersion, ...]
    unchanged_count: int
    kept: tuple[EntryId, ...]
    retired: tuple[EntryId, ...] = ()
    """Entries that are withdrawn because others took their place; not among the changed ones."""

    @property
    def new_count(self) -> int:
        return sum(version.expected_version == 0 for version in self.versions)

    @property
    def changed_count(self) -> int:
        return len({version.id for version in self.versions}) - self.new_count - len(self.retired)

    def __add__(self, other: "ImportPlan") -> "ImportPlan":
        return ImportPlan(
            self.versions + other.versions,
            self.unchanged_count + other.unchanged_count,
            self.kept + other.kept,
            self.retired + other.retired,
        )


def plan_import(
    entries: Iterable[tuple[EntryId, EntryContent]],
    current: Mapping[EntryId, EntryVersion],
    *,
    at: datetime,
    note: str,
    replace: bool = False,
) -> ImportPlan:
    """Compare entries with the base.

    An entry that a person approved or withdrew since its last import is kept as it is and reported, unless `replace`
    says otherwise.
    """
    versions: list[NewVersion] = []
    unchanged: list[EntryId] = []
    unchanged_count = 0
    for entry_id, content in entries:
        known = current.get(entry_id)
        if known and known.status is EntryStatus.APPROVED and known.content == content:
            unchanged_count += 1
        elif known and _is_a_persons(known) and not replace:
            unchanged.append(entry_id)
        else:
            dated = DatedVersion(content, at, note=note)
            versions.append(_new_version(entry_id, dated, expected_version=known.version if known else 0))
    return ImportPlan(tuple(versions), unchanged_count, tuple(unchanged))


def plan_retirement(
    retired: Mapping[EntryId, EntryId],
    current: Mapping[EntryId, EntryVersion],
    *,
    at: datetime,
    note: str,
    replace: bool = False,
) -> ImportPlan:
    """Plan the withdrawal of replaced entries; one that a person wrote or decided on is kept and reported."""
    versions: list[NewVersion] = []
    unchanged: list[EntryId] = []
    for entry_id, replacement in retired.items():
        known = current.get(entry_id)
        if known is None or known.status is not EntryStatus.APPROVED:
            continue
        if _is_a_persons(known) and not replace:
            unchanged.append(entry_id)
            continue
        content = with_fields(known.content, replaced_by=replacement)
        dated = DatedVersion(content, at, EntryStatus.WITHDRAWN, f"{note}: {replacement} takes its place")
        versions.append(_new_version(entry_id, dated, expected_version=known.version))
    return ImportPlan(tuple(versions), 0, tuple(unchanged), tuple(version.id for version in versions))


def differing_fields(before: EntryContent, after: EntryContent) -> tuple[str, ...]:
    """Return the names of the fields in which two contents differ."""
    names = (field.name for field in fields(EntryContent))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def plan_histories(
    histories: Mapping[EntryId, Sequence[DatedVersion]],
    known: Mapping[EntryId, Sequence[EntryVersion]],
    *,
    at: datetime,
    note: str,
    replace: bool = False,
) -> ImportPlan:
    """Compare entries that carry their versions with all the base knows of them.

    Versions that the base lacks follow those it has, each with its own moment of approval. Versions in
    the base are never rewritten: an entry whose history differs, or has gone on since, is kept and reported; with
    `replace` the newest version of the file becomes current now, and the history stays.
    """
    plan = ImportPlan((), 0, ())
    for entry_id, history in histories.items():
        versions = known.get(entry_id, ())
        same = sum(_is_same(version, dated) for version, dated in zip(versions, history, strict=False))
        if same == len(versions) == len(history):
            plan += ImportPlan((), 1, ())
        elif same == len(versions):
            plan += ImportPlan(tuple(_following(entry_id, history, after=same)), 0, ())
        elif not replace:
            plan += ImportPlan((), 0, (entry_id,))
        elif _shows(versions[-1], history[-1]):
            plan += ImportPlan((), 1, ())
        else:
            newest = DatedVersion(history[-1].content, at, history[-1].status, note)
            plan += ImportPlan((_new_version(entry_id, newest, expected_version=len(versions)),), 0, ())
    return plan


def _is_a_persons(known: EntryVersion) -> bool:
    """Whether a person wrote or approved a version."""
    return {known.author, known.approver} != {IMPORT_AUTHOR}


def _following(entry_id: EntryId, history: Sequence[DatedVersion], *, after: int) -> Iterable[NewVersion]:
    for expected_version, dated in enumerate(history[after:], start=after):
        yield _new_version(entry_id, dated, expected_version=expected_version)


def _new_version(entry_id: EntryId, dated: DatedVersion, *, expected_version: int) -> NewVersion:
    return NewVersion(
        id=entry_id,
        content=dated.content,
        expected_version=expected_version,
        author=IMPORT_AUTHOR,
        approver=IMPORT_AUTHOR,
        approved_at=dated.approved_at,
        status=dated.status,
        note=dated.note,
    )


def _is_same(known: EntryVersion, dated: DatedVersion) -> bool:
    return _shows(known, dated) and known.approved_at == dated.approved_at


def _shows(known: EntryVersion, dated: DatedVersion) -> bool:
    return known.status is dated.status and known.content == dated.content
