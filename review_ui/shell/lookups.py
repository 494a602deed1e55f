"""What pages call things: words of closed sets, names of agencies and people; what filters offer, and every entry."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import InvalidRequest, Worded
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.queue import Waiting
from noa_rag.domain.timeline import in_force
from noa_rag.french.words import fold
from noa_rag.service.office import Office

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
SEEN_LIMIT = 80  # characters that a sentence repeats from a field
STATE_FORBIDS = "L'état du dossier ne le permet pas."


def named(names: Mapping[str, str], key: object) -> object:
    """Return the name of a key, the key itself where it has none."""
    return names.get(str(key)) or key


def why_not_now(reason: str) -> str:
    """Return in words why something is not possible now."""
    return WORDS["not_now"].get(reason, STATE_FORBIDS)


def problem_of_field(table: str, error: InvalidRequest) -> str:
    """Return what is wrong with a field; a table of words has messages by `<field>_<kind>`, else by kind or field."""
    problems = WORDS[table]
    message = problems.get(f"{error.field}_{error.kind}") or problems[error.kind or error.field]
    return message % {"seen": error.seen[:SEEN_LIMIT]}


def said(words: str) -> str:
    """Return the French of a word or sentence of evaluations; an unknown code is shown without its underscores."""
    return WORDS["evaluations"].get(words) or words.removesuffix("_status").replace("_", " ")


def finding_in_words(finding: str) -> str:
    """Return the French of a finding of a check."""
    if not isinstance(finding, Worded):
        return finding
    values = dict(finding.values)
    if "what" in values:
        values["what"] = str(named(WORDS["audit_details"], values["what"]))
    return WORDS["evaluations"].get(finding.template, finding.template).format(**values)


MINE, EVERY, NOBODY = "mine", "all", "none"  # agencies, as filters name them


def default_agency(person: Person) -> str:
    """Return the agency filter that the queue starts with: a referent's own agencies, else all."""
    return MINE if Role.REFERENT in person.roles and person.agencies else EVERY


def waiting_for(office: Office, person: Person) -> Waiting:
    """Return how many lines of the queue wait for somebody, as the queue starts for her."""
    own = person.agencies if default_agency(person) == MINE else None
    return office.queue.waiting(person, own, office.now())


def agency_name(agency: Agency | None, fallback: str) -> str:
    """Return the short name of an agency, the long one where it has none."""
    return (agency.short_name or agency.name) if agency else fallback


def agency_options(agencies: Mapping[AgencyId, Agency]) -> dict[str, str]:
    """Return the names of agencies by id, in the order of the names."""
    named = sorted((agency_name(agency, id_), id_) for id_, agency in agencies.items())
    return {id_: name for name, id_ in named}


def theme_options(themes: Sequence[Theme]) -> dict[str, str]:
    """Return the titles of themes by id."""
    return {theme.id: theme.title for theme in themes}


def filter_options(office: Office, person: Person) -> dict[str, Any]:
    """Return what the filters of a list offer somebody: agencies and themes, and her own agencies if she has any."""
    return {
        "mine": MINE,
        "every": EVERY,
        "has_own": bool(person.agencies),
        "agency_options": agency_options(office.noa.agencies()),
        "theme_options": theme_options(office.noa.themes()),
    }


def entry(office: Office, entry_id: EntryId) -> EntryVersion | None:
    """Return the newest version of an entry, withdrawn or not."""
    return office.noa.records.current([entry_id]).get(entry_id)


def entries(office: Office) -> tuple[EntryVersion, ...]:
    """Return every entry by question, in the version in force today, else in its newest one."""
    return _entries(office, office.noa.records.revision(), today_in_paris())[0]


def with_coming(office: Office) -> frozenset[EntryId]:
    """Return the entries that have a version approved for days to come."""
    return _entries(office, office.noa.records.revision(), today_in_paris())[1]


def approved_with(office: Office, words: str) -> list[EntryVersion]:
    """Return the approved entries that a search for these words finds, the best first."""
    approved = {approved.id: approved for approved in entries(office) if approved.status is EntryStatus.APPROVED}
    results = office.whole_base.search(words, among=approved, day=today_in_paris())
    return [approved[hit.version.id] for hit in results.hits]


def person_name(office: Office, person_id: str) -> str:
    """Return somebody's name, or her id when there is no such account; `noa` is Noa itself."""
    person = office.people.person(PersonId(person_id)) if person_id not in ("", "noa") else None
    return person.name if person else ("Noa" if person_id == "noa" else person_id)


@lru_cache(maxsize=2)  # a list page reads all entries; they are parsed once a revision
def _entries(office: Office, _revision: int, day: date) -> tuple[tuple[EntryVersion, ...], frozenset[EntryId]]:
    _, versions = office.noa.records.entries.standing_since(-1, day)
    known = [in_force(list(group), day) for _, group in groupby(versions, key=lambda version: version.id)]
    coming = frozenset(version.id for version in versions if version.starts_after(day))
    return tuple(sorted(known, key=lambda version: (fold(version.content.question), version.id))), coming
