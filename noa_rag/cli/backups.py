"""`noa backup` and `noa restore`: the records, and what a node needs beside them, in one file and back."""

from pathlib import Path

import click

from noa_rag.cli.console import shown_progress
from noa_rag.settings import read_settings

MEGABYTE = 1_000_000


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Write a backup to TARGET, a new file or a folder that exists; the service may run meanwhile.

    It holds the database, the vectors, the places, your calibration, evaluations, and a manifest with checksums. Keep
    it as you keep the database: it holds what visitors asked, and the hashes of passwords.
    """
    from noa_rag.service.backups.making import make_backup

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
