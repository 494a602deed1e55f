"""`noa backup`, `noa restore` and `noa migrate`: a base as one file and back, and from one database to another."""

import sys
from pathlib import Path

import click

from noa_rag.cli.console import shown_progress, table
from noa_rag.domain.errors import StorageUnavailable
from noa_rag.settings import read_settings

MEGABYTE = 1_000_000


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write a backup to TARGET, a new file or a folder that exists; the service may run meanwhile.

    It holds the database, the vectors, the places, your calibration, evaluations, and a manifest with checksums. Keep
    it as you keep the database: it holds what visitors asked, and the hashes of passwords.
    """
    from noa_rag.service.backups.archive import make_backup

    with shown_progress() as progress:
        made = make_backup(read_settings(), target, progress)
    state = made.manifest.state
    click.echo(
        f"{made.path}: {made.size / MEGABYTE:.1f} MB, {state.entry_count} entries, revision {state.revision};"
        f" copied in {made.copying_seconds:.1f} s, written in {made.writing_seconds:.1f} s."
    )
    click.echo(f"head of the audit: {state.head or 'none'}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def restore(file: Path) -> None:
    """Put a backup in the place of what the data folder holds; stop the service first.

    Every checksum is verified, the audit too, and the restored base is asked a question, before anything is replaced.
    What was there stays aside. With PostgreSQL, NOA_DATABASE_URL must name an empty database.
    """
    from noa_rag.service.backups.restoring import restore_backup

    settings = read_settings()
    with shown_progress() as progress:
        done = restore_backup(settings, file, progress)
    manifest = done.manifest
    click.echo(
        f"Restored: {manifest.state.entry_count} entries, as of {manifest.made_at}, by Noa {manifest.noa}."
        f" Verified in {done.verifying_seconds:.1f} s, proven in {done.proving_seconds:.1f} s,"
        f" in place in {done.placing_seconds:.1f} s."
    )
    click.echo(f"Asked and found: {done.asked}" if done.asked else "No entry may be shown today: nothing was asked.")
    if done.aside is not None:
        click.echo(f"What was there is in {done.aside.absolute()}: delete it once you need it no more.")


@click.command()
@click.argument("source")
@click.argument("target")
def migrate(source: str, target: str) -> None:
    """Move a base: SOURCE and TARGET are SQLite files, or addresses as NOA_DATABASE_URL takes them.

    Stop the service first. The base is read as it is at one moment; rows are counted and compared afterwards, and the
    audit is verified. TARGET must be empty, and stays so when anything fails. A password may stay out of the address:
    PGPASSWORD and ~/.pgpass are read.
    """
    from noa_rag.storage.copies import move_base
    from noa_rag.storage.database import Database

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
