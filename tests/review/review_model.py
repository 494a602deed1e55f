"""What the desk ought to do, said once more in a few plain rules, to hold the real one against.

Nothing here is taken from `noa_rag.review`: rights, states and checks are written anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId
from noa_rag.domain.people import Person, PersonId, Role

PENDING = ("open", "changes_requested")
MINUTE = timedelta(minutes=1)
DAYS_AHEAD = 120  # longer than any window of these tests, and than the time that passes in them


@dataclass(frozen=True)
class Written:
    """A content, and whether it was made to be right or wrong."""

    content: EntryContent
    is_sound: bool = True


@dataclass(frozen=True)
class ModelDraft:
    id: str
    entry_id: EntryId
    agency_id: AgencyId
    written: Written
    author: str
    revision: int = 1
    base_version: int = 0
    editors: frozenset[str] = frozenset()
    state: str = "open"
    decided_by: str | None = None
    decided_at: datetime | None = None
    published: tuple[EntryId, int, int] | None = None

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING

    @property
    def writers(self) -> frozenset[str]:
        return self.editors | {self.author}


@dataclass(frozen=True)
class ModelVersion:
    number: int
    content: EntryContent
    is_approved: bool
    author: str
    editors: frozenset[str] = frozenset()

    def holds_on(self, day: date) -> bool:
        window = self.content.window
        return (window.valid_from or day) <= day <= (window.valid_until or day)

    def hides(self, older: "ModelVersion", day: date) -> bool:
        """Return whether it has begun by a day, and before its end the older one had, too."""
        mine, theirs = self.content.window, older.content.window.valid_from or date.min
        return self.number > older.number and (mine.valid_from or day) <= day and theirs <= (mine.valid_until or day)


@dataclass
class Model:
    """The state of the review as it should be; `can_…` say whether a deed is allowed now."""

    people: dict[PersonId, Person]
    agencies: frozenset[AgencyId]
    drafts: dict[str, ModelDraft] = field(default_factory=dict)
    entries: dict[EntryId, list[ModelVersion]] = field(default_factory=dict)
    lists: dict[EntryId, list[list[ModelVersion]]] = field(default_factory=dict)
    """After each version, those that are approved, and neither withdrawn nor taken back."""
    two_people: set[AgencyId] = field(default_factory=set)
    waiting: set[PersonId] = field(default_factory=set)
    """Accounts that were given something which nobody has confirmed yet; the one administrator gave it."""

    def newest(self, entry_id: EntryId) -> ModelVersion | None:
        versions = self.entries.get(entry_id)
        return versions[-1] if versions else None

    def count(self, entry_id: EntryId) -> int:
        return len(self.entries.get(entry_id, ()))

    def shown(self, entry_id: EntryId, day: date) -> ModelVersion | None:
        """Return what the public may be given of an entry on that day."""
        lists = self.lists.get(entry_id)
        return highest(lists[-1], day) if lists else None

    def lasting(self, entry_id: EntryId, day: date, *, after: int | None = None) -> list[ModelVersion]:
        """Return the versions that are shown on a day or later, as things stood after a version, and the newest."""
        versions = self.lists[entry_id][after - 1 if after else -1]
        shown = [highest(versions, day + timedelta(days=ahead)) for ahead in range(DAYS_AHEAD)]
        return [version for version in versions if version in shown or version is versions[-1]]

    def answers_for(self, who: PersonId, *agencies: AgencyId) -> bool:
        person = self.people[who]
        return person.is_active and Role.REFERENT in person.roles and set(agencies) <= person.agencies

    def decides_for(self, who: PersonId, *agencies: AgencyId) -> bool:
        return self.answers_for(who, *agencies) and who not in self.waiting

    def can_confirm(self, who: PersonId, account: PersonId) -> bool:
        return self.coordinates(who) and who not in self.waiting and account in self.waiting and who != account

    def give(self, who: PersonId, changed: Person) -> None:
        """Change an account; what it did not have before waits."""
        known = self.people[who]
        is_opened = changed.is_active and not known.is_active
        if is_opened or changed.roles - known.roles or changed.agencies - known.agencies:
            self.waiting.add(who)
        self.people[who] = changed

    def coordinates(self, who: PersonId) -> bool:
        person = self.people[who]
        return person.is_active and Role.COORDINATOR in person.roles

    def is_open(self, draft: ModelDraft, revision: int) -> bool:
        return draft.revision == revision and draft.is_pending

    def _has_its_two(self, writers: Iterable[str], who: PersonId, agencies: Iterable[AgencyId]) -> bool:
        if who not in writers:
            return True
        others = [person for person in self.people if person != who]
        could = any(self.decides_for(other, agency) for agency in agencies for other in others)
        return not could and not self.two_people & set(agencies)

    def can_propose(self, who: PersonId, entry_id: EntryId, written: Written) -> bool:
        current = self.newest(entry_id)
        wanted = [written.content.agency_id, *([current.content.agency_id] if current else [])]
        is_free = current is not None or not any(
            draft.is_pending and draft.entry_id == entry_id for draft in self.drafts.values()
        )
        return written.is_sound and is_free and self.answers_for(who, *wanted)

    def can_save(
        self, who: PersonId, draft: ModelDraft, revision: int, *, written: Written, base_version: int | None
    ) -> bool:
        wanted = [draft.agency_id, written.content.agency_id]
        if base_version not in (None, draft.base_version):
            current = self.newest(draft.entry_id)
            if base_version != self.count(draft.entry_id):
                return False
            wanted += [current.content.agency_id] if current else []
        return self.is_open(draft, revision) and written.is_sound and self.answers_for(who, *wanted)

    def can_approve(self, who: PersonId, draft: ModelDraft, revision: int, written: Written | None) -> bool:
        text = written or draft.written
        current = self.newest(draft.entry_id)
        wanted = [draft.agency_id, text.content.agency_id, *([current.content.agency_id] if current else [])]
        is_hers = text.content != draft.written.content
        return (
            self.is_open(draft, revision)
            and text.is_sound
            and draft.base_version == self.count(draft.entry_id)
            and self.decides_for(who, *wanted)
            and self._has_its_two(draft.writers | ({who} if is_hers else set()), who, wanted)
        )

    def can_decide(
        self, who: PersonId, draft: ModelDraft, revision: int, *, words: str, written: Written | None
    ) -> bool:
        text = written or Written(draft.written.content)
        wanted = [draft.agency_id, text.content.agency_id]
        return (
            self.is_open(draft, revision) and self.decides_for(who, *wanted) and bool(words.strip()) and text.is_sound
        )

    def can_attach(
        self,
        who: PersonId,
        draft: ModelDraft,
        revision: int,
        *,
        entry_id: EntryId,
        question: AlternateQuestion,
        day: date,
    ) -> bool:
        entry = self.newest(entry_id)
        if entry is None or not entry.is_approved:
            return False
        contents = [version.content for version in self.lasting(entry_id, day)]
        known = [{content.question, *(other.text for other in content.alternate_questions)} for content in contents]
        writers = draft.writers if question.text == draft.written.content.question else {who}
        agencies = [content.agency_id for content in contents]
        return (
            self.is_open(draft, revision)
            and any(question.text not in texts for texts in known)
            and self.decides_for(who, draft.agency_id, *agencies)
            and self._has_its_two(writers, who, agencies)
        )

    def can_hand_over(self, who: PersonId, draft: ModelDraft, revision: int, agency_id: AgencyId) -> bool:
        may = self.coordinates(who) or self.answers_for(who, draft.agency_id)
        is_another = agency_id in self.agencies and agency_id != draft.agency_id
        return self.is_open(draft, revision) and may and draft.base_version == 0 and is_another

    def can_undo(self, who: PersonId, draft: ModelDraft, revision: int, now: datetime) -> bool:
        if draft.revision != revision or draft.is_pending or draft.decided_by != who or draft.decided_at is None:
            return False
        wanted = [draft.agency_id]
        if draft.published is not None:
            entry_id, version, before = draft.published
            if self.count(entry_id) != version:
                return False
            versions = self.entries[entry_id]
            wanted += [versions[version - 1].content.agency_id, versions[max(before, 1) - 1].content.agency_id]
        return now - draft.decided_at <= MINUTE and self.decides_for(who, *wanted)

    def can_withdraw(self, who: PersonId, entry_id: EntryId, version: int, words: str) -> bool:
        entry = self.newest(entry_id)
        if entry is None or version != self.count(entry_id) or not entry.is_approved or not words.strip():
            return False
        return self.coordinates(who) or self.answers_for(who, entry.content.agency_id)

    def can_roll_back(self, who: PersonId, entry_id: EntryId, version: int, *, to_version: int, day: date) -> bool:
        entry = self.newest(entry_id)
        if entry is None or version != self.count(entry_id) or not 0 < to_version <= version:
            return False
        older = self.entries[entry_id][to_version - 1]
        wanted = [entry.content.agency_id, older.content.agency_id]
        changes = not entry.is_approved or entry.content != older.content
        return (
            older.is_approved
            and changes
            and not self._replaces_later(entry_id, replace(older, number=version + 1), day)
            and self.decides_for(who, *wanted)
            and self._has_its_two({older.author, *older.editors}, who, wanted)
        )

    def _replaces_later(self, entry_id: EntryId, new: ModelVersion, day: date) -> bool:
        """Return whether a version to be shown on a later day, after the new one begins, would never be shown."""
        before = self.lists[entry_id][-1]
        days = [day + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
        still = [highest([*before, new], start) for start in days]
        turns = [start for last, start in pairwise(days) if highest(before, last) != highest(before, start)]
        later = [highest(before, turn) for turn in turns if turn > (new.content.window.valid_from or day)]
        return any(version is not None and version not in still for version in later)

    def change(self, draft: ModelDraft, **changes: object) -> ModelDraft:
        """Keep a draft with the next revision."""
        changed = replace(draft, revision=draft.revision + 1, **changes)  # type: ignore[arg-type]
        self.drafts[draft.id] = changed
        return changed

    def publish(
        self,
        entry_id: EntryId,
        content: EntryContent,
        *,
        author: str,
        editors: frozenset[str] = frozenset(),
        is_approved: bool = True,
    ) -> int:
        """Add a version and return its number."""
        number = self.count(entry_id) + 1
        version = ModelVersion(number, content, is_approved, author, editors)
        self.entries.setdefault(entry_id, []).append(version)
        lists = self.lists.setdefault(entry_id, [])
        lists.append([*(lists[-1] if lists else []), version] if is_approved else [])
        return number

    def take_back(self, entry_id: EntryId, version: int, before: int, *, day: date) -> int:
        """Put what stood before in the place of what was published; without anything, withdraw that.

        The newest text before is enough, unless what was published holds on days on which that text does not.
        """
        versions = self.entries[entry_id]
        text, published = versions[max(before, 1) - 1], versions[before:version]
        days = [day + timedelta(days=ahead) for ahead in range(-DAYS_AHEAD, DAYS_AHEAD)]
        is_hidden = all(
            text.holds_on(restored) for restored in days if any(other.holds_on(restored) for other in published)
        )
        again = [text] if before and text.is_approved else []
        if again and not is_hidden:
            again = self.lasting(entry_id, day, after=before)
        if not again or not is_hidden:
            self.publish(entry_id, text.content, author=text.author, editors=text.editors, is_approved=False)
        for restored in again:
            self.publish(entry_id, restored.content, author=restored.author, editors=restored.editors)
        return self.count(entry_id)


def highest(versions: Sequence[ModelVersion], day: date) -> ModelVersion | None:
    """Return the version with the highest number of those that hold on a day and are not replaced for good."""
    hold = [
        version
        for version in versions
        if version.holds_on(day) and not any(newer.hides(version, day) for newer in versions)
    ]
    return max(hold, key=lambda version: version.number, default=None)
