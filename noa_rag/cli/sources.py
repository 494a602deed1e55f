"""`noa sources`: the official texts that entries cite, compared with what was published since."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import opened_records, shown_progress

if TYPE_CHECKING:
    from noa_rag.domain.ports import Progress
    from noa_rag.review.source_drafts import Publication, SourcesChecked


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
        found = check_sources(records, newer, is_dry_run=dry_run)
    if as_json:
        click.echo(json.dumps(_as_json(newer, found, is_dry_run=dry_run), ensure_ascii=False, indent=1))
    else:
        _print(newer, found, is_dry_run=dry_run)


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


def _as_json(newer: "Publication", found: "SourcesChecked", *, is_dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": is_dry_run,
        "fiches_read": len(newer.fiches),
        "articles_read": newer.articles.count if newer.articles else 0,
        "compared": found.compared_count,
        "followed_from_now_on": found.begun_count,
        "changed": [{"entry": entry_id, "source": source_id} for entry_id, source_id in found.changed],
        "drafts": [
            {
                "id": one.id,
                "entry": one.entry_id,
                "agency": one.agency_id,
                "question": one.content.question,
                "reasons": one.owner_reason.splitlines(),
            }
            for one in found.drafts.made
        ],
        "in_hand": list(found.drafts.in_hand),
        "older": list(found.older),
        "missing": list(found.missing),
    }
