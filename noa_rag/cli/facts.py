"""`noa knowledge facts`: the figures that entries state, and what happens when one changes."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import table
from noa_rag.cli.records import actor, opened_records
from noa_rag.domain.entry import Source
from noa_rag.domain.facts import Fact, FactId

if TYPE_CHECKING:
    from noa_rag.review.fact_drafts import FactDrafts

SOON_DAYS = 90
DAY = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, with the entries that use each fact.")
@click.option("--until", type=DAY, help="Only those that end by this day (YYYY-MM-DD).")
@click.pass_context
def facts(context: click.Context, as_json: bool, until: datetime | None) -> None:
    """List the figures that entries state, those that end within ninety days first."""
    if context.invoked_subcommand is not None:
        return
    from noa_rag.domain.days import today_in_paris
    from noa_rag.review.fact_drafts import by_end

    with opened_records() as records:
        listed = by_end(records.facts().facts.values())
    if until is not None:
        listed = [one for one in listed if one.ends_on is not None and one.ends_on <= until.date()]
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in listed], ensure_ascii=False, indent=1))
        return
    today = today_in_paris()
    soon = [one for one in listed if one.ends_on is not None and (one.ends_on - today).days <= SOON_DAYS]
    if soon:
        click.echo(f"{len(soon)} end within {SOON_DAYS} days, or have ended:\n{_table(soon, today)}\n")
    rest = listed[len(soon) :]
    if rest:
        click.echo(f"{len(rest)} others:\n{_table(rest, today)}")
    if not listed:
        click.echo("No fact. A pack's facts.yaml brings them: see docs/knowledge.md.")


@facts.command("set")
@click.argument("fact_id", metavar="ID")
@click.argument("value")
@click.option("--from", "valid_from", type=DAY, required=True, help="The first day on which the value holds.")
@click.option("--until", "valid_until", type=DAY, help="The last day, where it is known.")
@click.option("--source", "url", default="", help="Address of the text that sets it; the former source by default.")
@click.option("--title", default="", help="Title of that text.")
def set_(fact_id: str, value: str, *, valid_from: datetime, valid_until: datetime | None, url: str, title: str) -> None:
    """Give the fact ID a new VALUE ("1 890,00"), and prepare a draft for every entry that states the old one."""
    from noa_rag.review.fact_drafts import set_value

    if title and not url:
        raise click.UsageError("--title goes with --source.")
    with opened_records() as records:
        drafts = set_value(
            records,
            FactId(fact_id),
            value,
            valid_from=valid_from.date(),
            valid_until=valid_until.date() if valid_until else None,
            source=Source(title or url, url) if url else None,
            actor=actor(),
        )
    _print(drafts)


@facts.command("apply")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), required=False)
def apply(path: Path | None) -> None:
    """Take the facts of the file PATH (a facts.yaml) into the base, and prepare the drafts that changes ask for."""
    from noa_rag.review.fact_drafts import apply_file, prepare_drafts

    with opened_records() as records:
        _print(apply_file(records, path, actor=actor()) if path else prepare_drafts(records))


def _print(drafts: "FactDrafts") -> None:
    click.echo(f"{len(drafts.made)} drafts prepared.")
    for draft in drafts.made:
        click.echo(f"  {draft.agency_id:<22} {draft.content.question}")
    for entry_id in drafts.in_hand:
        click.echo(f"left alone, as somebody has a draft of it in hand: {entry_id}")


def _table(listed: list[Fact], today: date) -> str:
    rows = [
        (one.id, f"{_shown(one, today)} {one.unit}".strip(), str(one.ends_on or "—"), str(len(one.entries)), one.label)
        for one in listed
    ]
    return table(("id", "value", "until", "entries", "label"), rows)


def _shown(fact: Fact, today: date) -> str:
    return (fact.on(today) or fact.newest).value


def _as_json(fact: Fact) -> dict[str, object]:
    return {
        "id": fact.id,
        "label": fact.label,
        "unit": fact.unit,
        "ends_on": fact.ends_on.isoformat() if fact.ends_on else None,
        "values": [
            {
                "value": one.value,
                "valid_from": one.valid_from.isoformat() if one.valid_from else None,
                "valid_until": one.valid_until.isoformat() if one.valid_until else None,
                "source": {"title": one.source.title, "url": one.source.url},
            }
            for one in fact.periods
        ],
        "entries": list(fact.entries),
    }
