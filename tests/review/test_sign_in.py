"""Signing in, over the real stores and with a clock that tests turn."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from noa_rag.domain.errors import SignInFailed, StorageUnavailable
from noa_rag.domain.people import PersonId, Role
from noa_rag.review.sign_in import SignIn
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.sessions import SessionStore
from noa_rag.storage.sign_in_attempts import SignInAttempts
from noa_rag.storage.tables import failed_sign_ins, known_sign_ins, sessions
from tests.factories import APPROVED_AT, a_person, an_agency

PASSWORD, WRONG = "une phrase de passe", "une autre phrase"
HOME = "192.0.2.7"
INES = a_person("ines", "inpi")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class CountedPasswords(Passwords):
    """Quick hashes, and the work that was done."""

    verified: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(QUICK)

    def matches(self, password: str, known_hash: str) -> bool:
        self.verified.append(known_hash)
        return super().matches(password, known_hash)


class Door:
    """A sign-in over a base with one referent."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.moment = APPROVED_AT
        self.passwords = CountedPasswords()
        self.people = PeopleStore(database, self.passwords, lambda: self.moment)
        self.sign_in = self.another_worker()

    def another_worker(self) -> SignIn:
        return SignIn(self.people, SessionStore(self.database), SignInAttempts(self.database), self.passwords, self.now)

    def now(self) -> datetime:
        return self.moment

    def later(self, **duration: float) -> None:
        self.moment += timedelta(**duration)

    def enter(self, name: str = "ines", password: str = PASSWORD, address: str = HOME, device: str = "") -> str:
        return self.sign_in.sign_in(name, password, address, device).token

    def known_browser(self, address: str = HOME) -> str:
        """Sign in, and return by what the browser is known from then on."""
        return self.sign_in.sign_in("ines", PASSWORD, address).device

    def fail(self, times: int, name: str = "ines", address: str = HOME, device: str = "") -> SignInFailed:
        """Give a wrong password so many times, and return what was said last."""
        for _ in range(times):
            with pytest.raises(SignInFailed) as caught:
                self.enter(name, WRONG, address, device)
        return caught.value

    def guess(self, seconds: float, addresses: Sequence[str], device: str = "") -> int:
        """Give wrong passwords from all these addresses as fast as it goes; return how many were looked at."""
        before, end = len(self.passwords.verified), self.moment + timedelta(seconds=seconds)
        due = [(self.moment, address) for address in addresses]
        while due and due[0][0] < end:
            self.moment, address = heappop(due)
            wait = self.fail(1, address=address, device=device).retry_seconds
            heappush(due, (self.moment + timedelta(seconds=wait), address))
        self.moment = end
        return len(self.passwords.verified) - before


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    database = Database(f"sqlite:///{tmp_path / 'noa.db'}")
    Directory(database).save([an_agency()], [])
    door = Door(database)
    door.people.add(INES, PASSWORD, actor="test")
    yield door
    database.close()


def test_the_right_password_begins_a_session_of_ones_own(door: Door) -> None:
    first, second = door.enter(), door.enter(" INES ")

    assert first != second
    assert len(first) >= 43  # 256 bits in base 64
    assert door.sign_in.person_of(first) == door.sign_in.person_of(second) == INES


def test_the_database_does_not_know_the_token(door: Door) -> None:
    token = door.enter()

    with door.database.reading() as connection:
        row = connection.execute(select(sessions)).one()
    assert token not in str(row)


@pytest.mark.parametrize("token", ["", "inconnu", "é\udc80" * 1_000])
def test_a_made_up_token_is_nobodys(door: Door, token: str) -> None:
    assert door.sign_in.person_of(token) is None
    door.sign_in.sign_out(token)


