"""How long a session lasts, and what ends it."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from noa_rag.domain.errors import StorageUnavailable
from noa_rag.domain.people import Role
from noa_rag.storage.sign_in import SessionStore
from noa_rag.storage.tables import sessions
from tests.factories import APPROVED_AT
from tests.review.door import INES, WRONG, Door, person_of


def test_a_session_ends_after_thirty_idle_minutes(door: Door) -> None:
    token = door.enter()

    door.later(minutes=29)
    assert person_of(door.sign_in, token) == INES
    door.later(minutes=30)
    assert person_of(door.sign_in, token) == INES  # the visit before counted
    door.later(minutes=30, seconds=1)
    assert person_of(door.sign_in, token) is None
    door.moment = APPROVED_AT
    assert person_of(door.sign_in, token) is None  # it is gone, not only out of sight


def test_an_operator_may_choose_how_long_an_idle_session_lasts(door: Door) -> None:
    patient = door.another_worker(idle_limit=timedelta(hours=2))
    token = door.enter()

    door.later(hours=2)

    assert person_of(patient, token) == INES
    door.later(hours=2, seconds=1)
    assert person_of(patient, token) is None


def test_a_session_ends_after_twelve_hours_however_busy(door: Door) -> None:
    token = door.enter()

    for _ in range(24):
        door.later(minutes=30)
        assert person_of(door.sign_in, token) == INES
    door.later(seconds=1)

    assert person_of(door.sign_in, token) is None


def test_a_visit_is_written_down_once_a_minute_at_most(door: Door) -> None:
    def seen_at() -> datetime:
        with door.database.reading() as connection:
            moment: datetime = connection.execute(select(sessions.c.seen_at)).scalar_one()
            return moment

    token = door.enter()
    begun = seen_at()

    door.later(seconds=59)
    person_of(door.sign_in, token)
    assert seen_at() == begun
    door.later(seconds=1)
    person_of(door.sign_in, token)
    assert seen_at() == begun + timedelta(minutes=1)


def test_a_session_is_read_even_when_the_visit_cannot_be_written_down(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageUnavailable("The disk is full.")

    token = door.enter()
    door.later(minutes=2)
    monkeypatch.setattr(SessionStore, "seen", full)

    assert person_of(door.sign_in, token) == INES


def test_a_removed_role_is_gone_at_the_next_request(door: Door) -> None:
    token = door.enter()

    door.people.set_roles(INES.id, [Role.QA], [], actor="ada")

    person = person_of(door.sign_in, token)
    assert person is not None
    assert (person.roles, person.agencies) == ({Role.QA}, frozenset())


def test_a_disabled_account_is_out_at_once_and_its_sessions_do_not_come_back(door: Door) -> None:
    token = door.enter()

    door.people.disable(INES.id, actor="ada")
    assert person_of(door.sign_in, token) is None
    door.people.enable(INES.id, actor="ada")

    assert person_of(door.sign_in, token) is None
    assert person_of(door.sign_in, door.enter()) == INES


def test_a_new_password_ends_the_sessions_begun_with_the_old_one(door: Door) -> None:
    token = door.enter()

    door.people.set_password(INES.id, WRONG, actor="ines")

    assert person_of(door.sign_in, token) is None
    assert person_of(door.sign_in, door.enter(password=WRONG)) == INES


def test_signing_out_ends_this_session_alone(door: Door) -> None:
    one, two = door.enter(), door.enter()

    door.sign_in.sign_out(one)

    assert [person_of(door.sign_in, token) for token in (one, two)] == [None, INES]


def test_sessions_that_are_long_over_are_thrown_away(door: Door) -> None:
    door.enter()
    door.later(days=2)
    door.enter()

    with door.database.reading() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1
