"""Names of persons, where a title, an introduction, a signature or what stands beside them makes it sure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.known_names import (
    AFTER_ARTICLE,
    ALSO_WORDS,
    GIVEN_NAMES,
    NEVER_NAMES,
    PARTICLES,
    SELDOM_NAMES,
    SURNAMES,
)
from noa_rag.french.personal_data.masks import hidden_stretch, hide
from noa_rag.french.words import fold

_LONGEST = 4  # words of a name, particles and initials apart
_LONGEST_WITH_ALL = 8
_WORD = re.compile(r"(?:[^\W\d_]\.-?)+(?=\s?[^\W\d_])|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CAPITAL = re.compile(r"(?:[dlDL]['’])?[^\W\d_a-zß-öø-ÿ]")
_INVERTED = re.compile(r"-(?:vous|je|tu|il|elle|on|nous|ils|elles|ce|moi|t|toi|le|la|monde)(?:-|$)")
_ELIDED = re.compile(r"(?:[jmtsnc]|qu)'[aeiouhy]")  # "j'ouvre", not "N'Diaye"

BRAND = re.compile(
    r"\b(?:franchis\w*|enseigne|marques?|brand\w*|fournisseu\w*|supplier|livraison|colis|boutiques?|magasins?|shop"
    r"|store|called|s['’]appell\w+|r?appeler|produits?|confitures?|nom commercial|chaîne|site|box|commande)"
    r"(?: (?:de|du|depuis|chez|à|a|pour|avec|of|from|for|is|est|with|mon \w+|my \w+)){0,2}\s*$",
)
FAMILY = re.compile(
    r"\b(?:m(?:on|a)|notre|my|our) (?:mari|femme|fils|fille|fr[èe]re|s(?:oe|œ)ur|p[èe]re|m[èe]re|conjointe?"
    r"|associ[ée]e?|husband|wife|son|daughter|brother|sister"
    r"|partner),? $",
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
    r"(?: (?:de|du|d['’]|la|le|[àa]))?[\s«\"“]{1,2}$",
)
A_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
REACH = 80  # characters before a name that may say whose it is


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
        found = _WORD.match(text, at) if len(words) < _LONGEST else None
        if found is None:
            break
        word, folded = found.group(), fold(found.group()).replace("’", "'")
        follows = _next_word(text, found)
        if folded in PARTICLES:
            particles.append(folded)
            if follows is None:
                if is_sure and not words and word[0].isupper():  # "Mme Ly" is one, and so is "M. Ben"
                    return Name(start, found.end(), (folded,), False, True)
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
            end = found.end()
        knows_given = knows_given or is_given(word)
        particles = []
        if follows is None:
            break
        at = follows
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
    while found := lead.search(text, at):
        name = read(text, found)
        at = found.end() if name is None else name.end
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
