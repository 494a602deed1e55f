"""Somebody can always manage accounts: the last administrator stays one."""

import pytest

from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.people import PeopleStore

ADELE, BASILE = PersonId("adele"), PersonId("basile")


@pytest.fixture
def people(database: Database) -> PeopleStore:
    people = PeopleStore(database)
    people.add(Person(ADELE, "Adèle", frozenset({Role.ADMINISTRATOR})), "une phrase de passe", actor="test")
    return people


def test_the_last_administrator_is_neither_disabled_nor_given_another_role(
    people: PeopleStore, database: Database
) -> None:
    audited = AuditStore(database).head()

    with pytest.raises(NotAllowedNow) as disabling:
        people.disable(ADELE, actor=ADELE)
    with pytest.raises(NotAllowedNow):
        people.set_roles(ADELE, [Role.QA], [], actor=ADELE)

    assert disabling.value.reason == "last_administrator"
    person = people.person(ADELE)
    assert person is not None
    assert person.is_active
    assert person.roles == {Role.ADMINISTRATOR}
    assert AuditStore(database).head() == audited


def test_a_disabled_administrator_does_not_count(people: PeopleStore) -> None:
    people.add(Person(BASILE, "Basile", frozenset({Role.ADMINISTRATOR})), "une phrase de passe", actor="test")
    people.disable(BASILE, actor=ADELE)

    with pytest.raises(NotAllowedNow):
        people.disable(ADELE, actor=ADELE)

    people.enable(BASILE, actor="test")
    people.disable(ADELE, actor=BASILE)
    person = people.person(ADELE)
    assert person is not None
    assert not person.is_active
