"""Signing in: what an identity provider says of somebody, her second factor, and delays after failed attempts.

Nobody is locked out: an attempt that comes too early is refused with the seconds to wait, and is not counted. One
failure is forgotten every quarter of an hour. The most that strangers can guess of one password follows:

- from one address, 12 in the first nine minutes and then one every 5 minutes: 298 on the first day, 288 on each later;
- from any number of addresses, 13 and then one every 5 seconds: 17,300 a day, each address being held to the above.

A browser or network where somebody has signed in waits for its own failures alone, and is held to 298 a day as well.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.people import Person

_SIRET = re.compile(r"\d{14}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
EMAIL_LIMIT = 254  # RFC 5321
NO_AGENCY = AgencyId("")
FORGIVEN_SECONDS = 900  # after which one failure is forgotten
FORGOTTEN_HOURS = 12  # after which nothing is left of any count: the longest, 36 of an address, takes 9


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
    agencies: dict[str, AgencyId] = {}
    for part in (organisation.strip() for organisation in listed.split(",")):
        if not part:
            continue
        siret, _, agency = (side.strip() for side in part.partition("="))
        if not _SIRET.fullmatch(siret) or siret in agencies or ("=" in part and not agency):
            raise ValueError(part)
        agencies[siret] = AgencyId(agency)
    return agencies


@dataclass(frozen=True, slots=True)
class SecurityKey:
    """A security key or passkey of somebody's, under the name that she gave it.

    `id` is the credential's in base64url, `public_key` is in COSE's form, `sign_count` what the key last counted:
    0 for ever with keys that do not count.
    """

    id: str
    name: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    added_at: datetime
    used_at: datetime | None = None


class Ceremony(StrEnum):
    """What a security key is asked for."""

    REGISTER = "register"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Factor:
    """Somebody's second factors: the secret of an authenticator application (empty: none, or unreadable), and her keys.

    `last_step` is the half minute of the last code used; until `is_confirmed` the secret is only proposed.
    """

    secret: str
    last_step: int
    is_confirmed: bool
    recovery_left: int
    keys: tuple[SecurityKey, ...] = ()

    @property
    def is_in_use(self) -> bool:
        return self.is_confirmed or bool(self.keys)


@dataclass(frozen=True, slots=True)
class Session:
    """A session, with its person's account as it stands now; `is_strong` after a second factor."""

    person: Person
    started_at: datetime
    seen_at: datetime
    is_strong: bool
    id_token: str | None = None


@dataclass(frozen=True, slots=True)
class FactorKinds:
    """Which second factors somebody uses: codes of an application, and how many security keys."""

    has_codes: bool
    key_count: int


def token_hash(token: str) -> str:
    """Return what the database keeps of a token that a browser holds."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Delay:
    """No wait after the first failures, then 1, 2, 4… seconds, up to the longest."""

    free_count: int
    longest_seconds: int

    @property
    def most(self) -> int:
        """The number of failures from which the wait stays the same; further ones are not counted, to bound counts."""
        return self.free_count + (self.longest_seconds - 1).bit_length()

    def seconds_after(self, failures: float) -> int:
        beyond = math.ceil(failures) - self.free_count
        return min(2**beyond, self.longest_seconds) if beyond >= 0 else 0


def remaining(failures: float, seconds: float) -> float:
    """Return what is left of a count of failures after so many seconds."""
    return max(0.0, failures - max(0.0, seconds) / FORGIVEN_SECONDS)


# One name from one network, or from one browser that has signed in before with that name.
OF_A_PAIR = Delay(free_count=3, longest_seconds=300)
# One network whatever the names: an agency may sit behind one address.
OF_A_NETWORK = Delay(free_count=30, longest_seconds=60)
# One name whatever the network. It bounds what many machines guess together; a few seconds lock nobody out.
OF_A_NAME = Delay(free_count=10, longest_seconds=5)
# One name's codes of a second factor, for who knows the password: 288 tries a day, with 3 of a million codes valid.
OF_A_NAMES_CODES = Delay(free_count=10, longest_seconds=300)
