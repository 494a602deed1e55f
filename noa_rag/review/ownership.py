"""The likely owner of a question, with the reason, by what the base holds near it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Protocol

from noa_rag.domain.agency import Agency, AgencyId, Theme
from noa_rag.domain.answer import Reason
from noa_rag.domain.draft import NearEntry
from noa_rag.domain.entry import EntryContent, EntryVersion
from noa_rag.domain.failure import Failure
from noa_rag.french.words import fold
from noa_rag.knowledge.vosdroits.fiche import ORIGIN

ENTRIES_COUNTED = 8
LIKENESS_SPREAD = 0.16  # an agency whose entries, or whose remit, are liker by that much is e times likelier
# What each piece of evidence adds to an agency's case.
OWNER_WEIGHTS = {"entries": 0.3, "subjects": 1.0, "remits": 1.0, "fiches": 0.3, "contacts": 0.1}
# What people gave to an agency speaks for it where it is liker than that. On 288 messages about entries that the base
# lacks, right first 51.7 -> 59.7 % once three others about the same need were given, and 51.0 % where none was.
GIVEN_WEIGHT = 2.0
GIVEN_LIKE_FROM = 0.3
LIKELY_NAMED = 3  # the owner is among them for 77 % of those messages, for 86 % of three together
# The share of all that could speak for the likeliest agency from which the question is given to it: the lowest at which
# 88 % are right on one half of the entries. On the other half 88.1 % of the 51 % that are assigned were.
SURE_FROM = 0.3
NEAREST_NAMED = 5  # entries that a reason counts among
# Fiches name bodies that others took over, or by the desk one goes to: each beside the words of who answers today.
_ANSWERED_BY = (
    ("pole emploi", "france travail"),
    ("direccte", "drieets"),
    ("inspection du travail", "drieets"),
    ("dgccrf", "drieets"),
    ("protection des populations", "drieets"),
    ("repression des fraudes", "drieets"),
    ("securite sociale des independants", "urssaf"),
    ("rsi", "urssaf"),
    ("micro-entrepreneur", "urssaf"),
    ("centre de formalites des entreprises", "inpi"),
    ("service des impots", "dgfip"),
    ("impots service", "dgfip"),
    ("centre des impots", "dgfip"),
    ("information des impots", "dgfip"),
    ("chambre de commerce", "cci"),
    ("douan", "douanes"),
    ("draaf", "driaaf"),
    ("bpi france", "bpifrance"),
    ("oseo", "bpifrance"),
    ("banque de france", "banque de france"),
    ("prefecture de police", "prefecture de police"),
    ("urssaf", "urssaf"),
    ("inpi", "inpi"),
)


@dataclass(frozen=True, slots=True)
class RetrievedEntry:
    """An entry near the questions; a `score` that is higher by 1 makes it about e times likelier."""

    version: EntryVersion
    score: float


@dataclass(frozen=True, slots=True)
class Around:
    """Entries, best first; the questions' likeness, -1 to 1, to each owner's entries on average, and to its remit.

    `given` is the likeness to the nearest questions that somebody gave to each agency.
    """

    entries: tuple[RetrievedEntry, ...]
    subjects: Mapping[AgencyId, float]
    remits: Mapping[AgencyId, float]
    given: Mapping[AgencyId, float] = field(default_factory=dict)


class Knowledge(Protocol):
    """What draft making asks of the base."""

    def around(self, questions: Sequence[str]) -> Around:
        """Return what is near the questions, by their mean vector and the words of the first one."""

    def near(self, question: str) -> Sequence[NearEntry]:
        """Return the entries that Noa would think of first, with its calibrated confidence in each."""

    def likeness(self, question: str, others: Sequence[str]) -> Sequence[float]:
        """Return how much each of the others means the same as the question, 0 to 1."""

    def spelt(self, word: str) -> str:
        """Return the base's spelling of a word that is surely misspelt, else the word itself."""

    def agencies(self) -> Mapping[AgencyId, Agency]: ...

    def owners(self) -> frozenset[AgencyId]:
        """Return the agencies that may own an entry today."""

    def themes(self) -> tuple[Theme, ...]: ...


@dataclass(frozen=True, slots=True)
class Owner:
    """The likeliest agency; `strength` is its share, 0 to 1, of all the evidence that there could be.

    `reason` is a true sentence in French for referents; it is empty when the evidence is thin.
    """

    agency_id: AgencyId
    reason: str
    strength: float
    is_sure: bool = False
    """Whether the evidence is enough for the question to be given to the agency."""
    likely: tuple[AgencyId, ...] = ()
    """The likeliest agencies, this one first; empty without any evidence."""


def likely_owner(
    around: Around,
    *,
    failures: Sequence[Failure],
    agencies: Mapping[AgencyId, Agency],
    owners: Collection[AgencyId],
    fiches: Sequence[EntryContent] = (),
) -> Owner:
    """Return the one of the `owners` with the strongest case, sure from SURE_FROM on; the first without evidence."""
    own = [entry for entry in around.entries if entry.version.content.origin != ORIGIN][:ENTRIES_COUNTED]
    official = [entry.version.content for entry in around.entries if entry.version.content.origin == ORIGIN]
    shares = {
        "entries": _entry_shares(own),
        "subjects": _soft_shares(around.subjects),
        "remits": _soft_shares(around.remits),
        "fiches": _fiche_shares([*fiches, *official], agencies, owners),
        "contacts": _contact_shares(failures),
    }
    cases = {
        owner: sum(weight * shares[kind].get(owner, 0.0) for kind, weight in OWNER_WEIGHTS.items())
        + GIVEN_WEIGHT * max(0.0, around.given.get(owner, 0.0) - GIVEN_LIKE_FROM) / (1 - GIVEN_LIKE_FROM)
        for owner in owners
    }
    if not any(cases.values()):
        return Owner(min(owners or agencies), "", 0.0)
    likely = tuple(sorted(cases, key=lambda owner: (cases[owner], owner), reverse=True)[:LIKELY_NAMED])
    best = likely[0]
    strength = min(1.0, cases[best] / sum(OWNER_WEIGHTS.values()))
    is_sure = strength >= SURE_FROM
    reason = _reason(agencies[best], own[:NEAREST_NAMED], shares, owners) if is_sure else ""
    return Owner(best, reason, strength, is_sure, likely)