@pytest.mark.parametrize(
    ("name", "password"), [("ines", WRONG), ("personne", PASSWORD), ("fermee", PASSWORD), ("", "")]
)
def test_whatever_is_wrong_the_words_and_the_work_are_the_same(door: Door, name: str, password: str) -> None:
    door.people.add(a_person("fermee", "inpi", is_active=False), PASSWORD, actor="test")

    with pytest.raises(SignInFailed) as caught:
        door.enter(name, password)

    assert (str(caught.value), caught.value.retry_seconds) == ("The name or the password is wrong.", 0)
    (verified,) = door.passwords.verified
    assert verified.startswith("$argon2id$v=19$m=8,t=1,p=1$")


def waits_after_failures(door: Door, times: int, name: str = "ines", address: str = HOME) -> list[int]:
    """Return how long the next attempt waited after each of so many failures, each sent as soon as it could be."""
    waits = []
    for _ in range(times):
        door.fail(1, name, address)
        wait = door.fail(1, name, address).retry_seconds
        waits.append(wait)
        door.later(seconds=wait)
    return waits


def test_after_three_failures_the_wait_doubles_up_to_five_minutes(door: Door) -> None:
    door.fail(2)

    assert waits_after_failures(door, 11) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_who_comes_too_early_is_sent_away_without_work_and_without_being_counted(door: Door) -> None:
    door.fail(6)  # after the third one too early, each of them
    done = len(door.passwords.verified)

    with pytest.raises(SignInFailed, match="too many") as caught:
        door.another_worker().sign_in("ines", PASSWORD, HOME)

    assert (caught.value.retry_seconds, done, len(door.passwords.verified)) == (1, 3, 3)
    door.later(seconds=1)
    assert door.sign_in.person_of(door.enter()) == INES


def test_an_unknown_name_is_delayed_like_a_known_one(door: Door) -> None:
    door.fail(2, "personne")

    assert waits_after_failures(door, 11, "personne") == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_success_clears_the_failures_of_the_name_there(door: Door) -> None:
    door.fail(2)
    door.enter()

    assert door.fail(3).retry_seconds == 0


def test_failures_are_forgotten_one_every_quarter_of_an_hour(door: Door) -> None:
    door.fail(3)
    door.later(minutes=15)

    assert door.fail(1).retry_seconds == 0  # two were left, this is the third
    assert door.fail(1).retry_seconds == 1
    door.later(hours=1)
    assert door.fail(3).retry_seconds == 0


def test_a_network_waits_after_thirty_failures_whatever_the_names_for_a_minute_at_most(door: Door) -> None:
    for number in range(30):
        assert door.fail(1, f"nom-{number}").retry_seconds == 0

    assert door.fail(1, "nom-30").retry_seconds == 1
    assert door.fail(1, "nom-31", "198.51.100.1").retry_seconds == 0
    for number in range(100, 120):
        door.later(seconds=60)
        assert door.fail(1, f"nom-{number}").retry_seconds == 0


def test_successes_do_not_count_against_an_address(door: Door) -> None:
    door.people.add(a_person("paul", "inpi"), PASSWORD, actor="test")
    for _ in range(40):
        door.later(seconds=1)
        door.enter("paul", address="198.51.100.1")

    assert door.fail(1, "personne", "198.51.100.1").retry_seconds == 0


def test_addresses_of_one_ipv6_network_count_together(door: Door) -> None:
    for number in range(3):
        door.fail(1, address=f"2001:db8::{number:x}")

    assert door.fail(1, address="2001:db8::ffff").retry_seconds == 1
    assert door.fail(1, address="2001:db8:0:1::1").retry_seconds == 0


def test_strangers_cannot_keep_a_referent_out(door: Door) -> None:
    device = door.known_browser()
    strangers = [f"198.51.100.{number}" for number in range(10)]
    door.guess(200, strangers)

    for _ in range(5):
        door.guess(20, strangers)  # they go on while she comes
        assert door.enter(address="203.0.113.5", device=device)  # her own browser, elsewhere
        assert door.enter(address=HOME)  # another browser, where she signed in before

    # Another browser in another place: a few seconds.
    waits = [door.fail(1, address="203.0.113.9").retry_seconds for _ in range(3)]
    assert max(waits) <= 5


