"""What an account is given in the workspace waits for a second person, and the chain tells of all of it."""

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import NotAllowedNow, NotFound
from noa_rag.domain.people import PersonId, Role
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from tests.factories import APPROVED_AT, a_person, an_agency

PASSWORD = "une phrase de passe"
TERMINAL = "terminal:root"
ADA, INES = PersonId("ada"), PersonId("ines")
INPI, DOUANES = AgencyId("inpi"), AgencyId("douanes")
Change = Callable[[PeopleStore], object]


@pytest.fixture
def people(database: Database) -> PeopleStore:
    """An administrator and a referent, whose accounts were opened at the terminal."""
    Directory(database).save([an_agency("douanes")], [])
    people = PeopleStore(
        database, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)), now=lambda: APPROVED_AT
    )
    accounts = [a_person(ADA, roles=[Role.ADMINISTRATOR]), a_person(INES, "inpi")]
    people.add_all([(account, PASSWORD) for account in accounts], actor=TERMINAL)
    return people


def waiting(people: PeopleStore, person_id: str) -> list[tuple[str, int]]:
    person = people.person(PersonId(person_id))
    assert person is not None
    return [tuple(change) for change in person.unconfirmed]


GIVEN: dict[str, tuple[str, Change]] = {
    "a new account": ("paul", lambda people: people.add(a_person("paul", "inpi"), PASSWORD, actor=ADA)),
    "a role": (INES, lambda people: people.set_roles(INES, [Role.REFERENT, Role.COORDINATOR], [INPI], actor=ADA)),
    "an agency": (INES, lambda people: people.set_roles(INES, [Role.REFERENT], [INPI, DOUANES], actor=ADA)),
    "her own role": (
        ADA,
        lambda people: people.set_roles(ADA, [Role.ADMINISTRATOR, Role.REFERENT], [INPI], actor=ADA),
    ),
    "a password that somebody else knows": (INES, lambda people: people.set_password(INES, PASSWORD, actor=ADA)),
}
TAKEN: dict[str, Change] = {
    "a role": lambda people: people.set_roles(INES, [Role.QA], [], actor=ADA),
    "the account": lambda people: people.disable(INES, actor=ADA),
    "nothing": lambda people: people.set_roles(INES, [Role.REFERENT], [INPI], actor=ADA),
    "her own old password": lambda people: people.set_password(INES, PASSWORD, actor=INES),
}


@pytest.mark.parametrize("what", GIVEN)
def test_what_is_given_in_the_workspace_waits_and_the_chain_says_so(
    people: PeopleStore, database: Database, what: str
) -> None:
    about, give = GIVEN[what]

    give(people)

    head = AuditStore(database).head()
    assert head is not None
    assert (head.actor, head.subject, head.detail["waits"]) == (ADA, about, 1)
    assert waiting(people, about) == [(ADA, head.number)]
    assert AuditStore(database).verify() == []


def test_an_account_that_is_opened_again_waits(people: PeopleStore) -> None:
    people.disable(INES, actor=ADA)
    people.enable(INES, actor=ADA)

    assert [by for by, _ in waiting(people, INES)] == [ADA]


@pytest.mark.parametrize("what", [name for name in TAKEN if name != "a role"])
def test_what_is_taken_does_not_wait(people: PeopleStore, what: str) -> None:
    TAKEN[what](people)

    assert waiting(people, INES) == []


def test_a_referent_made_something_else_is_given_that(people: PeopleStore) -> None:
    TAKEN["a role"](people)

    assert [by for by, _ in waiting(people, INES)] == [ADA]


def test_what_is_given_at_the_terminal_does_not_wait(people: PeopleStore) -> None:
    people.set_roles(INES, [Role.REFERENT], [INPI, DOUANES], actor=TERMINAL)
    people.set_password(INES, PASSWORD, actor=TERMINAL)

    assert waiting(people, INES) == []


def test_whoever_waits_herself_changes_no_account(people: PeopleStore) -> None:
    people.set_roles(ADA, [Role.ADMINISTRATOR, Role.REFERENT], [INPI], actor=ADA)

    for change in (*TAKEN.values(), *(give for _, give in GIVEN.values())):
        if change is TAKEN["her own old password"]:
            continue
        with pytest.raises(NotAllowedNow, match="waits for a second person"):
            change(people)

    assert people.person(PersonId("paul")) is None


def test_a_change_is_confirmed_at_the_terminal_and_nothing_is_confirmed_twice(people: PeopleStore) -> None:
    people.set_password(INES, PASSWORD, actor=ADA)

    people.confirm(INES, actor=TERMINAL)

    assert waiting(people, INES) == []
    with pytest.raises(NotAllowedNow, match="No change"):
        people.confirm(INES, actor=TERMINAL)
    with pytest.raises(NotFound):
        people.confirm(PersonId("personne"), actor=TERMINAL)


def test_a_hash_renewed_at_a_sign_in_is_told_and_changes_nothing_else(people: PeopleStore, database: Database) -> None:
    known = people.password_hash(INES)
    assert known is not None

    people.renew_hash(INES, known_hash=known, password=PASSWORD)
    people.renew_hash(INES, known_hash=known, password=PASSWORD)  # somebody was faster

    renewed = AuditStore(database).entries(actions=["password_hash_renewed"])
    assert [(entry.actor, entry.subject) for entry in renewed] == [("noa", INES)]
    assert waiting(people, INES) == []
    assert AuditStore(database).verify() == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE people SET roles = '[\"administrator\"]' WHERE id = 'ines'", "`ines`: roles is not what the chain"),
        ("UPDATE people SET agencies = '[\"douanes\"]' WHERE id = 'ines'", "`ines`: agencies is not what the chain"),
        ("UPDATE people SET is_active = NOT is_active WHERE id = 'ines'", "`ines`: is_active is not what the chain"),
        ("UPDATE people SET password_hash = 'x' WHERE id = 'ines'", "`ines`: password is not what the chain"),
        ("UPDATE people SET unconfirmed = '[]' WHERE id = 'paul'", "`paul`: unconfirmed is not what the chain"),
        ("DELETE FROM people WHERE id = 'paul'", "`paul` is in the chain, as entry 3, but not in the base"),
        ("UPDATE people SET id = 'pia' WHERE id = 'paul'", "the account `pia` is not in the chain"),
    ],
)
def test_an_account_changed_by_hand_is_found(
    people: PeopleStore, database: Database, statement: str, finding: str
) -> None:
    people.add(a_person("paul", "inpi"), PASSWORD, actor=ADA)
    assert AuditStore(database).verify() == []

    with database.writing() as connection:
        connection.execute(text(statement))

    assert any(finding in problem for problem in AuditStore(database).verify())


def test_an_account_closed_opened_and_confirmed_is_what_the_chain_says(people: PeopleStore, database: Database) -> None:
    people.add(a_person("fermee", "inpi", is_active=False), PASSWORD, actor=ADA)
    people.enable(PersonId("fermee"), actor=ADA)
    people.set_roles(PersonId("fermee"), [Role.QA], [], actor=TERMINAL)
    assert AuditStore(database).verify() == []
    people.confirm(PersonId("fermee"), actor=TERMINAL)

    assert AuditStore(database).verify() == []
