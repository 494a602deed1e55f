"""The questions of one stretch of time, counted by every side of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.figures import Chosen, Counts, EntryFacts, OpinionCount, OutcomeCount, PublicCount, Span
from noa_rag.monitoring.tally import Key, Tally, summed


@dataclass(frozen=True, slots=True)
class Counted:
    """Tallies by agency, theme…; a question without an entry has no theme, and is left out there and of `entries`."""

    total: Tally
    reasons: Mapping[Key, int]
    """Why questions were refused; choices that Noa offered are not refusals."""
    complaints: Mapping[Key, int]
    agencies: Mapping[Key, Tally]
    themes: Mapping[Key, Tally]
    entries: Mapping[Key, Tally]
    sites: Mapping[Key, Tally]
    regions: Mapping[Key, Tally]
    audiences: Mapping[Key, Tally]
    languages: Mapping[Key, Tally]


def counted(counts: Counts, span: Span, chosen: Chosen, entries: Mapping[EntryId, EntryFacts]) -> Counted:
    """Return the counts of a span; three passes over its questions."""
    outcomes, publics = counts.outcomes(span, chosen), counts.publics(span, chosen)
    opinions = counts.opinions(span, chosen)
    of_verdicts = [(one, Tally(judged=one.count, useful=one.count * one.is_useful)) for one in opinions]
    # What visitors said is added to the same side of a question as what came of it.
    answers: list[tuple[OutcomeCount | OpinionCount, Tally]] = [*of_verdicts]
    answers += [(one, Tally.of(one.status, one.count)) for one in outcomes]
    visitors: list[tuple[PublicCount | OpinionCount, Tally]] = [*of_verdicts]
    visitors += [(one, Tally.of(one.status, one.count)) for one in publics]

    def agency(entry_id: EntryId | None, contact: AgencyId | None) -> Key:
        return entries[entry_id].agency_id if entry_id is not None and entry_id in entries else contact

    with_entry = [(one.entry_id, tally) for one, tally in answers if one.entry_id is not None]
    return Counted(
        total=sum((tally for _, tally in answers), Tally()),
        reasons=_number((one.reason, one.count) for one in outcomes if one.status is AnswerStatus.ABSTAINED),
        complaints=_number((one.reason, one.count) for one in opinions if not one.is_useful),
        agencies=summed((agency(one.entry_id, one.contact_agency_id), tally) for one, tally in answers),
        themes=summed((entries[entry_id].theme, tally) for entry_id, tally in with_entry if entry_id in entries),
        entries=summed(with_entry),
        sites=summed((one.site, tally) for one, tally in visitors),
        regions=summed((one.region, tally) for one, tally in visitors),
        audiences=summed((one.audience, tally) for one, tally in visitors),
        languages=summed((one.language, tally) for one, tally in visitors),
    )


def _number(parts: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for key, count in parts:
        sums[key] = sums.get(key, 0) + count
    return sums
