"""Who gets in, how long a session lasts, and what ends it."""

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from noa_rag.domain.errors import SignInFailed, StorageUnavailable
from noa_rag.domain.people import Role
from noa_rag.review.sign_in import SignIn
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.sign_in import SessionStore
from noa_rag.storage.tables import sessions
from tests.factories import APPROVED_AT, a_person
from tests.review.door import HOME, INES, PASSWORD, WRONG, Door, person_of


def test_the_right_password_begins_a_session_of_ones_own(door: Door) -> None:
    first, second = door.enter(), door.enter(" INES ")

    assert first != second
    assert len(first) >= 43  # 256 bits in base 64
    assert person_of(door.sign_in, first) == person_of(door.sign_in, second) == INES
    with door.database.reading() as connection:
        rows = connection.execute(select(sessions)).all()
    assert not any(token in str(row) for row in rows for token in (first, second))


@pytest.mark.parametrize("token", ["", "inconnu", "é\udc80" * 1_000])
def test_a_made_up_token_is_nobodys(door: Door, token: str) -> None:
    assert person_of(door.sign_in, token) is None
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


def test_a_hash_with_old_parameters_is_made_anew_at_the_next_sign_in(door: Door) -> None:
    before = door.people.password_hash(INES.id)
    today = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    people = PeopleStore(door.database, today)

    sign_in = SignIn(people, SessionStore(door.database), door.tries, today, door.factor, keys=door.keys, now=door.now)
    sign_in.sign_in("ines", PASSWORD, HOME)

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


def test_a_session_ends_after_thirty_idle_minutes(door: Door) -> None:
    token, other = door.enter(), door.enter()
    patient = door.another_worker(idle_limit=timedelta(hours=2))  # as an operator may choose

    door.later(minutes=29)
    assert person_of(door.sign_in, token) == INES
    door.later(minutes=30)
    assert person_of(door.sign_in, token) == INES  # the visit before counted
    door.later(minutes=30, seconds=1)
    assert person_of(patient, other) == INES
    assert person_of(door.sign_in, token) is None
    door.moment = APPROVED_AT
    assert person_of(door.sign_in, token) is None  # it is gone, not only out of sight


def test_a_session_ends_after_twelve_hours_however_busy(door: Door) -> None:
    token = door.enter()

    for _ in range(24):
        door.later(minutes=30)
        assert person_of(door.sign_in, token) == INES
    door.later(seconds=1)

    assert person_of(door.sign_in, token) is None


def test_a_session_is_read_even_when_the_visit_cannot_be_written_down(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("The disk is full.")

    token = door.enter()
    door.later(minutes=2)
    monkeypatch.setattr(SessionStore, "seen", full)

    assert person_of(door.sign_in, token) == INES


def test_what_changes_of_an_account_changes_its_sessions_at_once(door: Door) -> None:
    token = door.enter()

    door.people.set_roles(INES.id, [Role.QA], [], actor="ada")
    person = person_of(door.sign_in, token)
    assert person is not None
    assert (person.roles, person.agencies) == ({Role.QA}, frozenset())
    door.people.disable(INES.id, actor="ada")
    assert person_of(door.sign_in, token) is None
    door.people.enable(INES.id, actor="ada")

    assert person_of(door.sign_in, token) is None
    token = door.enter()
    door.people.set_password(INES.id, WRONG, actor="ines")
    assert person_of(door.sign_in, token) is None
    assert person_of(door.sign_in, door.enter(password=WRONG)) is not None


def test_signing_out_ends_this_session_alone(door: Door) -> None:
    first, two = door.enter(), door.enter()

    door.sign_in.sign_out(first)

    assert [person_of(door.sign_in, token) for token in (first, two)] == [None, INES]
