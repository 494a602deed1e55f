"""A knowledge pack: `agencies.yaml`, `themes.yaml`, `entries/<agency>/<id>.yaml` and `situations/<id>.yaml`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from noa_rag.domain.agency import Agency, AgencyId, LocalOffice, Theme
from noa_rag.domain.entry import Branch, EntryContent, EntryId, branch_too_deep, variant_problem
from noa_rag.domain.errors import Complaint, InvalidKnowledge
from noa_rag.domain.facts import Fact, FactId
from noa_rag.domain.opening import read_hours
from noa_rag.knowledge.calculation_rules import calculation_problems, in_english
from noa_rag.knowledge.entry_file import EntryFile, read_entry_file, read_regions, write_entry, write_history
from noa_rag.knowledge.facts_file import FACTS, fact_complaints, read_fact_file, write_facts
from noa_rag.knowledge.fields import Fields, read_list, yaml_text
from noa_rag.knowledge.history import DatedVersion
from noa_rag.knowledge.themes_file import THEMES, read_themes, theme_complaints, write_themes

AGENCIES, RETIRED = "agencies.yaml", "retired.yaml"
SITUATIONS = "situations"  # the folder of the entries that have branches
CALCULATORS = "calculators"  # and of those that calculate
_VARIANT_COMPLAINTS = {
    "variant_of_itself": "`variant_of` names the entry itself",
    "variant_for_everybody": "a variant must say for which `regions` or `audiences` it is written",
}


@dataclass(frozen=True, slots=True)
class Pack:
    """All that a folder holds, read and cross-checked.

    `entries` has the newest content of each; `histories` has every version of those that carry several.
    """

    agencies: tuple[Agency, ...]
    themes: tuple[Theme, ...]
    entries: tuple[tuple[EntryId, EntryContent], ...]
    histories: Mapping[EntryId, tuple[DatedVersion, ...]] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    retired: Mapping[EntryId, EntryId] = field(default_factory=dict)
    """Entries of earlier packs that this one no longer has, each with the one that took its place."""
    files: Mapping[EntryId, EntryFile] = field(default_factory=dict, compare=False, repr=False)
    """Each entry as it was read, with its lines; none where the pack was not read from files."""
    cards: Mapping[AgencyId, tuple[int, date | None]] = field(default_factory=dict, compare=False, repr=False)
    """Of each agency the line of its card, and the day on which somebody last called its numbers."""


def read_pack(
    folder: Path,
    *,
    known_agencies: Collection[AgencyId] = (),
    known_themes: Collection[str] = (),
    known_entries: Collection[EntryId] = (),
    known_facts: Mapping[FactId, Fact] | None = None,
    origin: str | None = None,
    now: datetime | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Pack:
    """Read a pack; ids that the base already knows may be referred to.

    Raises InvalidKnowledge with every mistake found; nothing is returned half-read.
    """
    complaints: list[Complaint] = []
    cards = read_list(folder / AGENCIES, _card, complaints, shown_as=AGENCIES)
    agencies = [agency for _, (agency, _) in cards]
    themes = read_themes(folder / THEMES, complaints)
    facts = read_fact_file(folder / FACTS, complaints)
    retired = read_list(folder / RETIRED, _retired, complaints, shown_as=RETIRED)
    paths = _entry_paths(folder, complaints)
    files: dict[EntryId, EntryFile] = {}
    for number, path in enumerate(paths, start=1):
        name = str(path.relative_to(folder)) if path != folder else path.name
        outcome = read_entry_file(path, shown_as=name, now=now)
        if isinstance(outcome, list):
            complaints.extend(outcome)
        elif outcome.id in files:
            complaints.append(outcome.complaint("id", f"the id `{outcome.id}` is taken by {files[outcome.id].path}"))
        else:
            files[outcome.id] = outcome
        progress(number, len(paths))
    complaints += _variant_complaints(files, known_entries)
    complaints += _branch_complaints(files)
    complaints += _retired_complaints(retired, files)
    complaints += _cross_check(
        files.values(),
        agencies={agency.id for agency in agencies} | set(known_agencies),
        themes={theme.id for _, theme in themes} | set(known_themes),
        ids=files.keys() | set(known_entries),
    )
    contents = {file.id: file.content for file in files.values()}
    book = {**(known_facts or {}), **{fact.id: fact for fact in facts.facts}}
    complaints += theme_complaints(themes, contents, known_entries)
    complaints += _calculation_complaints(files.values(), book)
    complaints += fact_complaints(facts, contents, known_entries)
    if complaints:
        raise InvalidKnowledge(
            sorted(set(complaints), key=lambda complaint: (complaint.path, complaint.line, complaint.message))
        )
    entries = tuple((file.id, _of_origin(file.content, origin)) for file in files.values())
    histories = {
        file.id: tuple(replace(version, content=_of_origin(version.content, origin)) for version in file.history)
        for file in files.values()
        if file.history
    }
    return Pack(
        tuple(agencies),
        tuple(theme for _, theme in themes),
        entries,
        histories,
        facts.facts,
        dict(pair for _, pair in retired),
        files=files,
        cards={agency.id: (line, checked_on) for line, (agency, checked_on) in cards},
    )


def _of_origin(content: EntryContent, origin: str | None) -> EntryContent:
    return replace(content, origin=content.origin or origin or "")


def write_pack(pack: Pack, folder: Path) -> int:
    """Write one file an entry beneath `folder`, and return how many; same content gives same bytes."""
    for entry_id, content in pack.entries:
        own = SITUATIONS if content.branches else CALCULATORS if content.calculation else ""
        beneath = folder / own if own else folder / "entries" / content.agency_id
        path = beneath / f"{entry_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        history = pack.histories.get(entry_id)
        text = write_history(entry_id, history) if history else write_entry(entry_id, content)
        path.write_text(text, encoding="utf-8")
    (folder / AGENCIES).write_text(yaml_text([_filled(asdict(agency)) for agency in pack.agencies]), encoding="utf-8")
    (folder / THEMES).write_text(write_themes(pack.themes, dict(pack.entries)), encoding="utf-8")
    if pack.retired:
        listed = [{"id": str(entry_id), "replaced_by": str(other)} for entry_id, other in pack.retired.items()]
        (folder / RETIRED).write_text(yaml_text(listed), encoding="utf-8")
    if pack.facts:
        (folder / FACTS).write_text(write_facts(pack.facts), encoding="utf-8")
    return len(pack.entries)


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that hold something, as YAML takes them."""
    shown = {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items() if value}
    return {key: _filled(value) if isinstance(value, dict) else value for key, value in shown.items()}


