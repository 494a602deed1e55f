"""Names of persons: where one begins and ends, and those that no title makes sure beside somebody's number or address.

Of the latter, a word is taken for a name when a list of given names or surnames has it, or no dictionary: what stands
around it (greetings, signs, masks, "c'est", "demandez") then decides.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.courtesies import plain_spelling
from noa_rag.french.personal_data.known_names import (
    AFTER_ARTICLE,
    ALSO_WORDS,
    GIVEN_NAMES,
    NEVER_NAMES,
    PARTICLES,
    SELDOM_NAMES,
    SURNAMES,
)
from noa_rag.french.personal_data.masks import HIDDEN, hidden_stretch, hide
from noa_rag.french.words import english_words, fold, french_words, is_misspelt

_LONGEST = 4  # words of a name, particles and initials apart
_LONGEST_WITH_ALL = 8
_WORD = re.compile(r"(?:[^\W\d_]\.-?)+(?=\s?[^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_INITIAL = re.compile(r" [^\W\d_]\.(?!\w)")
_INITIAL_AHEAD = re.compile(r"(?<![\w.])[^\W\d_]\. ?$")
_CAPITAL = re.compile(r"(?:[dlDL]['’])?[^\W\d_a-zß-öø-ÿ]")
_INVERTED = re.compile(r"-(?:vous|je|tu|il|elle|on|nous|ils|elles|ce|moi|t|toi|le|la|monde)(?:-|$)")
_ELIDED = re.compile(r"(?:[jmtsnc]|qu)'[aeiouhy]")  # "j'ouvre", not "N'Diaye"

BRAND = re.compile(
    r"\b(?:franchis\w*|enseigne|marques?|brand\w*|fournisseu\w*|supplier|livraison|colis|boutiques?|magasins?|shop"
    r"|store|called|s['’]appell\w+|r?appeler|produits?|confitures?|nom commercial|chaîne|site|box|commande)"
    r"(?: (?:de|du|depuis|chez|à|a|pour|avec|of|from|for|is|est|with|mon \w+|my \w+)){0,2}\s*$"
)
FAMILY = re.compile(
    r"\b(?:m(?:on|a)|notre|my|our) (?:mari|femme|fils|fille|fr[èe]re|s(?:oe|œ)ur|p[èe]re|m[èe]re|conjointe?"
    r"|associ[ée]e?|husband|wife|son|daughter|brother|sister|partner),? $"
)
# Where a number or an address of somebody stands in a text, a given name with a surname is somebody's too.
SOMEBODY_S = re.compile(hidden_stretch(*(kind for kind in Kind if kind is not Kind.NAME)))
# What is named after persons: streets, schools, shops, laws.
CALLED_AFTER = re.compile(
    r"\b(?:rue|avenue|av\.?|boulevard|bd|place|quai|all[ée]e|square|pont|[ée]cole|lyc[ée]e|coll[èe]ge|universit[ée]|fac"
    r"|campus|stade|gymnase|salle|piscine|h[ôo]pital|clinique|th[ée][âa]tre|cin[ée]ma|mus[ée]e|m[ée]diath[èe]que|centre"
    r"|parc|maison|chez|garage|restaurant|h[ôo]tel|boulangerie|boucherie|salon|cabinet|ferme|domaine|ch[âa]teau|prix"
    r"|loi"
    r"|fondation|institut|soci[ée]t[ée]|entreprise|firme|groupe|sarl|sasu?|eurl|ets|[ée]tablissements?|marque|enseigne"
    r"|parfum|robes?|sacs?|livres?|roman|chansons?|film|tableau|label|franchise)"
    r"(?: (?:de|du|d['’]|la|le|[àa]))?[\s«\"“]{1,2}$"
)
A_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
REACH = 80  # characters before a name that may say whose it is
# A name that no capital and no dictionary shows: between a greeting, a sign or a mask on both sides.
_OF_PLACES = frozenset("saint sainte st ste fort bourg mont val ville villeneuve ile port pont".split())  # noqa: SIM905
_LONGEST_BESIDE = 3  # words after the first
_NEAR = 40  # characters before a word that may say that it is a name
_LEADS = re.compile(
    r"\b(?:c['’ ]?est|cest|c|suis|moi|ici|appel\w*|contact\w*|demand\w*|rappel\w*|joindre|nom|pr[ée]nom|sign[ée]e?"
    r"|de la part de|(?:au )?nom de|cordialement|cdt|s?['’ ]?ap+el+[ea]?s?|c/o|is|c['’ ]?est pour"
    r"|c(?:elle|elui) d[e'’])(?:[\s,:=]{1,3}|(?<=['’]))$"
)
_PART_OF = re.compile(r"\b(?:de|du|des|d['’]|l['’]|[aà]|ste?|sainte?)[ -]?$")  # "tailleur de pierre", "St Denis"
_NUMBER_NEXT = re.compile(rf"[ ,(:]{{0,3}}{SOMEBODY_S.pattern}")
_CALLED_FOR = re.compile(r"\b(?:de la part de|au nom de|demand(?:ez|er)|appel(?:ez|er)(?:[- ]moi)?|s['’ ]?appelle) $")
_TITLED = re.compile(
    r"\b(?:madame|monsieur|mme|mr|m['’]dame|mlle|docteur|ma[iî]tre|mtre|dr|me|(?:pr[ée])?nom(?: c['’ ]?est| ?:)?) $"
)
_ONE_MORE = re.compile(r" [^\W\d_]{2,6}(?=\s*[\n.;!?,(/|])")
_HELLO = "bonjour|bjr|bonsoir|bsr|slt|salut|coucou|cc|hello|hi"
_GREETED = re.compile(rf"(?:^|\n|\b(?:{_HELLO}|all?[oô]|oui))[\s,:]{{0,3}}$")
_LONGEST_ACRONYM = 5
_LONGEST_SHORT = 3  # letters of what may be an abbreviation that no dictionary has: "num", "bic"
_EDGE = re.compile(rf"(?:^|[\n.;:!?,(/|•–-]|{HIDDEN}(?: et| de)?|\b(?:{_HELLO}|merci|chez))[\s,:]{{0,3}}$")
_CLOSES = re.compile(
    rf"\s*(?:$|[\n.;:!?,()/|•–-]|{HIDDEN}|(?:au|tel|t[ée]l|mail|mon|son|sa|et|num\w*|s[ée]cu|nir|sire[nt]|n[ée]e?|06|07|[àa])\b)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text: how many words it has, whether one is a known given name, whether capitals show it."""

    start: int
    end: int
    words: tuple[str, ...]
    knows_given: bool
    is_cased: bool

    @property
    def first(self) -> str:
        return self.words[0]

    @property
    def is_surely_no_word(self) -> bool:
        """Whether its first word, without a capital, is no word of the language, or a known surname follows it."""
        if self.first not in ALSO_WORDS:
            return True
        return len(self.words) > 1 and (self.is_cased or self.words[1] in SURNAMES)


