"""Where a question asks for a whole field, gather the entries that concern it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from noa_rag.answering.conversation.words import (
    AIDS,
    ANY_KIND,
    AskedField,
    field_of,
    is_of_kind,
    nearness,
    share,
    stems,
    words_of_text,
)
from noa_rag.answering.turn import Candidate, Need, Step, Turn
from noa_rag.domain.entry import EntryId
from noa_rag.domain.ports import Judgement
from noa_rag.french.places import Gazetteer, asks_foreign_law
from noa_rag.retrieval.thresholds import MIDDLE, SPREAD

FEWEST_GATHERED, USUAL_GATHERED, MOST_GATHERED = 3, 4, 6  # entries
NEAR_FROM = 0.3  # probability of concerning the question, for the first four
SURELY_NEAR_FROM = 0.6  # and for two more
BESIDES_LIMIT = 6  # entries taken from each further search
NEIGHBOURHOOD = 3  # first entries whose related ones concern the question too
# Scores given to entries that were not found: so far below the last match of the question itself, and below the best
# match of the further searches.
NOT_FOUND_ITSELF = 1.0
NOT_FOUND_BESIDES = 8.0


@dataclass(frozen=True, slots=True)
class Gather:
    """`find` finds the entries for a question that may be shown, without weighing them."""

    find: Step
    gazetteer: Gazetteer

    def __call__(self, turn: Turn) -> Turn:
        judgement = turn.judgement
        if turn.needs or turn.understood_as is not None or judgement is None or judgement.is_restated:
            return turn
        question = turn.understood.normalised
        field = field_of(question)
        if field is None or asks_foreign_law(turn.understood.text):
            return turn
        # Places are left out: entries hold their regions in a field, not in their words.
        subject = stems(field.subject) & stems(self.gazetteer.without_places(question))
        if not _is_held(subject, judgement, turn.candidates):
            return turn
        if judgement.answers and _answers_all_of_it(turn.candidates[0], field, subject):
            return turn
        gathered = self._gathered(turn, field)
        if judgement.answers:  # the entry that answers stays in front
            gathered = _with_first(gathered, turn.candidates[0])
        if len(gathered) < FEWEST_GATHERED:
            return turn
        shown = {candidate.match.entry_id for candidate in gathered}
        rest = tuple(candidate for candidate in turn.candidates if candidate.match.entry_id not in shown)
        return replace(
            turn,
            needs=tuple(Need("", candidate) for candidate in gathered),
            candidates=(*gathered, *rest),
            judgement=Judgement(
                judgement.confidence, answers=True, is_near=True, because={"asks for a whole field": 1}
            ),
        )

    def _gathered(self, turn: Turn, field: AskedField) -> list[Candidate]:
        besides = [
            self.find(replace(turn, question=replace(turn.understood, normalised=search))).candidates
            for search in field.searches
        ]
        pool = {candidate.match.entry_id: candidate for candidate in turn.candidates if not candidate.is_situation}
        for candidates in besides:
            for candidate in candidates[:BESIDES_LIMIT]:
                if not candidate.is_situation:
                    pool.setdefault(candidate.match.entry_id, candidate)
        near = {
            entry_id: nearness(_figures(candidate, field, turn.candidates, besides))
            for entry_id, candidate in pool.items()
        }
        ranked = sorted(pool, key=lambda entry_id: (-near[entry_id], entry_id))
        nearest = [entry_id for entry_id in ranked[:USUAL_GATHERED] if near[entry_id] >= NEAR_FROM]
        nearest += [entry_id for entry_id in ranked[USUAL_GATHERED:MOST_GATHERED] if near[entry_id] >= SURELY_NEAR_FROM]
        return [pool[entry_id] for entry_id in nearest]


def _is_held(subject: frozenset[str], judgement: Judgement, found: Sequence[Candidate]) -> bool:
    """Whether one entry found holds every word that names the field; where no word names it, whether an entry is near.

    For a named field that no entry holds, near entries would belong to its neighbours.
    """
    if not subject:
        return judgement.is_near
    return any(share(subject, words_of_text(candidate.version.content)) == 1 for candidate in found)


def _answers_all_of_it(found: Candidate, field: AskedField, subject: frozenset[str]) -> bool:
    """Whether an entry that answers needs no others beside it: a situation leads to them by itself."""
    return found.is_situation or field.kind == ANY_KIND or _is_its_field(found, field.kind, subject)


def _is_its_field(found: Candidate, kind: str, subject: frozenset[str]) -> bool:
    """Whether an entry's own question asks for the same whole field ("quelles mentions sur une facture").

    Such an entry covers the field alone; for aids no entry does.
    """
    own = field_of(found.version.content.question)
    if own is None or own.kind != kind or kind == AIDS:
        return False
    named = stems(own.subject)
    return bool(named) and named <= subject


def _with_first(gathered: Sequence[Candidate], first: Candidate) -> list[Candidate]:
    return [first, *(candidate for candidate in gathered if candidate.match.entry_id != first.match.entry_id)][
        :MOST_GATHERED
    ]


def _figures(
    candidate: Candidate, field: AskedField, found: Sequence[Candidate], besides: Sequence[Sequence[Candidate]]
) -> dict[str, float]:
    entry_id, content = candidate.match.entry_id, candidate.version.content
    scores = {other_candidate.match.entry_id: other_candidate.match.score for other_candidate in found}
    best = max(scores.values())
    gaps = [
        others[0].match.score - other.match.score
        for others in besides
        for other in others
        if other.match.entry_id == entry_id
    ]
    evidence = next(
        (other_candidate.match.evidence for other_candidate in found if other_candidate.match.entry_id == entry_id), {}
    )
    return {
        "gap": best - scores.get(entry_id, min(scores.values()) - NOT_FOUND_ITSELF),
        "gap_besides": min(gaps, default=NOT_FOUND_BESIDES),
        "found_besides": len(gaps) / max(len(besides), 1),
        "is_of_kind": float(is_of_kind(field, content)),
        "is_related": float(_is_related(entry_id, content.related, found[:NEIGHBOURHOOD])),
        "same_theme": float(content.theme == found[0].version.content.theme),
        "dense_question": (evidence.get("dense_question", MIDDLE + 0.2 * SPREAD) - MIDDLE) / SPREAD,
    }


def _is_related(entry_id: EntryId, related: Sequence[EntryId], first: Sequence[Candidate]) -> bool:
    others = [candidate for candidate in first if candidate.match.entry_id != entry_id]
    return any(entry_id in other.version.content.related or other.match.entry_id in related for other in others)