def _entry_shares(entries: Sequence[RetrievedEntry]) -> dict[AgencyId, float]:
    """Return each agency's share of the entries, weighted by their relative likelihood."""
    if not entries:
        return {}
    top = max(entry.score for entry in entries)
    weighed = [(entry.version.content.agency_id, exp(entry.score - top)) for entry in entries]
    return _shares(weighed)


def _soft_shares(likenesses: Mapping[AgencyId, float]) -> dict[AgencyId, float]:
    top = max(likenesses.values(), default=0.0)
    return _shares((agency_id, exp((likeness - top) / LIKENESS_SPREAD)) for agency_id, likeness in likenesses.items())


def _fiche_shares(
    fiches: Sequence[EntryContent], agencies: Mapping[AgencyId, Agency], owners: Collection[AgencyId]
) -> dict[AgencyId, float]:
    return _shares(
        (agency_id, 1 / len(named))
        for fiche in fiches
        if (named := named_agencies(fiche, {owner: agencies[owner] for owner in owners if owner in agencies}))
        for agency_id in named
    )


def _contact_shares(failures: Sequence[Failure]) -> dict[AgencyId, float]:
    """Count the contacts named to visitors, except where nothing was close: the general contact says nothing."""
    directed = (failure.asked for failure in failures if failure.asked.reason is not Reason.NOTHING_CLOSE)
    named = Counter(AgencyId(question.contact_agency_id) for question in directed if question.contact_agency_id)
    return _shares((agency_id, float(count)) for agency_id, count in named.items())


def named_agencies(fiche: EntryContent, agencies: Mapping[AgencyId, Agency]) -> frozenset[AgencyId]:
    """Return the agencies of today that a fiche sends people to, by the names it knew them under."""
    contacts = [fold(contact.name.replace("\xa0", " ")) for contact in fiche.contacts]
    wanted = {today for name in contacts for then, today in _ANSWERED_BY if then in name}
    known = {agency_id: fold(f"{agency.name} {agency.short_name}") for agency_id, agency in agencies.items()}
    return frozenset(agency_id for agency_id, name in known.items() if any(today in name for today in wanted))


def _shares(weighed: Iterable[tuple[AgencyId, float]]) -> dict[AgencyId, float]:
    total: dict[AgencyId, float] = defaultdict(float)
    for agency_id, weight in weighed:
        total[agency_id] += weight
    whole = sum(total.values())
    return {agency_id: weight / whole for agency_id, weight in total.items()} if whole else {}


def _reason(
    agency: Agency,
    nearest: Sequence[RetrievedEntry],
    shares: Mapping[str, Mapping[AgencyId, float]],
    owners: Collection[AgencyId],
) -> str:
    """Return the strongest evidence for the agency as a sentence that is certainly true."""
    best, name = agency.id, agency.short_name or agency.name
    true = {
        "entries": _about_entries(name, best, nearest),
        "fiches": f"Une au moins des fiches officielles les plus proches renvoie vers l'agence {name}.",
        "contacts": f"Noa a déjà orienté vers l'agence {name} des personnes qui ont posé cette question.",
    }
    if _is_first(best, shares["subjects"], owners):
        true["subjects"] = (
            f"Dans l'ensemble, ce sont les fiches de l'agence {name} qui ressemblent le plus à la question."
        )
    if _is_first(best, shares["remits"], owners):
        true["remits"] = f"Le domaine le plus proche de la question est celui de l'agence {name} : {agency.remit}"
    said = {kind: OWNER_WEIGHTS[kind] * shares[kind].get(best, 0.0) for kind, words in true.items() if words}
    loudest = max(said, key=lambda kind: said[kind])
    if loudest == "subjects" and true["entries"]:  # a number and an example are easier to check than a likeness
        loudest = "entries"
    return true[loudest] if said[loudest] else f"Plusieurs indices désignent l'agence {name}, aucun à lui seul."


def _is_first(best: AgencyId, shares: Mapping[AgencyId, float], owners: Collection[AgencyId]) -> bool:
    return best in shares and shares[best] == max(share for owner, share in shares.items() if owner in owners)


def _about_entries(name: str, best: AgencyId, nearest: Sequence[RetrievedEntry]) -> str:
    own = [entry for entry in nearest if entry.version.content.agency_id == best]
    if not own:
        return ""
    question = own[0].version.content.question
    if len(own) > 1:
        return f"{len(own)} des {len(nearest)} fiches les plus proches sont de l'agence {name}, dont « {question} »."
    if own[0] is nearest[0]:
        return f"La fiche la plus proche est celle de l'agence {name} : « {question} »."
    return f"Une des {len(nearest)} fiches les plus proches est de l'agence {name} : « {question} »."