def name_at(text: str, at: int, *, is_sure: bool = False) -> Name | None:
    """Return the name that begins at a position, None where what stands there is none.

    Capitals tell how far it goes; without them a known given name takes one surname along. `is_sure` says that a title
    such as "Mme" stands before it, which leaves only what never is a name.
    """
    is_flat_text = text == text.upper()
    start, is_cased = at, False
    end: int | None = None
    words: list[str] = []
    particles: list[str] = []
    knows_given = False
    for _ in range(_LONGEST_WITH_ALL):
        match = _WORD.match(text, at) if len(words) < _LONGEST else None
        if match is None:
            break
        word, folded = match.group(), fold(match.group()).replace("’", "'")
        follows = _next_word(text, match)
        if folded in PARTICLES:
            particles.append(folded)
            if follows is None:
                if is_sure and not words and word[0].isupper():  # "Mme Ly" is one, and so is "M. Ben"
                    return Name(start, match.end(), (folded,), False, True)
                break
            at = follows
            continue
        is_capital = _CAPITAL.match(word) is not None and not is_flat_text
        may_be_short = is_sure or is_flat_text or bool(words)
        if not _may_be_name(word, folded, is_sure=is_sure, may_be_short=may_be_short):
            break
        if not is_capital and not _may_follow(folded, particles, is_first=not words):
            break
        if words and (not is_capital if is_cased else not _goes_on(folded, words, particles, knows_given=knows_given)):
            break
        if not words:
            is_cased = is_capital
        if "." not in word:
            words.append(folded)
            end = match.end()
        knows_given = knows_given or is_given(word)
        particles = []
        if follows is None:
            break
        at = follows
    if end is not None and knows_given and (initial := _INITIAL.match(text, end)):  # "Chantal K."
        end = initial.end()
    return Name(start, end, tuple(words), knows_given, is_cased) if end is not None else None


def before_it(text: str, at: int, *, reach: int = REACH) -> str:
    """Return the characters before a position that may say whose name stands there, in lower case.

    Patterns without IGNORECASE read them: it makes one of many words several times as slow.
    """
    return text[max(0, at - reach) : at].lower()


def is_given(word: str) -> bool:
    """Whether a word is a known given name, or begins with one ("Jean-Claude")."""
    first = word.split("-", 1)[0].lower()
    return (first if first.isascii() else fold(first)) in GIVEN_NAMES


