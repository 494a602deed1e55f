"""Text as the checks read it: no Markdown, one spelling of spaces and addresses, cut into clauses and stems."""

import re
import unicodedata
from functools import lru_cache

from noa_rag.french.words import fold
from noa_rag.french.words import stem as snowball_stem

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LEVEL = re.compile(r"\bbac ?\+ ?(\d)", re.IGNORECASE)  # a name, not a number to be compared
_EMPHASIS = re.compile(r"\*\*|__|`|(?m:^#+ +)")
_APOSTROPHES = re.compile(r"[’ʼ‘´]")
_DASHES = re.compile(r"[‐‑‒–—−]")
_QUOTATION_MARKS = re.compile(r"[«»“”\"]")  # « transforme » is a word, not a clause
_INLINE_SPACE = re.compile(r"[^\S\n]+")
# A comma or a stop inside a number parts nothing; a colon opens what it announces.
_CLAUSE_END = re.compile(
    r"[;!?\n()]+|:(?!//)|[.…](?=\s|$)|,(?!\d)| - |\b(?=(?:mais|puis|donc|car|sinon|tandis que|alors que|sauf)\b)"
)
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|\n+")
_WORD = re.compile(r"[a-z0-9]+")

_TARGET = re.compile(r"\]\(\s*<?([^)\s>]*)[^)]*\)")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]*:/*[\w@][^\s<>()\[\]«»\"*]*|\bwww\.[^\s<>()\[\]«»\"*]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[a-z]{2,24}(?:/[^\s<>()\[\]«»\"*]*)?(?![\w])", re.IGNORECASE)
_HINT = re.compile(r"\w\.\w|@|:/|\]\(|[a-z]:\w")  # most texts have no address, and are not searched four times
_SPACED_SCHEME = re.compile(r":[^/\w]")  # "Durée: 3 mois" is no address


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Return the text without Markdown, in lower case with its accents ("dès" is not "des")."""
    return visible(text).lower()


@lru_cache(maxsize=4_096)
def visible(text: str) -> str:
    """Return the text without Markdown, capitals kept."""
    text = unicodedata.normalize("NFKC", text)
    text = _DASHES.sub("-", _APOSTROPHES.sub("'", text))
    text = _LEVEL.sub(r"bacplus\1", text)
    text = _QUOTATION_MARKS.sub(" ", _EMPHASIS.sub("", _LINK.sub(r"\1", text)))
    return _INLINE_SPACE.sub(" ", text).strip()


@lru_cache(maxsize=4_096)
def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a plain text: parts that say one thing each, as far as punctuation tells."""
    return tuple(part for piece in _CLAUSE_END.split(text) if (part := piece.strip(" ,-*")))


@lru_cache(maxsize=4_096)
def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences and list items of a plain text."""
    return tuple(part for piece in _SENTENCE_END.split(text) if (part := piece.strip(" -*;")))


@lru_cache(maxsize=4_096)
def folded_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded, in order."""
    return tuple(_WORD.findall(fold(text)))


_FEMININE = re.compile(r"ees?$")
_ENT_NOUNS = (
    "ument", "client", "argent", "accident", "agent", "resident", "evident", "urgent", "patient", "adherent",
    "recent", "excedent", "coherent", "equivalent", "precedent", "permanent", "different", "competent", "souvent",
    "talent", "absent", "present", "parent", "pertinent", "frequent", "referent", "incident", "ingredient",
    "inconvenient", "recipient", "continent", "suivent", "ement",
)  # fmt: skip

# Families of irregular verbs: their forms have one stem ("décrivez" and "décrit", "rend" and "rendez").
_VERBS = tuple(
    (re.compile(forms), whole)
    for forms, whole in (
        (r"(\w*)cri(?:re|t|ts|te|tes|s|vez|vent|vant|vait|ra|rez|ront)", r"\1crir"),
        (r"(\w*(?:[vrt]en|p[eo]n|per|mor|tor|fon))d(?:re|s|ez|ent|ant|u|ue|us|ues|e|rez|ra|ront)", r"\1d"),
        (r"(re|per|aper|con|de)c(?:evoir|ois|oit|evez|oivent|evr\w+|u|ue|us|ues|evant)", r"\1cev"),
        (r"((?:ob|re|main|con|de|sou|appar|inter|pre|pro|sur|par|entre|contre)?[tv])(?:enir|ient|iens|enez|iennent"
         r"|enu|enue|enus|enues|iendr\w+)", r"\1en"),
        (r"(\w*)met(?:tre|s|tez|tent|tant|trez|tra|tront)", r"\1met"),
        (r"(sou|trans|ad|per|re)mise?s?", r"\1met"),
        (r"(\w*(?:du|tru|cu|clu))i(?:re|t|ts|te|tes|s|sez|sent|sant)", r"\1ir"),
        (r"(\w*(?:conn|appar|dispar|par))(?:aitre|ait|aissez|aissent|us|ue|ues|aitra\w*)", r"\1aitr"),
        (r"(\w*(?:ouv|off))(?:rir|re|res|rez|rent|rant|ert|erte|erts|ertes|rira|rirez)", r"\1r"),
        (r"((?:ap|com|re|sur|entre)?pren)(?:dre|d|ds|ez|nent|ant|drez|dra)", r"\1"),
        (r"((?:pour)?suiv)(?:re|ez|ent|i|is|ie|ies|ra|rez)|((?:pour)?sui)t", r"suiv"),
        (r"(re|pre|entre)?vo(?:ir|it|is|yez|ient)|(pre)vue?s?", r"\1\2voir"),
        (r"(\w*)interdi(?:re|t|te|ts|tes|sez|sent)", r"interdir"),
        (r"(des|re)?ser(?:vir|t|vez|vent|vant)", r"\1serv"),
        (r"(\w*(?:tir|desir|inspir))(?:er|ez|e|es|ent)", r"\1"),
        (r"(\w*)(?:paye?|paie|pai)(?:er|ez|e|es|ent|s)?", r"\1pai"),
        (r"(\w*)(?:eleve?)(?:er|ez|e|es|ent|s)?", r"\1elev"),
        (r"(nouve)(?:l|aux?|lle|lles)", r"\1au"),
        (r"(trav)a(?:il|ux|ille|iller|illez|illent)", r"\1ail"),
    )
)  # fmt: skip


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a folded word. A stemmer is made each time: one cannot be shared between threads.

    Snowball leaves the plural of verbs as it is ("suffisent"), which would part it from "suffit"; and once accents are
    gone, it takes "exonérée" for another word than "exonéré".
    """
    word = _FEMININE.sub("e", word)
    for forms, whole in _VERBS:
        if match := forms.fullmatch(word):
            return match.expand(whole)
    if word.endswith("ent") and len(word) > 5 and not word.endswith(_ENT_NOUNS):
        word = word.removesuffix("nt")
    return snowball_stem(word)


def paragraph_number(quote: str, text: str) -> int:
    """Return the number, from 0, of the paragraph in which a quote begins; a list belongs to the one it follows.

    Raises ValueError when the text does not hold the quote.
    """
    return len(_NEW_PARAGRAPH.findall(text[: text.index(quote)]))


_NEW_PARAGRAPH = re.compile(r"\n\n(?![-*•] )")


def links(text: str) -> tuple[str, ...]:
    """Return every address in the text: targets of Markdown links, URLs, bare names of sites, mailboxes."""
    text = unicodedata.normalize("NFKC", text)
    if not _HINT.search(text):
        return ()
    targets = [target for target in _TARGET.findall(text) if target]
    rest = _TARGET.sub("] ", text)
    for pattern in (_EMAIL, _URL, _BARE):
        targets += [target for target in pattern.findall(rest) if _is_address(target)]
        rest = pattern.sub(" ", rest)
    return tuple(dict.fromkeys(canonical(target) for target in targets))


@lru_cache(maxsize=4_096)
def without_links(text: str) -> str:
    """Return the text without addresses; the words of Markdown links stay."""
    text = unicodedata.normalize("NFKC", text)
    if not _HINT.search(text):
        return text
    text = _TARGET.sub("]()", text)
    for pattern in (_EMAIL, _URL, _BARE):
        text = pattern.sub(lambda found: " " if _is_address(found[0]) else found[0], text)
    return text


def canonical(link: str) -> str:
    """Return an address without what two spellings of one page differ in: scheme, "www.", a slash at the end."""
    link = link.strip().rstrip(".,;:!?")
    link = re.sub(r"^(?:https?://|mailto:)?(?:www\.)?", "", link, flags=re.IGNORECASE)
    host, slash, path = link.rstrip("/").partition("/")
    return host.lower() + slash + path


def is_linked(link: str, official: tuple[str, ...]) -> bool:
    """Tell whether the official text has this address, or a page of it: naming the site alone is naming less."""
    return any(link == other or ("/" not in link and other.startswith(f"{link}/")) for other in official)


def _is_address(found: str) -> bool:
    return not _SPACED_SCHEME.search(found) and not found[0].isdigit()
