"""Texts that speak to a language model: what a visitor, or whoever slipped a line into a text, wants it to say.

A question or an entry that holds such words is not given to the model: the official text is shown as it is. That costs
a visitor nothing but the short version; and what a sentence says can be mistaken for borne out more easily than a text
for one that instructs.
"""

import re
import unicodedata

from noa_rag.french.words import fold

_HIDDEN = frozenset({"Cf", "Co", "Cn"})
_SOFT_HYPHEN = "\u00ad"
_MARKUP = re.compile(r"<[a-z/!?|]|&#?\w+;|!\[|\{\{|\{%|```|\"\"\"|<!\[|-->|\]\]>|###|\{ ?\"|\"\} ?,", re.IGNORECASE)
_BASE64 = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])[A-Za-z0-9+/]{24,}={0,2}")
_OTHER_ALPHABET = re.compile(r"[^\W\d_]+")
# Administrations say "vous": the familiar imperative is spoken to a machine, or to a friend. The second kind is the
# indicative as well ("la mairie affiche"): it counts at the beginning of a sentence.
_CLEAR = "(?:ecris|reponds|redis|dis|recopie|reproduis|repete|traduis|decode|reformule|insere|execute)"
_AT_START = (
    "(?:affiche|remplace|ignore|oublie|reprends|imagine|termine|cite|ajoute|envoie|place|donne|suis|commence|fais"
    r"|mets|sois|copie)"
)
_SPOKEN = re.compile(
    rf"(?:^|[.:;!?,«»\"()\n>\]}}-]|\b(?:et|puis|toi|assistant|ordre|consigne) )\s*{_CLEAR}\b(?![- ]moi\b|[- ]nous\b)"
    rf"|(?:^|[.:!?«\"\n>\]}}])\s*{_AT_START}\b(?!-)(?! moi\b)"
    r"|\btu (?:\w+ )?(?:reponds|ecris|ecrives|dis|dises|repetes|reformules|devais repondre|dois repondre)\b"
    r"|\btu es une? (?:ia|assistant)|\b(?:ta|bonne|meme) reponse\b|\breponses? ?:|\b(?:answer|reply) ?:"
    r"|\bl'assistant|\bassistant,|\b(?:dear|tout) assistant|\b(?:reformulation|prompt|base64|system|override)\b"
    r"|\b(?:tes|vos|system|previous|all) (?:consignes?|instructions?|regles?|rules)\b"
    r"|\bconsignes? (?:cachee|imperative|pour la reponse|precedente)|\bmot pour mot\b|\bhors du texte\b"
    r"|\bfin (?:du|des) (?:prompt|passages?|texte)"
    r"|(?:^|[.:;!?\n\"] ?)(?:write|say|reply|answer|ignore|disregard|output|print|repeat|forget|pretend)\b"
    r"|\b(?:and|must|to) (?:say|reply|output|write|answer) (?:that|with|exactly|only|:)"
    r"|\b(?:ignor(?:e|ez|er)|oubli(?:e|ez)|disregard|forget) (?:\w+ ){0,3}?"
    r"(?:instructions?|consignes?|precedente?s?|above)\b"
    r"|\b(?:modele de langage|language model|as an ai|you are now|tu es (?:maintenant|desormais))\b"
    r"|\ben tant qu'(?:ia|intelligence|assistant|modele)"
)


def instructs(text: str) -> bool:
    """Tell whether a text has words for a language model, markup, hidden characters, or letters of two alphabets."""
    if any(unicodedata.category(char) in _HIDDEN and char != _SOFT_HYPHEN for char in text):
        return True
    if _MARKUP.search(text) or _BASE64.search(text) or any(map(_is_mixed, _OTHER_ALPHABET.findall(text))):
        return True
    return bool(words_for_a_model(text))


def words_for_a_model(text: str) -> str:
    """Return the first words that instruct a model or speak as one; "" without any."""
    found = _SPOKEN.search(fold(text))
    return found[0].strip() if found else ""


def _is_mixed(word: str) -> bool:
    """Tell whether a word has letters of the Latin alphabet beside others, as in "lа" with a Cyrillic letter."""
    letters = [unicodedata.name(char, "") for char in word if char.isalpha()]
    latin = [one.startswith(("LATIN", "FEMININE", "MASCULINE", "MICRO")) for one in letters]
    return any(latin) and not all(latin)
