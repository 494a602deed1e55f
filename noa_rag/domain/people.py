"""The people who work with Noa: their roles and their agencies."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, as it stands now; `agencies` are those she is a referent of."""

    id: PersonId
    name: str
    roles: frozenset[Role]
    agencies: frozenset[AgencyId] = frozenset()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """The e-mail address of an account, and the identity of a provider that its first sign-in linked to it."""

    person_id: PersonId
    email: str
    issuer: str = ""
    subject: str = ""
