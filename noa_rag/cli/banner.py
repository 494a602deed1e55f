"""`noa banner`: the message above the public pages, which coordinators write in the workspace."""

from datetime import UTC, datetime

import click

from noa_rag.cli.records import actor, opened_records
from noa_rag.domain.days import PARIS


@click.group()
def banner() -> None:
    """Show the banner above the public pages, and switch it off."""


@banner.command()
def show() -> None:
    """Print the banner as it stands."""
    with opened_records() as records:
        shown = records.banners.newest()
    now = datetime.now(UTC)
    if shown is None or not (shown.is_shown_at(now) or shown.is_to_come_at(now)):
        click.echo("No banner is shown.")
        return
    start, end = (moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M") for moment in (shown.starts_at, shown.ends_at))
    click.echo(f"{shown.level.value}, from {start} until {end}, time in Paris")
    for text in (shown.text_fr, shown.text_en, shown.url, shown.theme_id):
        if text:
            click.echo(text)


@banner.command()
def off() -> None:
    """Take the banner away; workers follow within two seconds."""
    with opened_records() as records:
        records.banners.switch_off(actor=actor())
    click.echo("No banner is shown.")
