"""`noa users`: the accounts of those who keep Noa true."""

import getpass
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import shown_progress, table
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import NotAllowedNow
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.settings import read_settings

if TYPE_CHECKING:
    from noa_rag.assembly.records import Records

DEMONSTRATION = "demo."
_password_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group()
def users() -> None:
    """Add, list, disable and enable accounts of referents, coordinators, QA and administrators."""


@users.command()
@click.argument("account")
@click.option("--name", required=True, help="The person's name, as colleagues read it.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--agency", "agencies", multiple=True, help="Id of an agency that a referent answers for; may be repeated."
)
@_password_option
def add(account: str, name: str, roles: tuple[str, ...], agencies: tuple[str, ...], password_stdin: bool) -> None:
    """Open the account ACCOUNT: 2 to 40 of a-z, 0-9, dots and hyphens."""
    person = Person(
        PersonId(account), name, frozenset(map(Role, roles)), frozenset(AgencyId(agency) for agency in agencies)
    )
    with _records() as records:
        records.people.add(person, _read_password(password_stdin), actor=_actor())
    click.echo(f"{account} may sign in.")


@users.command("list")
def list_() -> None:
    """Print every account with its roles and agencies."""
    with _records() as records:
        rows = [
            (one.id, one.name, ", ".join(sorted(one.roles)), ", ".join(sorted(one.agencies)), _state(one))
            for one in records.people.everyone()
        ]
    if not rows:
        click.echo("Nobody has an account yet; `noa users add` opens one.")
        return
    click.echo(table(("account", "name", "roles", "agencies", "state"), rows))


@users.command()
@click.argument("account")
def disable(account: str) -> None:
    """Close an account and end its sessions; what the person did stays in the records."""
    with _records() as records:
        records.people.disable(PersonId(account), actor=_actor())
    click.echo(f"{account} can no longer sign in.")


@users.command()
@click.argument("account")
def enable(account: str) -> None:
    """Open a closed account again, with the password it had."""
    with _records() as records:
        records.people.enable(PersonId(account), actor=_actor())
    click.echo(f"{account} may sign in again.")


@users.command()
@click.argument("account")
@_password_option
def password(account: str, password_stdin: bool) -> None:
    """Give an account a new password and end its sessions."""
    with _records() as records:
        records.people.set_password(PersonId(account), _read_password(password_stdin), actor=_actor())
    click.echo(f"{account} has a new password.")


@users.command()
def demo() -> None:
    """Open accounts for a demonstration: a referent of each agency, a coordinator, QA and an administrator."""
    with _records() as records:
        if any(one.id.startswith(DEMONSTRATION) for one in records.people.everyone()):
            raise NotAllowedNow(
                "The accounts of the demonstration are there already; `noa users password` gives one a new password.",
                reason="already_there",
            )
        accounts = [(person, secrets.token_urlsafe(12)) for person in _demonstration(records)]
        records.people.add_all(accounts, actor=_actor())
    rows = [(person.id, password, ", ".join(sorted(person.roles))) for person, password in accounts]
    click.echo(table(("account", "password", "roles"), rows))
    click.echo("For a demonstration only: these passwords are shown once, and anybody who has read them may sign in.")


def _demonstration(records: "Records") -> list[Person]:
    referents = [
        Person(
            PersonId(f"{DEMONSTRATION}{agency.id}"),
            f"Démonstration {agency.short_name or agency.name}",
            frozenset({Role.REFERENT}),
            frozenset({agency.id}),
        )
        for agency in records.agencies().values()
    ]
    names = {Role.COORDINATOR: "coordination", Role.QA: "qualité", Role.ADMINISTRATOR: "administration"}
    others = [
        Person(PersonId(f"{DEMONSTRATION}{role}"), f"Démonstration {name}", frozenset({role}))
        for role, name in names.items()
    ]
    return [*referents, *others]


@contextmanager
def _records() -> Iterator["Records"]:
    """Yield the records; an empty base is filled first, because referents need agencies."""
    from noa_rag.assembly.importing import fill_empty_base
    from noa_rag.assembly.records import open_records

    settings = read_settings()
    records = open_records(settings)
    try:
        with shown_progress() as progress:
            fill_empty_base(settings, records, progress)
        yield records
    finally:
        records.close()


def _read_password(is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _actor() -> str:
    """Return who the audit notes: the login at this machine, which no account can be called."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"terminal:{os.getuid()}"


def _state(person: Person) -> str:
    return "active" if person.is_active else "disabled"
