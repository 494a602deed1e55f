"""What a sentence obliges to, allows or advises must be what the part of the passage that it uses does."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from noa_rag.answering.verification.clauses_read import Clause, aligned, near, read_clauses, used
from noa_rag.answering.verification.finding import Check, Finding
from noa_rag.answering.verification.lexicon import patterns
from noa_rag.answering.verification.meaning_words import meaning


def turned_modality(sentence: str, quote: str) -> Iterator[Finding]:
    """Yield obligations, permissions and advice that are another thing in the passage."""
    said, official = read_clauses(sentence), read_clauses(quote)
    for clause in said:
        basis = _Basis(clause, near(clause, official), official)
        for name in sorted(clause.modality):
            if name not in basis.classes and not _MAY_REST[name](basis):
                yield Finding(Check.OBLIGATION, clause.text, " / ".join(one.text for one in basis.near))
    for clause in used(official, meaning(sentence)):
        restated = near(clause, said)
        for name in sorted(clause.modality & _NOT_TO_LOSE):
            if not any(name in one.modality or "order" in one.modality or _carries(name, one) for one in restated):
                yield Finding(Check.OBLIGATION, "", clause.text)


_NOT_TO_LOSE = {"optional", "allowed", "forbidden", "prohibited", "recommended"}
_KEPT, _HINT = patterns("modality_kept"), patterns("modality_hint")


@dataclass(frozen=True, slots=True)
class _Basis:
    """A clause of the sentence with the clauses of the passage that it restates, and all others."""

    clause: Clause
    near: Sequence[Clause]
    official: Sequence[Clause]

    @property
    def classes(self) -> frozenset[str]:
        return _classes(self.near)

    @property
    def classes_around(self) -> frozenset[str]:
        """What clauses that share any word with it oblige or allow: two halves of one rule may lie apart."""
        return _classes(aligned(self.clause, self.official, 0.2))

    @property
    def is_denied(self) -> bool:
        return any(one.denies_as(self.clause) for one in self.near)


def _obliged(basis: _Basis) -> bool:
    """An order, or a plain statement ("la demande se fait en ligne") that nothing nearby makes a mere possibility."""
    if basis.classes & {"order", "prohibited", "forbidden"}:
        return True
    return not basis.classes_around & {"optional", "allowed", "recommended"} and not _hints("weaker", basis.near)


def _order(basis: _Basis) -> bool:
    return not basis.classes or bool(basis.classes - {"optional", "forbidden", "prohibited"})


def _allowed(basis: _Basis) -> bool:
    """A word of possibility, or a plain statement said to the visitor that nothing makes a duty."""
    if basis.classes & {"forbidden", "prohibited"}:
        return False
    is_possible = "allowed" in basis.classes_around or any(_carries("allowed", one) for one in basis.near)
    if is_possible or "optional" in basis.classes:
        return not basis.classes & {"obliged", "order"}
    is_stronger = basis.classes_around & {"obliged", "order", "forbidden", "prohibited", "recommended"}
    return not is_stronger and "pouvez" in basis.clause.text and not _hints("stronger", basis.official)


def _optional(basis: _Basis) -> bool:
    return basis.is_denied or "allowed" in basis.classes or any(one.near_denials for one in basis.near)


def _forbidden(basis: _Basis) -> bool:
    return (basis.is_denied or "prohibited" in basis.classes) and "obliged" not in basis.classes


def _prohibited(basis: _Basis) -> bool:
    """Only a prohibition is one: what cannot be done is not forbidden by anybody, what is not done neither."""
    return False


def _recommended(basis: _Basis) -> bool:
    return any(_carries("recommended", one) for one in basis.near)


_MAY_REST: Mapping[str, Callable[[_Basis], bool]] = {
    "obliged": _obliged,
    "order": _order,
    "allowed": _allowed,
    "optional": _optional,
    "forbidden": _forbidden,
    "prohibited": _prohibited,
    "recommended": _recommended,
}


def _classes(clauses: Sequence[Clause]) -> frozenset[str]:
    return frozenset(name for one in clauses for name in one.modality)


def _hints(name: str, clauses: Sequence[Clause]) -> bool:
    return any(_HINT[name].search(one.text) for one in clauses)


def _carries(name: str, clause: Clause) -> bool:
    return name in _KEPT and _KEPT[name].search(clause.text) is not None
