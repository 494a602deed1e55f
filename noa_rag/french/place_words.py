"""The words of a question as places are looked for in them: folded, with what stands before, and how it is typed."""

import re
import unicodedata

from noa_rag.french.words import fold

_WORD = re.compile(r"[^\W_]+")
ACCENTED_A = "à"  # kept apart: without its accent it is also "has", and an English article ("a nice logo")

_PREPOSITIONS = (
    "a à au aux en dans de du d sur vers pres in near from of le la l les region departement dreets drieets cci cma"
    " prefecture"
)
_WEAK = "a de d du des sur vers dans from of"
_ABODE = (
    "base basee bases situe situee installe installee installes implante implantee habite habitons vis vit est suis"
    " sommes travaille bosse ouvre ouvrir"
)
_OF_A_PLACE = "commune ville mairie village bourg suis sommes viens vient venons originaire"
_PREPOSITION_SET, _WEAK_SET, _ABODE_SET, _OF_A_PLACE_SET = (
    frozenset(words.split()) for words in (_PREPOSITIONS, _WEAK, _ABODE, _OF_A_PLACE)
)
FEWEST_LISTED = 2  # words before it: "Lyon" alone, or "club lyon", may be anything
_ARTICLES = frozenset(("l", "le", "la", "les"))


class Words:
    """A text word by word."""

    def __init__(self, text: str) -> None:
        composed = unicodedata.normalize("NFC", text)
        found = list(_WORD.finditer(composed))
        self.text = composed
        self.spans = [one.span() for one in found]
        self.typed = [one.group() for one in found]
        self.folded = [_folded(one) for one in self.typed]
        letters = [char for char in composed if char.isalpha()]
        self._is_all_capitals = bool(letters) and sum(char.isupper() for char in letters) > 0.7 * len(letters)

    def __len__(self) -> int:
        return len(self.folded)

    def key(self, at: int, length: int) -> str:
        """Return some words as the name that they may be."""
        return " ".join("a" if word == ACCENTED_A else word for word in self.folded[at : at + length])

    def before(self, at: int, distance: int = 1) -> str:
        """Return the word before, empty where there is none, or where a hyphen makes it part of another name."""
        if at < distance or self._is_hyphened(at - distance):
            return ""
        return self.folded[at - distance]

    def has_capital(self, at: int, length: int) -> bool:
        """Whether a name is typed as one: its first word that is no article has a capital, and not all words have."""
        typed = [one for one, word in zip(self._slice(at, length), self.folded[at:], strict=False)
                 if word not in _ARTICLES]  # fmt: skip
        return bool(typed) and typed[0][0].isupper() and not self._is_all_capitals and at > 0

    def is_behind_preposition(self, at: int) -> bool:
        return self.before(at) in _PREPOSITION_SET

    def ends_a_list(self, at: int, length: int) -> bool:
        """Whether a name comes last, behind two words or more: whoever types keywords says at the end where it is."""
        return at + length == len(self) and at >= FEWEST_LISTED

    def is_behind_weak_preposition(self, at: int) -> bool:
        return self.before(at) in _WEAK_SET

    def is_behind_place_preposition(self, at: int, name: str) -> bool:
        """Whether a place is meant whatever the name: "à", "en", "dans le", "près de"; "en la" before Réunion alone."""
        before, further = self.before(at), self.before(at, 2)
        if before in (ACCENTED_A, "en", "in", "near", "dans", "region", "departement"):
            return True
        if before in ("de", "d") and further == "pres":
            return True
        if before in _ARTICLES and further == "dans":
            return True
        return before == "la" and further in ("en", ACCENTED_A) and name == "reunion"

    def is_located(self, at: int) -> bool:
        """Whether somebody or something is said to be there: "à X", "près de X", "je suis de X", "basée a X"."""
        before, further = self.before(at), self.before(at, 2)
        if before in (ACCENTED_A, "au", "aux", "habite", "habitons", "commune"):
            return True
        if before in ("in", "near"):
            return self.typed[at][0].isupper()
        if before in ("de", "d", "du", "des"):
            return further in _OF_A_PLACE_SET or further == "pres"
        return before == "a" and further in _ABODE_SET

    def is_idiom(self, at: int, name: str) -> bool:
        return name in ("somme", "lot") and self.before(at) == "en"

    def _is_hyphened(self, at: int) -> bool:
        """Whether a hyphen joins a word to one beside it: the "sur" of "Champigny-sur-Marne" is no preposition."""
        start, end = self.spans[at]
        return self.text[start - 1 : start] == "-" or self.text[end : end + 1] == "-"

    def _slice(self, at: int, length: int) -> list[str]:
        return self.typed[at : at + length]


def fold_name(name: str) -> str:
    """Return a name as `Words.key` has it: without case, accents, hyphens and apostrophes."""
    words = Words(name)
    return words.key(0, len(words))


def _folded(word: str) -> str:
    return ACCENTED_A if word.casefold() == ACCENTED_A else fold(word)
