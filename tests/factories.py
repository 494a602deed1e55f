"""Domain objects with sensible parts; keyword arguments replace what a test is about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Answer, AnswerStatus, Citation, Reason
from noa_rag.domain.calculation import Calculation, Example, Figure, Input, Result
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, EntryVersion, NewVersion, Source
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.domain.failure import GroupId
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.domain.ports import RecordedQuestion
from noa_rag.domain.question import Ask, Language, Mode, Question

APPROVED_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def an_agency(agency_id: str = "inpi", **changes: Any) -> Agency:
    """Return an agency with a whole contact card."""
    agency = Agency(
        id=AgencyId(agency_id),
        name=f"Agence {agency_id}",
        url=f"https://www.{agency_id}.example.fr",
        short_name=agency_id.upper(),
        phone="3430",
        hours="du lundi au vendredi, de 9 h à 18 h",
        remit="Marques, brevets, dessins et modèles.",
    )
    return replace(agency, **changes)


def a_theme(theme_id: str = "propriete-intellectuelle", **changes: Any) -> Theme:
    return replace(Theme(theme_id, "Marques, brevets et créations", "Intellectual property"), **changes)


def an_entry_content(**changes: Any) -> EntryContent:
    """Return the content of a short entry, true for ever and everywhere."""
    content = EntryContent(
        agency_id=AgencyId("inpi"),
        question="Comment déposer une marque ?",
        answer="Le dépôt se fait **en ligne**, sur [le site de l'INPI](https://www.inpi.fr).",
        theme="propriete-intellectuelle",
        sources=(Source("Déposer une marque", "https://www.inpi.fr/proteger/marque"),),
    )
    return replace(content, **changes)


VAT_FACT = Fact(FactId("taux"), "Taux", "%", (DatedValue("20", Source("Impôts", "https://www.impots.gouv.fr")),))


def a_calculation(**changes: Any) -> Calculation:
    """Return a calculation on VAT_FACT, with the three examples that it needs."""
    calculation = Calculation(
        inputs=(Input("prix", "Prix hors taxe", "number", "Price", "€"),),
        figures=(Figure("taux", "taux", (("", "taux"),)),),
        results=(Result("taxe", "Taxe", "prix * taux"),),
        examples=tuple(
            Example(date(2026, 12, 1), (("prix", price),), (("taxe", tax),))
            for price, tax in (("100", "20"), ("10", "2"), ("1,50", "0,30"))
        ),
    )
    return replace(calculation, **changes)


def an_entry_version(
    entry_id: str = "deposer-une-marque",
    *,
    version: int = 1,
    status: EntryStatus = EntryStatus.APPROVED,
    approved_at: datetime = APPROVED_AT,
    **content: Any,
) -> EntryVersion:
    """Return a version of an entry; further keyword arguments replace parts of its content."""
    return EntryVersion(
        id=EntryId(entry_id),
        version=version,
        content=an_entry_content(**content),
        status=status,
        author="camille",
        approver="dominique",
        approved_at=approved_at,
    )


def a_new_version(
    entry_id: str = "deposer-une-marque",
    *,
    expected_version: int = 0,
    status: EntryStatus = EntryStatus.APPROVED,
    approved_at: datetime = APPROVED_AT,
    author: str = "camille",
    note: str = "",
    **content: Any,
) -> NewVersion:
    """Return what is to become the next version; further keyword arguments replace parts of its content."""
    return NewVersion(
        id=EntryId(entry_id),
        content=an_entry_content(**content),
        expected_version=expected_version,
        author=author,
        approver="dominique",
        approved_at=approved_at,
        status=status,
        note=note,
    )


def an_ask(text: str = "comment déposer une marque ?", **changes: Any) -> Ask:
    return replace(Ask(text), **changes)


def a_question(text: str = "comment déposer une marque ?", **changes: Any) -> Question:
    """Return a question once read."""
    question = Question(text=text, normalised=text, language=Language.FRENCH, as_of=date(2026, 11, 24))
    return replace(question, **changes)


def an_answer(entry: EntryVersion | None = None, **changes: Any) -> Answer:
    """Return the answer that serves this entry word for word."""
    entry = entry or an_entry_version()
    answer = Answer(
        status=AnswerStatus.ANSWERED,
        mode=Mode.STRICT,
        language=Language.FRENCH,
        text=entry.content.answer,
        confidence=0.93,
        official_text=entry.content.answer,
        entry=entry,
        citations=(Citation(1, entry.content.answer),),
    )
    return replace(answer, **changes)


def an_abstention(**changes: Any) -> Answer:
    """Return a refusal that names nobody."""
    answer = Answer(
        status=AnswerStatus.ABSTAINED,
        mode=Mode.STRICT,
        language=Language.FRENCH,
        text="Noa n'a pas de réponse validée sur ce sujet.",
        confidence=0.04,
        reason=Reason.NOTHING_CLOSE,
    )
    return replace(answer, **changes)


def a_recorded_question(question_id: str = "0" * 32, **changes: Any) -> RecordedQuestion:
    """Return a question that was refused, as written down."""
    recorded = RecordedQuestion(
        question_id=question_id,
        conversation_id="c" * 32,
        asked_at=APPROVED_AT,
        question=a_question(),
        answer=an_abstention(question_id=question_id),
        duration_seconds=0.012,
    )
    return replace(recorded, **changes)


def a_person(person_id: str = "camille", *agencies: str, roles: Iterable[Role] = (), is_active: bool = True) -> Person:
    """Return somebody; with agencies and no roles, a referent of theirs."""
    given = frozenset(roles) or (frozenset({Role.REFERENT}) if agencies else frozenset())
    owned = frozenset(AgencyId(agency) for agency in agencies)
    return Person(PersonId(person_id), person_id.capitalize(), given, owned, is_active)


def a_draft(draft_id: str = "d" * 32, *, content: EntryContent | None = None, **changes: Any) -> Draft:
    """Return a pending draft of a new entry, prepared by Noa for the agency of its content."""
    text = content or an_entry_content()
    draft = Draft(
        id=DraftId(draft_id),
        entry_id=EntryId("deposer-une-marque"),
        agency_id=text.agency_id,
        content=text,
        author=PersonId("noa"),
        created_at=APPROVED_AT,
        updated_at=APPROVED_AT,
    )
    return replace(draft, **changes)


def a_group_draft(group_id: str, agency_id: str = "inpi", **changes: Any) -> Draft:
    """Return a draft prepared for a group of questions; its own id and its entry's are named for the group."""
    parts = {"entry_id": EntryId(f"entry-{group_id}"), "group_id": GroupId(group_id), **changes}
    return a_draft(f"draft-{group_id}", content=an_entry_content(agency_id=AgencyId(agency_id)), **parts)
