"""How people type: greetings and other words that ask nothing, and French as it is spelt on a phone."""

import re
import tomllib
from enum import StrEnum
from pathlib import Path

from noa_rag.french.words import STOP_WORDS, fold

LISTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_GREETING = (
    r"(?:re)?bonjour|bonsoir|salut|coucou|hello|hi|good (?:morning|afternoon|evening)|dear (?:sir|madam)s?"
    r"|mesdames|messieurs|madame|monsieur|sir|madam|(?:à|a) tous|tout le monde|excusez[- ]moi|pardon"
)
_PLEASE = r"s'? ?il (?:vous|te) pla[iî]t|svp|stp|please"
_THANKS = (
    r"merci(?: (?:beaucoup|bien|d'avance|par avance|(?:à|a) vous|de votre (?:aide|r[ée]ponse|retour)))*"
    r"|(?:many )?thanks(?: (?:a lot|in advance))?|thank you(?: (?:very|so) much)?(?: in advance)?"
    r"|d'avance|cordialement|(?:bien |tr[èe]s )?(?:cordialement|(?:à|a) vous)|bonne journ[ée]e|salutations"
)
_WISH = (
    r"(?:je (?:voudrais?|veux|souhaite(?:rais?)?|cherche (?:à|a))|j'aimerais?)(?: bien)?"
    r" (?:savoir|conna[iî]tre|comprendre|demander)(?: si)?"
    r"|(?:est-ce que )?(?:vous pou(?:vez|rriez)|pou(?:vez|rriez)[- ]vous)(?: me| nous| m')?"
    r" ?(?:dire|expliquer|indiquer|pr[ée]ciser)(?: si)?"
    r"|dites[- ]moi(?: si)?|j'ai une (?:petite )?question(?: :)?|(?:une )?(?:petite )?question :"
    r"|comment (?:faire|on fait|fait-on|je fais|s'y prendre) pour"
    r"|(?:can|could) you (?:please )?(?:tell|explain to) me(?: if| whether)?"
    r"|i(?: would|'d) like to know(?: if| whether)?|i want to know(?: if| whether)?|please tell me(?: if| whether)?"
)
_BETWEEN = r"[\s,;:.!?…-]+"
_BEFORE = re.compile(rf"^[\s,;:.!?…-]*(?:{_GREETING}|{_PLEASE}|{_WISH})(?={_BETWEEN}|$)(?:{_BETWEEN})?", re.IGNORECASE)
_AFTER = re.compile(rf"(?:^|{_BETWEEN})(?:{_PLEASE}|{_THANKS})[\s,;:.!?…-]*$", re.IGNORECASE)
_AT_THE_END = re.compile(r"[\s,;:.!?…-]+$")

SMALL_TALK_WORDS = frozenset(LISTS["small_talk_words"].split())

_THANKING = frozenset(LISTS["thanking"].split())
_GREETING_WORDS = frozenset(LISTS["greeting"].split())

REACHING_WORDS = frozenset(LISTS["reaching_words"].split())
_SAYS = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

_SPELLINGS: dict[str, str] = LISTS["spellings"]
_SEVERAL_WORDS = (
    (re.compile(r"\b(?:es|est) ?-?(?:se|ce|c) ?(?:ke|que|kon|k)\b", re.IGNORECASE), "est-ce que"),
    (re.compile(r"\b(je|tu) peu\b", re.IGNORECASE), r"\1 peux"),  # "un peu" and "trop peu" stay
    (re.compile(r"\b(il|elle|on) peu\b", re.IGNORECASE), r"\1 peut"),
)


def without_courtesies(text: str) -> str:
    """Return what is asked, without greeting, thanks, lead-in and final punctuation; the text where nothing is left."""
    bare = text
    while (shorter := _BEFORE.sub("", bare, count=1)) != bare:
        bare = shorter
    while (shorter := _AFTER.sub("", bare, count=1)) != bare:
        bare = shorter
    bare = _AT_THE_END.sub("", bare)
    return bare if any(char.isalnum() for char in bare) else text


class SmallTalk(StrEnum):
    """The kinds of messages that ask nothing."""

    GREETS = "greets"
    THANKS = "thanks"


def small_talk(text: str) -> SmallTalk | None:
    """Return the kind of a message that holds nothing but courtesies, None for any other message."""
    said = _SAYS.findall(fold(plain_spelling(text)))
    if any(word not in SMALL_TALK_WORDS and word not in STOP_WORDS for word in said):
        return None
    if not _THANKING.isdisjoint(said):
        return SmallTalk.THANKS
    is_greeting = not _GREETING_WORDS.isdisjoint(said) or "ca va" in " ".join(said)
    return SmallTalk.GREETS if is_greeting else None


def plain_spelling(text: str) -> str:
    """Return the text with phone spellings written out; every other word stays as typed."""
    for pattern, plain in _SEVERAL_WORDS:
        text = pattern.sub(plain, text)
    return _WORD.sub(lambda found: _SPELLINGS.get(found.group().casefold(), found.group()), text)
