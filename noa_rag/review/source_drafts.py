"""Following the law: sources that entries cite, compared with a newer publication, and the drafts that changes ask for.

Each entry has its own memory of each source, so that a change is told to every entry once, whatever its owner decides.
What counts as a change is what counts for the Code du travail numérique (SocialGouv/cdtn-admin): another text, note or
legal state of what has the same identifier, and what is no longer published.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from noa_rag.domain.draft import ProposedBy
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, Source
from noa_rag.domain.facts import SourceText
from noa_rag.domain.ports import ReviewChange
from noa_rag.knowledge.legi import IN_FORCE, LegiArticles
from noa_rag.knowledge.plan import IMPORT_AUTHOR
from noa_rag.knowledge.vosdroits.fiche import ORIGIN
from noa_rag.review.rereading import BaseRecords, OpenedDrafts, Rereading, open_drafts

WITHDRAWN = "absent"  # in place of a legal state, for a fiche that a whole archive no longer holds

_FICHE = re.compile(r"/(F\d{1,9})(?:$|[/?#.])")
_LEGI = re.compile(r"LEGI(?:ARTI|SCTA)\d{12}")
_AUDIENCES = ("particuliers", "associations")
# What an entry that is an official fiche takes over of its newer text; the rest is the operator's and the agency's.
_OF_A_FICHE = (
    "question", "answer", "sections", "sources", "validated_on", "legal_references", "online_services", "contacts",
)  # fmt: skip
QUOTED_CHANGES = 12  # more are counted: an owner who has to read so much reads the source itself
QUOTE_LENGTH = 400  # characters of one quote
AROUND = 80  # characters quoted before and after what differs
STATES = {
    "VIGUEUR": "en vigueur",
    "VIGUEUR_DIFF": "en vigueur plus tard",
    "VIGUEUR_ETEN": "en vigueur, étendu",
    "VIGUEUR_NON_ETEN": "en vigueur, non étendu",
    "ABROGE": "abrogé",
    "ABROGE_DIFF": "abrogation à venir",
    "ANNULE": "annulé",
    "DISJOINT": "disjoint",
    "MODIFIE": "modifié",
    "MODIFIE_MORT_NE": "modifié avant d'entrer en vigueur",
    "PERIME": "périmé",
    "SUBSTITUE": "remplacé",
    "TRANSFERE": "transféré",
}


@dataclass(frozen=True, slots=True)
class Publication:
    """What is compared with: fiches by their numbers, and articles where a folder of them was given.

    `is_whole` says that a fiche which is not among them is published no longer.
    """

    fiches: Mapping[EntryId, EntryContent] = field(default_factory=dict)
    articles: LegiArticles | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class SourcesChecked:
    """What a comparison found and did; each pair is an entry with the id of one of its sources."""

    compared_count: int
    """Pairs that were compared with an earlier state."""
    begun_count: int
    """Pairs seen for the first time: followed from now on."""
    changed: tuple[tuple[EntryId, str], ...]
    older: tuple[str, ...]
    """Sources that the publication has in an older state than the base; left alone."""
    missing: tuple[str, ...]
    """Cited fiches and articles that the publication lacks."""
    drafts: OpenedDrafts


class _DryRun(Exception):
    """Ends a transaction whose outcome is only shown."""


def check_sources(
    records: BaseRecords, newer: Publication, *, is_dry_run: bool = False, now: datetime | None = None
) -> SourcesChecked:
    """Compare what approved entries cite with a publication, and open one draft for each entry whose source changed.

    A second run over the same publication opens nothing. A dry run writes nothing and returns what a real one would.
    """
    entries = records.current(records.entry_ids())
    library = records.library_texts()
    outcome: SourcesChecked | None = None
    with suppress(_DryRun), records.review.changing() as change:
        comparing = _Comparing(change, newer, library)
        for entry_id in sorted(entries):
            if entries[entry_id].status is EntryStatus.APPROVED:
                comparing.compare(entries[entry_id])
        outcome = comparing.finish(now or datetime.now(UTC))
        if is_dry_run:
            raise _DryRun
    assert outcome is not None, "the transaction ended well, or was a dry run"
    return outcome


def fiche_text(fiche_id: EntryId, content: EntryContent) -> SourceText:
    """Return what a fiche says, with the law and the services that it names."""
    parts = [content.answer]
    for section in content.sections:
        parts += [section.heading, section.text]
    links = (*content.legal_references, *content.online_services)
    lines = [line.strip() for part in parts for line in part.splitlines()]
    return SourceText(
        id=fiche_id,
        title=content.question,
        url=content.sources[0].url if content.sources else "",
        lines=(content.question, *(line for line in lines if line), *(f"{link.title} ({link.url})" for link in links)),
        dated_on=content.validated_on,
    )


def cited_fiche(url: str) -> EntryId | None:
    """Return the number of the official fiche that an address leads to, None where it leads elsewhere."""
    parts = urlsplit(url)
    match = _FICHE.search(parts.path) if "service-public." in f"{parts.hostname}" else None
    return EntryId(match[1]) if match else None


class _Comparing:
    """One comparison, inside a transaction: what is read, what is to be written, and the result."""

    def __init__(self, change: ReviewChange, newer: Publication, library: Mapping[EntryId, EntryContent]) -> None:
        self._change = change
        self._newer = newer
        self._library = library
        self._followed = change.followed_sources()
        self._audiences = {_audience(fiche.sources) for fiche in newer.fiches.values()}
        self._wanted: list[Rereading] = []
        self._seen: list[tuple[EntryId, SourceText]] = []
        self._changed: list[tuple[EntryId, str]] = []
        self._compared_count = self._begun_count = 0
        self._older: dict[str, None] = {}
        self._missing: dict[str, None] = {}

    def compare(self, entry: EntryVersion) -> None:
        reasons: dict[str, str] = {}
        own: EntryContent | None = None
        for source_id, title, newer in self._texts_of(entry.content):
            before = self._before(entry, source_id)
            text: SourceText | None
            if newer is None:
                text, why = self._absent(source_id, entry.content, before)
            elif before is not None and _is_older(newer, before):
                self._older[source_id] = None
                continue
            else:
                text, why = replace(newer, title=title), _difference(entry, before, newer, title)
            if text is not None:
                self._seen.append((entry.id, text))
                self._begun_count += before is None
                self._compared_count += before is not None
            if why:
                reasons[source_id] = why
                if source_id == entry.id and entry.author == IMPORT_AUTHOR:
                    own = self._newer.fiches.get(EntryId(source_id))
        if reasons:
            self._changed += [(entry.id, reason) for reason in reasons]
            self._wanted.append(_rereading(entry.id, reasons, own))

    def finish(self, at: datetime) -> SourcesChecked:
        drafts = open_drafts(self._change, self._wanted, at=at)
        told_later = set(drafts.in_hand)  # their change is told again by the next run
        changed = set(self._changed)
        for entry_id, text in self._seen:
            is_new = self._followed.get((entry_id, text.id)) != text
            if is_new and not (entry_id in told_later and (entry_id, text.id) in changed):
                self._change.follow_source(entry_id, text)
        return SourcesChecked(
            self._compared_count,
            self._begun_count,
            tuple(self._changed),
            tuple(self._older),
            tuple(self._missing),
            drafts,
        )

    def _texts_of(self, content: EntryContent) -> Iterator[tuple[str, str, SourceText | None]]:
        """Yield id, title and newer text of each source, once each; no text where the publication lacks it."""
        done: set[str] = set()
        for source in (*content.sources, *content.legal_references):
            for source_id, title, text in self._texts_at(source):
                if source_id not in done:
                    done.add(source_id)
                    yield source_id, title, text

    def _texts_at(self, source: Source) -> Iterator[tuple[str, str, SourceText | None]]:
        fiche_id = cited_fiche(source.url)
        if fiche_id is not None and self._newer.fiches:
            content = self._newer.fiches.get(fiche_id)
            yield fiche_id, source.title, fiche_text(fiche_id, content) if content else None
        legi = _LEGI.findall(source.url)
        if self._newer.articles is not None and legi:
            texts = self._newer.articles.cited(legi[-1], source.title)
            for text in texts:
                yield text.id, source.title if len(texts) == 1 else f"{source.title} : {text.title}", text
            if not texts:
                yield legi[-1], source.title, None

    def _before(self, entry: EntryVersion, source_id: str) -> SourceText | None:
        """Return the state that the entry was last compared with, else the one that was imported."""
        followed = self._followed.get((entry.id, source_id))
        if followed is not None:
            return followed
        if source_id == entry.id and entry.content.origin == ORIGIN:
            return self._as_imported(entry)
        content = self._library.get(EntryId(source_id))
        return fiche_text(EntryId(source_id), content) if content else None

    def _as_imported(self, entry: EntryVersion) -> SourceText | None:
        versions = (version for version in reversed(self._change.history(entry.id)) if version.author == IMPORT_AUTHOR)
        return next((fiche_text(entry.id, version.content) for version in versions), None)

    def _absent(
        self, source_id: str, content: EntryContent, before: SourceText | None
    ) -> tuple[SourceText | None, str]:
        self._missing[source_id] = None
        if not self._newer.is_whole or before is None or before.state == WITHDRAWN or not source_id.startswith("F"):
            return None, ""
        if (
            _audience([source for source in content.sources if cited_fiche(source.url) == source_id])
            not in self._audiences
        ):
            return None, ""
        return replace(before, state=WITHDRAWN), gone(before)


def _is_older(text: SourceText, before: SourceText) -> bool:
    return text.dated_on is not None and before.dated_on is not None and text.dated_on < before.dated_on


def _difference(entry: EntryVersion, before: SourceText | None, text: SourceText, title: str) -> str:
    """Return why a newer text calls for reading an entry again; empty when it does not."""
    if before is None:
        is_law = bool(text.state)
        has_ended = is_law and not text.state.startswith(IN_FORCE)
        is_newer = is_law and text.dated_on is not None and text.dated_on > entry.validated_on
        return newer_than_entry(text, title, entry.validated_on) if has_ended or is_newer else ""
    if before.state == WITHDRAWN:
        before = replace(before, state=text.state)
    if before.says_the_same_as(text):
        return ""
    if text.id == entry.id and fiche_text(entry.id, entry.content).says_the_same_as(text):
        return ""  # the newer fiche was imported in between
    return changed(before, text, title)


def _rereading(entry_id: EntryId, reasons: Mapping[str, str], own: EntryContent | None) -> Rereading:
    def content(current: EntryContent) -> EntryContent:
        return replace(current, **{name: getattr(own, name) for name in _OF_A_FICHE}) if own else current

    return Rereading(entry_id, ProposedBy.SOURCE, content, "\n".join(reasons.values()), ("sources", " ".join(reasons)))


def _audience(sources: Iterable[Source]) -> str:
    """Return for whom the official site publishes a fiche; the site for professionals names nobody."""
    url = next((source.url for source in sources), "")
    return next((audience for audience in _AUDIENCES if f"/{audience}/" in url), "")


def changed(before: SourceText, after: SourceText, title: str) -> str:
    """Return what changed in a source: a line that names it, then each passage as it was and as it is."""
    version = f", version du {_day(after.dated_on)}" if after.dated_on else ""
    earlier = f" (avant : {_day(before.dated_on)})" if before.dated_on and before.dated_on != after.dated_on else ""
    state = f" État : {_state(before.state)} devient {_state(after.state)}." if before.state != after.state else ""
    head = f"Source modifiée : « {title} »{version}{earlier}, {after.url}.{state}"
    quotes = list(_quotes(before.lines, after.lines))
    rest = len(quotes) - QUOTED_CHANGES
    more = [f" Et {rest} autres passages : lisez la source."] if rest > 0 else []
    return "\n".join([head, *quotes[:QUOTED_CHANGES], *more])


def newer_than_entry(text: SourceText, title: str, validated_on: date) -> str:
    """Return why an article met for the first time calls for a review: it ended, or began after the validation."""
    since = f" depuis le {_day(text.dated_on)}" if text.dated_on else ""
    head = (
        f"Source plus récente que la fiche : « {title} », {_state(text.state)}{since}, {text.url}."
        f" La fiche a été validée le {_day(validated_on)} ; le texte antérieur de la source n'est pas connu."
    )
    return "\n".join([head, *(f" Texte actuel : « {_cut(line)} »" for line in text.lines[:QUOTED_CHANGES])])


def gone(before: SourceText) -> str:
    """Return the sentence that says that a fiche is no longer published."""
    return f"Source retirée : « {before.title} » ({before.id}) n'est plus publiée, {before.url}."


def _quotes(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _, start, end, new_start, new_end in (opcode for opcode in matcher.get_opcodes() if opcode[0] != "equal"):
        old, new = before[start:end], after[new_start:new_end]
        for line, other in zip(old, new, strict=False):
            was, now = _around_difference(line, other)
            yield f" Avant : « {was} » Après : « {now} »"
        yield from (f" Supprimé : « {_cut(line)} »" for line in old[len(new) :])
        yield from (f" Ajouté : « {_cut(line)} »" for line in new[len(old) :])


def _around_difference(line: str, other: str) -> tuple[str, str]:
    """Return the parts of both texts that differ, with a little context on each side."""
    shortest = min(len(line), len(other))
    start = next((at for at in range(shortest) if line[at] != other[at]), shortest)
    tail = next((at for at in range(shortest - start) if line[-1 - at] != other[-1 - at]), shortest - start)
    first = max(0, start - AROUND)
    first = line.rfind(" ", 0, first) + 1 if first else 0
    return tuple(_cut(_window(text, first, tail)) for text in (line, other))  # type: ignore[return-value]


def _window(text: str, first: int, tail: int) -> str:
    last = text.find(" ", len(text) - tail + AROUND) if tail > AROUND else -1
    shown = text[first:last] if last >= 0 else text[first:]
    return ("… " if first else "") + shown + (" …" if last >= 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= QUOTE_LENGTH else text[:QUOTE_LENGTH].rsplit(" ", 1)[0] + " …"


def _state(state: str) -> str:
    return STATES.get(state, state.lower().replace("_", " ") or "inconnu")


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "?"
