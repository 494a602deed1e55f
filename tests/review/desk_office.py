"""A desk over a store in memory, with people, agencies and a clock that tests turn."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryId, EntryStatus, EntryVersion
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.people import Person, PersonId, Role, TwoPeople
from noa_rag.review.desk import ReviewDesk
from tests.factories import APPROVED_AT, a_draft, a_person, an_entry_version
from tests.fake_review_store import FakeReviewStore

CAMILLE, DOMINIQUE = PersonId("camille"), PersonId("dominique")  # both referents of the INPI
ULYSSE = PersonId("ulysse")  # of the Urssaf
BOTH = PersonId("both")  # of the INPI and of the Douanes
CORA, QUENTIN, ADA = PersonId("cora"), PersonId("quentin"), PersonId("ada")
GONE = PersonId("gone")  # a referent of the INPI whose account is disabled
AGENCIES = ("inpi", "urssaf", "douanes")
ENTRY = EntryId("deposer-une-marque")


def everyone() -> list[Person]:
    return [
        a_person(CAMILLE, "inpi"),
        a_person(DOMINIQUE, "inpi"),
        a_person(ULYSSE, "urssaf"),
        a_person(BOTH, "inpi", "douanes"),
        a_person(CORA, roles=[Role.COORDINATOR]),
        a_person(QUENTIN, roles=[Role.QA]),
        a_person(ADA, roles=[Role.ADMINISTRATOR]),
        a_person(GONE, "inpi", is_active=False),
    ]


@dataclass
class Office:
    """`later` turns the clock; `put` and `publish` fill the store without asking the desk.

    Only agencies that ask for two people want them here, so that one person is enough to try the desk's other rules.
    """

    store: FakeReviewStore
    moment: datetime = APPROVED_AT

    def __post_init__(self) -> None:
        self.desk = ReviewDesk(self.store, lambda: self.moment, TwoPeople.ON_REQUEST)

    def later(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    def put(self, draft: Draft | None = None) -> Draft:
        draft = draft or a_draft()
        self.store.state.drafts[draft.id] = draft
        return draft

    def publish(self, entry_id: str = ENTRY, *, status: EntryStatus = EntryStatus.APPROVED, **content: object) -> int:
        """Give an entry one more version and return its number."""
        versions = self.store.state.histories.setdefault(EntryId(entry_id), [])
        added = an_entry_version(entry_id, version=len(versions) + 1, status=status, **content)
        versions.append(added)
        return added.version

    def entry(self, entry_id: str = ENTRY) -> EntryVersion:
        return self.store.state.histories[EntryId(entry_id)][-1]

    def draft(self, draft_id: DraftId) -> Draft:
        return self.store.draft(draft_id)

    def employ(self, person: Person) -> None:
        self.store.state.people[person.id] = person

    def disable(self, person_id: PersonId) -> None:
        self.employ(replace(self.store.state.people[person_id], is_active=False))

    def want_two_people(self, agency_id: str = "inpi") -> None:
        self.store.state.rules[AgencyId(agency_id)] = True

    def deeds(self) -> list[str]:
        """Return what was done, in order, as the audit names it."""
        return [action for _, action, _, _ in self.store.state.deeds]


def an_office() -> Office:
    return Office(FakeReviewStore(people=everyone(), agencies=AGENCIES))


def refused(deed: object) -> str:
    """Return why the deed may not be done now."""
    assert callable(deed)
    with pytest.raises(NotAllowedNow) as refusal:
        deed()
    return refusal.value.reason
