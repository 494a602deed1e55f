"""Which account belongs to somebody who signed in at an identity provider."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import RESERVED, IdentityLink, Person, PersonId, Role
from noa_rag.domain.sign_in import NO_AGENCY, Identity, IdentityRefused, Refusal

_NOT_IN_AN_ID = re.compile(r"[^a-z0-9.-]+")
_LONGEST_STEM = 36  # of 40, so that a number may follow


class Links(Protocol):
    """Where links are kept; each change is audited."""

    def of_subject(self, issuer: str, subject: str) -> IdentityLink | None: ...

    def of_email(self, email: str) -> IdentityLink | None: ...

    def bind(self, person_id: PersonId, issuer: str, subject: str, *, at: datetime) -> bool: ...

    def add_person(self, person: Person, link: IdentityLink, *, at: datetime) -> None: ...


class Identities:
    """Finds the account of an identity: by its link once there is one, by its address at the first sign-in."""

    def __init__(
        self,
        account: Callable[[PersonId], Person | None],
        links: Links,
        organisations: Mapping[str, AgencyId],
        *,
        adds_accounts: bool = False,
    ) -> None:
        self._account = account
        self._links = links
        self._organisations = organisations
        self._adds_accounts = adds_accounts

    def person_of(self, identity: Identity) -> Person:
        """Return the account of an identity; one that is opened for it has no role yet. Raises IdentityRefused."""
        agency_id = self._organisations.get(identity.siret)
        if agency_id is None:
            raise _refused(Refusal.ORGANISATION, identity.siret)
        link = self._links.of_subject(identity.issuer, identity.subject)
        if link is None:
            link = self._links.of_email(identity.email)
            if link is None:
                raise self._unknown(identity, agency_id)
            if link.subject:
                raise _refused(Refusal.OTHER_IDENTITY, identity.email)
        person = self._account(link.person_id)
        if person is None or not person.is_active:
            raise _refused(Refusal.CLOSED)
        if Role.REFERENT in person.roles and agency_id not in person.agencies:
            raise _refused(Refusal.OTHER_AGENCY, identity.siret)
        now = datetime.now(UTC)
        if not link.subject and not self._links.bind(person.id, identity.issuer, identity.subject, at=now):
            raise _refused(Refusal.OTHER_IDENTITY, identity.email)
        if not person.roles:
            raise _refused(Refusal.NO_ROLE)
        return person

    def _unknown(self, identity: Identity, agency_id: AgencyId) -> IdentityRefused:
        """Return the refusal of somebody without an account, opening one where the operator allows it."""
        if not self._adds_accounts:
            return _refused(Refusal.NO_ACCOUNT, identity.email)
        agencies = frozenset({agency_id} - {NO_AGENCY})
        person = Person(self._free_id(identity.email), identity.name, frozenset(), agencies)
        link = IdentityLink(person.id, identity.email, identity.issuer, identity.subject)
        self._links.add_person(person, link, at=datetime.now(UTC))
        return _refused(Refusal.NO_ROLE)

    def _free_id(self, email: str) -> PersonId:
        """Return a name for an account, such as `marie.dupont`, that nobody has."""
        letters = unicodedata.normalize("NFKD", email.partition("@")[0]).encode("ascii", "ignore").decode()
        stem = _NOT_IN_AN_ID.sub("-", letters.lower())[:_LONGEST_STEM].strip("-.")
        stem = stem if len(stem) > 1 else "agent"
        number, name = 1, PersonId(stem)
        while self._account(name) is not None or name in RESERVED:
            number += 1
            name = PersonId(f"{stem}-{number}")
        return name


def _refused(reason: Refusal, seen: str = "") -> IdentityRefused:
    return IdentityRefused(f"No account opens: {reason}.", reason=reason, seen=seen)
