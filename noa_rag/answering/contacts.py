"""Whom a visitor may ask, where she is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import exp

from noa_rag.domain.agency import Agency, AgencyId
from noa_rag.domain.answer import Answer, PersonalData
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.match import Match
from noa_rag.french.personal_data import kinds_masked, says_nothing_else

Agencies = Mapping[AgencyId, Agency]


def likeliest_owners(found: Sequence[tuple[Match, EntryVersion]]) -> Sequence[AgencyId]:
    """Return the agencies of what was found, the likeliest first.

    Scores are log-odds: each entry counts by its likelihood beside the best. Summed as they are, they only count heads.
    """
    top = max((match.score for match, _ in found), default=0.0)
    votes: dict[AgencyId, float] = defaultdict(float)
    for match, version in found:
        votes[version.content.agency_id] += exp(match.score - top)
    return sorted(votes, key=lambda agency: -votes[agency])


def serving(agency_ids: Iterable[AgencyId | None], agencies: Agencies, region: str | None) -> Agency | None:
    """Return the card of the first of these agencies that serves a region, or has a counterpart there."""
    cards = (agencies[one].serving(region) for one in agency_ids if one is not None and one in agencies)
    return next((card for card in cards if card is not None), None)


def owners_of(answer: Answer) -> Sequence[AgencyId]:
    """Return the agencies that an answer names: whom it says to ask, and the owner of its entry."""
    named = [answer.contact.id] if answer.contact else []
    return [*named, answer.entry.content.agency_id] if answer.entry else named


def personal_data_in(
    text: str, owners: Iterable[AgencyId | None], agencies: Agencies, region: str | None
) -> PersonalData | None:
    """Return what was masked in a question, with the first of these agencies that can be called, else its site."""
    kinds = kinds_masked(text)
    if not kinds:
        return None
    known = [one for one in owners if one is not None and one in agencies]
    with_phone = [one for one in known if (card := agencies[one].serving(region)) and card.phone]
    return PersonalData(kinds, serving([*with_phone, *known], agencies, region), says_nothing_else(text))
