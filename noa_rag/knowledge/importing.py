"""Bringing knowledge into the base, all or nothing, out of it, and checking it beside the bundled pack."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from difflib import unified_diff
from pathlib import Path
from typing import Protocol

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import DEMONSTRATION, EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.domain.facts import Fact, FactBook, FactId
from noa_rag.domain.ports import Progress, no_progress
from noa_rag.knowledge.entry_file import write_entry
from noa_rag.knowledge.history import DatedVersion
from noa_rag.knowledge.pack import CALCULATORS, SITUATIONS, Pack, read_pack, write_pack
from noa_rag.knowledge.plan import (
    IMPORT_AUTHOR,
    ImportPlan,
    differing_fields,
    plan_histories,
    plan_import,
    plan_retirement,
)
from noa_rag.knowledge.rules.questions import Embed
from noa_rag.knowledge.rules.report import Report, examine
from noa_rag.knowledge.vosdroits import read_vosdroits

NONE = Path()  # in place of the bundled pack, where there is none


class KnowledgeRecords(Protocol):
    """The base that knowledge is brought into; `service.records.Records` implements it."""

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def themes(self) -> tuple[Theme, ...]: ...

    def facts(self) -> FactBook: ...

    def fact_authors(self) -> Mapping[FactId, str]: ...

    def entry_ids(self) -> Collection[EntryId]: ...

    def current(self, ids: Collection[EntryId]) -> Mapping[EntryId, EntryVersion]: ...

    def history(self, entry_id: EntryId) -> Sequence[EntryVersion]: ...

    def changed_since(self, revision: int) -> tuple[int, Iterable[EntryVersion]]: ...

    def all_in_force(self, day: date) -> Iterable[EntryVersion]: ...

    def keep_library(self, texts: Iterable[tuple[EntryId, EntryContent]]) -> int: ...

    def save(
        self,
        agencies: Iterable[Agency],
        themes: Iterable[Theme],
        versions: Collection[NewVersion],
        facts: Collection[Fact] = (),
    ) -> None: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that an import left alone: the fields in which the pack's differs, and a unified diff of both as files.

    `fields` is empty where the pack no longer has the entry, or somebody withdrew it.
    """

    entry_id: EntryId
    fields: tuple[str, ...]
    diff: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    new_count: int
    changed_count: int
    unchanged_count: int
    kept: tuple[EntryId, ...] = ()
    retired: tuple[EntryId, ...] = ()
    """Entries withdrawn because others of the pack took their place."""
    differences: tuple[Difference, ...] = ()
    """How the entries that were kept differ from the pack's."""
    library_count: int = 0
    facts_count: int = 0
    """Facts that are new or changed."""
    kept_facts: tuple[FactId, ...] = ()
    """Facts left as they are, because somebody changed them in the base."""


def import_pack(
    records: KnowledgeRecords,
    path: Path,
    *,
    origin: str | None = None,
    replace: bool = False,
    progress: Progress = no_progress,
) -> Imported:
    """Import a pack. Raises InvalidKnowledge with every mistake, having changed nothing.

    Versions that an entry carries keep the moments at which they were approved; the audit notes that, and when, they
    were imported.
    """
    pack = read_pack(
        path,
        known_agencies=records.agencies().keys(),
        known_themes=[theme.id for theme in records.themes()],
        known_entries=records.entry_ids(),
        known_facts=records.facts().facts,
        origin=origin,
        progress=lambda done, total: progress("reading entries", done, total),
    )
    note = f"import of {path.name}"
    return _save(records, pack, note=note, replace=replace)


def import_vosdroits(
    records: KnowledgeRecords,
    path: Path,
    *,
    as_library: bool = False,
    replace: bool = False,
    progress: Progress = no_progress,
) -> Imported:
    """Import official fiches, as entries or as evidence that is never served."""
    reading = read_vosdroits(path, progress=lambda done, total: progress("reading fiches", done, total))
    if as_library:
        return Imported(0, 0, 0, library_count=records.keep_library(reading.entries))
    themes = {content.theme for _, content in reading.entries} - {theme.id for theme in records.themes()}
    unknown = [Theme(theme, theme.replace("-", " ").capitalize(), theme) for theme in sorted(themes)]
    return _save(
        records,
        Pack(tuple(reading.agencies), tuple(unknown), tuple(reading.entries)),
        note=f"import of {path.name}",
        replace=replace,
    )


def export_pack(records: KnowledgeRecords, folder: Path, *, with_history: bool = False) -> int:
    """Write every approved entry, agency and theme beneath a folder; return how many entries.

    With history, every version of every entry is written, withdrawn ones included; without it, of those entries alone
    that have a version to come. Who approved them stays behind: that is the audit's to say, of the base where it was
    done.
    """
    _, versions = records.changed_since(-1)
    in_force = {version.id: version.version for version in records.all_in_force(today_in_paris())}
    entries = tuple(
        (version.id, version.content) for version in versions if with_history or version.status is EntryStatus.APPROVED
    )
    written = {entry_id for entry_id, _ in entries}
    facts = tuple(
        replace(fact, entries=tuple(entry_id for entry_id in fact.entries if entry_id in written))
        for fact in records.facts().facts.values()
    )
    dated = [
        version.id
        for version in versions
        if version.id in written and (with_history or version.version != in_force[version.id])
    ]
    histories = {entry_id: _dated(records, entry_id) for entry_id in dated}
    return write_pack(Pack(tuple(records.agencies().values()), records.themes(), entries, histories, facts), folder)


