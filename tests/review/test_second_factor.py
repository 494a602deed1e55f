"""Codes of an authenticator application, and recovery codes: which of them counts, once, and how often one may try."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
from sqlalchemy import Column, select

from noa_rag.domain.errors import NotAllowedNow, SignInFailed, SignInOver
from noa_rag.domain.people import Role
from noa_rag.review.second_factor import SecondFactor
from noa_rag.review.sign_in import CodeWanted
from noa_rag.review.sign_in_attempts import Origin
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.credentials import SecondFactorStore, SecretBox
from noa_rag.storage.tables import recovery_codes, second_factors
from tests.factories import a_person
from tests.review.door import HOME, INES, PASSWORD, WRONG, Door, person_of

THERE = Origin(HOME)


class Phone:
    """An authenticator application with one account in it."""

    def __init__(self, door: Door, secret: str) -> None:
        self.door = door
        self.totp = pyotp.TOTP(secret)

    def code(self, seconds: int = 0) -> str:
        """Return what it shows so many seconds from now."""
        return self.totp.at(self.door.moment, counter_offset=seconds // 30)

    def wrong(self) -> str:
        shown = {self.code(seconds) for seconds in (-30, 0, 30)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in shown)


def enrolled(door: Door) -> tuple[Phone, tuple[str, ...]]:
    """Give Ines a second factor; half a minute later, so that the code of its confirmation is behind her."""
    phone = Phone(door, door.factor.propose(INES).secret)
    recovery = door.factor.confirm(INES, phone.code(), THERE)
    door.later(seconds=60)
    return phone, recovery


def waiting(door: Door, address: str = HOME, device: str = "") -> str:
    """Give the right password, and return the token of the sign-in that waits for its code."""
    wanted = door.sign_in.sign_in("ines", PASSWORD, address, device)
    assert isinstance(wanted, CodeWanted)
    return wanted.token


def enter(door: Door, code: str, address: str = HOME, device: str = "") -> str:
    return door.sign_in.complete(waiting(door, address, device), code, address, device).token


def column(door: Door, wanted: "Column[Any]") -> list[Any]:
    with door.database.reading() as connection:
        return list(connection.execute(select(wanted)).scalars())


def test_the_password_alone_lets_nobody_in_who_has_a_second_factor(door: Door) -> None:
    phone, _ = enrolled(door)

    token = waiting(door)

    assert person_of(door.sign_in, token) is None
    code = phone.code()
    begun = door.sign_in.complete(token, f" {code[:3]} {code[3:]} ", HOME)
    session = door.sign_in.session_of(begun.token)
    assert session is not None
    assert (session.person, session.is_strong) == (INES, True)


def test_a_used_code_does_not_count_twice_and_no_earlier_one_after_it(door: Door) -> None:
    phone, _ = enrolled(door)
    code, before = phone.code(), phone.code(-30)
    enter(door, code)

    for used in (code, before):
        with pytest.raises(SignInFailed):
            enter(door, used)

    door.later(seconds=30)
    assert enter(door, phone.code())


def test_one_code_sent_many_times_at_once_lets_one_in(door: Door) -> None:
    phone, _ = enrolled(door)
    tokens, code = [waiting(door) for _ in range(3)], phone.code()

    def attempt(token: str) -> bool:
        try:
            return bool(door.another_worker().complete(token, code, HOME))
        except SignInFailed:
            return False

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(attempt, tokens)) == 1


@pytest.mark.parametrize(("seconds", "is_right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(door: Door, seconds: int, is_right: bool) -> None:
    phone, _ = enrolled(door)
    door.later(minutes=5)

    if is_right:
        assert enter(door, phone.code(seconds))
    else:
        with pytest.raises(SignInFailed):
            enter(door, phone.code(seconds))


@pytest.mark.parametrize("typed", ["", "é\udc80", "１２３４５６", "1234567", "12345"])
def test_what_is_no_code_is_a_wrong_code(door: Door, typed: str) -> None:
    enrolled(door)

    with pytest.raises(SignInFailed, match="wrong"):
        enter(door, typed)


def test_the_right_password_clears_no_wrong_codes(door: Door) -> None:
    phone, _ = enrolled(door)
    for _ in range(3):
        with pytest.raises(SignInFailed):
            enter(door, phone.wrong())

    with pytest.raises(SignInFailed) as caught:
        enter(door, phone.code())

    assert caught.value.retry_seconds == 1


def test_who_knows_the_password_cannot_keep_her_out_of_her_own_browser(door: Door) -> None:
    device = door.known_browser()
    phone, _ = enrolled(door)
    for number in range(40):
        with pytest.raises(SignInFailed):
            enter(door, phone.wrong(), f"198.51.100.{number}")

    with pytest.raises(SignInFailed) as elsewhere:
        enter(door, phone.code(), "203.0.113.9")
    assert elsewhere.value.retry_seconds > 0
    assert enter(door, phone.code(), "203.0.113.5", device)


def test_a_sign_in_waits_ten_minutes_for_its_code(door: Door) -> None:
    phone, _ = enrolled(door)
    token = waiting(door)

    door.later(minutes=10, seconds=1)

    with pytest.raises(SignInOver):
        door.sign_in.complete(token, phone.code(), HOME)
    with pytest.raises(SignInOver):
        door.sign_in.complete("invented", phone.code(), HOME)


def test_a_new_password_or_a_closed_account_ends_the_sign_ins_that_wait(door: Door) -> None:
    phone, _ = enrolled(door)
    before = waiting(door)
    door.people.set_password(INES.id, WRONG, actor="ada")
    door.people.set_password(INES.id, PASSWORD, actor="ada")
    after = waiting(door)
    door.people.disable(INES.id, actor="ada")

    for token in (before, after):
        with pytest.raises(SignInOver):
            door.sign_in.complete(token, phone.code(), HOME)


def test_one_gives_up_ones_own_second_factor_with_a_code_unless_a_role_demands_it(door: Door) -> None:
    phone, _ = enrolled(door)
    strict = SecondFactor(door.factors, door.tries, door.now, required_for=[Role.REFERENT])

    with pytest.raises(NotAllowedNow):
        strict.give_up(INES, phone.code(), THERE)
    with pytest.raises(SignInFailed):
        door.factor.give_up(INES, phone.wrong(), THERE)
    door.factor.give_up(INES, phone.code(), THERE)

    assert door.factor.of(INES.id) is None


def test_a_role_that_demands_it_is_held_to_it_in_each_session(door: Door) -> None:
    strict = SecondFactor(door.factors, door.tries, door.now, required_for=[Role.REFERENT])
    door.factor = strict
    door.sign_in = door.another_worker()
    token = door.enter()
    session = door.sign_in.session_of(token)
    assert session is not None
    assert door.sign_in.lacks_factor(session)

    door.sign_in.strengthen(token)

    session = door.sign_in.session_of(token)
    assert session is not None
    assert not door.sign_in.lacks_factor(session)
    assert not strict.is_required(a_person("quentin", roles=[Role.QA]))


def test_each_change_of_a_second_factor_is_in_the_audit_without_its_secrets(door: Door) -> None:
    _, recovery = enrolled(door)
    enter(door, recovery[0])
    door.factor.renew_recovery(INES)
    door.factor.reset(INES.id, actor="ada")

    entries = [entry for entry in AuditStore(door.database).entries(limit=10) if entry.action != "person_added"]

    assert [(entry.actor, entry.action, dict(entry.detail)) for entry in reversed(entries)] == [
        ("ines", "second_factor_on", {}),
        ("ines", "recovery_code_used", {"left": "9"}),
        ("ines", "recovery_codes_renewed", {}),
        ("ada", "second_factor_off", {}),
    ]


def test_a_secret_is_put_into_use_by_a_code_of_its_own_alone_and_no_second_one_beside_it(door: Door) -> None:
    phone = Phone(door, door.factor.propose(INES).secret)

    with pytest.raises(SignInFailed):
        door.factor.confirm(INES, phone.wrong(), THERE)
    assert person_of(door.sign_in, door.enter()) == INES  # nothing is asked of her yet
    assert len(door.factor.confirm(INES, phone.code(), THERE)) == 10
    with pytest.raises(NotAllowedNow):
        door.factor.propose(INES)


def test_each_recovery_code_lets_one_in_once_and_new_ones_end_the_old(door: Door) -> None:
    _, recovery = enrolled(door)

    assert enter(door, recovery[3])
    with pytest.raises(SignInFailed):
        enter(door, recovery[3])
    assert enter(door, recovery[4].upper().replace("-", " "))
    factor = door.factor.of(INES.id)
    assert factor is not None
    assert factor.recovery_left == 8
    new = door.factor.renew_recovery(INES)
    with pytest.raises(SignInFailed):
        enter(door, recovery[0])
    assert enter(door, new[0])


def test_the_database_holds_neither_the_secret_nor_a_recovery_code(door: Door) -> None:
    phone, recovery = enrolled(door)
    other_key = SecretBox("une autre clé de plus de trente signes")
    elsewhere = SecondFactor(SecondFactorStore(door.database, other_key), door.tries, door.now)

    (secret,) = column(door, second_factors.c.secret)
    assert phone.totp.secret not in secret
    assert not set(column(door, recovery_codes.c.code_hash)) & {
        *recovery,
        *(code.replace("-", "") for code in recovery),
    }
    with pytest.raises(SignInFailed):
        elsewhere.check(INES.id, phone.code(), THERE)
    elsewhere.check(INES.id, recovery[0], THERE)  # which does not rest on the key


def test_a_secret_kept_without_a_key_is_read_once_there_is_one(door: Door) -> None:
    without = SecondFactor(SecondFactorStore(door.database, SecretBox()), door.tries, door.now)
    phone = Phone(door, without.propose(INES).secret)
    without.confirm(INES, phone.code(), THERE)

    door.later(seconds=60)
    assert enter(door, phone.code())
