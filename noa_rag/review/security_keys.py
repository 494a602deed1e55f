"""Security keys and passkeys as a second factor (WebAuthn): registered by name, asked for at each sign-in."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from structlog import get_logger

from noa_rag.domain.characters import INVISIBLE, LINE_END
from noa_rag.domain.errors import InvalidRequest, NoaError, NotAllowedNow, SignInFailed
from noa_rag.domain.people import Person, PersonId
from noa_rag.domain.sign_in import Ceremony, Factor, SecurityKey, token_hash
from noa_rag.review.second_factor import ISSUER, SecondFactor, hashes, new_recovery
from noa_rag.review.sign_in_attempts import Origin, Tries, What
from noa_rag.storage.sign_in import SecurityKeyStore

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

CHALLENGE_LIMIT = timedelta(minutes=10)  # as long as a sign-in waits for its code
NAME_LIMIT = 60
RESPONSE_LIMIT = 20_000  # characters; a key answers with some hundreds, an attestation with certificates some thousands
_PORTS = {"https": 443, "http": 80}
_log = get_logger()


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site that security keys are registered for: its host name, and the one origin whose pages may use them."""

    id: str
    origin: str

    @classmethod
    def at(cls, address: str) -> Self | None:
        """Return the party of the service's public address; None for one that browsers offer no keys at.

        Browsers require https, or this machine as `localhost`, and a name rather than an IP address.
        """
        try:
            parts = urlsplit(address)
            host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except ValueError:
            return None
        is_name = any(char.isalpha() for char in host.rpartition(".")[2]) and ":" not in host
        if not is_name or not (parts.scheme == "https" or (parts.scheme, host) == ("http", "localhost")):
            return None
        place = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
        return cls(host, f"{parts.scheme}://{place}")


