"""`facts.yaml` of a pack: the figures that its entries state, read with every mistake and written back."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from noa_rag.domain.entry import EntryContent, EntryId, Source
from noa_rag.domain.errors import Complaint, InvalidKnowledge, wrong
from noa_rag.domain.facts import DatedValue, Fact, FactId, FactKind, states, whole_text
from noa_rag.knowledge.fields import Fields, read_list, yaml_text
from noa_rag.knowledge.rules.answers import unspecific

FACTS = "facts.yaml"
_ID = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_PERIOD_FIELDS = ("value", "valid_from", "valid_until", "source")


@dataclass(frozen=True, slots=True)
class FactFile:
    """The facts as read; `lines` says where each stands."""

    path: str
    facts: tuple[Fact, ...] = ()
    lines: Mapping[FactId, int] = field(default_factory=dict)

    def complaint(self, fact_id: FactId, message: str) -> Complaint:
        return Complaint(self.path, self.lines.get(fact_id, 1), message)


def read_facts(path: Path) -> tuple[Fact, ...]:
    """Return the facts of a file. Raises InvalidKnowledge with every mistake."""
    if not path.exists():
        raise wrong(path, "no such file")
    complaints: list[Complaint] = []
    read = read_fact_file(path, complaints, shown_as=path.name)
    if complaints:
        raise InvalidKnowledge(complaints)
    return read.facts


def read_fact_file(path: Path, complaints: list[Complaint], *, shown_as: str = FACTS) -> FactFile:
    """Return the facts of a pack, none where it has no such file; mistakes are added to `complaints`."""
    facts: list[Fact] = []
    lines: dict[FactId, int] = {}
    for line, fact in read_list(path, _fact, complaints, shown_as=shown_as):
        if fact.id in lines:
            complaints.append(Complaint(shown_as, line, f"the id `{fact.id}` is taken by line {lines[fact.id]}"))
        lines.setdefault(fact.id, line)
        if fact.periods:
            facts.append(fact)
    return FactFile(shown_as, tuple(facts), lines)


def fact_complaints(
    file: FactFile, contents: Mapping[EntryId, EntryContent], known: Iterable[EntryId]
) -> Iterable[Complaint]:
    """Yield the entries named by a fact that do not exist, or whose text states none of its values with the unit."""
    ids = contents.keys() | set(known)
    for fact in file.facts:
        for entry_id in fact.entries:
            if entry_id not in ids:
                yield file.complaint(fact.id, f"`entries` names an entry that does not exist: `{entry_id}`")
            elif entry_id in contents:
                text = whole_text(contents[entry_id])
                if not any(states(text, period.value, fact.unit) for period in fact.periods):
                    values = " or ".join(f"{period.value} {fact.unit}".strip() for period in fact.periods)
                    yield file.complaint(fact.id, f"`{entry_id}` does not state {values}")


def write_facts(facts: Iterable[Fact]) -> str:
    """Return the YAML text of facts; reading it back gives the same ones."""
    return yaml_text([_as_mapping(fact) for fact in facts])


def _fact(fields: Fields) -> Fact:
    fields.refuse_unknown(("id", "label", "kind", "unit", "entries", "values", *_PERIOD_FIELDS))
    fact_id = fields.text("id", limit=100)
    if fact_id and not _ID.fullmatch(fact_id):
        fields.complain(f"`id` may hold small letters, digits and single underscores only: {fact_id!r}", "id")
    kind = fields.text("kind")
    known = {kind.value: kind for kind in FactKind}
    if kind and kind not in known:
        fields.complain(f"`kind` must be one of {', '.join(known)}: {kind!r}", "kind")
    if "values" in fields.document:
        periods = fields.mappings("values", _period)
        for name in _PERIOD_FIELDS:
            if name in fields.document:
                fields.complain(f"`{name}` stands in each of `values`, or there are no `values`", name)
        if not periods:
            fields.complain("`values` must list at least one value", "values")
    else:
        periods = (_period(fields, is_alone=True),)
    for earlier, later in pairwise(periods):
        if later.valid_from is None or (earlier.valid_until and later.valid_from <= earlier.valid_until):
            fields.complain("`values` must follow each other, the oldest first, without sharing a day", "values")
    return Fact(
        id=FactId(fact_id),
        label=fields.text("label"),
        unit=fields.text("unit", required=False, limit=40),
        periods=tuple(periods),
        entries=tuple(EntryId(text) for text in fields.texts("entries")),
        kind=known.get(kind, FactKind.AMOUNT),
    )


def _period(fields: Fields, *, is_alone: bool = False) -> DatedValue:
    if not is_alone:
        fields.refuse_unknown(_PERIOD_FIELDS)
    start, end = fields.day("valid_from"), fields.day("valid_until")
    if start and end and end < start:
        fields.complain("`valid_until` comes before `valid_from`", "valid_until")
    return DatedValue(fields.text("value", limit=60), _source(fields), start, end)


def _source(fields: Fields) -> Source:
    document = fields.document.get("source")
    if not isinstance(document, CommentedMap):
        fields.complain("`source` must be a mapping with `title` and `url`", "source")
        return Source("", "")
    source = Fields(document, path=fields.path, complaints=fields.complaints)
    source.refuse_unknown(("title", "url"))
    url = source.web_address("url")
    if kind := unspecific(url):
        source.complain(f"`url` is {kind}: name the page or the article that sets the value", "url")
    return Source(source.text("title"), url)


def _as_mapping(fact: Fact) -> dict[str, Any]:
    periods = [_period_as_mapping(period) for period in fact.periods]
    value = periods[0] if len(periods) == 1 else {"values": periods}
    written = {
        "id": str(fact.id),
        "label": fact.label,
        "kind": fact.kind.value,
        "unit": fact.unit,
        **value,
        "entries": list(map(str, fact.entries)),
    }
    return {key: value for key, value in written.items() if value not in (None, [], "")}


def _period_as_mapping(period: DatedValue) -> dict[str, Any]:
    written = {
        "value": period.value,
        "valid_from": period.valid_from,
        "valid_until": period.valid_until,
        "source": {"title": period.source.title, "url": period.source.url},
    }
    return {key: value for key, value in written.items() if value is not None}
