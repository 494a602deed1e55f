"""Signing in: by password or as an identity provider says, for how long, and whose account it is."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import SignInFailed, SignInOver, StorageUnavailable
from noa_rag.domain.people import RESERVED, IdentityLink, Person, PersonId, Role
from noa_rag.domain.sign_in import NO_AGENCY, Identity, IdentityRefused, Refusal, Session, token_hash
from noa_rag.review.second_factor import SecondFactor
from noa_rag.review.security_keys import SecurityKeys
from noa_rag.review.sign_in_attempts import Origin, Tries, What
from noa_rag.storage.credentials import IdentityStore
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.sign_in import SessionStore

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)  # a working day
SEEN_EVERY = timedelta(minutes=1)  # a write at each request would make readers wait for the disk
CODE_LIMIT = timedelta(minutes=10)  # between the password and the code
_CSRF_LABEL = b"noa review form"
_NOT_IN_AN_ID = re.compile(r"[^a-z0-9.-]+")
_LONGEST_STEM = 36  # of 40, so that a number may follow


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that begins: its token, and the one by which the browser is known from now on, if it is."""

    token: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class CodeWanted:
    """The first step was right; a second factor completes the sign-in that the token names."""

    token: str


@dataclass(frozen=True, slots=True)
class FactorAsked:
    """What completes a sign-in: codes of an application, a security key by these options (empty: none), either."""

    takes_codes: bool
    key_options: str


