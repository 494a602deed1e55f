"""`noa audit`: what was done, by whom, and whether the record of it holds."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import click

from noa_rag.cli.console import table
from noa_rag.domain.errors import NotFound
from noa_rag.settings import read_settings


@click.group()
def audit() -> None:
    """Verify and show the audit, a chain of hashes that is only ever added to."""


@audit.command()
@click.option("--head", metavar="HASH", help="A hash noted earlier: it must be in the chain.")
@click.option(
    "--heads", type=click.File(encoding="utf-8"), help="Signed heads noted earlier, one a line; - reads them."
)
@click.option("--public-key", type=click.Path(path_type=Path), help="File of the public key that they are signed with.")
def verify(head: str | None, heads: IO[str] | None, public_key: Path | None) -> None:
    """Compute every hash anew and compare each version of an entry, and each account, with what the chain says of it.

    Note heads somewhere else: only they find a chain whose end was cut off or written anew.
    """
    from noa_rag.service.records import open_records
    from noa_rag.service.signed_heads import HeadsChecked, check_heads, read_public_key

    if (heads is None) is not (public_key is None):
        raise click.UsageError("--heads and --public-key go together.")
    checked = HeadsChecked(0)
    records = open_records(read_settings())
    try:
        found = records.audit.verify(head=head.strip().lower() if head else None)
        last = records.audit.head()
        if heads is not None and public_key is not None:
            checked = check_heads(heads, read_public_key(public_key), records.audit.hashes_of)
    finally:
        records.close()
    if checked.wrong:
        found.append(f"{checked.wrong}; {checked.count} signed heads before it are in the chain")
    for finding in found:
        click.echo(finding)
    if found:
        click.echo(f"{len(found)} finding{'s' if len(found) > 1 else ''}: the audit does not hold.", err=True)
        sys.exit(1)
    if last is None:
        click.echo("The audit is empty.")
        return
    click.echo(f"{last.number} entries, each following from the one before; every version is as it was approved.")
    if checked.newest is not None:
        click.echo(
            f"{checked.count} signed heads are in the chain, the newest of {checked.newest.at:%Y-%m-%d %H:%M} UTC."
        )
    click.echo(f"head: {last.hash}")


@audit.command()
@click.option("--file", "path", type=click.Path(path_type=Path), help="Where to write it; NOA_AUDIT_KEY by default.")
def key(path: Path | None) -> None:
    """Make the operator's key, with which heads are signed; its public part is written beside it."""
    from noa_rag.service.signed_heads import make_key

    path = path or read_settings().effective_audit_key
    public = make_key(path)
    click.echo(f"The key is in {path}, which its owner alone can read; keep it out of the database's backups.")
    click.echo(f"Its public part is in {public}: give it to whoever verifies.")


@audit.command()
@click.option("--sign", is_flag=True, help="Sign it with the operator's key: one line, to be mailed or appended.")
def head(sign: bool) -> None:
    """Print the newest entry's number and hash, which vouch for everything before."""
    from noa_rag.service.records import open_records
    from noa_rag.service.signed_heads import read_key, signed

    settings = read_settings()
    records = open_records(settings)
    try:
        last = records.audit.head()
    finally:
        records.close()
    if last is None:
        raise NotFound("The audit is empty: there is no head yet.")
    if sign:
        click.echo(signed(last, read_key(settings.effective_audit_key), datetime.now(UTC)).line)
    else:
        click.echo(f"{last.number} {last.hash}")


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
