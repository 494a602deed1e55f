"""What an identity provider says of somebody who signs in, and why she may be refused all the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import NoaError

_SIRET = re.compile(r"\d{14}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
EMAIL_LIMIT = 254  # RFC 5321
NO_AGENCY = AgencyId("")


class Refusal(StrEnum):
    """Why somebody was not signed in; pages say each in words."""

    BEGUN_ELSEWHERE = "begun_elsewhere"
    """The answer belongs to no sign-in that this browser began in the last minutes."""
    DECLINED = "declined"
    PROVIDER = "provider"
    """The provider says that something is wrong, or what it says cannot be read."""
    UNREACHABLE = "unreachable"
    CODE = "code"
    """The code was used before, has run out, or is another sign-in's."""
    TOKEN = "token"
    """The ID token is not signed by the provider, is for another service, or has run out."""
    NONCE = "nonce"
    LEVEL = "level"
    """She did not sign in as strongly as was asked."""
    USERINFO = "userinfo"
    """What is said of her is not signed, or is of somebody else."""
    CLAIMS = "claims"
    """Her address or her organisation's SIRET is missing."""
    ORGANISATION = "organisation"
    NO_ACCOUNT = "no_account"
    OTHER_IDENTITY = "other_identity"
    """Her address belongs to an account that another identity was linked to."""
    OTHER_AGENCY = "other_agency"
    CLOSED = "closed"
    NO_ROLE = "no_role"


class IdentityRefused(NoaError):
    """Somebody was not signed in; `seen` is what pages repeat: an address, a SIRET."""

    def __init__(self, message: str, *, reason: Refusal, seen: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in at a provider, of which organisation; `is_strong` after a second factor there."""

    issuer: str
    subject: str
    email: str
    name: str
    siret: str
    is_strong: bool
    id_token: str


def email_in(text: str) -> str:
    """Return an e-mail address in small letters. Raises ValueError for what is none."""
    address = text.strip().lower()
    if len(address) > EMAIL_LIMIT or not _EMAIL.fullmatch(address):
        raise ValueError(text)
    return address


def organisations_in(listed: str) -> Mapping[str, AgencyId]:
    """Return the agency of each SIRET in a list such as `13001653800014=inpi, 13002526500013`; NO_AGENCY without one.

    Raises ValueError with the part that is none.
    """
    found: dict[str, AgencyId] = {}
    for part in (one.strip() for one in listed.split(",")):
        if not part:
            continue
        siret, _, agency = (one.strip() for one in part.partition("="))
        if not _SIRET.fullmatch(siret) or siret in found or ("=" in part and not agency):
            raise ValueError(part)
        found[siret] = AgencyId(agency)
    return found