class SignIn:
    """Begins, reads and ends sessions. A browser holds the token; the database holds its SHA-256."""

    def __init__(
        self,
        accounts: PeopleStore,
        sessions: SessionStore,
        tries: Tries,
        passwords: Passwords,
        factor: SecondFactor,
        *,
        keys: SecurityKeys,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        idle_limit: timedelta = IDLE_LIMIT,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tries = tries
        self._passwords = passwords
        self._factor = factor
        self._keys = keys
        self._now = now
        self._idle_limit = idle_limit
        # An unknown name is verified against this one, so that it takes as long as a known one.
        self._nobodys_hash = passwords.hash(secrets.token_urlsafe(32))

    def sign_in(self, name: str, password: str, address: str, device: str = "") -> Begun | CodeWanted:
        """Begin a session, whose token is always a new one, or ask for a code where she has a second factor.

        `device` is what an earlier sign-in gave this browser. Raises SignInFailed, in the same words and after the
        same work whether the name, the password or the account is wrong; with `retry_seconds` for an attempt that
        comes too early, which is not counted.
        """
        person_id, now, origin = PersonId(name.strip().lower()), self._now(), Origin(address, device)
        with self._noting_failure(person_id, "password"):
            # Counted before verifying, so that attempts sent all at once are counted too.
            tried = self._tries.count(What.PASSWORD, person_id, origin, at=now)
            known_hash = self._accounts.password_hash(person_id)
            try:
                is_right = self._passwords.matches(password, known_hash or self._nobodys_hash)
            except SignInFailed:  # too many at once: nobody looked at the password
                self._tries.was_not_looked_at(tried)
                raise
            person = self._accounts.person(person_id)
            if known_hash is None or not is_right or person is None or not person.is_active:
                raise SignInFailed("The name or the password is wrong.")
        self._tries.was_right(tried)
        if self._passwords.is_outdated(known_hash):
            self._accounts.renew_hash(person_id, known_hash=known_hash, password=password)
        if self._factor.of(person_id) is None:
            return self._begin(person_id, origin)
        return self._wait(person_id)

    def vouched(self, person: Person, *, is_strong: bool, id_token: str) -> Begun | CodeWanted:
        """Begin the session of somebody whom an identity provider vouches for.

        A code is asked for where her role demands a second factor, she has one, and the provider saw none.
        """
        if not is_strong and self._factor.is_required(person) and self._factor.of(person.id):
            return self._wait(person.id, id_token=id_token)
        return Begun(self._start(person.id, is_strong=is_strong, id_token=id_token))

    def complete(self, token: str, code: str, address: str, device: str = "") -> Begun:
        """Begin the session of a sign-in that waits for its code.

        Raises SignInFailed for a wrong code, and SignInOver when no sign-in waits, or it has waited for more than ten
        minutes.
        """
        origin = Origin(address, device)
        return self._complete(token, origin, lambda person_id: self._factor.check(person_id, code, origin))

    def complete_with_key(self, token: str, response: str, address: str, device: str = "") -> Begun:
        """Begin the session of a sign-in that waits, by what a security key has signed; raises as `complete` does."""
        origin = Origin(address, device)
        return self._complete(token, origin, lambda person_id: self._keys.check(person_id, token, response, origin))

    def asked(self, token: str) -> FactorAsked:
        """Return what completes the sign-in that waits, with a new challenge for her keys."""
        try:
            person_id, _ = self._waiting(token)
        except SignInOver:
            return FactorAsked(takes_codes=True, key_options="")
        factor = self._factor.of(person_id)
        return FactorAsked(factor is None or factor.is_confirmed, self._keys.options(factor, token) if factor else "")

    def prove(self, token: str, given: str, address: str, device: str = "") -> None:
        """Raise SignInFailed unless the holder of this session proves that she may change her second factors.

        A code proves it; when she has keys alone, her password does, in a session that was begun with one of them. No
        proof is needed while she has no factor: there is nothing to protect yet.
        """
        session = self.session_of(token)
        if session is None:
            raise SignInFailed("The session is over.")
        person_id, now, origin = session.person.id, self._now(), Origin(address, device)
        factor = self._factor.of(person_id)
        if factor is None:
            return
        if session.is_strong and not factor.is_confirmed:
            tried = self._tries.count(What.PASSWORD, person_id, origin, at=now)
            known_hash = self._accounts.password_hash(person_id)
            if known_hash and self._passwords.matches(given, known_hash):
                self._tries.was_right(tried)
                return
        self._factor.check(person_id, given, origin)

    def session_of(self, token: str) -> Session | None:
        """Return the session, its person's roles as they stand now; None when it is over or she is disabled."""
        digest, now = token_hash(token), self._now()
        session = self._sessions.find(digest)
        if session is None:
            return None
        if now - session.seen_at > self._idle_limit or now - session.started_at > ABSOLUTE_LIMIT:
            self._sessions.end(digest)
            return None
        if now - session.seen_at >= SEEN_EVERY:
            with suppress(StorageUnavailable):  # on a full disk the queue can still be read
                self._sessions.seen(digest, at=now)
        return session if session.person.is_active else None

    def lacks_factor(self, session: Session) -> bool:
        """Return whether her role demands a second factor that this session was begun without."""
        return not session.is_strong and self._factor.is_required(session.person)

    def strengthen(self, token: str) -> None:
        """Keep that a code was given in this session."""
        self._sessions.strengthen(token_hash(token))

    def sign_out(self, token: str) -> None:
        self._sessions.end(token_hash(token))

    def csrf_token(self, token: str) -> str:
        """Return the CSRF token of this session's forms, which nobody can derive without the session's token."""
        return hmac.new(_in_bytes(token), _CSRF_LABEL, hashlib.sha256).hexdigest()

    def csrf_is_right(self, token: str, given: str) -> bool:
        return hmac.compare_digest(self.csrf_token(token).encode(), _in_bytes(given))

    @contextmanager
    def _noting_failure(self, person_id: PersonId, step: str) -> Iterator[None]:
        try:
            yield
        except SignInFailed as failed:
            is_known = self._accounts.person(person_id) is not None  # looked up for every name: all take as long
            self._tries.note_failure(person_id if is_known else None, step, too_early=failed.retry_seconds > 0)
            raise

    def _waiting(self, token: str) -> tuple[PersonId, str | None]:
        """Return whose sign-in waits, with its ID token. Raises SignInOver."""
        waiting = self._sessions.waiting(token_hash(token), since=self._now() - CODE_LIMIT)
        person = self._accounts.person(waiting[0]) if waiting else None
        if waiting is None or person is None or not person.is_active:
            raise SignInOver("No sign-in waits for a second factor.")
        return waiting

    def _complete(self, token: str, origin: Origin, check: Callable[[PersonId], None]) -> Begun:
        person_id, id_token = self._waiting(token)
        with self._noting_failure(person_id, "second_factor"):
            check(person_id)
        if not self._sessions.wait_no_more(token_hash(token)):
            raise SignInOver("Another request completed this sign-in.")
        return self._begin(person_id, origin, is_strong=True, id_token=id_token)

    def _begin(
        self, person_id: PersonId, origin: Origin, *, is_strong: bool = False, id_token: str | None = None
    ) -> Begun:
        token = self._start(person_id, is_strong=is_strong, id_token=id_token)
        return Begun(token, self._tries.know(person_id, origin, at=self._now()))

    def _start(self, person_id: PersonId, *, is_strong: bool, id_token: str | None) -> str:
        token, now = secrets.token_urlsafe(32), self._now()
        self._sessions.start(
            token_hash(token),
            person_id,
            at=now,
            started_before=now - ABSOLUTE_LIMIT,
            is_strong=is_strong,
            id_token=id_token,
        )
        return token

    def _wait(self, person_id: PersonId, *, id_token: str | None = None) -> CodeWanted:
        token, now = secrets.token_urlsafe(32), self._now()
        self._sessions.wait(token_hash(token), person_id, at=now, since=now - CODE_LIMIT, id_token=id_token)
        return CodeWanted(token)


def _in_bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


class Identities:
    """Finds the account of an identity: by its link once there is one, by its address at the first sign-in."""

    def __init__(
        self,
        account: Callable[[PersonId], Person | None],
        links: IdentityStore,
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
