"""One entry in its portable YAML form, read and written without loss."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import (
    AlternateQuestion,
    Audience,
    Contact,
    EntryContent,
    EntryId,
    Section,
    Source,
    Urgency,
    ValidityWindow,
)
from noa_rag.domain.errors import Complaint
from noa_rag.domain.regions import is_known_region
from noa_rag.knowledge.calculation_file import calculation_as_mapping, read_calculation
from noa_rag.knowledge.content_rules import ANSWER_LIMIT, BRANCHES_FROM, BRANCHES_LIMIT, NOTE_LIMIT, QUESTION_LIMIT
from noa_rag.knowledge.fields import (
    Fields,
    block,
    branches_as_list,
    line_of,
    load_yaml,
    read_branch,
    read_step,
    read_translations,
    steps_as_list,
    translations_as_mapping,
    yaml_text,
)
from noa_rag.knowledge.history import (
    VERSION_FIELDS,
    DatedVersion,
    check_order,
    merged,
    read_moment,
    read_status,
    split,
)

KNOWN_FIELDS = [
    "id",
    "agency",
    "contributors",
    "theme",
    "variant_of",
    "question",
    "question_en",
    "alternate_questions",
    "alternate_questions_en",
    "answer",
    "steps",
    "branches",
    "calculation",
    "sections",
    "translations",
    "audiences",
    "regions",
    "sources",
    "valid_from",
    "valid_until",
    "validated_on",
    "review_by",
    "related",
    "language",
    "legal_references",
    "online_services",
    "contacts",
    "origin",
    "replaced_by",
    "urgent",
]


@dataclass(frozen=True, slots=True)
class EntryFile:
    """An entry as read.

    `lines` says where each field stands, and each item of a list (`sources[0]`), for mistakes that only its neighbours
    show. `content` is the newest one; `history` holds every version, oldest first, of an entry that carries several.
    """

    path: str
    id: EntryId
    content: EntryContent
    lines: Mapping[str, int]
    history: tuple[DatedVersion, ...] = ()

    def complaint(self, field: str, message: str) -> Complaint:
        return Complaint(self.path, self.lines.get(field, 1), message)


def read_entry_file(path: Path, *, shown_as: str, now: datetime | None = None) -> EntryFile | list[Complaint]:
    """Return an entry, or every mistake in its file; versions approved after `now` are one."""
    document = load_yaml(path, shown_as=shown_as)
    if isinstance(document, Complaint):
        return [document]
    if not isinstance(document, CommentedMap):
        return [Complaint(shown_as, 1, "an entry file must hold one mapping with `id`, `agency`, `question`…")]
    complaints: list[Complaint] = []
    fields = Fields(document, path=shown_as, complaints=complaints)
    history = _history(fields, now or datetime.now(UTC)) if "versions" in document else []
    entry_id, content = (EntryId(fields.slug("id")), history[-1][1].content) if history else _entry(fields)
    if entry_id and path.stem != entry_id:
        fields.complain(f"the file must be named after its id: `{entry_id}.yaml`", "id")
    if complaints:
        return list(dict.fromkeys(complaints))  # a mistake in a shared field is reported for every version
    newest = history[-1][0].document if history else document
    lines = {str(key): line_of(newest, key) for key in newest}
    for key, value in newest.items():
        if isinstance(value, CommentedSeq):
            lines |= {f"{key}[{number}]": line_of(value, number) for number in range(len(value))}
    return EntryFile(shown_as, entry_id, content, lines, tuple(version for _, version in history))


def _history(fields: Fields, now: datetime) -> list[tuple[Fields, DatedVersion]]:
    """Return the versions, oldest first, each with its fields; complains where there is none to read."""
    shared, listed = fields.document.copy(), fields.document["versions"]
    del shared["versions"]
    if not isinstance(listed, CommentedSeq) or not listed:
        fields.complain("`versions` must be a list of versions, oldest first", "versions")
        return []
    versions: list[tuple[Fields, DatedVersion]] = []
    for number, own in enumerate(listed):
        if not isinstance(own, CommentedMap):
            fields.complaints.append(Complaint(fields.path, line_of(listed, number), "a version must be a mapping"))
            continue
        version_fields = Fields(merged(shared, own), path=fields.path, complaints=fields.complaints)
        if "id" in own:
            version_fields.complain("`id` is that of the entry, not of a version", "id")
        _, content = _entry(version_fields, (*KNOWN_FIELDS, *VERSION_FIELDS))
        moment = read_moment(version_fields)
        note = version_fields.text("note", required=False, limit=NOTE_LIMIT)
        if moment is not None:
            versions.append((version_fields, DatedVersion(content, moment, read_status(version_fields), note)))
    check_order(versions, now=now)
    return versions


def _entry(fields: Fields, known_fields: Sequence[str] = KNOWN_FIELDS) -> tuple[EntryId, EntryContent]:
    fields.refuse_unknown(known_fields)
    window = ValidityWindow(fields.day("valid_from"), fields.day("valid_until"))
    if window.valid_from and window.valid_until and window.valid_until < window.valid_from:
        fields.complain("`valid_until` comes before `valid_from`", "valid_until")
    sources = fields.mappings("sources", _source)
    branches = fields.mappings("branches", read_branch)
    if branches and not BRANCHES_FROM <= len(branches) <= BRANCHES_LIMIT:
        said = f"`branches` has {len(branches)}; a situation has {BRANCHES_FROM} to {BRANCHES_LIMIT}"
        fields.complain(said, "branches")
    if not sources and not branches:
        fields.complain("`sources` must name at least one official source", "sources")
    return EntryId(fields.slug("id")), EntryContent(
        agency_id=AgencyId(fields.slug("agency")),
        contributors=tuple(AgencyId(name) for name in fields.texts("contributors")),
        question=fields.text("question", limit=QUESTION_LIMIT),
        alternate_questions=_alternates(fields),
        answer=fields.text("answer", limit=ANSWER_LIMIT),
        sections=_sections(fields),
        theme=fields.slug("theme"),
        audiences=_audiences(fields),
        regions=read_regions(fields),
        sources=sources,
        window=window,
        validated_on=fields.day("validated_on"),
        review_by=fields.day("review_by"),
        related=tuple(EntryId(name) for name in fields.texts("related")),
        language=fields.text("language", required=False, limit=2) or "fr",
        legal_references=fields.mappings("legal_references", _source),
        online_services=fields.mappings("online_services", _source),
        contacts=fields.mappings("contacts", _contact),
        origin=fields.text("origin", required=False),
        variant_of=EntryId(fields.slug("variant_of")) if "variant_of" in fields.document else None,
        steps=fields.mappings("steps", read_step),
        question_en=fields.text("question_en", required=False, limit=QUESTION_LIMIT),
        translations=read_translations(fields),
        replaced_by=EntryId(fields.slug("replaced_by")) if "replaced_by" in fields.document else None,
        urgent=_urgency(fields),
        branches=branches,
        calculation=fields.mapping("calculation", read_calculation),
    )


def _alternates(fields: Fields) -> tuple[AlternateQuestion, ...]:
    french = fields.texts("alternate_questions", limit=QUESTION_LIMIT)
    english = fields.texts("alternate_questions_en", limit=QUESTION_LIMIT)
    return tuple(AlternateQuestion(text, "fr") for text in french) + tuple(
        AlternateQuestion(text, "en") for text in english
    )


def _audiences(fields: Fields) -> tuple[Audience, ...]:
    known = {audience.value for audience in Audience}
    names = fields.texts("audiences")
    for name in names:
        if name not in known:
            fields.complain(f"unknown audience `{name}`; known: {', '.join(sorted(known))}", "audiences")
    return tuple(Audience(name) for name in names if name in known)


def read_regions(fields: Fields) -> tuple[str, ...]:
    """Return the regions of a mapping, complaining of those that France does not have."""
    codes = fields.texts("regions")
    for code in codes:
        if not is_known_region(code):
            fields.complain(f"unknown region `{code}`; use ISO 3166-2 codes such as FR-IDF or FR-75", "regions")
    return codes


def _urgency(fields: Fields) -> Urgency | None:
    known = {urgency.value for urgency in Urgency}
    name = fields.text("urgent", required=False)
    if name and name not in known:
        fields.complain(f"`urgent` is `{name}`; it must be one of {', '.join(sorted(known))}, or absent", "urgent")
        return None
    return Urgency(name) if name else None


def _source(fields: Fields) -> Source:
    fields.refuse_unknown(("title", "url"))
    return Source(title=fields.text("title"), url=fields.web_address("url"))


def _sections(fields: Fields) -> tuple[Section, ...]:
    sections = fields.mappings("sections", _section)
    for key, count in Counter(section.key for section in sections).items():
        if count > 1:
            fields.complain(f"{count} sections have the key `{key}`; each needs its own", "sections")
    return sections


def _section(fields: Fields) -> Section:
    fields.refuse_unknown(("key", "heading", "text"))
    return Section(fields.slug("key"), fields.text("heading"), fields.text("text", limit=ANSWER_LIMIT))


def _contact(fields: Fields) -> Contact:
    fields.refuse_unknown(("name", "url", "phone"))
    url = fields.web_address("url", required=False)
    return Contact(fields.text("name"), url or None, fields.text("phone", required=False) or None)


def write_entry(entry_id: EntryId, content: EntryContent) -> str:
    """Return the YAML text of an entry; reading it back gives the same content."""
    return yaml_text(_as_mapping(entry_id, content))


def write_history(entry_id: EntryId, versions: Sequence[DatedVersion]) -> str:
    """Return the YAML text of an entry with all its versions; reading it back gives the same ones."""
    return yaml_text(split((_as_mapping(entry_id, version.content), version) for version in versions))


def _as_mapping(entry_id: EntryId, content: EntryContent) -> dict[str, Any]:
    by_language: dict[str, list[str]] = {"fr": [], "en": []}
    for alternate in content.alternate_questions:
        by_language.setdefault(alternate.language, []).append(alternate.text)
    fields: dict[str, Any] = {
        "id": str(entry_id),
        "agency": str(content.agency_id),
        "contributors": [str(name) for name in content.contributors],
        "theme": content.theme,
        "variant_of": str(content.variant_of) if content.variant_of else None,
        "question": content.question,
        "question_en": content.question_en,
        "alternate_questions": by_language["fr"],
        "alternate_questions_en": by_language["en"],
        "answer": block(content.answer),
        "steps": steps_as_list(content.steps),
        "branches": branches_as_list(content.branches),
        "calculation": calculation_as_mapping(content.calculation) if content.calculation else None,
        "sections": [
            {"key": section.key, "heading": section.heading, "text": block(section.text)}
            for section in content.sections
        ],
        "translations": translations_as_mapping(content.translations),
        "audiences": [audience.value for audience in content.audiences],
        "regions": list(content.regions),
        "sources": _sources(content.sources),
        "valid_from": content.window.valid_from,
        "valid_until": content.window.valid_until,
        "validated_on": content.validated_on,
        "review_by": content.review_by,
        "related": [str(name) for name in content.related],
        "language": content.language if content.language != "fr" else None,
        "legal_references": _sources(content.legal_references),
        "online_services": _sources(content.online_services),
        "contacts": [
            {key: value for key, value in (("name", c.name), ("url", c.url), ("phone", c.phone)) if value}
            for c in content.contacts
        ],
        "origin": content.origin or None,
        "replaced_by": str(content.replaced_by) if content.replaced_by else None,
        "urgent": content.urgent.value if content.urgent else None,
    }
    return {key: value for key, value in fields.items() if value not in (None, [], {}, "")}


def _sources(sources: tuple[Source, ...]) -> list[dict[str, str]]:
    return [{"title": source.title, "url": source.url} for source in sources]
