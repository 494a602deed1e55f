"""`noa knowledge`: entries and facts into the base, out of it, and checked."""

from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from noa_rag.cli.console import actor, opened_records, print_json, shown_progress, table
from noa_rag.domain.entry import Source
from noa_rag.domain.errors import InvalidKnowledge
from noa_rag.domain.facts import Fact, FactId
from noa_rag.environment import read_settings

if TYPE_CHECKING:
    from noa_rag.review.rereading import OpenedDrafts


SOON_DAYS = 90
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def knowledge() -> None:
    """Import, export and check entries."""


@knowledge.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["pack", "vosdroits"]), default="pack", show_default=True)
@click.option(
    "--as",
    "purpose",
    type=click.Choice(["entries", "library"]),
    default="entries",
    show_default=True,
    help="Serve the texts as entries, or keep them as evidence for drafts, never served.",
)
@click.option("--replace", is_flag=True, help="Also replace entries that somebody changed in the base since.")
@click.option("--diff", "with_diff", is_flag=True, help="Print how each entry that was kept differs from the file's.")
def import_(path: Path, form: str, purpose: str, *, replace: bool, with_diff: bool) -> None:
    """Bring a pack, or official fiches, into the base; the same files twice change nothing."""
    from noa_rag.knowledge.importing import import_pack, import_vosdroits, origin_of
    from noa_rag.service.noa import open_noa
    from noa_rag.service.records import fill_empty_base, open_records

    if form == "pack" and purpose == "library":
        raise click.UsageError("--as library goes with --format vosdroits.")
    settings = read_settings()
    with shown_progress() as progress:
        records = open_records(settings)
        fill_empty_base(settings, records, progress)
        if form == "pack":
            outcome = import_pack(
                records, path, origin=origin_of(settings.knowledge, path), replace=replace, progress=progress
            )
        else:
            outcome = import_vosdroits(
                records, path, as_library=purpose == "library", replace=replace, progress=progress
            )
        if purpose == "entries":
            open_noa(settings, progress, records=records).close()  # so that the next start finds its vectors ready
    if purpose == "library":
        click.echo(f"{outcome.library_count} texts new or changed in the library; none of them is served.")
        return
    click.echo(
        f"{outcome.new_count} new, {outcome.changed_count} changed, {outcome.unchanged_count} unchanged entries."
    )
    if outcome.facts_count:
        click.echo(f"{outcome.facts_count} facts new or changed.")
    for fact_id in outcome.kept_facts:
        click.echo(f"fact kept as somebody changed it in the base: {fact_id} (use --replace to overwrite)")
    if outcome.retired:
        click.echo(f"{len(outcome.retired)} withdrawn, as others of the pack take their place.")
    for difference in outcome.differences:
        said = f"; differs in {', '.join(difference.fields)}" if difference.fields else ""
        click.echo(f"kept as somebody changed it in the base: {difference.entry_id} (use --replace to overwrite){said}")
        if with_diff and difference.diff:
            click.echo(difference.diff)


@knowledge.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--history", is_flag=True, help="Write every version of every entry, with the moment of its approval.")
def export(folder: Path, history: bool) -> None:
    """Write the approved entries as a pack beneath FOLDER."""
    from noa_rag.knowledge.importing import export_pack

    with opened_records() as records:
        try:
            count = export_pack(records, folder, with_history=history)
        except OSError as error:
            raise click.FileError(str(folder), hint=error.strerror) from error
    click.echo(f"{count} entries written beneath {folder}")


@knowledge.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--rule", "rules", multiple=True, metavar="NAME", help="Only this rule; may be repeated.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@click.option("--show", is_flag=True, help="Print every warning, not only how many there are.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Look at the entries as on that day (YYYY-MM-DD).")
@click.option("--model", "with_model", is_flag=True, help="Compare questions by their meaning, not by their words.")
def check(
    path: Path, *, rules: tuple[str, ...], strict: bool, show: bool, as_of: datetime | None, with_model: bool
) -> None:
    """Look for mistakes in a pack, a folder of entries or one entry; each is told with its line.

    Mistakes of form and errors keep a pack from passing; of warnings the counts are told, by rule.
    """
    from noa_rag.domain.days import today_in_paris
    from noa_rag.knowledge.importing import check_pack
    from noa_rag.knowledge.rules.finding import Level
    from noa_rag.knowledge.rules.report import LEVELS, summary
    from noa_rag.service.models import question_vectors

    if unknown := sorted(set(rules) - LEVELS.keys()):
        raise click.UsageError(f"Unknown rule: {', '.join(unknown)}. Known: {', '.join(LEVELS)}.")
    settings = read_settings()
    with shown_progress() as progress:
        pack, report = check_pack(
            settings.knowledge,
            path,
            today=as_of.date() if as_of else today_in_paris(),
            rules=rules,
            strict=LEVELS if strict else (),
            embed=question_vectors(settings, progress) if with_model else None,
        )
    click.echo(summary(pack))
    for rule, level, count in report.counts():
        if count:
            click.echo(f"  {count:>5} {level.value:<8} {rule}")
    if show:
        for finding in report.findings:
            if report.level(finding.rule) is Level.WARNING:
                click.echo(f"{finding.complaint} ({finding.rule})")
    if report.errors:
        raise InvalidKnowledge([finding.complaint for finding in report.errors])


@knowledge.command()
@click.argument("path", type=click.Path(path_type=Path))
def stamp(path: Path) -> None:
    """Write into translations which French text they are of; do so once each has been read against it."""
    from noa_rag.knowledge.importing import read_beside_bundled
    from noa_rag.knowledge.rules.report import stamp as stamp_files

    changed = stamp_files(read_beside_bundled(read_settings().knowledge, path), path)
    for file in changed:
        click.echo(f"stamped: {file}")
    click.echo(f"{len(changed)} files changed.")