def test_a_colleague_of_the_same_network_delays_nobody_whose_browser_is_known(door: Door) -> None:
    device = door.known_browser()
    door.guess(3_600, [HOME])
    for number in range(60):
        door.fail(1, f"nom-{number}")

    assert door.fail(1).retry_seconds > 60
    assert door.enter(device=device)


def test_a_browser_is_known_for_the_name_that_signed_in_with_it_alone(door: Door) -> None:
    device = door.known_browser()
    door.people.add(a_person("paul", "inpi"), PASSWORD, actor="test")
    strangers = [f"198.51.100.{number}" for number in range(20)]
    for address in strangers:
        door.fail(1, "paul", address)

    assert door.fail(1, "paul", "203.0.113.5", device).retry_seconds > 0


def test_a_token_that_somebody_else_chose_makes_no_browser_known(door: Door) -> None:
    given = door.sign_in.sign_in("ines", PASSWORD, HOME, "chosen-by-somebody-else").device
    again = door.sign_in.sign_in("ines", PASSWORD, HOME, given).device

    assert given != "chosen-by-somebody-else"
    assert len(given) >= 43
    assert again == given


def test_a_browser_that_was_not_used_for_half_a_year_is_a_strangers(door: Door) -> None:
    device = door.known_browser()
    door.later(days=181)

    assert door.sign_in.sign_in("ines", PASSWORD, HOME, device).device != device
    with door.database.reading() as connection:
        assert len(connection.execute(select(known_sign_ins)).all()) == 2  # this browser and this network, by hashes


def test_the_database_does_not_know_what_a_browser_holds(door: Door) -> None:
    device = door.known_browser()

    with door.database.reading() as connection:
        rows = connection.execute(select(known_sign_ins)).all()
    assert not any(device in str(row) or HOME in str(row) for row in rows)


def test_one_address_guesses_three_hundred_passwords_of_a_name_a_day_at_most(door: Door) -> None:
    assert door.guess(86_400, [HOME]) == 12 + (86_400 - 511) // 300  # waits of 1 + 2 + … + 256 s, then of 300 s


def test_a_known_browser_guesses_no_more_than_an_address(door: Door) -> None:
    device = door.known_browser()
    done = len(door.passwords.verified)

    door.guess(3_600, [HOME], device)

    assert len(door.passwords.verified) - done <= 12 + 11


def test_however_many_addresses_guess_one_password_every_five_seconds_together(door: Door) -> None:
    addresses = [f"198.51.100.{number}" for number in range(100)]

    assert door.guess(60, addresses) <= 13 + 60 // 5


def test_attempts_sent_all_at_once_are_counted_one_by_one(door: Door) -> None:
    def attempt(_: int) -> int:
        with pytest.raises(SignInFailed) as caught:
            door.enter(password=WRONG)
        return caught.value.retry_seconds

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(attempt, range(24)))

    assert waits.count(0) == 3
    assert len(door.passwords.verified) == 3


