"""The note that a visitor takes along to whoever she calls: what she asked, and the entries that she read."""

from collections.abc import Sequence

from noa_rag.domain.answer import Answer, Reason
from noa_rag.domain.entry import EntryVersion, question_in
from noa_rag.translation import N_, translator_of
from noa_rag.web.ask.views import entries_of
from noa_rag.web.entries.views import EntryViews
from noa_rag.web.in_words import day_in_words
from noa_rag.web.paths import page_path

UNANSWERED = N_("Aucune fiche de Noa ne répond à cette question.")


def note_of(asked: str, answer: Answer, chosen: Sequence[EntryVersion], views: EntryViews, *, base_url: str) -> str:
    """Return the note of an exchange; empty for small talk and for distress, of which nothing is kept."""
    if answer.reason in {Reason.SMALL_TALK, Reason.DISTRESS}:
        return ""
    read = () if answer.reason is Reason.SITUATION else entries_of(answer)
    entries = list({entry.id: entry for entry in (*read, *chosen)}.values())
    is_refusal = not (entries or answer.choices or answer.reason is Reason.ASKS_FOR_PERSON)
    unanswered = [translator_of(views.language).gettext(UNANSWERED)] if is_refusal else []
    return "\n".join([note_of_entries(asked, entries, views, base_url=base_url), *unanswered])


def note_of_entries(asked: str, entries: Sequence[EntryVersion], views: EntryViews, *, base_url: str) -> str:
    """Return what was asked and the entries that were read, each with its agency, its date and its address."""
    gettext = translator_of(views.language).gettext
    heading = [gettext("Fiches lues :")] if entries else []
    return "\n".join(
        [
            gettext("Ma question : %(asked)s", asked=asked),
            *heading,
            *(_line(entry, views, base_url) for entry in entries),
        ]
    )


def _line(entry: EntryVersion, views: EntryViews, base_url: str) -> str:
    question, _ = question_in(entry.content, views.language.value)
    agency = views.agencies.get(entry.content.agency_id)
    name = agency.name if agency else entry.content.agency_id
    address = f" {base_url.rstrip('/')}{page_path('entry', views.language, entry.id)}" if base_url else ""
    return f"- {question} ({name}, {day_in_words(entry.validated_on, views.language)}){address}"