@knowledge.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--write", "document", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="Put the tables there."
)
def coverage(path: Path, document: Path | None) -> None:
    """Print how many entries a pack has by theme and by agency, or put the tables into a document."""
    from noa_rag.knowledge.pack import read_pack
    from noa_rag.knowledge.rules.report import coverage as figures
    from noa_rag.knowledge.rules.report import write_coverage

    text = figures(read_pack(path))
    if document is None:
        click.echo(text)
    else:
        click.echo(f"{document}: {'changed' if write_coverage(text, document) else 'up to date'}")


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list, with the entries that use each fact.")
@click.option("--until", type=DAY, help="Only those that end by this day (YYYY-MM-DD).")
@click.option("--ended-on", type=DAY, help="List by agency the entries that state a figure that has ended on that day.")
@click.pass_context
def facts(context: click.Context, *, as_json: bool, until: datetime | None, ended_on: datetime | None) -> None:
    """List the figures that entries state, those that end within ninety days first."""
    if context.invoked_subcommand is not None:
        return
    from noa_rag.domain.days import today_in_paris
    from noa_rag.review.rereading import by_end

    if ended_on is not None:
        _print_touched(ended_on.date(), as_json=as_json)
        return
    with opened_records() as records:
        listed = by_end(records.facts().facts.values())
    if until is not None:
        listed = [fact for fact in listed if fact.ends_on is not None and fact.ends_on <= until.date()]
    if as_json:
        print_json([_as_json(fact) for fact in listed])
        return
    today = today_in_paris()
    soon = [fact for fact in listed if fact.ends_on is not None and (fact.ends_on - today).days <= SOON_DAYS]
    if soon:
        click.echo(f"{len(soon)} end within {SOON_DAYS} days, or have ended:\n{_table(soon, today)}\n")
    rest = listed[len(soon) :]
    if rest:
        click.echo(f"{len(rest)} others:\n{_table(rest, today)}")
    if not listed:
        click.echo("No fact. A pack's facts.yaml brings them: see docs/knowledge.md.")


def _print_touched(day: date, *, as_json: bool) -> None:
    """Print the entries served on a day that state a figure that has ended by then, with the figures, by agency."""
    from noa_rag.answering.entry_payload import outdated_as_json
    from noa_rag.answering.figures_in_time import ended_notice
    from noa_rag.domain.question import Language

    with opened_records() as records:
        book = records.facts()
        served = (entry for entry in records.all_in_force(day) if entry.is_servable_on(day))
        touched = [(entry, outdated) for entry in served if (outdated := book.outdated(entry.id, entry.content, day))]
    touched.sort(key=lambda listed: (listed[0].content.agency_id, listed[0].id))
    if as_json:
        print_json(
            [
                {"agency": entry.content.agency_id, "entry": entry.id, "outdated_facts": outdated_as_json(outdated)}
                for entry, outdated in touched
            ]
        )
        return
    click.echo(f"{len(touched)} entries state a figure that has ended on {day}.")
    for agency_id, entries in groupby(touched, key=lambda listed: listed[0].content.agency_id):
        click.echo(f"\n{agency_id}")
        for entry, outdated in entries:
            click.echo(f"  {entry.id}: {ended_notice(outdated, Language.FRENCH)}")


def _table(listed: list[Fact], today: date) -> str:
    rows = [
        (
            fact.id,
            f"{_shown(fact, today)} {fact.unit}".strip(),
            str(fact.ends_on or "—"),
            str(len(fact.entries)),
            fact.label,
        )
        for fact in listed
    ]
    return table(("id", "value", "until", "entries", "label"), rows)


def _shown(fact: Fact, today: date) -> str:
    return (fact.on(today) or fact.newest).value


def _as_json(fact: Fact) -> dict[str, object]:
    return {
        "id": fact.id,
        "label": fact.label,
        "kind": fact.kind.value,
        "unit": fact.unit,
        "ends_on": fact.ends_on.isoformat() if fact.ends_on else None,
        "values": [
            {
                "value": period.value,
                "valid_from": period.valid_from.isoformat() if period.valid_from else None,
                "valid_until": period.valid_until.isoformat() if period.valid_until else None,
                "source": {"title": period.source.title, "url": period.source.url},
            }
            for period in fact.periods
        ],
        "entries": list(fact.entries),
    }


knowledge.add_command(facts)


@facts.command("set")
@click.argument("fact_id", metavar="ID")
@click.argument("value")
@click.option("--from", "valid_from", type=DAY, required=True, help="The first day on which the value holds.")
@click.option("--until", "valid_until", type=DAY, help="The last day, where it is known.")
@click.option("--source", "url", default="", help="Address of the text that sets it; the former source by default.")
@click.option("--title", default="", help="Title of that text.")
def set_(fact_id: str, value: str, *, valid_from: datetime, valid_until: datetime | None, url: str, title: str) -> None:
    """Give the fact ID a new VALUE ("1 890,00"), and prepare a draft for every entry that states the old one."""
    from noa_rag.review.rereading import set_value

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
    from noa_rag.review.rereading import apply_file, prepare_drafts

    with opened_records() as records:
        _print(apply_file(records, path, actor=actor()) if path else prepare_drafts(records))


def _print(drafts: "OpenedDrafts") -> None:
    click.echo(f"{len(drafts.made)} drafts prepared.")
    for draft in drafts.made:
        click.echo(f"  {draft.agency_id:<22} {draft.content.question}")
    for entry_id in drafts.in_hand:
        click.echo(f"left alone, as somebody has a draft of it in hand: {entry_id}")
