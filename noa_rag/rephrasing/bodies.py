"""Bodies and schemes: those that a sentence names must be its passage's, each for what it does there."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from noa_rag.domain.agency import Agency
from noa_rag.french.words import fold, is_english, stem
from noa_rag.rephrasing.finding import Check, Finding
from noa_rag.rephrasing.plain_text import folded_words, spaced, visible, without_links

_CAPITALS = re.compile(r"(?<![\w.])(?:[A-ZÀ-Ý][\w&-]*[A-ZÀ-Ý0-9][\w-]*)")
_PROPER = re.compile(r"(?<=[\w,;'’»)] )(?:[dlDL]['’])?([A-ZÀ-Ý][\w-]+)|(?<=[\w] [dl]['’])([A-ZÀ-Ý][\w-]+)")
_ROMAN = re.compile(r"[IVX]+")


def foreign_bodies(
    sentence: str, quote: str, question: str, *, agencies: Sequence[Agency] = (), owner: Agency | None = None
) -> Iterator[Finding]:
    """Yield the names that the passage does not have.

    The entry's own agency may always be named where the passage names nobody: it vouches for the entry, and an editor
    says "l'Urssaf" for "nous". Where the passage sends to another body, the own agency in its place is the mistake
    to catch. Schemes may come from the question; bodies may not: "dois-je aller à la CCI ?" does not make it so.
    """
    known = known_names(tuple(agencies))
    said, official, in_question = named_in(sentence, known), named_in(quote, known), named_in(question, known)
    own = named_in(f"{owner.name} , {owner.short_name}", known) if owner else frozenset()
    allowed = official | {body for body in in_question if body.startswith("scheme ")}
    if not any(body.startswith("body ") for body in official):
        allowed |= own
    if foreign := said - allowed:
        named = ", ".join(sorted(body.split(" ", 1)[1] for body in official))
        yield from (Finding(Check.BODY, name.split(" ", 1)[1], named) for name in sorted(foreign))
    aliases = " ".join(known[0].findall(spaced(visible(without_links(sentence)))))
    yield from _unknown_names(sentence, f"{quote} {question} {aliases}")


def _unknown_names(sentence: str, elsewhere: str) -> Iterator[Finding]:
    """Yield acronyms and capitalised names that no table knows and neither passage nor question has."""
    there = frozenset(folded_words(visible(elsewhere)))
    stems = frozenset(stem(word) for word in there)
    text = visible(without_links(sentence))
    proper = () if is_english(sentence) else (word or two for word, two in _PROPER.findall(text))
    for name in dict.fromkeys([*_CAPITALS.findall(text), *proper]):
        words = folded_words(name)
        if not words or _ROMAN.fullmatch(name) or all(word in there or stem(word) in stems for word in words):
            continue
        if fold(name) not in _ORDINARY and not re.search(rf"\b[Cc]et(?:te)? {re.escape(name)}\b", text):
            yield Finding(Check.BODY, name)


_ORDINARY = frozenset(
    (  # noqa: SIM905 (one list of words)
        "ht ttc etat france internet euros eur vat eu sme smes gdpr uk usa id pdf faq"
    ).split()
)  # fmt: skip


@cache
def _table() -> tuple[tuple[str, tuple[str, ...]], ...]:
    bodies = tomllib.loads(Path(__file__).with_name("bodies.toml").read_text(encoding="utf-8"))
    return tuple(
        (f"{kind} {spaced(ways[0])}", tuple(spaced(way) for way in ways))
        for kind, rows in (("body", bodies["bodies"]), ("scheme", bodies["schemes"]))
        for ways in rows
    )


@lru_cache(maxsize=16)
def known_names(agencies: tuple[Agency, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern over all names, the longest first, and what each name stands for; agencies of the base added."""
    meant = {way: key for key, ways in _table() for way in ways}
    for agency in agencies:
        ways = [spaced(way) for way in (agency.short_name, agency.name) if way]
        key = next((meant[way] for way in ways if way in meant), None) or next(
            (
                meant[way]
                for expression in ways
                for way in meant
                if re.search(rf"\b{re.escape(way)}\b", expression) and meant[way].startswith("body ")
            ),
            f"body {ways[0]}",
        )
        meant.update({way: meant.get(way, key) for way in ways})
    longest_first = "|".join(re.escape(way) for way in sorted(meant, key=len, reverse=True))
    return re.compile(rf"\b(?:{longest_first})\b"), meant


def named_in(text: str, known: tuple[re.Pattern[str], dict[str, str]]) -> frozenset[str]:
    """Return what a text names. "IS" and "ARE" count in capitals only: in lower case they are other words."""
    pattern, meant = known
    shown = visible(without_links(text))
    capitals = {fold(word) for word in _CAPITALS.findall(shown)}
    return frozenset(
        meant[name]
        for name in pattern.findall(spaced(shown))
        if name in capitals or not _is_short_word(name) or f"l {name}" in spaced(shown)
    )


def _is_short_word(name: str) -> bool:
    return name in ("is", "are", "ass", "caf", "pass", "sie", "ati", "cir")
