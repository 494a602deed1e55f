"""E-mail addresses: as they are typed, with spaces in them, and as they are said ("jean point dupont arobase …")."""

import re
from itertools import takewhile

from noa_rag.french.courtesies import REACHING_WORDS
from noa_rag.french.personal_data.masks import MASKS
from noa_rag.french.words import STOP_WORDS, fold

_DASH_SAID = r"tiret(?: (?:bas|du (?:bas|6|8|six|huit)))?|underscore|dash|hyphen"
_DOT = r"(?: ?\. ?| (?:point|dot) | ?[(\[](?:point|dot)[)\]] ?)"
_JOINT = rf"(?: [._-] | (?:point|dot|{_DASH_SAID}) )"
_PART = r"[\w.+%'’-]{1,64}"
_LOCAL = rf"{_PART}(?:{_JOINT}{_PART}){{0,4}}"
_AT = r"\s?(?:@|[(\[{]\s?(?:at|arr?oba[sz]e?|a)\s?[)\]}]|\barr?oba[sz]e?\b|\ba commercial\b)\s?"
_LABEL = r"[\w-]{1,63}"
_ENDING = (
    r"(?:com|fr|net|org|eu|be|ch|lu|de|es|it|pt|uk|ca|io|me|info|biz|pro|bzh|re|nc|pf|paris|coop|email|online)\b"
    r"(?:\.[a-z]{2,6}\b)?"
)
_DOMAIN = rf"{_LABEL}(?:(?:{_JOINT}|\.){_LABEL}){{0,4}}?{_DOT}{_ENDING}"
_PROVIDER = (
    r"(?:g(?:oogle)?mail|hotmail|outlook|live|msn|yahoo|ymail|icloud|aol|gmx|orange|wanadoo|free|sfr|neuf|bbox"
    r"|la ?poste"
    r"|proton(?:mail)?|numericable|club-internet|aliceadsl|tutanota)"
)
_WORD_AT = r" (?:at|chez) "  # words of the language too: an address must stand on one side, or a provider on the other

_EMAIL = re.compile(
    rf"{_LOCAL}\s?(?:@|\(at\)|\[at\])\s?{_LABEL}(?:\.{_LABEL}){{1,5}}"
    rf"|{_LOCAL}{_AT}{_DOMAIN}"
    rf"|(?:(?!(?:micro|auto|self|non|sous|co|plug|e)-)(?=[\d._-]*[^\W\d_])[\w+%'’-]*[._\d-]{_PART}"
    rf"|{_PART}(?:{_JOINT}{_PART}){{1,4}}){_WORD_AT}(?!\S+\.gouv\.fr){_DOMAIN}"
    rf"|{_PART} at {_PROVIDER}{_DOT}{_ENDING}"
    rf"|{_PART}{_WORD_AT}{_LABEL}(?:{_JOINT}{_LABEL}){{0,3}}? (?:point|dot) {_ENDING}"
    rf"|(?!www)(?=[\w+-]*[._\d])[\w.+-]{{3,64}} ?(?:gmail|hotmail|outlook|yahoo|wanadoo|icloud|protonmail)\.(?:com"
    rf"|fr|net)\b"
    rf"|{_PART}@{_LABEL}(?:[.,]{_LABEL})*",  # "jean@gmail", "jean@gmail,com"
    re.IGNORECASE,
)
# A plain word at any domain, where the words before say that an address comes.
_TOLD = re.compile(
    rf"(?P<told>\b(?:mail|e-?mail|courriel|contact|adresse|address|[ée]cri\w*|wrote|write|send|r[ée]p\w*"
    rf"|to)\b[^@\n]{{0,12}}? )"
    rf"{_PART} at (?!\S+\.gouv\.fr){_DOMAIN}",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"@|\bat\b|arr?oba|\ba commercial\b|\bchez\b|mail\.|outlook\.|yahoo\.|wanadoo\.|icloud\.", re.IGNORECASE
)
# "jean dupont arobase gmail point com": nothing joins the words said before, which belong to it all the same.
_ONE_WORD_SAID = re.compile(r"[^\W\d_]+\s(?:arr?oba|a commercial|at |chez )", re.IGNORECASE)
_WORDS_SAID = 2
_NOT_SAID = (
    frozenset(
        """
        mails emails courriel electronique est c'est is or ou et and from write sur via reponse repondre ecrire
        envoyez send to at his her their avec depuis by mis
        """.split()  # noqa: SIM905
    )
    | STOP_WORDS
    | REACHING_WORDS
)


def mask_emails(text: str) -> str:
    """Return the text with e-mail addresses replaced."""
    if not _HINT.search(text):
        return text
    pieces: list[str] = []
    at = 0
    for found in _EMAIL.finditer(text):
        start = found.start()
        if _ONE_WORD_SAID.match(found.group()):
            start -= _said_before(text[at:start])
        pieces += [text[at:start], MASKS["email"]]
        at = found.end()
    return _TOLD.sub(lambda found: found["told"] + MASKS["email"], "".join([*pieces, text[at:]]))


def _said_before(text: str) -> int:
    """Return how many characters at the end of a text belong to a spoken address that follows it."""
    words = re.findall(r"[\w'’-]+ ", text)[-_WORDS_SAID:]
    if not text.endswith("".join(words)):
        return 0
    return sum(len(word) for word in takewhile(_may_be_said, reversed(words)))


def _may_be_said(word: str) -> bool:
    folded = fold(word.strip())
    return folded.isalpha() and folded not in _NOT_SAID
