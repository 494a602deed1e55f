"""`noa audit`: what was done, by whom, and whether the record of it holds."""

import sys

import click

from noa_rag.cli.console import table
from noa_rag.settings import read_settings


@click.group()
def audit() -> None:
    """Verify and show the audit, a chain of hashes that is only ever added to."""


@audit.command()
@click.option("--head", metavar="HASH", help="A hash noted earlier: it must be in the chain.")
def verify(head: str | None) -> None:
    """Compute every hash anew and compare each version of an entry with what the chain says of it.

    Note the last hash somewhere else: only `--head` finds a chain whose end was cut off or written anew.
    """
    from noa_rag.service.records import open_records

    records = open_records(read_settings())
    try:
        found = records.audit.verify(head=head.strip().lower() if head else None)
        last = records.audit.head()
    finally:
        records.close()
    for finding in found:
        click.echo(finding)
    if found:
        click.echo(f"{len(found)} finding{'s' if len(found) > 1 else ''}: the audit does not hold.", err=True)
        sys.exit(1)
    if last is None:
        click.echo("The audit is empty.")
        return
    click.echo(f"{last.number} entries, each following from the one before; every version is as it was approved.")
    click.echo(f"head: {last.hash}")


@audit.command()
@click.option("--subject", help="Only what was done to this entry, draft, account or agency, by its id.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def show(subject: str | None, limit: int) -> None:
    """Print what was done, newest first."""
    from noa_rag.service.records import open_records

    records = open_records(read_settings())
    try:
        entries = records.audit.entries(limit=limit, subject=subject)
    finally:
        records.close()
    rows = [
        (
            str(entry.number),
            entry.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
            entry.actor,
            entry.action,
            entry.subject,
            " ".join(f"{name}={value}" for name, value in entry.detail.items() if value not in (None, "")),
        )
        for entry in entries
    ]
    click.echo(table(("number", "at", "actor", "action", "subject", "detail"), rows) if rows else "Nothing was done.")
