"""`noa keys`: keys of programs that ask the API, each with a limit of its own."""

from datetime import timedelta

import click

from noa_rag.cli.console import actor, opened_records, table
from noa_rag.domain.days import today_in_paris
from noa_rag.domain.integrations import KeyId, KeyUse

PER_MINUTE = 300  # five times what an address without a key may ask
DAYS = 30


@click.group()
def keys() -> None:
    """Give, list and revoke keys of programs that ask the API."""


@keys.command()
@click.argument("name")
@click.option("--per-minute", type=int, default=PER_MINUTE, show_default=True, help="Questions a minute it may ask.")
def create(name: str, per_minute: int) -> None:
    """Give a key to NAME and print it once: only its hash is kept."""
    with opened_records() as records:
        key, token = records.client_keys.create(name, per_minute=per_minute, actor=actor())
    click.echo(f"The key {key.id} of {key.name} may ask {key.per_minute} questions a minute. It is shown once:")
    click.echo(token)


@keys.command("list")
def list_() -> None:
    """Print every key with its limit, and what it did today and in the last thirty days."""
    today = today_in_paris()
    with opened_records() as records:
        known = records.client_keys.all()
        now = records.client_keys.uses(first=today, last=today)
        lately = records.client_keys.uses(first=today - timedelta(days=DAYS - 1), last=today)
    if not known:
        click.echo("No key was given yet; `noa keys create NAME` gives one. Without a key anybody may ask.")
        return
    rows = []
    for one in known:
        today_s, last = now.get(one.id, KeyUse()), lately.get(one.id, KeyUse())
        state = "active" if one.revoked_at is None else f"revoked {one.revoked_at:%Y-%m-%d}"
        counts = (str(one.per_minute), str(today_s.let_through), str(last.let_through), str(last.refused))
        rows.append((one.id, one.name, *counts, f"{one.created_at:%Y-%m-%d}", state))
    titles = ("id", "name", "a minute", "today", f"{DAYS} days", "refused", "given", "state")
    click.echo(table(titles, rows))


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Let the key ID open nothing any more, on every worker within two seconds."""
    with opened_records() as records:
        key = records.client_keys.revoke(KeyId(key_id), actor=actor())
    click.echo(f"The key {key.id} of {key.name} is revoked.")
