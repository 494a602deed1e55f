"""`noa report` and `noa digest`: the figures of a period beside those before it; the weekly digest, printed or sent."""

import threading
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

import click

from noa_rag.cli.console import opened_records, print_json
from noa_rag.cli.console import table as as_columns
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import NotFound
from noa_rag.domain.figures import Chosen
from noa_rag.domain.question import Language
from noa_rag.environment import read_settings
from noa_rag.statistics.follow_up import FollowUp
from noa_rag.statistics.names import name_of
from noa_rag.statistics.period import Period, PeriodKind
from noa_rag.statistics.sheet import COLUMNS, Cell, Line, Names, csv_text, lines, table
from noa_rag.translation import translator_of

SHOWN_LINES = 15  # of each section; a file or JSON has them all
UNSEEN = {"section", "key"}  # columns that a terminal shows otherwise


@click.command()
@click.argument("kind", metavar="day|week|month", type=click.Choice([kind.value for kind in PeriodKind]))
@click.argument("date", required=False)
@click.option(
    "--agency", help="Only questions that this agency's entries answered, or that were sent to it; by its id."
)
@click.option("--site", help="Only questions asked on this site, by its key; '' for Noa's own pages.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure as JSON.")
@click.option(
    "--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="Write every figure as a table."
)
def report(
    *, kind: str, date: str | None, agency: str | None, site: str | None, as_json: bool, csv_file: Path | None
) -> None:
    """Print the figures of a period: that of DATE (2026-11-25, 2026-W48 or 2026-11), else the one that is running.

    A running period is compared with as much of the one before. Days are those of Paris.
    """
    from noa_rag.statistics.follow_up import FollowUps

    with opened_records(is_filled=False) as records:
        follow_ups = FollowUps(records)
        period = Period.parse(PeriodKind(kind), date) if date else follow_ups.current(PeriodKind(kind))
        if agency is not None and agency not in records.agencies():
            raise NotFound(f"No agency has the id {agency!r}; there are {', '.join(sorted(records.agencies()))}.")
        chosen = Chosen(frozenset({AgencyId(agency)}) if agency is not None else None, site)
        figures = follow_ups.of(period, chosen)
        uses = records.client_keys.uses(first=period.first_day, last=period.last_day)
        used = [(key, uses[key.id]) for key in records.client_keys.all() if key.id in uses]
        known: dict[str, Mapping[str, str]] = {
            "agencies": {agency.id: agency.short_name or agency.name for agency in records.agencies().values()},
            "themes": {theme.id: theme.title_en for theme in records.themes()},
            "sites": follow_ups.sites(),
            "served": {entry.id: entry.question for entry in follow_ups.entries().values()},
        }
    names = partial(name_of, translator=translator_of(Language.ENGLISH), known=known)
    if csv_file is not None:
        csv_file.write_text(csv_text(table(figures, names, lambda key: key.partition("_")[2])), encoding="utf-8")
        click.echo(f"Written: {csv_file}", err=True)
    if as_json:
        keys = [
            {"key": key.id, "name": key.name, "asked": use.let_through, "refused": use.refused} for key, use in used
        ]
        print_json({**_as_json(figures, names), "keys": keys})
    elif csv_file is None:
        _print(figures, names)
        for key, use in used:  # whatever agency or site was chosen: a key is of the whole service
            click.echo(f"Key {key.id} of {key.name}: {use.let_through} questions, {use.refused} refused for its limit.")


def _as_json(figures: FollowUp, names: Names) -> dict[str, object]:
    span = figures.period.span()
    sections: dict[str, list[Line]] = {}
    for line in lines(figures, names):
        sections.setdefault(str(line["section"]), []).append({k: v for k, v in line.items() if k != "section"})
    return {
        "period": str(figures.period),
        "from": span.begins_at.isoformat(),
        "until": span.ends_at.isoformat(),
        "is_running": figures.is_running,
        "compared_from": figures.compared.begins_at.isoformat(),
        "compared_until": figures.compared.ends_at.isoformat(),
        "answered_share": figures.total.answered_share,
        "useful_share": figures.total.useful_share,
        **sections,
    }


def _print(figures: FollowUp, names: Names) -> None:
    total, before = figures.total, figures.before
    click.echo(
        f"{figures.period}{' (running)' if figures.is_running else ''}\n"
        f"{total.asked} questions ({before.asked} in the period before), answered {_share(total.answered_share)}"
        f" ({_share(before.answered_share)}), useful {_share(total.useful_share)} of {total.judged} verdicts"
    )
    if not total.asked:
        click.echo("Nobody asked anything.")
    for section, of_section in groupby(lines(figures, names), key=lambda line: str(line["section"])):
        shown = [line for line in of_section if section != "points" or line["asked"] or line.get("before")]
        if section != "total" and shown:
            click.echo(f"\n{section.replace('_', ' ')} ({len(shown)})")
            click.echo(_table([_in_words(line, figures.period, names) for line in shown]))


def _in_words(line: Line, period: Period, names: Names) -> Line:
    """Return a line as a terminal shows it: hours without the day or its zone, reasons by their names."""
    words_of_line = dict(line)
    if line["section"] == "points" and period.kind is PeriodKind.DAY:
        words_of_line["key"] = f"{datetime.fromisoformat(str(line['key'])):%H:%M}"
    if moment := line.get("day"):
        words_of_line["day"] = str(moment).partition("+")[0].replace("T", " ")
    if reason := line.get("reason"):
        words_of_line["reason"] = names("complaints", str(reason))
    return words_of_line


def _table(shown: list[Line]) -> str:
    columns = [column for column in COLUMNS if column not in UNSEEN and any(column in line for line in shown)]
    if "name" not in columns:
        columns.insert(0, "key")
    return as_columns(columns, [[_cell(line.get(column)) for column in columns] for line in shown[:SHOWN_LINES]])


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _share(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what each person would be sent; send and note nothing.")
@click.option("--person", "account", help="Only this account.")
def digest(*, dry_run: bool, account: str | None) -> None:
    """Send this week's digest now to whoever has not got it yet. A running service does so on Mondays at 8:00."""
    from noa_rag.service.digests import Digests

    settings = read_settings()
    with opened_records() as records:
        digests = Digests(settings, records, stopping=threading.Event())
        if not dry_run:
            click.echo(f"{digests.send(account)} sent.")
            return
        messages = [(to, message) for to, message in digests.messages() if account in (None, to.person.id)]
        if account is not None and not messages:
            raise NotFound(
                f"`{account}` gets no digest: it needs an open account of a referent or coordinator, with an"
                f" address (`noa users email {account} ADDRESS`), that did not refuse it."
            )
        for to, message in messages:
            if message is None:
                click.echo(f"{to.person.id}: nothing to tell, so nothing would be sent.\n")
                continue
            text = message.get_body(("plain",))
            click.echo(f"To: {message['To']}\nSubject: {message['Subject']}\n\n{text.get_content() if text else ''}")
        if not messages:
            click.echo("Nobody would get it: no open account of a referent or coordinator has an address and wants it.")