def mask_after(lead: re.Pattern[str], text: str, read: Callable[[str, re.Match[str]], Name | None]) -> str:
    """Return the text with the names hidden that `read` finds behind the words of a pattern."""
    at = 0
    while match := lead.search(text, at):
        name = read(text, match)
        at = match.end() if name is None else name.end
        text = text if name is None else hide(text, name.start, name.end, Kind.NAME)
    return text


def _may_be_name(word: str, folded: str, *, is_sure: bool, may_be_short: bool) -> bool:
    if folded in NEVER_NAMES or _INVERTED.search(folded) or _ELIDED.match(folded) or len(word) == 1:
        return False
    if not is_sure and folded in SELDOM_NAMES:
        return False
    is_short = len(word) <= 3 and word.isupper() and "." not in word and "-" not in word
    if is_short and not may_be_short:  # "IT", "TVA"
        return False
    elision, _, rest = folded.rpartition("'")
    return not elision or rest not in NEVER_NAMES | SELDOM_NAMES


def _may_follow(folded: str, particles: list[str], *, is_first: bool) -> bool:
    """Whether a word without a capital may be a name after these particles: "le goff" is one, "le maire" is not."""
    if folded.startswith("l'"):
        return not is_first or folded[2:] in AFTER_ARTICLE
    if not particles or particles[-1] not in ("le", "la", "les", "de", "du", "des", "d", "l"):
        return True
    return folded in AFTER_ARTICLE or folded.startswith(("saint-", "ker", "ville"))


def _goes_on(folded: str, words: list[str], particles: list[str], *, knows_given: bool) -> bool:
    """Whether a word without a capital belongs to the name before it."""
    is_known = is_given(folded) or folded in SURNAMES
    return is_known if len(words) > 1 else is_known or knows_given or bool(particles)


def _next_word(text: str, found: re.Match[str]) -> int | None:
    """Return where the next word of a name would begin, None where more than a space stands between."""
    end = found.end()
    if found.group().endswith((".", "-")) and text[end : end + 1].isalpha():
        return end
    return end + 1 if text[end : end + 1] in (" ", "\u00a0", "\u202f") and text[end + 1 : end + 2].isalpha() else None


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
            last + 1 < len(words)
            and last - first < _LONGEST_BESIDE
            and words[last + 1].start() == words[last].end() + 1
        ):
            is_particle = fold(words[last + 1].group()) in PARTICLES and may[last + 2 : last + 3] == [True]
            if not may[last + 1] and not is_particle:
                break
            last += 1
        if _is_beside(text, words[first : last + 1]):
            initial = _INITIAL.match(text, words[last].end())
            end = initial.end() if initial else words[last].end()
            text = hide(text, _start_of(text, words[first]), end, Kind.NAME)
            at = last + 1
    return text


def _start_of(text: str, word: re.Match[str]) -> int:
    """Return where a name begins whose first word this is: at the initial before it, if there is one."""
    initial = _INITIAL_AHEAD.search(text, max(0, word.start() - 4), word.start())
    return initial.start() if initial else word.start()


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


def _is_strange(word: re.Match[str]) -> bool:
    return len(word.group()) > _LONGEST_SHORT and _is_surely_name(word.group())


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
    start = _start_of(text, words[0])
    before = before_it(text, start, reach=_NEAR)
    if CALLED_AFTER.search(before) or BRAND.search(before):
        return False
    is_known = any(map(is_given, typed)) or start < words[0].start()
    has_capitals = all(word[0].isupper() or fold(word) in PARTICLES for word in typed)
    if len(words) > 1 and (is_known or has_capitals):
        return True
    stands = _stands_as_name(text, words, before, is_known=is_known, has_capitals=has_capitals)
    return stands and (is_known or not any(map(is_misspelt, typed)))


def _stands_as_name(
    text: str, words: Sequence[re.Match[str]], before: str, *, is_known: bool, has_capitals: bool
) -> bool:
    end = words[-1].end()
    closes = _CLOSES.match(text, end) is not None
    is_led = _LEADS.search(before) or ((has_capitals or is_known) and FAMILY.search(before))
    if is_led and (len(words) > 1 or is_known or has_capitals):
        return True
    is_called = _CALLED_FOR.search(before) or FAMILY.search(before) or (len(words) > 1 and all(map(_is_strange, words)))
    if (closes and is_called) or (is_known and _NUMBER_NEXT.match(text, end) and not _PART_OF.search(before)):
        return True
    if _TITLED.search(before) or (len(words) > 1 and _GREETED.search(before)):
        return True
    if len(words) > 1 and (further := _ONE_MORE.match(text, end)):  # "ndèye coumba fall": the last is a word as well
        closes = _CLOSES.match(text, further.end()) is not None
    return _EDGE.search(before) is not None and closes and (len(words) > 1 or is_known)
