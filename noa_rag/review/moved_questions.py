"""What moves with questions that go from one group to another: the canonical question, and phrasings in drafts."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from noa_rag.domain.draft import Draft
from noa_rag.domain.errors import VersionConflict
from noa_rag.domain.failure import Failure, GroupId, QuestionGroup
from noa_rag.domain.queue import Move, MoveKind, QueueChange
from noa_rag.review.drafting import NOA, grown, is_same_phrasing, save_grown, stripped
from noa_rag.review.grouping import standing_for

EMPTIED = "…"  # the canonical question of a group whose questions went to another: no visitor's words stay behind


def put_back(change: QueueChange, move: Move, from_group: GroupId, to_group: GroupId, *, at: datetime) -> None:
    """Undo a split or a merge. Raises VersionConflict where the questions were moved again, or drafted, since."""
    if move.kind is MoveKind.SPLIT and change.has_draft(to_group):
        raise VersionConflict("A draft was made of these questions since; they stay where they are.")
    returning = [failure for failure in change.group(to_group).failures if failure.asked.question_id in move.questions]
    if not returning:
        raise VersionConflict("These questions were moved again since, or are older than what is kept.")
    change.move_questions([failure.asked.question_id for failure in returning], to_group, from_group)
    reword(change, from_group, to_group)
    take_out(change, change.group(to_group), returning, at=at)
    _put_in(change, change.group(from_group), returning, at=at)


def take_out(change: QueueChange, group: QuestionGroup, moved: Sequence[Failure], *, at: datetime) -> None:
    """Take the phrasings of questions that left the group out of its draft; what a person edited stays as it is."""
    draft = change.pending_draft(group.id)
    if draft is None or draft.author != NOA:
        return
    strays = set(stray_phrasings(draft, texts_of(moved), texts_of(group.failures)))
    alternates = draft.content.alternate_questions
    staying = tuple(alternate for alternate in alternates if alternate.text not in strays)
    if staying != alternates:
        content = replace(draft.content, alternate_questions=staying)
        change.save_draft(replace(draft, content=content, updated_at=at), expected_revision=draft.revision)
        lost = len(alternates) - len(staying)
        change.audit(NOA, "draft_shrunk", draft.id, {"group": group.id, "phrasings": lost})


def _put_in(change: QueueChange, group: QuestionGroup, returned: Sequence[Failure], *, at: datetime) -> None:
    """Add the phrasings of questions that came back to the group to its draft, unless a person edited it."""
    draft = change.pending_draft(group.id)
    if draft is None or draft.author != NOA:
        return
    larger = grown(draft, replace(group, failures=tuple(returned)), at=at)
    if larger is not None:
        save_grown(change, draft, larger)


def stray_phrasings(draft: Draft, moved: Collection[str], staying: Collection[str]) -> list[str]:
    """Return those of the draft's questions that ask what moved to another group, and nothing that stayed."""
    content = draft.content
    return [
        text
        for text in (content.question, *(alternate.text for alternate in content.alternate_questions))
        if is_same_phrasing(text, moved) and not is_same_phrasing(text, staying)
    ]


def texts_of(failures: Sequence[Failure]) -> frozenset[str]:
    """Return the questions as a draft may bear them, without greetings and thanks."""
    return frozenset(stripped(failure.asked.text) for failure in failures)


def reword(change: QueueChange, *group_ids: GroupId) -> None:
    """Give each group one of its own questions as its canonical one; the present one is kept if still among them."""
    for group_id in group_ids:
        group = change.group(group_id)
        texts = {failure.asked.text for failure in group.failures}
        if group.canonical not in texts:
            change.set_canonical(group_id, standing_for(group.failures) if group.failures else EMPTIED)
