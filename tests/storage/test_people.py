"""Accounts: what they must be, and that every change of one is in the audit."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.storage.audit import AuditStore
from noa_rag.storage.database import Database
from noa_rag.storage.directory import Directory
from noa_rag.storage.passwords import Passwords
from noa_rag.storage.people import PeopleStore
from tests.factories import APPROVED_AT, a_person, an_agency

PASSWORD = "une phrase de passe"
INES = a_person("ines", "inpi")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def people(database: Database) -> PeopleStore:
    Directory(database).save([an_agency("douanes")], [])
    return PeopleStore(database, Passwords(QUICK), now=lambda: APPROVED_AT)


def deeds(database: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return what was done, oldest first."""
    return [
        (entry.actor, entry.action, entry.subject, dict(entry.detail))
        for entry in reversed(AuditStore(database).entries())
    ]


def test_an_account_is_kept_as_it_was_given_with_a_hash_for_a_password(people: PeopleStore) -> None:
    people.add(INES, PASSWORD, actor="ada")

    assert people.person(INES.id) == INES
    assert people.everyone() == [INES]
    hashed = people.password_hash(INES.id)
    assert hashed is not None
    assert hashed.startswith("$argon2id$")
    assert Passwords().matches(PASSWORD, hashed)
    assert not Passwords().matches(PASSWORD + "e", hashed)


def test_the_parameters_of_a_hash_are_those_that_argon2_advises() -> None:
    hashed = Passwords().hash(PASSWORD)

    assert "m=65536,t=3,p=4" in hashed
    assert not Passwords().is_outdated(hashed)
    assert Passwords().is_outdated(Passwords(QUICK).hash(PASSWORD))


def test_a_hash_that_is_no_hash_matches_nothing() -> None:
    assert not Passwords(QUICK).matches(PASSWORD, "")
    assert not Passwords(QUICK).matches("x" * 10_000, Passwords(QUICK).hash(PASSWORD))


def test_every_change_of_an_account_is_in_the_audit_without_its_password(
    people: PeopleStore, database: Database
) -> None:
    people.add(INES, PASSWORD, actor="ada")
    people.set_roles(INES.id, [Role.REFERENT, Role.QA], [AgencyId("inpi"), AgencyId("douanes")], actor="ada")
    people.set_password(INES.id, PASSWORD, actor="ines")
    people.disable(INES.id, actor="ada")
    people.disable(INES.id, actor="ada")  # changes nothing
    people.enable(INES.id, actor="ada")

    added, roles, password, *rest = deeds(database)
    first, second = added[3].pop("password"), password[3].pop("password")
    assert added == ("ada", "person_added", "ines", {"name": "Ines", "roles": "referent", "agencies": "inpi"})
    assert roles[:3] == ("ada", "roles_set", "ines")
    assert roles[3] == {
        "roles": "qa, referent",
        "agencies": "douanes, inpi",
        "roles_before": "referent",
        "agencies_before": "inpi",
    }
    assert password == ("ines", "password_set", "ines", {})
    assert second == hashlib.sha256((people.password_hash(INES.id) or "").encode()).hexdigest() != first
    assert rest == [("ada", "person_disabled", "ines", {}), ("ada", "person_enabled", "ines", {})]
    assert people.person(INES.id) == replace(
        INES, roles=frozenset({Role.REFERENT, Role.QA}), agencies=frozenset({AgencyId("inpi"), AgencyId("douanes")})
    )


@pytest.mark.parametrize(
    ("person", "field"),
    [
        (a_person("x", "inpi"), "id"),
        (a_person("x" * 41, "inpi"), "id"),
        (a_person("Inès", "inpi"), "id"),
        (a_person("ines\n", "inpi"), "id"),
        (a_person("noa", "inpi"), "id"),
        (replace(INES, name="  "), "name"),
        (replace(INES, name="n" * 121), "name"),
        (replace(INES, name="Inès\u202eMartin"), "name"),
        (replace(INES, name="Inès\u200bMartin"), "name"),
        (replace(INES, name="Inès\nMartin"), "name"),
        (replace(INES, roles=frozenset()), "roles"),
        (replace(INES, agencies=frozenset()), "agencies"),
        (replace(INES, roles=frozenset({Role.QA})), "agencies"),
        (a_person("ines", "nulle"), "agencies"),
    ],
)
def test_an_account_that_cannot_be_is_refused_whole(
    people: PeopleStore, database: Database, person: Person, field: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        people.add_all([(a_person("autre", "inpi"), PASSWORD), (person, PASSWORD)], actor="ada")

    assert caught.value.field == field
    assert people.everyone() == []
    assert deeds(database) == []


def test_a_taken_name_is_refused_and_the_first_account_stays(people: PeopleStore) -> None:
    people.add(INES, PASSWORD, actor="ada")

    with pytest.raises(InvalidRequest, match="already"):
        people.add(replace(INES, name="Autre"), PASSWORD, actor="ada")

    assert people.everyone() == [INES]


@pytest.mark.parametrize("length", [0, 11, 201])
def test_a_password_of_a_wrong_length_is_refused_and_never_repeated(people: PeopleStore, length: int) -> None:
    people.add(INES, PASSWORD, actor="ada")

    with pytest.raises(InvalidRequest) as caught:
        people.set_password(INES.id, "é" * length, actor="ada")

    assert caught.value.field == "password"
    assert "éé" not in str(caught.value)
    assert Passwords().matches(PASSWORD, people.password_hash(INES.id) or "")


def test_an_unknown_account_is_not_found(people: PeopleStore) -> None:
    nobody = PersonId("personne")

    for attempt in (
        lambda: people.set_password(nobody, PASSWORD, actor="ada"),
        lambda: people.set_roles(nobody, [Role.QA], [], actor="ada"),
        lambda: people.disable(nobody, actor="ada"),
        lambda: people.enable(nobody, actor="ada"),
    ):
        with pytest.raises(NotFound, match="personne"):
            attempt()
    assert people.person(nobody) is None
    assert people.password_hash(nobody) is None
