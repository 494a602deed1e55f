"""`noa drafts` and `noa sources`: what Noa prepares of unanswered questions, and of official texts that changed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import opened_noa, opened_records, print_json, shown_progress, table
from noa_rag.domain.draft import Draft, DraftState
from noa_rag.domain.failure import MIN_VOLUME

if TYPE_CHECKING:
    from noa_rag.domain.ports import Progress
    from noa_rag.review.source_drafts import Publication, SourcesChecked

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

    with opened_noa() as (noa, progress):
        report = build_drafts(noa, min_volume=min_volume, progress=progress)
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
        made = [{"id": draft.id, "agency": draft.owner, "question": draft.content.question} for draft in report.made]
        print_json(counts | {"made": made})
        return
    click.echo(
        f"{report.question_count} questions read, {report.failure_count} failures not grouped yet:"
        f" {report.noise_count} are noise, {report.joined_count} joined a group,"
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
    with opened_records(is_filled=False) as records:
        volumes = {group.id: group.volume for group in records.review.groups()}
        listed = [
            (volumes.get(draft.group_id, 0) if draft.group_id else 0, draft)
            for draft in records.review.drafts()
            if agency in (None, draft.owner) and _is_in(draft, state)
        ]
    listed.sort(key=lambda pair: (-pair[0], pair[1].created_at, pair[1].id))
    if as_json:
        print_json([_as_json(volume, draft) for volume, draft in listed])
        return
    now = datetime.now(UTC)
    rows = [
        (
            *(draft.id[:8], draft.owner or UNASSIGNED, str(volume), draft.state.value),
            *(f"{(now - draft.created_at).days} d", draft.content.question),
        )
        for volume, draft in listed
    ]
    click.echo(table(("id", "agency", "volume", "state", "age", "question"), rows))
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


@click.group()
def sources() -> None:
    """Follow the official texts that entries cite."""


@sources.command()
@click.argument("archive", type=click.Path(path_type=Path), required=False)
@click.option(
    "--legi",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with codes of law as JSON (LEGITEXT….json of @socialgouv/legi-data, or articles of Légifrance's API).",
)
@click.option(
    "--complete", is_flag=True, help="ARCHIVE holds every fiche of its site: what it lacks is published no longer."
)
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would be opened.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(archive: Path | None, *, legi: Path | None, complete: bool, dry_run: bool, as_json: bool) -> None:
    """Compare cited official fiches with a newer ARCHIVE, and open one draft for each entry whose source changed.

    ARCHIVE is what `noa knowledge import --format vosdroits` takes: a .zip, a .tar.xz, a folder, or one fiche. Compare
    before you import it. The difference is quoted on each draft, in the queue of the entry's owner; nothing is
    published. Twice in a row opens nothing twice.
    """
    from noa_rag.review.source_drafts import check_sources

    if archive is None and legi is None:
        raise click.UsageError("Nothing to compare with. Give an ARCHIVE of fiches, --legi FOLDER, or both.")
    if complete and archive is None:
        raise click.UsageError("--complete says something of an ARCHIVE; give one.")
    with shown_progress() as progress:
        newer = _published(archive, legi, is_whole=complete, progress=progress)
    with opened_records() as records:
        outcome = check_sources(records, newer, is_dry_run=dry_run)
    if as_json:
        print_json(_checked_as_json(newer, outcome, is_dry_run=dry_run))
    else:
        _print(newer, outcome, is_dry_run=dry_run)


def _published(archive: Path | None, legi: Path | None, *, is_whole: bool, progress: "Progress") -> "Publication":
    """Read what is compared with, before the base is opened: a damaged archive costs no transaction."""
    from noa_rag.domain.days import today_in_paris
    from noa_rag.knowledge.legi import read_legi
    from noa_rag.knowledge.vosdroits import read_vosdroits
    from noa_rag.review.source_drafts import Publication

    articles = fiches = None
    if archive is not None:
        fiches = dict(read_vosdroits(archive, progress=lambda done, of: progress("reading fiches", done, of)).entries)
    if legi is not None:
        today = today_in_paris()
        articles = read_legi(legi, today=today, progress=lambda done, of: progress("reading codes of law", done, of))
    return Publication(fiches or {}, articles, is_whole)


def _print(newer: "Publication", found: "SourcesChecked", *, is_dry_run: bool) -> None:
    articles = f", {newer.articles.count} articles" if newer.articles else ""
    click.echo(
        f"{len(newer.fiches)} fiches{articles} read: {found.compared_count} citations compared,"
        f" {found.begun_count} followed from now on, {len(found.changed)} changed."
    )
    would = " would be" if is_dry_run else ""
    click.echo(f"{len(found.drafts.made)} drafts{would} opened or completed.")
    for draft in found.drafts.made:
        click.echo(f"  {draft.agency_id:<22} {draft.content.question}")
        for line in draft.owner_reason.splitlines():
            click.echo(f"      {line}")
    for entry_id in found.drafts.in_hand:
        click.echo(f"left alone until the next check, as somebody has a draft of it in hand: {entry_id}")
    if found.older:
        click.echo(f"left alone, as the base knows a newer state: {', '.join(found.older)}")
    if found.missing:
        click.echo(f"cited, and not among what was given: {len(found.missing)} ({', '.join(found.missing[:5])}…)")


def _checked_as_json(newer: "Publication", found: "SourcesChecked", *, is_dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": is_dry_run,
        "fiches_read": len(newer.fiches),
        "articles_read": newer.articles.count if newer.articles else 0,
        "compared": found.compared_count,
        "followed_from_now_on": found.begun_count,
        "changed": [{"entry": entry_id, "source": source_id} for entry_id, source_id in found.changed],
        "drafts": [
            {
                "id": draft.id,
                "entry": draft.entry_id,
                "agency": draft.agency_id,
                "question": draft.content.question,
                "reasons": draft.owner_reason.splitlines(),
            }
            for draft in found.drafts.made
        ],
        "in_hand": list(found.drafts.in_hand),
        "older": list(found.older),
        "missing": list(found.missing),
    }
