"""The people who work with Noa: their roles and their agencies, and what they are told without opening it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, NewType

from noa_rag.domain.agency import AgencyId

PersonId = NewType("PersonId", str)
"""The name somebody signs in with: 2 to 40 of `a-z`, `0-9`, `.`, `-`."""


RESERVED = ("noa", "import")  # the authors of what Noa prepares and of what is imported


class Role(StrEnum):
    """What somebody is here for; one person may have several."""

    REFERENT = "referent"
    COORDINATOR = "coordinator"
    QA = "qa"
    ADMINISTRATOR = "administrator"


def roles_in(listed: str) -> frozenset[Role]:
    """Return the roles of a list with commas, `all` being every one. Raises ValueError for an unknown one."""
    names = [name.strip() for name in listed.split(",") if name.strip()]
    return frozenset(Role) if names == ["all"] else frozenset(map(Role, names))


class TwoPeople(StrEnum):
    """When author and approver of an entry must be two people; an agency's own rule may ask for it besides."""

    WHERE_POSSIBLE = "where-possible"
    """Where another referent of the agency could approve."""
    ALWAYS = "always"
    ON_REQUEST = "on-request"
    """Only where the agency's rule asks for it."""


class AccountChange(NamedTuple):
    """A change that somebody with an account made to an account; `number` is that of its entry in the audit."""

    by: PersonId
    number: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, as it stands now; `agencies` are those she is a referent of."""

    id: PersonId
    name: str
    roles: frozenset[Role]
    agencies: frozenset[AgencyId] = frozenset()
    is_active: bool = True
    unconfirmed: tuple[AccountChange, ...] = ()
    """What gave the account something and waits for a second person; until then it decides and confirms nothing."""

    @property
    def newest_change(self) -> int:
        """The number of the newest change that waits, 0 where none does."""
        return max((change.number for change in self.unconfirmed), default=0)


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """The e-mail address of an account, and the identity of a provider that its first sign-in linked to it."""

    person_id: PersonId
    email: str
    issuer: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """What somebody chose about her digest and feed, and how the last digest went."""

    wants_digest: bool = True
    feed_made_at: datetime | None = None
    """When her feed got its present address, None where it has none."""
    digest_sent_at: datetime | None = None
    is_refused: bool = False
    """Whether the mail server refused her address the last time."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who wants the digest and has an address, with the state of this week's delivery."""

    person: Person
    email: str
    is_settled: bool = False
    """Whether she has this week's digest, or her address was refused."""
    is_refused: bool = False
    failure_count: int = 0
    not_before: datetime | None = None
    """Until then an attempt is under way, or waits for its turn."""


Week = date
"""The day on which a week's digest is due, which names that week."""
