"""`noa ask`: one question, or a file of them; the running service answers where there is one."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from noa_rag.answering.reading import read_question
from noa_rag.cli.console import NotServed, logs_to_errors, opened_noa, opened_records, print_json, running_service
from noa_rag.domain.errors import InvalidRequest, NoaError
from noa_rag.domain.question import Mode
from noa_rag.domain.regions import REGIONS
from noa_rag.environment import read_settings
from noa_rag.settings import Settings

if TYPE_CHECKING:
    from noa_rag.answering.payload import AnswerPayload
    from noa_rag.domain.ports import Progress
    from noa_rag.domain.question import Ask
    from noa_rag.service.noa import Noa

_LINE_FIELDS = {"id", "question", "region", "audience", "lang", "as_of", "mode", "conversation_id"}


@click.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as the API returns it.")
@click.option("--mode", help="strict (default) or assisted.")
@click.option("--region", help="ISO 3166-2 code, e.g. FR-IDF or FR-75.")
@click.option("--audience", help="start-up, tpe, pme, micro-entrepreneur, association-employeur or fondateur-etranger.")
@click.option("--lang", help="fr or en; found out from the words by default.")
@click.option("--as-of", help="Answer as the service would have on that day (YYYY-MM-DD).")
@click.option(
    "--conversation", "conversation_id", help="Id that an earlier answer bore: understand the question with it."
)
@click.option(
    "--again", metavar="QUESTION_ID", help="Print the answer that was given to a recorded question, as it was."
)
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    help="A JSONL file with one question a line; other options hold for lines that leave them out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="File for the answers to --batch, one JSON object a line; standard output by default.",
)
def ask(
    question: str | None,
    as_json: bool,
    again: str | None,
    batch: Path | None,
    out: Path | None,
    **options: str | None,
) -> None:
    """Ask a QUESTION and print the approved answer, the entries to choose from, or the refusal."""
    if again is not None:
        if question is not None or batch is not None or out is not None:
            raise click.UsageError("--again goes alone, or with --json.")
        _print_again(again, as_json=as_json)
        return
    if (question is None) == (batch is None):
        raise click.UsageError('Give a question, or --batch FILE. Example: noa ask "comment déposer une marque ?"')
    if out is not None and batch is None:
        raise click.UsageError("--out goes with --batch.")
    if out is not None and out.is_dir():
        raise click.UsageError(f"--out {out} is a folder; name a file.")
    request = _read(question or "", **options)
    settings = read_settings()
    if batch is not None:
        _ask_batch(batch, out, options)
        return
    answer = _asked_of_service(settings, {"question": question, **options}) or _asked_here(request)
    (print_json if as_json else print_answer)(answer)


def _read(text: str, **options: str | None) -> "Ask":
    """Return a question with its options, checked before anything is loaded. Raises InvalidRequest."""
    try:
        return read_question(text, **options)
    except InvalidRequest as error:
        if error.field != "region":
            raise
        named = ", ".join(f"{code} ({name})" for code, name in sorted(REGIONS.items()))
        raise InvalidRequest(f"{error} Regions: {named}; a département has a code too.", field="region") from error


def _asked_of_service(settings: Settings, fields: dict[str, str | None]) -> "AnswerPayload | None":
    """Return the answer of the service that runs over the data folder; None where it has to be found here."""
    service = running_service(settings)
    if service is None:
        return None
    try:
        answer: AnswerPayload = service.ask(fields)
    except NotServed as error:  # also for days that the API refuses
        click.echo(f"noa: {error} Answering without the running service.", err=True)
        return None
    if fields["mode"] == Mode.ASSISTED and answer["mode"] == Mode.STRICT and answer["rephrasing"] is None:
        click.echo("noa: nothing was rephrased: the official text is shown as it is.", err=True)
    return answer


def _asked_here(request: "Ask") -> "AnswerPayload":
    from noa_rag.answering.payload import answer_as_json

    logs_to_errors()
    with opened_noa() as (noa, _):
        if request.mode is Mode.ASSISTED and not noa.has_assistant():
            click.echo("noa: no language model is set (NOA_LLM): the official text is shown as it is.", err=True)
        return answer_as_json(noa.ask(request), noa.agencies())


def _print_again(question_id: str, *, as_json: bool) -> None:
    from noa_rag.service.records import answer_again

    logs_to_errors()
    with opened_records(is_filled=False) as records:
        payload = answer_again(records, question_id)
    (print_json if as_json else print_answer)(payload)


def _ask_batch(batch: Path, out: Path | None, options: dict[str, str | None]) -> None:
    """Ask each line; lines with the same `conversation_id`, which may be any label, are one conversation.

    A Noa of its own answers, since the service limits the questions of one address.
    """
    lines = list(_lines(batch))
    logs_to_errors()
    with opened_noa() as (noa, progress):
        if out is None:
            failed = _answer_lines(noa, lines, options, sys.stdout, progress)
        else:
            partial = out.with_name(f"{out.name}.part")
            try:
                with partial.open("w", encoding="utf-8") as file:
                    failed = _answer_lines(noa, lines, options, file, progress)
                partial.replace(out)
            except OSError as error:
                raise click.FileError(str(out), hint=error.strerror) from error
    summary = f"{len(lines) - failed} answers" + (f" in {out}" if out else "")
    click.echo(summary + (f", {failed} lines could not be asked" if failed else ""), err=out is None)
    if failed:
        sys.exit(1)


def _answer_lines(
    noa: "Noa",
    lines: list[tuple[int, Any]],
    options: dict[str, str | None],
    file: TextIO,
    progress: "Progress",
) -> int:
    """Write an answer or an error for each line, as they come; return how many could not be asked."""
    from noa_rag.answering.payload import answer_as_json

    agencies = noa.agencies()
    failed = 0
    conversations: dict[str, str] = {}
    for done, (number, line) in enumerate(lines, start=1):
        try:
            fields = _fields(line, options)
            label = fields["conversation_id"]
            answer = noa.ask(read_question(**{**fields, "conversation_id": conversations.get(label, label)}))
            if label:
                conversations[label] = answer.conversation_id
            row: dict[str, Any] = dict(answer_as_json(answer, agencies))
        except (NoaError, TypeError) as error:
            failed += 1
            row = {"error": str(error), "line": number}
        identifier = {"id": line["id"]} if isinstance(line, dict) and "id" in line else {}
        # A lone surrogate, which JSON lets through as \ud800, goes out the way it came in.
        written = json.dumps(identifier | row, ensure_ascii=False).encode(errors="backslashreplace").decode()
        click.echo(written, file)
        progress("asking", done, len(lines))
    return failed


def _lines(batch: Path) -> Iterator[tuple[int, Any]]:
    """Yield the lines that hold something, with their number in the file; None stands for what is not JSON."""
    try:
        text = batch.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise click.FileError(str(batch), hint=error.strerror) from error
    except UnicodeDecodeError as error:
        raise click.FileError(str(batch), hint="not UTF-8 text") from error
    for number, line in enumerate(text.split("\n"), start=1):  # JSON strings may hold U+2028, where splitlines cuts
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _fields(line: Any, options: dict[str, str | None]) -> dict[str, Any]:
    if not isinstance(line, dict) or not isinstance(line.get("question"), str):
        raise InvalidRequest('The line is not a JSON object with a "question".', field="question")
    unknown = line.keys() - _LINE_FIELDS
    if unknown:
        raise InvalidRequest(f"Unknown fields: {', '.join(sorted(unknown))}.", field=min(unknown))
    wrong = [name for name, value in line.items() if name != "id" and value is not None and not isinstance(value, str)]
    if wrong:
        raise InvalidRequest(f"`{wrong[0]}` must be text.", field=wrong[0])
    given = {name: value for name in _LINE_FIELDS - {"id", "question"} if (value := line.get(name)) is not None}
    return {"text": line["question"], **options, **given}


def print_answer(answer: "AnswerPayload") -> None:
    """Print an answer with who vouches for it, or a refusal with the ways on that it leaves; typeset in a terminal."""
    from noa_rag.answering.answer_text import answer_text

    text = answer_text(answer)
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console(highlight=False).print(Markdown(text, hyperlinks=False))  # addresses are shown, for all terminals
    else:
        click.echo(text)
    if any("region" in choice for choice in answer["choices"]):
        click.echo('\nPréciser le lieu : noa ask --region CODE "…"')
    if not answer.get("recorded", True):
        click.echo("La question n'a pas pu être enregistrée : elle ne sera ni comptée, ni suivie.", err=True)
    click.echo(f'\nQuestion suivante : noa ask --conversation {answer["conversation_id"]} "…"')
