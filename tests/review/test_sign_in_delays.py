"""How long the next attempt to sign in waits, for whom, and what strangers can guess."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from noa_rag.domain.errors import SignInFailed
from noa_rag.storage.tables import failed_sign_ins, known_sign_ins
from tests.factories import a_person
from tests.review.door import HOME, INES, PASSWORD, WRONG, Door, person_of

ELSEWHERE = "198.51.100.1"


def waits_after_failures(door: Door, times: int, name: str = "ines", address: str = HOME) -> list[int]:
    """Return how long the next attempt waited after each of so many failures, each sent as soon as it could be."""
    waits = []
    for _ in range(times):
        door.fail(1, name, address)
        wait = door.fail(1, name, address).retry_seconds
        waits.append(wait)
        door.later(seconds=wait)
    return waits


@pytest.mark.parametrize("name", ["ines", "personne"])
def test_after_three_failures_the_wait_doubles_up_to_five_minutes(door: Door, name: str) -> None:
    door.fail(2, name)

    assert waits_after_failures(door, 11, name) == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_who_comes_too_early_is_sent_away_without_work_and_without_being_counted(door: Door) -> None:
    door.fail(6)  # after the third one too early, each of them
    done = len(door.passwords.verified)

    with pytest.raises(SignInFailed, match="too many") as caught:
        door.another_worker().sign_in("ines", PASSWORD, HOME)

    assert (caught.value.retry_seconds, done, len(door.passwords.verified)) == (1, 3, 3)
    door.later(seconds=1)
    assert person_of(door.sign_in, door.enter()) == INES


def test_failures_are_forgotten_one_every_quarter_of_an_hour(door: Door) -> None:
    door.fail(2)
    door.enter()  # a success clears them
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


def test_strangers_cannot_keep_a_referent_out(door: Door) -> None:
    device = door.known_browser()
    strangers = [f"198.51.100.{number}" for number in range(10)]
    door.guess(50, strangers)

    for _ in range(3):
        door.guess(20, strangers)  # they go on while she comes
        assert door.enter(address="203.0.113.5", device=device)  # her own browser, elsewhere
        assert door.enter(address=HOME)  # another browser, where she signed in before

    # Another browser in another place: a few seconds.
    waits = [door.fail(1, address="203.0.113.9").retry_seconds for _ in range(3)]
    assert max(waits) <= 5


def test_a_token_that_somebody_else_chose_makes_no_browser_known(door: Door) -> None:
    given = door.sign_in.sign_in("ines", PASSWORD, HOME, "chosen-by-somebody-else").device
    again = door.sign_in.sign_in("ines", PASSWORD, HOME, given).device

    assert given != "chosen-by-somebody-else"
    assert len(given) >= 43
    assert again == given


def test_one_address_guesses_one_password_of_a_name_every_five_minutes_in_the_end(door: Door) -> None:
    assert door.guess(10_000, [HOME]) == 12 + (10_000 - 511) // 300  # waits of 1 + 2 + … + 256 s, then of 300 s


def test_however_many_addresses_guess_one_password_every_five_seconds_together(door: Door) -> None:
    addresses = [f"198.51.100.{number}" for number in range(12)]

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


def test_addresses_of_one_ipv6_network_count_together(door: Door) -> None:
    for number in range(3):
        door.fail(1, address=f"2001:db8::{number:x}")

    assert door.fail(1, address="2001:db8::ffff").retry_seconds == 1
    assert door.fail(1, address="2001:db8:0:1::1").retry_seconds == 0


def test_a_browser_is_known_for_half_a_year_and_for_the_name_that_signed_in_with_it_alone(door: Door) -> None:
    device = door.known_browser()
    door.people.add(a_person("paul", "inpi"), PASSWORD, actor="test")
    for number in range(20):
        door.fail(1, "paul", f"198.51.100.{number}")

    assert door.fail(1, "paul", "203.0.113.5", device).retry_seconds > 0
    door.later(days=181)
    assert door.sign_in.sign_in("ines", PASSWORD, HOME, device).device != device


def test_the_database_knows_no_name_no_address_and_nothing_that_a_browser_holds(door: Door) -> None:
    device = door.known_browser()
    door.fail(3, "mon-mot-de-passe", ELSEWHERE)
    door.later(hours=13)
    door.fail(1, address=ELSEWHERE)

    with door.database.reading() as connection:
        rows = connection.execute(select(known_sign_ins)).all()
        keys = connection.execute(select(failed_sign_ins.c.key)).scalars().all()
    assert not any(device in str(row) or HOME in str(row) for row in rows)
    assert len(keys) == 3  # the name there, the name, and the network: older failures are gone
    assert not any("mot-de-passe" in key or "ines" in key or ELSEWHERE in key for key in keys)
