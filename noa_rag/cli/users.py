"""`noa users`: the accounts of the workspace."""

import secrets
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import actor, opened_records, table
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import InvalidRequest, NotAllowedNow
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.sign_in import FactorKinds, email_in

if TYPE_CHECKING:
    from noa_rag.service.records import Records

DEMONSTRATION = "demo."
OF_TWO_REFERENTS = "inpi"  # so that a demonstration shows that whoever writes does not approve
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
@click.option("--email", default="", help="Address by which an identity provider knows the person (OpenID Connect).")
@click.option("--no-password", is_flag=True, help="The person signs in at the provider alone; nobody has a password.")
@_password_option
def add(
    *,
    account: str,
    name: str,
    roles: tuple[str, ...],
    agencies: tuple[str, ...],
    email: str,
    no_password: bool,
    password_stdin: bool,
) -> None:
    """Open the account ACCOUNT: 2 to 40 of a-z, 0-9, dots and hyphens."""
    person = Person(
        PersonId(account), name, frozenset(map(Role, roles)), frozenset(AgencyId(agency) for agency in agencies)
    )
    with opened_records() as records:
        if email:
            _check_email(records, email)
        password = secrets.token_urlsafe(32) if no_password else _read_password(password_stdin)
        records.people.add(person, password, actor=actor())
        if email:
            records.identities.set_email(person.id, email, actor=actor(), at=datetime.now(UTC))
    click.echo(f"{account} may sign in.")


@users.command("list")
def list_() -> None:
    """Print every account with its roles, agencies and second factors."""
    with opened_records() as records:
        kinds = records.second_factors.kinds()
        rows = [
            (
                *(
                    person.id,
                    person.name,
                    ", ".join(sorted(person.roles)),
                    ", ".join(sorted(person.agencies)),
                    _state(person),
                ),
                _factors(kinds.get(person.id)),
            )
            for person in records.people.everyone()
        ]
    if not rows:
        click.echo("Nobody has an account yet; `noa users add` opens one.")
        return
    click.echo(table(("account", "name", "roles", "agencies", "state", "second factor"), rows))


@users.command()
@click.argument("account")
def disable(account: str) -> None:
    """Close an account and end its sessions; what the person did stays in the records."""
    with opened_records() as records:
        records.people.disable(PersonId(account), actor=actor())
    click.echo(f"{account} can no longer sign in.")


@users.command()
@click.argument("account")
def enable(account: str) -> None:
    """Open a closed account again, with the password it had."""
    with opened_records() as records:
        records.people.enable(PersonId(account), actor=actor())
    click.echo(f"{account} may sign in again.")


@users.command()
@click.argument("account")
@_password_option
def password(account: str, password_stdin: bool) -> None:
    """Give an account a new password and end its sessions."""
    with opened_records() as records:
        records.people.set_password(PersonId(account), _read_password(password_stdin), actor=actor())
    click.echo(f"{account} has a new password.")


@users.command()
@click.argument("account")
@click.argument("address")
def email(account: str, address: str) -> None:
    """Say by which e-mail ADDRESS an identity provider knows ACCOUNT; "" for none.

    Whoever signs in with it next is linked to the account; an identity that was linked before no longer is.
    """
    with opened_records() as records:
        records.identities.set_email(PersonId(account), address, actor=actor(), at=datetime.now(UTC))
    click.echo(f"{account} is known by {address or 'no address'}.")


@users.command("reset-second-factor")
@click.argument("account")
def reset_second_factor(account: str) -> None:
    """Take an account's second factors away, codes and keys, whose owner has lost them, and end its sessions."""
    with opened_records() as records:
        records.second_factors.remove(PersonId(account), actor=actor(), at=datetime.now(UTC))
    click.echo(f"{account} signs in with the password alone, until the next second factor is set up.")


@users.command()
@click.argument("account")
def confirm(account: str) -> None:
    """Confirm what an administrator gave an account, where nobody else can: until then it approves nothing."""
    with opened_records() as records:
        records.people.confirm(PersonId(account), actor=actor())
    click.echo(f"{account} may decide.")


@users.command()
def demo() -> None:
    """Open accounts for a demonstration: a referent of each agency, two of one, a coordinator, QA, an administrator."""
    with opened_records() as records:
        if any(person.id.startswith(DEMONSTRATION) for person in records.people.everyone()):
            raise NotAllowedNow(
                "The accounts of the demonstration are there already; `noa users password` gives one a new password.",
                reason="already_there",
            )
        accounts = [(person, secrets.token_urlsafe(12)) for person in _demonstration(records)]
        records.people.add_all(accounts, actor=actor())
    rows = [(person.id, password, ", ".join(sorted(person.roles))) for person, password in accounts]
    click.echo(table(("account", "password", "roles"), rows))
    click.echo("For a demonstration only: these passwords are shown once, and anybody who has read them may sign in.")


def _check_email(records: "Records", email: str) -> None:
    """Raise InvalidRequest for an address that no account may have, before an account is opened."""
    try:
        taken = records.identities.of_email(email_in(email))
    except ValueError as error:
        raise InvalidRequest(f"{email[:80]!r} is no e-mail address.", field="email") from error
    if taken:
        raise InvalidRequest(f"{email} is the address of `{taken.person_id}`.", field="email", kind="taken")


def _demonstration(records: "Records") -> list[Person]:
    referents = [
        Person(
            PersonId(f"{DEMONSTRATION}{agency.id}{ending}"),
            f"Démonstration {agency.short_name or agency.name}{ending.replace('.', ' ')}",
            frozenset({Role.REFERENT}),
            frozenset({agency.id}),
        )
        for agency in records.agencies().values()
        for ending in (("", ".2") if agency.id == OF_TWO_REFERENTS else ("",))
    ]
    names = {Role.COORDINATOR: "coordination", Role.QA: "qualité", Role.ADMINISTRATOR: "administration"}
    others = [
        Person(PersonId(f"{DEMONSTRATION}{role}"), f"Démonstration {name}", frozenset({role}))
        for role, name in names.items()
    ]
    return [*referents, *others]


def _read_password(is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline().rstrip("\r\n")
    given: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return given


def _factors(kinds: FactorKinds | None) -> str:
    if kinds is None:
        return ""
    codes = ["codes"] if kinds.has_codes else []
    keys = [f"{kinds.key_count} key{'s' if kinds.key_count > 1 else ''}"] if kinds.key_count else []
    return ", ".join((*codes, *keys))


def _state(person: Person) -> str:
    if not person.is_active:
        return "disabled"
    return "waits to be confirmed" if person.unconfirmed else "active"
