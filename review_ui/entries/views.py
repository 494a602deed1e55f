"""Entries as their pages show them: the list with its filters, one entry with its history, two contents compared."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import SequenceMatcher
from functools import partial

from noa_rag.answering.search import FOUND_LIMIT, Quote
from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.calculation import CALCULATION_PARTS
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, translated_text
from noa_rag.domain.errors import NotFound
from noa_rag.domain.people import Person
from noa_rag.domain.question import Language
from noa_rag.domain.timeline import in_force, schedule
from noa_rag.review.rights import Action, Approval, agencies_concerned, may
from noa_rag.service.office import Office
from noa_rag.web.entries.views import EntryView, EntryViews, steps_of
from review_ui.entries.calculation_lines import calculation_texts
from review_ui.entries.lines import alternate_line, branch_line, contact_line, source_line, steps_text
from review_ui.shell import lookups
from review_ui.shell.lookups import EVERY, MINE
from review_ui.shell.rendering import Pages, pages_of

WORD_LIMIT = 1_000  # words and gaps compared one by one where lines differ; 1,000 common words in disorder take 0.3 s
_WORDS = re.compile(r"\w+|\s+|[^\w\s]+")


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A stretch of a text; `has_changed` where the other side lacks it."""

    text: str
    has_changed: bool = False


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One part of a content that differs; `field` is the key of its name."""

    field: str
    before: tuple[TextPiece, ...]
    after: tuple[TextPiece, ...]


def content_difference(before: EntryContent, after: EntryContent) -> list[FieldDifference]:
    """Return the parts in which two contents differ, in the order of the editor."""
    return [
        FieldDifference(field, *text_difference(old, new))
        for field, text_of in _PARTS.items()
        if (old := text_of(before)) != (new := text_of(after))
    ]


def text_difference(before: str, after: str) -> tuple[tuple[TextPiece, ...], tuple[TextPiece, ...]]:
    """Return both texts in pieces: line by line first, then word by word in the lines that changed."""
    left: list[TextPiece] = []
    right: list[TextPiece] = []
    for old, new, is_same in _stretches(before.splitlines(keepends=True), after.splitlines(keepends=True)):
        if is_same:
            left.append(TextPiece(old))
            right.append(TextPiece(new))
            continue
        old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
        if max(len(old_words), len(new_words)) > WORD_LIMIT:
            left.append(TextPiece(old, has_changed=True))
            right.append(TextPiece(new, has_changed=True))
            continue
        for stretch, other, words_are_same in _stretches(old_words, new_words):
            left.append(TextPiece(stretch, has_changed=not words_are_same))
            right.append(TextPiece(other, has_changed=not words_are_same))
    return _joined(left), _joined(right)


def _stretches(before: list[str], after: list[str]) -> Iterator[tuple[str, str, bool]]:
    matcher = SequenceMatcher(None, before, after, autojunk=len(before) > WORD_LIMIT)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        yield "".join(before[start:end]), "".join(after[new_start:new_end]), kind == "equal"


def _joined(pieces: list[TextPiece]) -> tuple[TextPiece, ...]:
    joined: list[TextPiece] = []
    for piece in pieces:
        if joined and joined[-1].has_changed == piece.has_changed:
            joined[-1] = TextPiece(joined[-1].text + piece.text, piece.has_changed)
        elif piece.text:
            joined.append(piece)
    return tuple(joined)


def _calculation_part(part: str, content: EntryContent) -> str:
    return calculation_texts(content.calculation)[part]


_PARTS: dict[str, Callable[[EntryContent], str]] = {
    "question": lambda content: content.question,
    "question_en": lambda content: content.question_en,
    "answer": lambda content: content.answer,
    "steps": lambda content: steps_text(content.steps),
    "sections": lambda content: "\n\n".join(f"{section.heading}\n{section.text}" for section in content.sections),
    "translations": lambda content: "\n\n".join(
        "\n\n".join(
            (
                translation.question,
                translated_text(translation),
                f"{translation.translated_on} — {translation.approver}",
            )
        )
        for translation in content.translations
    ),
    "alternate_questions": lambda content: "\n".join(
        alternate_line(question, content.language) for question in content.alternate_questions
    ),
    "agency_id": lambda content: content.agency_id,
    "contributors": lambda content: ", ".join(content.contributors),
    "theme": lambda content: content.theme,
    "sources": lambda content: "\n".join(map(source_line, content.sources)),
    "legal_references": lambda content: "\n".join(map(source_line, content.legal_references)),
    "online_services": lambda content: "\n".join(map(source_line, content.online_services)),
    "contacts": lambda content: "\n".join(map(contact_line, content.contacts)),
    "audiences": lambda content: ", ".join(content.audiences),
    "regions": lambda content: ", ".join(content.regions),
    "variant_of": lambda content: content.variant_of or "",
    "valid_from": lambda content: content.window.valid_from.isoformat() if content.window.valid_from else "",
    "valid_until": lambda content: content.window.valid_until.isoformat() if content.window.valid_until else "",
    "review_by": lambda content: content.review_by.isoformat() if content.review_by else "",
    "language": lambda content: content.language,
    "related": lambda content: "\n".join(content.related),
    "branches": lambda content: "\n".join(map(branch_line, content.branches)),
    **{part: partial(_calculation_part, part) for part in CALCULATION_PARTS},
}


PREVIEW_LEVEL = 3  # the page's own headings are above it
LIVE, COMING, EXPIRED, WITHDRAWN, DUE = "live", "coming", "expired", "withdrawn", "due"
STATUSES = (LIVE, COMING, EXPIRED, WITHDRAWN, DUE)


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """The filters of the list; empty means any."""

    agency: str = EVERY
    theme: str = ""
    status: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in the list; `quote` is the passage that a search found, None without a search."""

    version: EntryVersion
    agency: str
    statuses: tuple[str, ...]
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class EntryList:
    """One page of the entries found; `is_too_short` where the words are too short to search for."""

    rows: Sequence[EntryRow]
    pages: Pages
    is_too_short: bool = False
    is_cut: bool = False
    """Whether the search reached its limit, so that there may be more."""


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry with all its versions, newest first, and what this person may do with it.

    `entry` is the newest version, `served` the one in force today, else the newest; `plan` says which is served when.
    """

    entry: EntryVersion
    served: EntryVersion
    plan: Sequence[tuple[date, EntryVersion | None]]
    shown: EntryView
    statuses: tuple[str, ...]
    history: Sequence[EntryVersion]
    names: Mapping[str, str]
    agency: str
    theme: str
    pending: Sequence[Draft]
    difference: list[FieldDifference]
    before: int
    after: int
    can_write: bool
    can_decide: bool
    can_withdraw: bool
    approvals: Mapping[int, Approval]
    """By version, whether this person may bring it back, and who may otherwise."""

    def can_bring_back(self, older: EntryVersion) -> bool:
        """Whether rolling back to a version would change anything."""
        is_shown = self.entry.status is EntryStatus.APPROVED and older.content == self.entry.content
        return self.can_decide and older.status is EntryStatus.APPROVED and not is_shown


def statuses_on(version: EntryVersion, day: date) -> tuple[str, ...]:
    """Return live, coming, expired or withdrawn for an entry on a day, and `due` where a review is due."""
    if version.status is EntryStatus.WITHDRAWN:
        return (WITHDRAWN,)
    stands = COMING if version.starts_after(day) else LIVE if version.is_servable_on(day) else EXPIRED
    review_by = version.content.review_by
    return (stands, DUE) if review_by and review_by <= day else (stands,)


def read_entries(office: Office, wanted: EntryFilter, person: Person, page: str | None) -> EntryList:
    """Return a page of the entries that the filter lets through: by question, or the best first where words are given.

    Raises InvalidQuestion for words that are no text.
    """
    today, known = today_in_paris(), office.noa.agencies()
    rows: dict[EntryId, EntryRow] = {}
    for version in lookups.entries(office):
        agency_id = version.content.agency_id
        is_agency = agency_id in person.agencies if wanted.agency == MINE else wanted.agency in (EVERY, agency_id)
        if not is_agency or (wanted.theme and version.content.theme != wanted.theme):
            continue
        statuses = statuses_on(version, today)
        if version.id in lookups.with_coming(office) and COMING not in statuses:
            statuses = (*statuses, COMING)
        if wanted.status and wanted.status not in statuses:
            continue
        rows[version.id] = EntryRow(version, lookups.agency_name(known.get(agency_id), agency_id), statuses)
    if not wanted.words:
        return _page_of_all(rows.values(), page)
    results = office.whole_base.search(wanted.words, among=rows, day=today)
    if results.is_too_short:
        return replace(_page_of_all(rows.values(), page), is_too_short=True)
    hits = [hit for hit in results.hits if hit.version.id in rows]
    pages = pages_of(len(hits), page)
    quoted = [replace(rows[hit.version.id], quote=hit.quote(Language.FRENCH)) for hit in pages.of(hits)]
    return EntryList(quoted, pages, is_cut=len(results.hits) >= FOUND_LIMIT)


def _page_of_all(rows: Collection[EntryRow], page: str | None) -> EntryList:
    pages = pages_of(len(rows), page)
    return EntryList(pages.of(list(rows)), pages)


def read_entry(office: Office, entry_id: EntryId, person: Person, compared: tuple[int, int] | None = None) -> EntryPage:
    """Return the page of an entry; `compared` are two of its versions. Raises NotFound."""
    history = office.noa.records.entries.history(entry_id)
    if not history:
        raise NotFound(f"No entry has the id `{entry_id}`.")
    today = today_in_paris()
    entry, served, plan = history[-1], in_force(history, today), schedule(history, today)
    content = served.content
    agencies = office.noa.agencies()
    by_number = {version.version: version for version in history}
    before, after = compared or (max(1, entry.version - 1), entry.version)
    if before not in by_number or after not in by_number:
        raise NotFound(f"The entry `{entry_id}` has no such version.")
    people = {name for version in history for name in (version.author, version.approver, *version.editors)}
    themes: dict[str, Theme] = {theme.id: theme for theme in office.noa.themes()}
    rule = office.two_people_rule()
    return EntryPage(
        entry=entry,
        served=served,
        plan=plan,
        shown=shown_to_the_public(office, served),
        statuses=statuses_on(served, today),
        history=history[::-1],
        names={name: lookups.person_name(office, name) for name in people},
        agency=_agency(agencies, content.agency_id),
        theme=themes[content.theme].title if content.theme in themes else content.theme,
        pending=open_drafts(office, entry_id),
        difference=content_difference(by_number[before].content, by_number[after].content) if before != after else [],
        before=before,
        after=after,
        can_write=may(person, Action.WRITE_ENTRY, entry.content.agency_id),
        can_decide=may(person, Action.DECIDE, entry.content.agency_id),
        can_withdraw=entry.status is EntryStatus.APPROVED
        and may(person, Action.WITHDRAW_ENTRY, entry.content.agency_id),
        approvals={
            version.version: rule.approval(
                person, agencies_concerned(version.content, entry, partial(lookups.entry, office)), version.writers
            )
            for version in history
        },
    )


def shown_to_the_public(office: Office, version: EntryVersion) -> EntryView:
    """Return a version as the public page shows it, with headings that fit a page of the workspace."""
    known = office.noa.servable_among(steps_of(version))
    return EntryViews(Language.FRENCH, office.noa.agencies(), PREVIEW_LEVEL, known=known).entry(version)


def open_drafts(office: Office, entry_id: EntryId) -> list[Draft]:
    """Return the drafts of an entry that wait for a verdict."""
    return [draft for draft in office.store.drafts() if draft.entry_id == entry_id and draft.state.is_pending]


def _agency(agencies: Mapping[AgencyId, Agency], agency_id: AgencyId) -> str:
    return lookups.agency_name(agencies.get(agency_id), agency_id)
