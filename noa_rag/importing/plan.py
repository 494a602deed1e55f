"""What an import would change: new versions, unchanged entries, and those it must leave alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion

IMPORT_AUTHOR = "import"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The outcome of comparing files with the base; `kept` names entries that people changed since."""

    versions: tuple[NewVersion, ...]
    unchanged_count: int
    kept: tuple[EntryId, ...]

    @property
    def new_count(self) -> int:
        return sum(version.expected_version == 0 for version in self.versions)

    @property
    def changed_count(self) -> int:
        return len(self.versions) - self.new_count


def plan_import(
    entries: Iterable[tuple[EntryId, EntryContent]],
    current: Mapping[EntryId, EntryVersion],
    *,
    at: datetime,
    note: str,
    replace: bool = False,
) -> ImportPlan:
    """Compare entries with the base. An entry that a person approved or withdrew since its last import
    is kept as it is and reported, unless `replace` says otherwise."""
    versions: list[NewVersion] = []
    kept: list[EntryId] = []
    unchanged_count = 0
    for entry_id, content in entries:
        known = current.get(entry_id)
        if known and known.status is EntryStatus.APPROVED and known.content == content:
            unchanged_count += 1
        elif known and {known.author, known.approver} != {IMPORT_AUTHOR} and not replace:
            kept.append(entry_id)
        else:
            versions.append(
                NewVersion(
                    id=entry_id,
                    content=content,
                    expected_version=known.version if known else 0,
                    author=IMPORT_AUTHOR,
                    approver=IMPORT_AUTHOR,
                    approved_at=at,
                    note=note,
                )
            )
    return ImportPlan(tuple(versions), unchanged_count, tuple(kept))
