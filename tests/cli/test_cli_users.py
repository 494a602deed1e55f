"""`noa users`: accounts from a terminal."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.sign_in import SecurityKey
from noa_rag.service.records import open_records
from noa_rag.settings import Settings
from tests.factories import an_agency

Command = Any
PASSWORD = "une phrase de passe"


@pytest.fixture
def users(noa: Command, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`noa users` over a base with two agencies, the password being piped in."""
    records = open_records(settings)
    records.directory.save([an_agency(), an_agency("douanes")], [])
    records.close()

    def run(*arguments: str, password: str = PASSWORD) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        return noa("users", *arguments)

    return run


def account_of(settings: Settings, person_id: str) -> tuple[Person | None, bool]:
    """Return an account, and whether it takes the password."""
    records = open_records(settings)
    try:
        known = records.people.password_hash(PersonId(person_id))
        return records.people.person(PersonId(person_id)), bool(known and records.passwords.matches(PASSWORD, known))
    finally:
        records.close()


def add(users: Command, *more: str, **options: str) -> Any:
    return users("add", "ines", "--name", "Inès", "--role", "referent", *more, "--password-stdin", **options)


def test_an_account_is_added_listed_disabled_and_enabled(users: Command, settings: Settings) -> None:
    outcome = add(users, "--agency", "inpi", "--agency", "douanes")

    assert (outcome.status, outcome.out) == (0, "ines may sign in.\n")
    person, takes_password = account_of(settings, "ines")
    assert person == Person(PersonId("ines"), "Inès", frozenset({Role.REFERENT}), frozenset({"inpi", "douanes"}))  # type: ignore[arg-type]
    assert takes_password
    assert "ines     Inès  referent  douanes, inpi  active" in users("list").out

    assert users("disable", "ines").status == 0
    assert "disabled" in users("list").out
    assert users("enable", "ines").status == 0
    assert "active" in users("list").out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--agency", "nulle"), "No agency is called nulle; known: douanes, inpi."),
        ((), "A referent has at least one agency"),
    ],
)
def test_an_account_that_cannot_be_is_told_with_what_is_known(users: Command, more: Any, words: str) -> None:
    outcome = add(users, *more)

    assert outcome.status == 1
    assert words in outcome.err
    assert "Nobody has an account yet" in users("list").out


@pytest.mark.parametrize(("password", "words"), [("court", "12 at least"), ("x" * 201, "200 is the limit")])
def test_a_password_of_a_wrong_length_is_refused(users: Command, password: str, words: str) -> None:
    outcome = add(users, "--agency", "inpi", password=password)

    assert outcome.status == 1
    assert words in outcome.err
    assert password not in outcome.err


def test_a_password_is_replaced(users: Command, settings: Settings) -> None:
    add(users, "--agency", "inpi", password="une autre phrase")

    assert users("password", "ines", "--password-stdin").status == 0

    assert account_of(settings, "ines")[1]


@pytest.mark.parametrize("command", ["disable", "enable", "password", "confirm"])
def test_an_unknown_account_is_told(users: Command, command: str) -> None:
    more = ("--password-stdin",) if command == "password" else ()

    outcome = users(command, "personne", *more)

    assert (outcome.status, outcome.err) == (1, "noa: Nobody has the account `personne`.\n")


def test_what_an_administrator_gave_is_listed_and_confirmed(users: Command, settings: Settings) -> None:
    users("add", "adele", "--name", "Adèle", "--role", "administrator", "--password-stdin")
    add(users, "--agency", "inpi")
    assert "waits" not in users("list").out
    records = open_records(settings)
    records.people.set_roles(PersonId("ines"), [Role.REFERENT, Role.QA], [AgencyId("inpi")], actor="adele")
    records.close()

    assert "inpi      waits to be confirmed" in users("list").out
    assert users("confirm", "ines").out == "ines may decide.\n"
    assert "waits" not in users("list").out
    again = users("confirm", "ines")
    assert (again.status, again.err) == (1, "noa: No change of the account `ines` waits.\n")


def test_the_demonstration_has_a_referent_of_each_agency_two_of_one_and_everybody_else_once(
    users: Command, settings: Settings
) -> None:
    outcome = users("demo")

    shown = [line.split() for line in outcome.out.splitlines()]
    assert sorted((account, roles) for account, _, roles in shown[1:-1]) == [
        ("demo.administrator", "administrator"),
        ("demo.coordinator", "coordinator"),
        ("demo.douanes", "referent"),
        ("demo.inpi", "referent"),
        ("demo.inpi.2", "referent"),
        ("demo.qa", "qa"),
    ]
    records = open_records(settings)
    for account, password, _ in shown[1:-1]:
        assert records.passwords.matches(password, records.people.password_hash(PersonId(account)) or "")
    records.close()


def test_a_lost_second_factor_is_taken_away_and_the_audit_says_by_whom(users: Command, settings: Settings) -> None:
    add(users, "--agency", "inpi")
    records = open_records(settings)
    records.second_factors.propose(PersonId("ines"), "SECRET")
    records.second_factors.confirm(PersonId("ines"), step=1, recovery=["a"], at=datetime.now(UTC))
    key = SecurityKey("id", "clé bleue", b"public", 0, (), datetime.now(UTC))
    records.security_keys.add(PersonId("ines"), key, recovery=[], at=datetime.now(UTC))
    records.close()
    assert "active  codes, 1 key\n" in users("list").out

    outcome = users("reset-second-factor", "ines")

    assert outcome.status == 0
    records = open_records(settings)
    assert records.second_factors.find(PersonId("ines")) is None
    newest = records.audit.entries(limit=1)[0]
    assert (newest.action, newest.subject) == ("second_factor_off", "ines")
    assert newest.actor != "ines"
    assert newest.detail == {"keys": "clé bleue"}
    records.close()
    assert "codes" not in users("list").out
    assert "Nobody has the account" in users("reset-second-factor", "nobody").err
