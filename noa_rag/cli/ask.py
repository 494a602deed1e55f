"""`noa ask`: one question, or a file of them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.reading import read_question
from noa_rag.cli.console import shown_progress
from noa_rag.cli.printed_answer import print_answer
from noa_rag.domain.errors import InvalidRequest, NoaError
from noa_rag.domain.question import Mode
from noa_rag.settings import read_settings

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
@click.option("--batch", type=click.Path(path_type=Path), help="A JSONL file with one question a line.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the answers to --batch go, one JSON object a line.")
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
        raise click.UsageError(
            'Give a question, or --batch FILE --out FILE. Example: noa ask "comment déposer une marque ?"'
        )
    if (batch is None) != (out is None):
        raise click.UsageError("--batch and --out go together.")
    if out is not None and out.is_dir():
        raise click.UsageError(f"--out {out} is a folder; name a file.")
    if batch is not None and out is not None:
        _ask_batch(batch, out)
        return
    with shown_progress() as progress:
        from noa_rag.service.noa import open_noa

        request = read_question(question or "", **options)
        noa = open_noa(read_settings(), progress)
    try:
        if request.mode is Mode.ASSISTED and not noa.has_assistant():
            click.echo("noa: no language model is set (NOA_LLM): the official text is shown as it is.", err=True)
        answer = noa.ask(request)
        if as_json:
            click.echo(json.dumps(answer_as_json(answer, noa.agencies()), ensure_ascii=False, indent=1))
        else:
            print_answer(answer, noa.agencies())
    finally:
        noa.close()


def _print_again(question_id: str, *, as_json: bool) -> None:
    from noa_rag.service.again import answer_again
    from noa_rag.service.records import open_records

    records = open_records(read_settings())
    try:
        payload = answer_again(records, question_id)
    finally:
        records.close()
    if as_json:
        click.echo(json.dumps(payload, ensure_ascii=False, indent=1))
        return
    entry = payload["entry"]
    if entry is not None:
        click.secho(f"{entry['question']}\n", bold=True)
    click.echo(payload["text"])
    if entry is not None:
        click.echo(f"\n— {entry['agency']['name']}, entrée {entry['id']}, version {entry['version']}")
    for number, choice in enumerate(payload["choices"], start=1):
        click.echo(f"  {number}. {choice['question']}")


def _ask_batch(batch: Path, out: Path) -> None:
    """Ask each line; lines with the same `conversation_id`, which may be any label, are one conversation."""
    lines = list(_lines(batch))
    with shown_progress() as progress:
        from noa_rag.service.noa import open_noa

        noa = open_noa(read_settings(), progress)
        agencies = noa.agencies()
        failed = 0
        conversations: dict[str, str] = {}
        partial = out.with_name(f"{out.name}.part")
        try:
            # A lone surrogate, which JSON lets through as \ud800, goes out the way it came in.
            with partial.open("w", encoding="utf-8", errors="backslashreplace") as file:
                for done, (number, line) in enumerate(lines, start=1):
                    try:
                        fields = _fields(line)
                        label = fields["conversation_id"]
                        answer = noa.ask(
                            read_question(**{**fields, "conversation_id": conversations.get(label, label)})
                        )
                        if label:
                            conversations[label] = answer.conversation_id
                        row: dict[str, Any] = dict(answer_as_json(answer, agencies))
                    except (NoaError, TypeError) as error:
                        failed += 1
                        row = {"error": str(error), "line": number}
                    identifier = {"id": line["id"]} if isinstance(line, dict) and "id" in line else {}
                    file.write(json.dumps(identifier | row, ensure_ascii=False) + "\n")
                    progress("asking", done, len(lines))
            partial.replace(out)
        except OSError as error:
            raise click.FileError(str(out), hint=error.strerror) from error
        finally:
            noa.close()
    click.echo(f"{len(lines) - failed} answers in {out}" + (f", {failed} lines could not be asked" if failed else ""))
    if failed:
        sys.exit(1)


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


def _fields(line: Any) -> dict[str, Any]:
    if not isinstance(line, dict) or not isinstance(line.get("question"), str):
        raise InvalidRequest('The line is not a JSON object with a "question".', field="question")
    unknown = line.keys() - _LINE_FIELDS
    if unknown:
        raise InvalidRequest(f"Unknown fields: {', '.join(sorted(unknown))}.", field=min(unknown))
    wrong = [name for name, value in line.items() if name != "id" and value is not None and not isinstance(value, str)]
    if wrong:
        raise InvalidRequest(f"`{wrong[0]}` must be text.", field=wrong[0])
    return {"text": line["question"]} | {name: line.get(name) for name in _LINE_FIELDS - {"id", "question"}}