def _entry_paths(folder: Path, complaints: list[Complaint]) -> list[Path]:
    if not folder.exists():
        complaints.append(Complaint(str(folder), 0, "no such file or folder"))
        return []
    if not folder.is_dir():
        return [folder]
    roots = (
        [folder / "entries", folder / SITUATIONS, folder / CALCULATORS] if (folder / "entries").is_dir() else [folder]
    )
    reserved = {folder / name for name in (AGENCIES, THEMES, FACTS, RETIRED)}
    named = sorted(path for root in roots for path in root.rglob("*.y*ml"))
    paths = [path for path in named if path.suffix in {".yaml", ".yml"} and path not in reserved]
    if not paths:
        complaints.append(Complaint(str(folder), 0, "holds no entry (`entries/<agency>/<id>.yaml`)"))
    return paths


def _card(fields: Fields) -> tuple[Agency, date | None]:
    fields.refuse_unknown((*Agency.__slots__, "checked_on"))
    return _agency(fields), fields.day("checked_on")


def _agency(fields: Fields) -> Agency:
    name = fields.text("name")
    return Agency(
        id=AgencyId(fields.slug("id")),
        name=name,
        url=fields.web_address("url"),
        short_name=fields.text("short_name", required=False) or name,
        phone=fields.text("phone", required=False) or None,
        hours=_hours(fields),
        remit=fields.text("remit", required=False, limit=1_000),
        regions=read_regions(fields),
        elsewhere=fields.mapping("elsewhere", _office),
        callback_url=fields.web_address("callback_url", required=False) or None,
        names=fields.texts("names"),
    )


def _office(fields: Fields) -> LocalOffice:
    fields.refuse_unknown(LocalOffice.__slots__)
    return LocalOffice(
        name=fields.text("name"),
        url=fields.web_address("url"),
        phone=fields.text("phone", required=False) or None,
        hours=_hours(fields),
    )


