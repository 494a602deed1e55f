"""`noa ask`: one question, or a file of them, and the answer as it is printed for people."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.reading import read_question
from noa_rag.answering.wording import AUTOMATIC, personal_data_note, say
from noa_rag.cli.console import shown_progress
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, AnswerPart, AnswerStatus, General, Reason
from noa_rag.domain.entry import DEMONSTRATION, EntryVersion, official_text, translated_text
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
    from noa_rag.service.records import answer_again, open_records

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


def print_answer(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> None:
    """Print an answer with who vouches for it, or a refusal with the ways on that it leaves."""
    if answer.reason is Reason.DISTRESS:
        click.echo(f"{say(answer.language, AUTOMATIC)}\n")
    if answer.understood_as is not None:
        click.echo(f"Vous parlez de : {answer.understood_as}\n")
    if answer.general is not None:
        click.echo(f"({_general(answer.general)})\n")
    if answer.parts:
        if answer.reason is not Reason.DISTRESS:
            click.echo("Plusieurs réponses concernent votre question.\n")
        _print_parts(answer.parts, agencies)
    elif answer.entry is not None:
        _print_entry(answer, answer.entry, answer.text, agencies)
    else:
        click.echo(answer.text)
    if answer.mode is Mode.ASSISTED:
        _print_official(answer)
    for number, choice in enumerate(answer.choices, start=1):
        click.echo(f"  {number}. {choice.question}" + (f", --region {choice.region}" if choice.region else ""))
    if answer.status is AnswerStatus.ABSTAINED:
        _print_ways_on(answer)
    if answer.personal_data is not None:
        click.echo(f"  {personal_data_note(answer.personal_data, answer.language)}")
    if answer.is_unrecorded:
        click.echo("  La question n'a pas pu être enregistrée : elle ne sera ni comptée, ni suivie.", err=True)
    click.echo(f'  Question suivante : noa ask --conversation {answer.conversation_id} "…"')


def _print_ways_on(answer: Answer) -> None:
    if answer.searched is not None and answer.searched.words:
        click.echo(f"  Mots cherchés : {', '.join(answer.searched.words)}")
    if answer.searched is not None and answer.searched.unknown:
        click.echo(f"  Aucune fiche ne contient : {', '.join(answer.searched.unknown)}")
    if answer.themes:
        click.echo(f"  Thèmes : {', '.join(theme.title for theme in answer.themes)}")
    if answer.contact is not None:
        _print_contact(answer.contact)


def _print_contact(contact: Agency) -> None:
    click.echo(f"  {contact.name} : {contact.url} {contact.phone or ''}".rstrip())
    if contact.callback_url:
        click.echo(f"  Être rappelé par un conseiller : {contact.callback_url}")
    other = contact.elsewhere
    if other is not None:
        click.echo(f"  Dans une autre région : {other.name}, {other.url} {other.phone or ''}".rstrip())


def _print_parts(parts: Sequence[AnswerPart], agencies: Mapping[AgencyId, Agency]) -> None:
    for part in parts:
        if part.need:
            click.echo(f"« {part.need} »\n")
        if part.entry is None:
            click.echo("Noa n'a pas de réponse validée à cette partie.")
            if part.contact is not None:
                _print_contact(part.contact)
            click.echo()
        else:
            text = translated_text(part.translation) if part.translation else part.official_text or ""
            _print_entry(part, part.entry, text, agencies)
            click.echo()


def _print_entry(
    shown: Answer | AnswerPart, entry: EntryVersion, text: str, agencies: Mapping[AgencyId, Agency]
) -> None:
    translation = shown.translation
    click.secho(translation.question if translation else entry.content.question, bold=True)
    click.echo(f"\n{text}")
    if translation is not None:
        day, approver = f"{translation.translated_on:%d/%m/%Y}", translation.approver
        approved, trial = f"Traduction approuvée le {day} par {approver}.", f"Traduction d'essai du {day}."
        click.echo(f"\n{approved if approver else trial}")
        click.echo(f"Texte officiel :\n\n{official_text(entry.content)}")
    agency = agencies[entry.content.agency_id].name
    click.echo(f"\n— {agency}, validé le {entry.validated_on:%d/%m/%Y}, entrée {entry.id}")
    for one in shown.outdated:
        click.echo(
            f"  {one.label} : {one.value} {one.unit}, valable jusqu'au {one.ended_on:%d/%m/%Y} ; mise à jour en cours."
        )
    if entry.content.origin == DEMONSTRATION:
        click.echo("  Jeu de démonstration, à valider par les agences.")
    for source in entry.content.sources:
        click.echo(f"  {source.title} : {source.url}")
    if shown.more_url:
        click.echo(f"  La suite : {shown.more_url}")


def _print_official(answer: Answer) -> None:
    click.echo("\nReformulé automatiquement. Passages cités :")
    for citation in answer.citations:
        click.echo(f"  [{citation.marker}] {' '.join(citation.quote.split())}")
    click.echo(f"\nTexte officiel :\n{answer.official_text}")


def _general(general: General) -> str:
    missing = [one for one in (general.region, general.audience) if one is not None]
    return f"Réponse générale ; aucune variante pour {', '.join(missing)}." if missing else "Réponse générale."