class SecurityKeys:
    """Registers keys and asks for them at sign-in. What a browser sends is checked against a single-use challenge."""

    def __init__(
        self,
        keys: SecurityKeyStore,
        factor: SecondFactor,
        tries: Tries,
        now: Callable[[], datetime],
        party: RelyingParty | None,
    ) -> None:
        self._keys = keys
        self._factor = factor
        self._tries = tries
        self._now = now
        self.party = party

    def registration(self, person: Person, token: str) -> str:
        """Return the options with which a browser registers a new key, as JSON.

        `token` is that of the session. Raises NotAllowedNow `no_public_address`.
        """
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import bytes_to_base64url
        from webauthn.helpers.structs import AuthenticatorSelectionCriteria, ResidentKeyRequirement

        party, factor = self._known_party(), self._factor.of(person.id)
        options = generate_registration_options(
            rp_id=party.id,
            rp_name=ISSUER,
            user_name=person.id,
            user_display_name=person.name,
            user_id=hashlib.sha256(f"{ISSUER} {person.id}".encode()).digest(),
            exclude_credentials=_described(factor.keys) if factor else [],
            # A second factor needs no room in the key's memory, and proves the person where the key can. Attestation
            # stays "none", the default: which make of key somebody has is nobody's business.
            authenticator_selection=AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.DISCOURAGED),
        )
        challenge = bytes_to_base64url(options.challenge)
        self._keys.keep_challenge(Ceremony.REGISTER, token_hash(token), challenge, at=self._now())
        return options_to_json(options)

    def register(self, person: Person, token: str, name: str, response: str) -> tuple[str, ...]:
        """Keep a key under a name, and return recovery codes where it is her first factor.

        Raises InvalidRequest for a bad name, SignInFailed for a response that is invalid or answers no waiting
        challenge, and NotAllowedNow `key_known`, `keys_full` and `no_public_address`.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_registration_credential_json

        party, name, now = self._known_party(), _name_in(name), self._now()
        challenge = self._spent(Ceremony.REGISTER, token)
        with _refusing(person.id):
            given = parse_registration_credential_json(_of_usual_length(response))
            verified = verify_registration_response(
                credential=given,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=party.id,
                expected_origin=party.origin,
            )
        key = SecurityKey(
            id=bytes_to_base64url(verified.credential_id),
            name=name,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            transports=tuple(dict.fromkeys(transport.value for transport in given.response.transports or ())),
            added_at=now,
        )
        recovery = new_recovery()
        is_first = self._keys.add(person.id, key, recovery=hashes(recovery), at=now)
        return recovery if is_first else ()

    def options(self, factor: Factor, token: str) -> str:
        """Return the options for asking a waiting sign-in's keys in a browser, as JSON; empty if none can be asked."""
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers import bytes_to_base64url

        if self.party is None or not factor.keys:
            return ""
        options = generate_authentication_options(rp_id=self.party.id, allow_credentials=_described(factor.keys))
        challenge = bytes_to_base64url(options.challenge)
        self._keys.keep_challenge(Ceremony.SIGN_IN, token_hash(token), challenge, at=self._now())
        return options_to_json(options)

    def check(self, person_id: PersonId, token: str, response: str, origin: Origin) -> None:
        """Raise SignInFailed unless one of her keys has signed for this sign-in; attempts are delayed as for codes."""
        from webauthn import verify_authentication_response
        from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json

        now, factor = self._now(), self._factor.of(person_id)
        tried = self._tries.count(What.CODE, person_id, origin, at=now)
        with _refusing(person_id):
            party, challenge = self._known_party(), self._spent(Ceremony.SIGN_IN, token)
            given = parse_authentication_credential_json(_of_usual_length(response))
            (key,) = (key for key in (factor.keys if factor else ()) if key.id == given.id)
            verified = verify_authentication_response(
                credential=given,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=party.id,
                expected_origin=party.origin,
                credential_public_key=key.public_key,
                credential_current_sign_count=key.sign_count,
            )
            if not self._keys.used(key, verified.new_sign_count, at=now):
                raise ValueError("The key was used or taken away in the same moment.")
        self._tries.was_right(tried)

    def remove(self, person: Person, key_id: str) -> None:
        """Take one of one's own keys away. Raises NotFound, and NotAllowedNow `second_factor_required`."""
        factor = self._factor.of(person.id)
        is_last = factor is not None and not factor.is_confirmed and len(factor.keys) == 1
        if is_last and self._factor.is_required(person):
            raise NotAllowedNow(f"A role of `{person.id}` demands it.", reason="second_factor_required")
        self._keys.remove(person.id, key_id, at=self._now())

    def _known_party(self) -> RelyingParty:
        if self.party is None:
            raise NotAllowedNow("NOA_BASE_URL names no host with https.", reason="no_public_address")
        return self.party

    def _spent(self, ceremony: Ceremony, token: str) -> str:
        since = self._now() - CHALLENGE_LIMIT
        challenge = self._keys.spend_challenge(ceremony, token_hash(token), since=since)
        if challenge is None:
            raise SignInFailed("No challenge waits for a key: it was used, or is older than ten minutes.")
        return challenge


@contextmanager
def _refusing(person_id: PersonId) -> Iterator[None]:
    """Turn any error of the library about a response into a refusal, and log the reason.

    Its parsers read untrusted input, and raise more than the library's own errors.
    """
    try:
        yield
    except NoaError:
        raise
    except Exception as error:
        _log.warning("security_key_refused", person=person_id, error=f"{type(error).__name__}: {error}"[:300])
        raise SignInFailed("The key's answer does not hold.") from error


def _described(keys: Collection[SecurityKey]) -> "list[PublicKeyCredentialDescriptor]":
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    known = set(AuthenticatorTransport)
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.id),
            transports=[kind for kind in known if kind.value in key.transports] or None,
        )
        for key in keys
    ]


def _of_usual_length(response: str) -> str:
    """Return what a browser sent. Raises ValueError for more than RESPONSE_LIMIT characters."""
    if len(response) > RESPONSE_LIMIT:
        raise ValueError("The response is too long.")
    return response


def _name_in(typed: str) -> str:
    name = typed.strip()
    if not name or len(name) > NAME_LIMIT or INVISIBLE.search(name) or LINE_END.search(name):
        raise InvalidRequest(f"Give the key a name of 1 to {NAME_LIMIT} visible characters.", field="name")
    return name
