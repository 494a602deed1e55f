"""The second factor: codes of an authenticator application (TOTP), and recovery codes for when all is lost."""

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyotp
from pyotp.utils import strings_equal

from noa_rag.domain.errors import NotAllowedNow, SignInFailed
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.sign_in import Factor
from noa_rag.review.sign_in_attempts import Origin, Tries, What
from noa_rag.storage.credentials import SecondFactorStore

ISSUER = "Noa"  # what the application lists the account under
STEP_SECONDS = 30
STEPS_OFF = 1  # a clock that is half a minute off, or a code typed slowly: three codes hold at once
RECOVERY_COUNT = 10
RECOVERY_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another when read from paper
RECOVERY_GROUPS, GROUP_LENGTH = 4, 4  # 31 ** 16, some 79 bits: a plain hash of it cannot be searched
_CODE = re.compile(r"\d{6}")
_BETWEEN = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A secret that is not in use yet: as text, in groups, and as the address that a QR code carries."""

    secret: str
    address: str

    @property
    def in_groups(self) -> str:
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


class SecondFactor:
    """Sets up, checks and takes away second factors; codes are slowed as passwords are."""

    def __init__(
        self,
        factors: SecondFactorStore,
        tries: Tries,
        now: Callable[[], datetime],
        *,
        required_for: Collection[Role] = (),
    ) -> None:
        self._factors = factors
        self._tries = tries
        self._now = now
        self._required_for = frozenset(required_for)

    def of(self, person_id: PersonId) -> Factor | None:
        """Return the second factor that somebody uses; None when there is none, or it was never confirmed."""
        factor = self._factors.find(person_id)
        return factor if factor and factor.is_in_use else None

    def is_required(self, person: Person) -> bool:
        """Return whether one of her roles demands it."""
        return bool(person.roles & self._required_for)

    def propose(self, person: Person) -> Proposal:
        """Return a new secret, to be confirmed by a code. Raises NotAllowedNow `second_factor_on`."""
        if (factor := self.of(person.id)) and factor.is_confirmed:
            raise NotAllowedNow(f"`{person.id}` has an application already.", reason="second_factor_on")
        secret = pyotp.random_base32()
        self._factors.propose(person.id, secret)
        return _proposal(person, secret)

    def proposed(self, person: Person) -> Proposal | None:
        """Return the secret that waits for its first code; None where there is none."""
        factor = self._factors.find(person.id)
        return _proposal(person, factor.secret) if factor and factor.secret and not factor.is_confirmed else None

    def confirm(self, person: Person, code: str, origin: Origin) -> tuple[str, ...]:
        """Put the proposed secret into use and return the recovery codes, which cannot be shown again.

        None are returned when she got some with her keys. Raises SignInFailed for a wrong code, or one that comes too
        early.
        """
        factor, now = self._factors.find(person.id), self._now()
        tried = self._tries.count(What.CODE, person.id, origin, at=now)
        step = _step(factor, code, now) if factor and not factor.is_confirmed else None
        recovery = () if factor and factor.keys else new_recovery()
        if step is None or not self._factors.confirm(person.id, step=step, recovery=hashes(recovery), at=now):
            raise SignInFailed("The code is wrong.")
        self._tries.was_right(tried)
        return recovery

    def check(self, person_id: PersonId, code: str, origin: Origin) -> None:
        """Use up a valid code. Raises SignInFailed for a wrong or used one, or an attempt that comes too early."""
        now = self._now()
        tried = self._tries.count(What.CODE, person_id, origin, at=now)
        if not self._spend(person_id, code, now):
            raise SignInFailed("The code is wrong.")
        self._tries.was_right(tried)

    def renew_recovery(self, person: Person) -> tuple[str, ...]:
        """Return new recovery codes; the old ones stop working."""
        recovery = new_recovery()
        self._factors.renew_recovery(person.id, hashes(recovery), at=self._now())
        return recovery

    def give_up(self, person: Person, code: str, origin: Origin) -> None:
        """Remove one's own application. Raises SignInFailed, and NotAllowedNow `second_factor_required`."""
        factor = self.of(person.id)
        has_keys = factor is not None and bool(factor.keys)
        if self.is_required(person) and not has_keys:
            raise NotAllowedNow(f"A role of `{person.id}` demands it.", reason="second_factor_required")
        self.check(person.id, code, origin)
        if has_keys:
            self._factors.remove_codes(person.id, at=self._now())
        else:
            self._factors.remove(person.id, actor=person.id, at=self._now())

    def reset(self, person_id: PersonId, *, actor: str) -> None:
        """Remove all second factors of somebody who has lost them. Raises NotFound."""
        self._factors.remove(person_id, actor=actor, at=self._now())

    def _spend(self, person_id: PersonId, code: str, now: datetime) -> bool:
        factor = self.of(person_id)
        if factor is None:
            return False
        if factor.is_confirmed and (step := _step(factor, code, now)) is not None:
            return self._factors.spend_step(person_id, step)
        return self._factors.spend_recovery(person_id, _hash(code), at=now)


def _proposal(person: Person, secret: str) -> Proposal:
    return Proposal(secret, pyotp.TOTP(secret).provisioning_uri(name=person.id, issuer_name=ISSUER))


def _step(factor: Factor, code: str, now: datetime) -> int | None:
    """Return the half minute that a code belongs to; None unless it is near now and after the last one used."""
    typed = _BETWEEN.sub("", code)
    if not factor.secret or not typed.isascii() or not _CODE.fullmatch(typed):
        return None
    totp, today = pyotp.TOTP(factor.secret), int(now.timestamp()) // STEP_SECONDS
    near = range(today - STEPS_OFF, today + STEPS_OFF + 1)
    matching = [step for step in near if strings_equal(totp.generate_otp(step), typed)]
    return next((step for step in matching if step > factor.last_step), None)


def new_recovery() -> tuple[str, ...]:
    """Return recovery codes that nobody has."""
    return tuple(
        "-".join("".join(secrets.choice(RECOVERY_SIGNS) for _ in range(GROUP_LENGTH)) for _ in range(RECOVERY_GROUPS))
        for _ in range(RECOVERY_COUNT)
    )


def hashes(codes: Sequence[str]) -> tuple[str, ...]:
    """Return what the database keeps of recovery codes."""
    return tuple(map(_hash, codes))


def _hash(code: str) -> str:
    return hashlib.sha256(_BETWEEN.sub("", code).lower().encode(errors="surrogatepass")).hexdigest()
