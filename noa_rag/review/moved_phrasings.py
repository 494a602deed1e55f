"""A draft keeps to the questions of its group: phrasings whose questions move to another group leave it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from noa_rag.domain.draft import Draft
from noa_rag.domain.failure import Failure, QuestionGroup
from noa_rag.domain.queue import QueueChange
from noa_rag.review.drafting import NOA, grown, is_same_phrasing, stripped


def take_out_moved(change: QueueChange, group: QuestionGroup, moved: Sequence[Failure], *, at: datetime) -> None:
    """Take the phrasings of questions that left the group out of its draft; what a person edited stays as it is."""
    draft = change.pending_draft(group.id)
    if draft is None or draft.author != NOA:
        return
    strays = set(stray_phrasings(draft, texts_of(moved), texts_of(group.failures)))
    kept = tuple(one for one in draft.content.alternate_questions if one.text not in strays)
    if kept != draft.content.alternate_questions:
        content = replace(draft.content, alternate_questions=kept)
        change.save_draft(replace(draft, content=content, updated_at=at), expected_revision=draft.revision)
        lost = len(draft.content.alternate_questions) - len(kept)
        change.audit(NOA, "draft_shrunk", draft.id, {"group": group.id, "phrasings": lost})


def put_in_returned(change: QueueChange, group: QuestionGroup, returned: Sequence[Failure], *, at: datetime) -> None:
    """Add the phrasings of questions that came back to the group to its draft, unless a person edited it."""
    draft = change.pending_draft(group.id)
    if draft is None or draft.author != NOA:
        return
    larger = grown(draft, replace(group, failures=tuple(returned)), at=at)
    if larger is not None:
        change.save_draft(larger, expected_revision=draft.revision)
        gained = len(larger.content.alternate_questions) - len(draft.content.alternate_questions)
        change.audit(NOA, "draft_grown", draft.id, {"group": group.id, "phrasings": gained})


def stray_phrasings(draft: Draft, moved: Collection[str], staying: Collection[str]) -> list[str]:
    """Return those of the draft's questions that ask what moved to another group, and nothing that stayed."""
    content = draft.content
    return [
        text
        for text in (content.question, *(one.text for one in content.alternate_questions))
        if is_same_phrasing(text, moved) and not is_same_phrasing(text, staying)
    ]


def texts_of(failures: Sequence[Failure]) -> frozenset[str]:
    """Return the questions as a draft may bear them, without greetings and thanks."""
    return frozenset(stripped(one.asked.text) for one in failures)
