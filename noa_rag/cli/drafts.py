"""`noa drafts`: what Noa prepares out of the questions that it could not answer."""

import json
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from noa_rag.cli.console import shown_progress
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.review.thresholds import MIN_VOLUME
from noa_rag.settings import read_settings

UNASSIGNED = "(unassigned)"
PENDING = "pending"  # open, or sent back with changes to make


@click.group()
def drafts() -> None:
    """Group unanswered questions, prepare drafts for the agencies, and list them."""


@drafts.command()
@click.option(
    "--min-volume",
    type=click.IntRange(1, 1_000),
    default=MIN_VOLUME,
    show_default=True,
    help="Visitors who must have asked before a draft is made; one who said that an answer was not useful is enough.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def build(min_volume: int, as_json: bool) -> None:
    """Group what failed since the last time and prepare the drafts that are due; twice in a row changes nothing."""
    from noa_rag.review.draft_run import build_drafts
    from noa_rag.service.noa import open_noa

    with shown_progress() as progress:
        noa = open_noa(read_settings(), progress)
        try:
            report = build_drafts(noa, min_volume=min_volume, progress=progress)
        finally:
            noa.close()
    counts = {
        "questions": report.question_count,
        "failures": report.failure_count,
        "noise": report.noise_count,
        "joined": report.joined_count,
        "new_groups": report.new_group_count,
        "drafts_made": len(report.made),
        "drafts_updated": report.updated_count,
        "drafts_rebuilt": report.rebuilt_count,
        "groups_answered": report.answered_count,
        "groups_waiting": report.waiting_count,
        "groups_out_of_scope": report.out_of_scope_count,
    }
    if as_json:
        made = [{"id": one.id, "agency": one.owner, "question": one.content.question} for one in report.made]
        click.echo(json.dumps(counts | {"made": made}, ensure_ascii=False, indent=1))
        return
    click.echo(
        f"{report.question_count} questions read, {report.failure_count} failures not grouped yet:"
        f" {report.noise_count} left out as noise, {report.joined_count} joined a group,"
        f" {report.new_group_count} new groups."
    )
    click.echo(
        f"{len(report.made)} drafts made, {report.updated_count} updated, {report.rebuilt_count} rebuilt because"
        f" the library changed; {report.answered_count} groups are answered by now,"
        f" {report.waiting_count} wait for more questions, {report.out_of_scope_count} are out of scope."
    )
    for draft in report.made:
        thin = "  (no evidence)" if draft.is_thin else ""
        click.echo(f"  {draft.owner or UNASSIGNED:<22} {draft.content.question}{thin}")


@drafts.command("list")
@click.option("--agency", help="Only this agency's, by its id.")
@click.option(
    "--state",
    type=click.Choice([PENDING, *(state.value for state in DraftState), "all"]),
    default=PENDING,
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
def list_(agency: str | None, state: str, as_json: bool) -> None:
    """List drafts, those asked for most first."""
    from noa_rag.service.records import open_records

    records = open_records(read_settings())
    try:
        volumes = {group.id: group.volume for group in records.review.groups()}
        listed = [
            (volumes.get(one.group_id, 0) if one.group_id else 0, one)
            for one in records.review.drafts()
            if agency in (None, one.owner) and _is_in(one, state)
        ]
    finally:
        records.close()
    listed.sort(key=lambda pair: (-pair[0], pair[1].created_at, pair[1].id))
    if as_json:
        click.echo(json.dumps([_as_json(volume, one) for volume, one in listed], ensure_ascii=False, indent=1))
        return
    table = Table("id", "agency", "volume", "state", "age", "question", box=None, pad_edge=False)
    for volume, one in listed:
        age = f"{(datetime.now(UTC) - one.created_at).days} d"
        table.add_row(one.id[:8], one.owner or UNASSIGNED, str(volume), one.state.value, age, one.content.question)
    Console(highlight=False).print(table)
    click.echo(f"{len(listed)} drafts.")


def _is_in(draft: Draft, state: str) -> bool:
    if state == PENDING:
        return draft.state.is_pending
    return state in ("all", draft.state.value)


def _as_json(volume: int, draft: Draft) -> dict[str, object]:
    return {
        "id": draft.id,
        "entry": draft.entry_id,
        "agency": draft.owner,
        "volume": volume,
        "state": draft.state.value,
        "author": draft.author,
        "created_at": draft.created_at.isoformat(),
        "is_thin": draft.is_thin,
        "question": draft.content.question,
    }