def test_an_attempt_that_nobody_had_time_to_look_at_is_not_counted(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> bool:
        raise SignInFailed("Too many people are signing in at once.", retry_seconds=3)

    with monkeypatch.context() as patch:
        patch.setattr(door.passwords, "matches", busy)
        assert door.fail(10).retry_seconds == 3

    assert door.fail(3).retry_seconds == 0


def test_old_failures_are_thrown_away_and_names_are_never_written_down(door: Door) -> None:
    door.fail(3, "mon-mot-de-passe")
    door.later(hours=13)
    door.fail(1)

    with door.database.reading() as connection:
        keys = connection.execute(select(failed_sign_ins.c.key)).scalars().all()
    assert len(keys) == 3  # the name there, the name, and the network
    assert not any("mot-de-passe" in key or "ines" in key or HOME in key for key in keys)


def test_a_session_ends_after_two_idle_hours(door: Door) -> None:
    token = door.enter()

    door.later(hours=1, minutes=59)
    assert door.sign_in.person_of(token) == INES
    door.later(hours=2)
    assert door.sign_in.person_of(token) == INES  # the visit before counted
    door.later(hours=2, seconds=1)
    assert door.sign_in.person_of(token) is None
    door.moment = APPROVED_AT
    assert door.sign_in.person_of(token) is None  # it is gone, not only out of sight


def test_a_session_ends_after_twelve_hours_however_busy(door: Door) -> None:
    token = door.enter()

    for _ in range(12):
        door.later(hours=1)
        assert door.sign_in.person_of(token) == INES
    door.later(seconds=1)

    assert door.sign_in.person_of(token) is None


def test_a_visit_is_written_down_once_a_minute_at_most(door: Door) -> None:
    def seen_at() -> datetime:
        with door.database.reading() as connection:
            moment: datetime = connection.execute(select(sessions.c.seen_at)).scalar_one()
            return moment

    token = door.enter()
    begun = seen_at()

    door.later(seconds=59)
    door.sign_in.person_of(token)
    assert seen_at() == begun
    door.later(seconds=1)
    door.sign_in.person_of(token)
    assert seen_at() == begun + timedelta(minutes=1)


def test_a_session_is_read_even_when_the_visit_cannot_be_written_down(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("The disk is full.")

    token = door.enter()
    door.later(minutes=2)
    monkeypatch.setattr(SessionStore, "seen", full)

    assert door.sign_in.person_of(token) == INES


def test_a_removed_role_is_gone_at_the_next_request(door: Door) -> None:
    token = door.enter()

    door.people.set_roles(INES.id, [Role.QA], [], actor="ada")

    person = door.sign_in.person_of(token)
    assert person is not None
    assert (person.roles, person.agencies) == ({Role.QA}, frozenset())


def test_a_disabled_account_is_out_at_once_and_its_sessions_do_not_come_back(door: Door) -> None:
    token = door.enter()

    door.people.disable(INES.id, actor="ada")
    assert door.sign_in.person_of(token) is None
    door.people.enable(INES.id, actor="ada")

    assert door.sign_in.person_of(token) is None
    assert door.sign_in.person_of(door.enter()) == INES


def test_a_new_password_ends_the_sessions_begun_with_the_old_one(door: Door) -> None:
    token = door.enter()

    door.people.set_password(INES.id, WRONG, actor="ines")

    assert door.sign_in.person_of(token) is None
    assert door.sign_in.person_of(door.enter(password=WRONG)) == INES


def test_signing_out_ends_this_session_and_signing_out_everywhere_ends_all(door: Door) -> None:
    one, two, three = door.enter(), door.enter(), door.enter()

    door.sign_in.sign_out(one)
    assert [door.sign_in.person_of(token) for token in (one, two, three)] == [None, INES, INES]
    door.sign_in.sign_out_everywhere(PersonId("ines"))

    assert [door.sign_in.person_of(token) for token in (one, two, three)] == [None, None, None]


def test_sessions_that_are_long_over_are_thrown_away(door: Door) -> None:
    door.enter()
    door.later(days=2)
    door.enter()

    with door.database.reading() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(door: Door) -> None:
    before = door.people.password_hash(INES.id)
    today = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    people = PeopleStore(door.database, today)

    attempts = SignInAttempts(door.database)
    SignIn(people, SessionStore(door.database), attempts, today, door.now).sign_in("ines", PASSWORD, HOME)

    after = door.people.password_hash(INES.id)
    assert after != before
    assert "m=16,t=2,p=1" in str(after)
    assert today.matches(PASSWORD, str(after))


def test_a_form_carries_the_token_of_its_session_and_of_no_other(door: Door) -> None:
    mine, another = door.enter(), door.enter()

    assert door.sign_in.csrf_token(mine) == door.another_worker().csrf_token(mine)
    assert door.sign_in.csrf_is_right(mine, door.sign_in.csrf_token(mine))
    assert not door.sign_in.csrf_is_right(mine, door.sign_in.csrf_token(another))
    for given in ("", mine, "é\udc80", door.sign_in.csrf_token(mine)[:-1]):
        assert not door.sign_in.csrf_is_right(mine, given)
