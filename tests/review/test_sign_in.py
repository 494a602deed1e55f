"""Who gets in, and what is the same whatever is wrong."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from noa_rag.domain.errors import SignInFailed
from noa_rag.review.sign_in import SignIn
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from noa_rag.storage.sign_in import SessionStore
from noa_rag.storage.tables import sessions
from tests.factories import a_person
from tests.review.door import HOME, INES, PASSWORD, WRONG, Door, person_of


def test_the_right_password_begins_a_session_of_ones_own(door: Door) -> None:
    first, second = door.enter(), door.enter(" INES ")

    assert first != second
    assert len(first) >= 43  # 256 bits in base 64
    assert person_of(door.sign_in, first) == person_of(door.sign_in, second) == INES


def test_the_database_does_not_know_the_token(door: Door) -> None:
    token = door.enter()

    with door.database.reading() as connection:
        row = connection.execute(select(sessions)).one()
    assert token not in str(row)


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
