"""Questions, groups and drafts as the pages of the queue find them."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from chromadb.errors import InternalError

from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryId
from noa_rag.domain.failure import Failure, FailureKind, GroupId, QuestionGroup
from noa_rag.service.office import Office
from noa_rag.storage.question_log import QuestionStore
from tests.factories import a_draft, a_question, a_recorded_question, an_abstention, an_entry_content

CONTENT = an_entry_content(
    question="Comment renouveler une marque ?",
    answer="La marque se renouvelle **tous les dix ans**.",
)

# What the index may raise when it is brought up to date.
CANNOT_FOLLOW = [InternalError("Database error: disk is full"), OSError(28, "No space left"), ValueError("no server")]


def a_kept_group(office: Office, phrasings: Sequence[str], *, days_ago: int = 1) -> QuestionGroup:
    """Record refused questions and keep them as one group."""
    questions: QuestionStore = office.noa.records.questions
    asked_at = datetime.now(UTC) - timedelta(days=days_ago)
    ids = []
    for text in phrasings:
        question_id = uuid.uuid4().hex
        ids.append(question_id)
        questions.record(
            a_recorded_question(
                question_id,
                conversation_id=uuid.uuid4().hex,
                asked_at=asked_at,
                question=a_question(text),
                answer=an_abstention(question_id=question_id),
            )
        )
    failures = tuple(
        Failure(question, FailureKind.ABSTAINED)
        for question in office.store.asked_since(None)
        if question.question_id in ids
    )
    group = QuestionGroup(GroupId(uuid.uuid4().hex), phrasings[0], asked_at, failures)
    office.store.add_group(group)
    return group


def a_kept_draft(office: Office, *, entry_id: str = "renouveler-une-marque", **changes: Any) -> Draft:
    """Keep a pending draft, by default of a new entry of the INPI."""
    changes = {"content": CONTENT, "entry_id": EntryId(entry_id), **changes}
    draft = a_draft(uuid.uuid4().hex, **changes)
    with office.store.changing() as change:
        change.add_draft(draft)
        change.audit("noa", "draft_prepared", draft.id, {"entry": draft.entry_id})
    return draft


def form_of(draft: Draft, **changes: str) -> dict[str, str]:
    """Return what the editor sends for a draft that nobody touched."""
    content = draft.content
    return {
        "revision": str(draft.revision),
        "base_version": str(draft.base_version),
        "question": content.question,
        "answer": content.answer,
        "alternate_questions": "\r\n".join(question.text for question in content.alternate_questions),
        "agency_id": content.agency_id,
        "theme": content.theme,
        "sources": "\r\n".join(f"{source.title} | {source.url}" for source in content.sources),
        "language": content.language,
        **changes,
    }


def page_of(draft: Draft) -> str:
    return f"/revue/brouillons/{draft.id}"