def _hours(fields: Fields) -> str | None:
    hours = fields.text("hours", required=False) or None
    if hours and ":" in hours and not read_hours(hours):  # "09:00": in words it would be "9 h"
        fields.complain('hours are written "Mo-Fr 09:00-12:00, Mo-Fr 14:00-17:30", or in words without ":"', "hours")
    return hours


def _retired(fields: Fields) -> tuple[EntryId, EntryId]:
    fields.refuse_unknown(("id", "replaced_by"))
    return EntryId(fields.slug("id")), EntryId(fields.slug("replaced_by"))


def _retired_complaints(
    retired: Iterable[tuple[int, tuple[EntryId, EntryId]]], files: Mapping[EntryId, EntryFile]
) -> Iterable[Complaint]:
    for line, (entry_id, replacement) in retired:
        if entry_id in files:
            yield Complaint(RETIRED, line, f"`{entry_id}` is retired and is an entry of this pack")
        if replacement not in files:
            yield Complaint(RETIRED, line, f"`replaced_by` names no entry of this pack: `{replacement}`")


def _cross_check(
    files: Iterable[EntryFile], *, agencies: set[AgencyId], themes: set[str], ids: set[EntryId]
) -> Iterable[Complaint]:
    owners: dict[str, EntryId] = {}
    for file in files:
        for content in [version.content for version in file.history] or [file.content]:
            yield from _unknown_names(file, content, agencies, themes, ids)
            for name, question in _questions(content):
                owner = owners.setdefault(question.casefold(), file.id)
                if owner != file.id:
                    yield file.complaint(name, f"the question {question!r} is already asked by `{owner}`")


def _unknown_names(
    file: EntryFile, content: EntryContent, agencies: set[AgencyId], themes: set[str], ids: set[EntryId]
) -> Iterable[Complaint]:
    for name, named in (("agency", (content.agency_id,)), ("contributors", content.contributors)):
        for agency in named:
            if agency not in agencies:
                yield file.complaint(name, f"unknown agency `{agency}`; add it to agencies.yaml")
    if content.theme not in themes:
        yield file.complaint("theme", f"unknown theme `{content.theme}`; add it to themes.yaml")
    for other in content.related:
        if other not in ids:
            yield file.complaint("related", f"`related` names an entry that does not exist: `{other}`")
    for step in content.steps:
        if step.entry is not None and step.entry not in ids:
            yield file.complaint("steps", f"a step names an entry that does not exist: `{step.entry}`")
    for branch in content.branches:
        if branch.entry not in ids:
            yield file.complaint("branches", f"a branch leads to an entry that does not exist: `{branch.entry}`")


def _variant_complaints(files: Mapping[EntryId, EntryFile], known: Collection[EntryId]) -> Iterable[Complaint]:
    for file in files.values():
        problem = variant_problem(file.id, file.content)
        general = file.content.variant_of
        if problem:
            yield file.complaint("variant_of", _VARIANT_COMPLAINTS[problem])
        elif general is not None and general in files and files[general].content.variant_of:
            yield file.complaint("variant_of", f"`{general}` is a variant itself; name the general entry")
        elif general and general not in files and general not in known:
            yield file.complaint("variant_of", f"`variant_of` names an entry that does not exist: `{general}`")


def _branch_complaints(files: Mapping[EntryId, EntryFile]) -> Iterable[Complaint]:
    def branches_of(entry_id: EntryId) -> tuple[Branch, ...]:
        return files[entry_id].content.branches if entry_id in files else ()

    for file in files.values():
        too_deep = branch_too_deep(file.content, branches_of)
        if too_deep is not None:
            yield file.complaint("branches", f"`{too_deep}` asks again more than once; two taps must lead to an entry")


def _calculation_complaints(files: Iterable[EntryFile], facts: Mapping[FactId, Fact]) -> Iterable[Complaint]:
    for file in files:
        if file.content.calculation:
            for problem in calculation_problems(file.content.calculation, facts):
                yield file.complaint("calculation", in_english(problem))


def _questions(content: EntryContent) -> Iterable[tuple[str, str]]:
    """Yield every question with the field that it stands in."""
    yield "question", content.question
    if content.question_en:
        yield "question_en", content.question_en
    for alternate in content.alternate_questions:
        yield "alternate_questions" if alternate.language == "fr" else "alternate_questions_en", alternate.text
