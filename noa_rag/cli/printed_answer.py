"""An answer as `noa ask` prints it for people."""

from collections.abc import Mapping, Sequence

import click

from noa_rag.answering.wording import personal_data_note, wording
from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, AnswerStatus, General, Part, Reason
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.question import Mode
from noa_rag.domain.shown_text import official_text, translated_text


def print_answer(answer: Answer, agencies: Mapping[AgencyId, Agency]) -> None:
    """Print an answer with who vouches for it, or a refusal with the ways on that it leaves."""
    if answer.reason is Reason.DISTRESS:
        click.echo(f"{wording(answer.language).automatic}\n")
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


def _print_parts(parts: Sequence[Part], agencies: Mapping[AgencyId, Agency]) -> None:
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


def _print_entry(shown: Answer | Part, entry: EntryVersion, text: str, agencies: Mapping[AgencyId, Agency]) -> None:
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
    if entry.content.origin == "demonstration":
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
