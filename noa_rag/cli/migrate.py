"""`noa migrate`: a base moved from SQLite to PostgreSQL, or back."""

import sys
from pathlib import Path

import click

from noa_rag.cli.console import shown_progress, table
from noa_rag.domain.errors import StorageUnavailable


@click.command()
@click.argument("source")
@click.argument("target")
def migrate(source: str, target: str) -> None:
    """Move a base: SOURCE and TARGET are SQLite files, or addresses as NOA_DATABASE_URL takes them.

    Stop the service first. The base is read as it is at one moment; rows are counted and compared afterwards, and the
    audit is verified. TARGET must be empty, and stays so when anything fails. A password may stay out of the address:
    PGPASSWORD and ~/.pgpass are read.
    """
    from noa_rag.storage.database import Database
    from noa_rag.storage.moving import move_base

    given, wanted = Database(_address(source, is_there=True)), None
    try:
        wanted = Database(_address(target, is_there=False))
        with shown_progress() as progress:
            moved = move_base(given, wanted, progress)
    finally:
        for one in (given, wanted):
            if one is not None:
                one.close()
    rows = [(one.name, str(one.count), one.checksum[:16]) for one in moved.tables]
    click.echo(table(("table", "rows", "checksum"), rows))
    for finding in moved.audit_findings:
        click.echo(f"audit: {finding}")
    if moved.changed_meanwhile:
        click.echo(
            f"The source has changed since: {', '.join(moved.changed_meanwhile)}. Stop the service, and move it again"
            " into an empty database.",
            err=True,
        )
    if moved.audit_findings:
        click.echo("All rows are the same on both sides, but the audit does not hold; nor did it before.", err=True)
    if moved.audit_findings or moved.changed_meanwhile:
        sys.exit(1)
    click.echo("All rows are the same on both sides, and the audit holds. Set NOA_DATABASE_URL to the target.")


def _address(given: str, *, is_there: bool) -> str:
    """Return the address of a database; a path is that of an SQLite file. Raises StorageUnavailable."""
    if "://" in given and not given.startswith("sqlite:///"):
        return given
    path = Path(given.removeprefix("sqlite:///")).expanduser().absolute()
    if is_there and not path.is_file():
        raise StorageUnavailable(f"There is no database at {path}. Give the path of a file such as noa-data/noa.db.")
    return f"sqlite:///{path}"