def _dated(records: KnowledgeRecords, entry_id: EntryId) -> tuple[DatedVersion, ...]:
    history = records.history(entry_id)
    return tuple(DatedVersion(entry.content, entry.approved_at, entry.status, entry.note) for entry in history)


def _save(records: KnowledgeRecords, pack: Pack, *, note: str, replace: bool) -> Imported:
    now, dated = datetime.now(UTC), pack.histories
    listed = [(entry_id, content) for entry_id, content in pack.entries if entry_id not in dated]
    known = records.current([entry_id for entry_id, _ in listed])
    past = {entry_id: records.history(entry_id) for entry_id in dated}
    plan: ImportPlan = plan_import(listed, known, at=now, note=note, replace=replace)
    plan += plan_histories(dated, past, at=now, note=note, replace=replace)
    retiring = records.current(list(pack.retired))
    plan += plan_retirement(pack.retired, retiring, at=now, note=note, replace=replace)
    generals = {content.variant_of for _, content in pack.entries if content.variant_of}
    stand = {entry_id: version.content for entry_id, version in records.current(generals).items()}
    _refuse_variants_of_others(pack, stand | {version.id: version.content for version in plan.versions})
    facts, kept_facts = _facts_to_write(records, pack.facts, is_replacing=replace)
    records.save(pack.agencies, pack.themes, plan.versions, facts)
    return Imported(
        plan.new_count,
        plan.changed_count,
        plan.unchanged_count,
        plan.kept,
        plan.retired,
        _differences(plan.kept, known, dict(listed)),
        facts_count=len(facts),
        kept_facts=kept_facts,
    )


def _refuse_variants_of_others(pack: Pack, general: Mapping[EntryId, EntryContent]) -> None:
    """Raise InvalidKnowledge where a variant joins a `general` entry of another agency that the pack does not hold."""
    listed = dict(pack.entries)
    complaints = [
        pack.files[entry_id].complaint(
            "variant_of",
            f"`variant_of` names `{family}`, an entry of the agency `{owner}`, which has to approve it: propose the"
            " variant in the workspace, or import both entries in one pack",
        )
        for entry_id, content in pack.entries
        if (family := content.variant_of)
        and family in general
        and listed.get(family, content).agency_id != (owner := general[family].agency_id)
    ]
    if complaints:
        raise InvalidKnowledge(complaints)


def _differences(
    kept: Iterable[EntryId], known: Mapping[EntryId, EntryVersion], wanted: Mapping[EntryId, EntryContent]
) -> tuple[Difference, ...]:
    differences: list[Difference] = []
    for entry_id in kept:
        version, content = known.get(entry_id), wanted.get(entry_id)
        if version is None or content is None:
            differences.append(Difference(entry_id, (), ""))
            continue
        theirs, ours = (write_entry(entry_id, side).splitlines(keepends=True) for side in (version.content, content))
        diff = "".join(unified_diff(theirs, ours, f"{entry_id} in the base", f"{entry_id} in the pack"))
        differences.append(Difference(entry_id, differing_fields(version.content, content), diff))
    return tuple(differences)


def missing_from(bundled: Path, records: KnowledgeRecords) -> tuple[EntryId, ...]:
    """Return the entries of the bundled pack that the base lacks, by their file names alone."""
    if bundled == NONE:
        return ()
    known = set(records.entry_ids())
    paths = (path for name in ("entries", SITUATIONS, CALCULATORS) for path in (bundled / name).rglob("*.yaml"))
    return tuple(sorted(EntryId(path.stem) for path in paths if path.stem not in known))


def origin_of(bundled: Path, path: Path) -> str | None:
    """Return the origin of a pack's entries: `DEMONSTRATION` for the bundled pack, None for any other."""
    is_bundled = bundled != NONE and path.resolve() == bundled.resolve()
    return DEMONSTRATION if is_bundled else None


def _facts_to_write(
    records: KnowledgeRecords, facts: Iterable[Fact], *, is_replacing: bool
) -> tuple[tuple[Fact, ...], tuple[FactId, ...]]:
    """Return the facts that differ from the base's, and those left alone because a person changed them there."""
    book, authors = records.facts().facts, records.fact_authors()
    different = [fact for fact in facts if book.get(fact.id) != fact]
    untouched = {
        fact.id for fact in different if not is_replacing and authors.get(fact.id, IMPORT_AUTHOR) != IMPORT_AUTHOR
    }
    return tuple(fact for fact in different if fact.id not in untouched), tuple(sorted(untouched))


def check_pack(
    bundled: Path,
    path: Path,
    *,
    today: date,
    rules: Collection[str] = (),
    strict: Iterable[str] = (),
    embed: Embed | None = None,
) -> tuple[Pack, Report]:
    """Return a pack with what the rules found. Raises InvalidKnowledge with every mistake of form."""
    pack = read_beside_bundled(bundled, path)
    return pack, examine(pack, today=today, rules=rules, strict=strict, embed=embed)


def read_beside_bundled(bundled: Path, path: Path) -> Pack:
    """Return a pack, a folder of entries or one entry, which may refer to what the bundled pack holds."""
    is_other = bundled != NONE and bundled.is_dir() and path.resolve() != bundled.resolve()
    beside = read_pack(bundled) if is_other else Pack((), (), ())
    pack = read_pack(
        path,
        known_agencies=[agency.id for agency in beside.agencies],
        known_themes=[theme.id for theme in beside.themes],
        known_entries=[entry_id for entry_id, _ in beside.entries],
        known_facts={fact.id: fact for fact in beside.facts},
    )
    _refuse_variants_of_others(pack, dict((*beside.entries, *pack.entries)))
    return pack
