"""Obligation: a sentence must oblige, allow or advise as its part of the passage does."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from noa_rag.rephrasing.gate.clauses_read import (
    NEEDED,
    OTHERWISE,
    Clause,
    aligned,
    bare,
    near,
    read_clauses,
    used,
)
from noa_rag.rephrasing.gate.finding import Check, GateFinding
from noa_rag.rephrasing.gate.meaning_words import GAINS, Word, meaning, patterns


def turned_modality(sentence: str, quote: str) -> Iterator[GateFinding]:
    """Yield obligations, permissions and advice that the passage does not bear out, or that the sentence lost."""
    said, official = read_clauses(sentence), read_clauses(quote)
    for clause in said:
        basis = _Basis(clause, _near_verb(clause, official), official, sentence, quote)
        for name in sorted(clause.modality):
            if name in basis.classes or _shares_its_line(basis, name) or _is_in_line(basis, name):
                continue
            if not _MAY_REST[name](basis):
                yield GateFinding(Check.OBLIGATION, clause.text, " / ".join(one.text for one in basis.near))
    for clause in used(official, meaning(sentence)):
        restated = near(clause, said)
        for name in sorted(clause.modality & _NOT_TO_LOSE):
            if any(name in one.modality or "order" in one.modality or _carries(name, one) for one in restated):
                continue
            if name == "allowed" and _is_offered(clause.text) and not any(_DOES.search(one.text) for one in restated):
                continue  # "le délai se demande en ligne" for "vous pouvez demander le délai"
            if not _is_told_elsewhere(name, clause, said):
                yield GateFinding(Check.OBLIGATION, "", clause.text)


def _near_verb(clause: Clause, official: Sequence[Clause]) -> Sequence[Clause]:
    """Return the clauses of the passage with the very verb that is obliged or allowed; else those that are nearest."""
    close = near(clause, official)
    if not (verb := _verb(clause.text)):
        return close
    with_it = [one for one in official if one.words.has(verb)]
    return [one for one in close if one in with_it] or with_it or close


_GOVERNS = re.compile(
    r"\b(?:doi(?:t|vent)|devez|devr\w+|peu(?:t|vent)|pouv(?:ez|ant)|pourr\w+|faut|faudra|tenue?s? de|tenue?s? d"
    r"|obligee?s? d\w*"
    r"|possible d\w*|droit d\w*|permet\w* d\w*|autorisee?s? a|interdit d\w*|impossible d\w*)"
    r" (?:(?:pas|plus|jamais|ne|n|vous|y|en|le|la|les|lui|leur|l|se|s|aussi|alors|donc|toujours|encore) ){0,4}"
    r"(?:etre (?:\w+ment )?(\w+)|(\w+(?:er|ir|re)))\b"
)


def _verb(text: str) -> Word | None:
    """Return what is obliged or allowed; "faire" and "être" say nothing."""
    if not (found := _GOVERNS.search(text)):
        return None
    return next(iter(meaning(found[1] or found[2]).words), None)


def _is_told_elsewhere(name: str, clause: Clause, said: Sequence[Clause]) -> bool:
    """Tell whether another clause of the sentence has the class and some of the words, or tells a limit for it."""
    if any(name in one.modality and clause.line.count(one.line) for one in said):
        return True
    if name in ("forbidden", "prohibited"):
        return any(one.is_negative and clause.words.count(one.line) for one in said)
    return name == "allowed" and _LIMIT.search(clause.text) is not None and any(_CAP.search(one.text) for one in said)


def _is_offered(text: str) -> bool:
    """Tell whether it is the visitor who may, not somebody else whose choice it is ("l'Urssaf peut refuser")."""
    return not _SOMEBODY_MAY.search(text)


_SOMEBODY_MAY = re.compile(r"\b(?<!on )(?:peut|peuvent|pourra|pourront|puisse|puissent)\b")
_LIMIT = re.compile(r"\b(?:jusqu\w*|au plus|maxim\w+|seulement|uniquement|seule?s?)\b")
_CAP = re.compile(
    r"\b(?:a partir|depass\w+|exced\w+|au plus|maxim\w+|limit\w+|plafon\w+|jusqu\w*|seulement|uniquement|seule?s?)\b"
)
_NOT_TO_LOSE = {"optional", "allowed", "forbidden", "prohibited", "recommended"}
_KEPT, _HINT = patterns("modality_kept"), patterns("modality_hint")


@dataclass(frozen=True, slots=True)
class _Basis:
    """A clause of the sentence with the clauses of the passage that it restates, and all others."""

    clause: Clause
    near: Sequence[Clause]
    official: Sequence[Clause]
    sentence: str
    quote: str

    @property
    def classes(self) -> frozenset[str]:
        return _classes(self.near)

    @property
    def classes_around(self) -> frozenset[str]:
        """The classes of all clauses that share words with this one, since the halves of one rule may lie apart."""
        verb = _verb(self.clause.text)
        if verb and any(one.words.has(verb) for one in self.near):
            return self.classes
        return _classes(aligned(self.clause, self.official, 0.2) or self.official)

    @property
    def follows_otherwise(self) -> bool:
        """Whether the sentence tells the consequence of not doing it: "sinon, l'assureur ne pourra pas payer"."""
        return OTHERWISE.search(bare(self.sentence)) is not None

    @property
    def is_denied(self) -> bool:
        return any(one.denies_as(self.clause) for one in self.near)


def _obliged(basis: _Basis) -> bool:
    """Tell whether the passage obliges: by an order, or a plain statement that nothing nearby makes optional."""
    if basis.classes & {"order", "prohibited", "forbidden"}:
        return True
    if _IN_CASE.search(basis.clause.text) and any(_IN_CASE.search(one.text) for one in basis.near):
        return True
    return not basis.classes_around & {"optional", "allowed", "recommended"} and not _hints("permissive", basis.near)


def _order(basis: _Basis) -> bool:
    return not basis.classes or bool(basis.classes - {"optional", "forbidden", "prohibited"})


def _allowed(basis: _Basis) -> bool:
    """Tell whether the passage allows: by a word of possibility, or a plain statement to the visitor, no duty."""
    if basis.classes & {"forbidden", "prohibited"}:
        return False
    is_possible = "allowed" in basis.classes_around or any(_carries("allowed", one) for one in basis.near)
    if is_possible or "optional" in basis.classes:
        return not basis.classes & {"obliged", "order"}
    return _is_allowed_by_turn(basis) or _is_gain(basis)


def _is_allowed_by_turn(basis: _Basis) -> bool:
    """Tell whether the passage allows in another way: by a limit, "oui, si", "seulement", "autant de fois que"."""
    text = basis.clause.text
    if _both(_FREELY, text, basis.official) or _both(_IN_CASE, text, basis.near):
        return True  # "vous pouvez le présenter aussi souvent que" for "présentez-le autant de fois que"
    if "obliged" in basis.classes:
        return False
    if _both(_ONLY, text, basis.near):
        return True  # "seuls peuvent être soldés" for "vous soldez seulement"
    if "order" in basis.classes:
        return False
    is_limit = _hints("weaker", basis.near) and _CAP.search(text) is not None
    is_enabling = "permet" in text and not _MAY.search(text)  # "permet d'éviter" for "évite"
    return is_limit or is_enabling or any(_YES_IF.match(one.text) for one in basis.official)


def _is_gain(basis: _Basis) -> bool:
    """Tell whether the visitor may take what the passage says she gets: "vous récupérez la TVA"."""
    stronger = {"obliged", "order", "forbidden", "prohibited", "recommended"}
    if basis.classes_around & stronger or "pouvez" not in basis.clause.text:
        return False
    verb = _verb(basis.clause.text)
    if verb and verb.stem in GAINS:
        return True
    return not _hints("stronger", basis.official) and not _is_done(basis)


def _both(pattern: re.Pattern[str], text: str, clauses: Sequence[Clause]) -> bool:
    return pattern.search(text) is not None and any(pattern.search(one.text) for one in clauses)


_MAY = re.compile(r"\b(?:peu\w+|pouv\w+|pourr\w+|possible\w*|droit|autoris\w+)\b")
_YES_IF = re.compile(r"(?:oui|peut etre|parfois)$")
_FREELY = re.compile(r"\b(?:autant de fois|aussi souvent|a tout moment|librement)\b")
_ONLY = re.compile(r"\b(?:seule?s?|seulement|uniquement)\b")
_IN_CASE = re.compile(r"(?:^|\b)(?:si|s) .*\b(?:exig\w+|demand\w+|necessit\w+|impos\w+|permet\w*|prev\w+|autoris\w+)$")


def _is_done(basis: _Basis) -> bool:
    """Tell whether the passage says that the visitor does it ("vous remettez le fichier"): that is a duty."""
    verb = _verb(basis.clause.text)
    return verb is not None and any(meaning(found).has(verb) for one in basis.near for found in _DOES.findall(one.text))


_DOES = re.compile(r"\bvous (?:(?:ne|n|y|en|le|la|les|lui|leur|l|vous) ){0,3}(\w+ez)\b")


def _optional(basis: _Basis) -> bool:
    if not basis.classes & {"obliged", "order"} and any(
        one.is_negative and one.words.share(basis.clause.line) >= 0.5 for one in basis.official
    ):
        return True
    return basis.is_denied or "allowed" in basis.classes or any(one.near_denials for one in basis.near)


def _forbidden(basis: _Basis) -> bool:
    if basis.follows_otherwise and any(NEEDED.search(one.text) for one in basis.official):
        return True
    is_denied = basis.is_denied or any(
        one.is_negative and one.words.share(basis.clause.line) >= 0.5 for one in basis.official
    )
    return (is_denied or "prohibited" in basis.classes) and "obliged" not in basis.classes


def _prohibited(basis: _Basis) -> bool:
    """Tell whether the passage prohibits: that something cannot be done, or is not done, does not.

    "Ne doit pas être" may also rest on "n'est pas": the passage then says whom it is for ("n'est pas en cessation").
    """
    if _INTERDICT.search(basis.clause.text) and any("interdiction" in one.text for one in basis.near):
        return True
    if any("order" in one.modality and one.is_negative for one in basis.near):
        return True  # "vous ne devez pas signer" for "ne signez pas"
    if "forbidden" in basis.classes and "interdi" in basis.clause.text and not _IN_FUTURE.search(basis.quote):
        return True  # "il est interdit de" for "vous n'avez pas le droit de", "le bailleur ne peut pas"
    is_state = _MUST_NOT_BE.search(basis.clause.text) is not None
    return is_state and any(_IS_NOT.search(one.text) for one in basis.near)


_IN_FUTURE = re.compile(r"\bpourr|\bimpossible")
_INTERDICT = re.compile(r"\binterdits?\b")
_MUST_NOT_BE = re.compile(r"\b(?:ne|n) (?:doi(?:t|vent)|devez) (?:pas|plus) (?:\w+ )?(?:etre|avoir)\b")
_IS_NOT = re.compile(r"\b(?:ne|n) (?:est|sont|etes|soyez|soit|soient|a|ont|avez|ayez|ait) (?:pas|plus)\b")
_ENUMERATED = re.compile(r"\w+(?:er|ir|re)(?: |$)")


def _is_in_line(basis: _Basis, name: str) -> bool:
    """Tell whether the sentence restates a clause of the passage that has the class, where the nearest has none."""
    if basis.classes - {"order"}:
        return False
    line = basis.clause.line
    return any(name in one.modality and one.words.share(line) >= 0.5 for one in basis.official)


def _shares_its_line(basis: _Basis, name: str) -> bool:
    """Tell whether the clause restates a verb of an enumeration, in a sentence where another clause has the class."""
    return any(
        _ENUMERATED.match(one.text)
        and any(name in other.modality for other in basis.official if other.place == one.place)
        for one in basis.near
    )


def _recommended(basis: _Basis) -> bool:
    if not basis.classes and any("recommended" in one.modality for one in basis.official):
        return True
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
