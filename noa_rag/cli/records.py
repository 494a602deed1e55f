"""`noa retention`, `noa records`, `noa audit`: how long what is kept, what is held of one question, what was done."""

import sys
import time
from datetime import UTC, datetime

import click
import msgspec

from noa_rag.cli.console import actor, opened_records, table
from noa_rag.domain.errors import InvalidRequest, NotFound
from noa_rag.domain.question import Reference, read_reference
from noa_rag.environment import read_settings


@click.group()
def retention() -> None:
    """Show how long each kind of record is kept, and take away what is older; the service does so every day."""


@retention.command("show")
def show_periods() -> None:
    """Print each kind of record with its period, the rows there are, how many are too old, and why it is kept."""
    from noa_rag.service.retention import KEPT, cutoffs
    from noa_rag.storage.retention import RetentionStore

    settings = read_settings()
    with opened_records() as records:
        store = RetentionStore(records.database)
        held, due = store.held(), store.due(cutoffs(settings, datetime.now(UTC)))
    for period in KEPT:
        rows = ", ".join(f"{name} {held[name]}" for name in period.tables)
        too_old = f"; too old: {due[period.kind]}" if period.kind in due else ""
        setting = f" ({period.setting})" if period.setting else ""
        click.echo(f"{period.kind}: {period.period(settings)}{setting}{too_old}\n  {rows}\n  Why: {period.why}.")


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def purge(dry_run: bool) -> None:
    """Take away what is older than its period, a batch at a time, and say in figures what went."""
    from noa_rag.service.retention import cutoffs
    from noa_rag.service.retention import purge as take_away
    from noa_rag.storage.retention import RetentionStore

    settings, now = read_settings(), datetime.now(UTC)
    with opened_records() as records:
        if dry_run:
            due = RetentionStore(records.database).due(cutoffs(settings, now))
            click.echo(table(("kind", "too old"), [(kind, str(count)) for kind, count in due.items()]))
            click.echo("Nothing was removed. Drafts and groups that come to nothing with these questions go with them.")
            return
        removed = take_away(records.database, settings, now=now, actor=actor(), rest=_rest)
    if not removed:
        click.echo("Nothing is older than its period.")
        return
    click.echo(table(("table", "removed"), [(name, str(count)) for name, count in sorted(removed.items())]))


@click.group()
def records() -> None:
    """Show or erase all that is held of a question, by the reference number that its visitor kept."""


@records.command()
@click.argument("reference")
@click.option("--conversation", is_flag=True, help="Also the other questions of its conversation, if they are hers.")
def export(reference: str, conversation: bool) -> None:
    """Print everything held of the question as JSON; the audit notes that it was done."""
    from noa_rag.storage.one_question import HeldQuestions

    with opened_records() as opened:
        held = HeldQuestions(opened.database).export(
            _read(reference), conversation=conversation, actor=actor(), at=datetime.now(UTC)
        )
    click.echo(msgspec.json.format(msgspec.json.encode(held), indent=2).decode())


@records.command()
@click.argument("reference")
@click.option("--conversation", is_flag=True, help="Also the other questions of its conversation, if they are hers.")
@click.option("--dry-run", is_flag=True, help="Only say what would go, and what would stay.")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def erase(reference: str, conversation: bool, dry_run: bool, yes: bool) -> None:
    """Erase the question with all that hangs on it, and say what went, what stays and why."""
    from noa_rag.storage.one_question import HeldQuestions

    number = _read(reference)
    with opened_records() as opened:
        held = HeldQuestions(opened.database)
        erasure = held.erase(number, conversation=conversation, only_tell=True, actor=actor(), at=datetime.now(UTC))
        if not dry_run:
            if not yes and not click.confirm(f"Erase {erasure.removed['questions']} question(s) for good?", err=True):
                click.echo("Nothing was erased.", err=True)
                sys.exit(1)
            erasure = held.erase(number, conversation=conversation, actor=actor(), at=datetime.now(UTC))
    click.echo("Would be erased:" if dry_run else "Erased:")
    for name, count in sorted(erasure.removed.items()):
        click.echo(f"  {name}: {count}")
    click.echo("Stays:")
    for remainder in erasure.remains:
        click.echo(f"  {remainder.what}: {remainder.why}.")
    click.echo("Backups made before still hold it until they are deleted in their turn.")


def _read(text: str) -> Reference:
    reference = read_reference(text)
    if reference is None:
        raise InvalidRequest(
            f"{text!r} is no reference number: twelve letters and digits, as the page /suivi shows it.",
            field="reference",
        )
    return reference


def _rest(seconds: float) -> bool:
    time.sleep(seconds)
    return False


@click.group()
def audit() -> None:
    """Verify and show the audit, a chain of hashes that is only ever added to."""


@audit.command()
@click.option("--head", metavar="HASH", help="A hash noted earlier: it must be in the chain.")
def verify(head: str | None) -> None:
    """Compute every hash anew and compare each version of an entry, and each account, with what the chain says of it.

    Note the head somewhere else: only that finds a chain whose end was cut off or written anew.
    """
    with opened_records(is_filled=False) as records:
        problems = records.audit.verify(head=head.strip().lower() if head else None)
        last = records.audit.head()
    for finding in problems:
        click.echo(finding)
    if problems:
        click.echo(f"{len(problems)} finding{'s' if len(problems) > 1 else ''}: the audit does not hold.", err=True)
        sys.exit(1)
    if last is None:
        click.echo("The audit is empty.")
        return
    click.echo(f"{last.number} entries, each following from the one before; every version is as it was approved.")
    click.echo(f"head: {last.hash}")


@audit.command()
def head() -> None:
    """Print the newest entry's number and hash, which vouch for everything before."""
    with opened_records(is_filled=False) as records:
        last = records.audit.head()
    if last is None:
        raise NotFound("The audit is empty: there is no head yet.")
    click.echo(f"{last.number} {last.hash}")


@audit.command("show")
@click.option("--subject", help="Only what was done to this entry, draft, account or agency, by its id.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def show_entries(subject: str | None, limit: int) -> None:
    """Print what was done, newest first."""
    with opened_records(is_filled=False) as records:
        entries = records.audit.entries(limit=limit, subject=subject)
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
