"""Names that no title or signature makes sure, in a text that tells somebody's number or address beside them.

A word is taken for a name when a list of given names or surnames has it, or no dictionary: what stands around it
(greetings, signs, masks, "c'est", "demandez") then decides.
"""

import re
from collections.abc import Sequence

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.courtesies import plain_spelling
from noa_rag.french.personal_data.known_names import ALSO_WORDS, NEVER_NAMES, PARTICLES, SELDOM_NAMES, SURNAMES
from noa_rag.french.personal_data.masks import HIDDEN, hide
from noa_rag.french.personal_data.names import A_WORD, BRAND, CALLED_AFTER, FAMILY, SOMEBODY_S, before_it, is_given
from noa_rag.french.words import english_words, fold, french_words, is_misspelt

# A name that no capital and no dictionary shows: between a greeting, a sign or a mask on both sides.
_OF_PLACES = frozenset("saint sainte st ste fort bourg mont val ville villeneuve ile port pont".split())  # noqa: SIM905
_LONGEST_NAME = 3  # words after the first
_REACH = 40  # characters before a word that may say that it is a name
_LEADS = re.compile(
    r"\b(?:c['’ ]?est|cest|c|suis|moi|ici|appel\w*|contact\w*|demand\w*|rappel\w*|joindre|nom|pr[ée]nom|sign[ée]e?"
    r"|de la part de|(?:au )?nom de|cordialement|cdt|s?['’ ]?ap+el+[ea]?s?|c/o|is)[\s,:=]{1,3}$",
)
_TITLED = re.compile(
    r"\b(?:madame|monsieur|mme|mr|m['’]dame|mlle|docteur|ma[iî]tre|mtre|dr|me|nom(?: c['’ ]?est| ?:)?) $",
)
_ONE_MORE = re.compile(r" [^\W\d_]{2,6}(?=\s*[\n.;!?,(/|])")
_GREETED = re.compile(r"(?:^|\n|\b(?:bonjour|bjr|bonsoir|slt|salut|coucou|hello|hi))[\s,:]{0,3}$")
_LONGEST_ACRONYM = 5
_EDGE = re.compile(
    rf"(?:^|[\n.;:!?,(/|•–-]|{HIDDEN}|\b(?:bonjour|bjr|bonsoir|slt|salut|coucou|hello|hi|merci|chez))[\s,:]{{0,3}}$",
)
_CLOSES = re.compile(rf"\s*(?:$|[\n.;:!?,()/|•–-]|{HIDDEN}|(?:au|tel|t[ée]l|mail|mon|num|n[ée]e?|06|07|[àa])\b)")


def mask_names_beside_data(text: str) -> str:
    """Hide words of no language that stand where a name would, in a text that tells somebody's number or address."""
    if not SOMEBODY_S.search(text):
        return text
    words = list(A_WORD.finditer(text))
    may = [_may_name(word.group()) or _has_capital_within(word, text) for word in words]
    at = 0
    while at < len(words):
        first, last = at, at
        at += 1
        if not may[first]:
            continue
        while (
            last + 1 < len(words) and last - first < _LONGEST_NAME and words[last + 1].start() == words[last].end() + 1
        ):
            is_particle = fold(words[last + 1].group()) in PARTICLES and may[last + 2 : last + 3] == [True]
            if not may[last + 1] and not is_particle:
                break
            last += 1
        if _is_beside(text, words[first : last + 1]):
            text = hide(text, words[first].start(), words[last].end(), Kind.NAME)
            at = last + 1
    return text


def _may_name(word: str) -> bool:
    """Return whether a word may be a name: known as one, or known to no dictionary."""
    folded = fold(word).replace("’", "'").rpartition("'")[2]
    if len(folded) < 3 or folded in NEVER_NAMES or folded in SELDOM_NAMES:
        return False
    return is_given(word) or folded in SURNAMES or _is_no_word(word, folded)


def _is_no_word(word: str, folded: str) -> bool:
    is_word = folded in french_words() or folded in english_words() or plain_spelling(word) != word
    return not is_word and (not word.isupper() or len(folded) > _LONGEST_ACRONYM)


def _is_surely_name(word: str) -> bool:
    """Return whether a word is a given name that is no other word, or known to no dictionary."""
    folded = fold(word).replace("’", "'").rpartition("'")[2]
    is_other_word = folded in ALSO_WORDS and not word[0].isupper()
    return (is_given(word) and not is_other_word) or (_may_name(word) and _is_no_word(word, folded))


def _has_capital_within(word: re.Match[str], text: str) -> bool:
    """Return whether a capital within a sentence shows that a word of the language may be a name here."""
    typed, folded = word.group(), fold(word.group())
    is_within = text[max(0, word.start() - 2) : word.start()].rstrip()[-1:] not in ("", ".", "!", "?", "\n", "«")
    return typed.istitle() and is_within and folded not in NEVER_NAMES | SELDOM_NAMES | PARTICLES


def _is_beside(text: str, words: Sequence[re.Match[str]]) -> bool:
    """Return whether words that may be a name are one here: two with capitals, or any between other signs of it."""
    typed = [word.group() for word in words]
    if not any(map(_is_surely_name, typed)) or not _OF_PLACES.isdisjoint(map(fold, typed)):
        return False
    before = before_it(text, words[0].start(), reach=_REACH)
    if CALLED_AFTER.search(before) or BRAND.search(before):
        return False
    is_known = any(map(is_given, typed))
    has_capitals = all(word[0].isupper() or fold(word) in PARTICLES for word in typed)
    if len(words) > 1 and (is_known or has_capitals):
        return True
    stands = _stands_as_name(text, words, before, is_known=is_known, has_capitals=has_capitals)
    return stands and (is_known or not any(map(is_misspelt, typed)))


def _stands_as_name(
    text: str, words: Sequence[re.Match[str]], before: str, *, is_known: bool, has_capitals: bool
) -> bool:
    if _LEADS.search(before) or (has_capitals and FAMILY.search(before)):
        return len(words) > 1 or is_known or has_capitals
    if _TITLED.search(before) or (len(words) > 1 and _GREETED.search(before)):
        return True
    end = words[-1].end()
    if len(words) > 1 and (further := _ONE_MORE.match(text, end)):  # "ndèye coumba fall": the last is a word as well
        end = further.end()
    is_between = _EDGE.search(before) is not None and _CLOSES.match(text, end) is not None
    return is_between and (len(words) > 1 or is_known)
