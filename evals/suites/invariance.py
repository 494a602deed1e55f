"""The same question in other forms, with slips, and about a place: what must not change the outcome.

After CheckList's invariance tests (Ribeiro et al. 2020, "Beyond accuracy"). Every change is drawn from a hash of the
question, so that the same question is changed in the same way in every run. French alone.
"""

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

from noa_rag.french.places import BUILT_IN

SEED = 0
LETTERS_TO_DOUBLE = 4  # in a shorter word, a letter more or two swapped make another word: "tva", "avt"
LETTERS_TO_DROP = 6
LETTERS_TO_INFLECT = 5
NOUN_PHRASE_WORDS = 4
INFINITIVE_WORDS = 6
SHORT_QUERY_WORDS = 3

WORD = re.compile(r"[^\W\d_]+")
INTERROGATIVES = ("comment", "combien", "quand", "où", "pourquoi", "qui", "quel", "quelle", "quels", "quelles")
# "puis-je", "peut-on", "reste-t-il": a verb before its subject, which an indirect question does not have.
INVERTED = re.compile(r"-(?:t-)?(?:je|tu|il|elle|on|nous|vous|ils|elles|ce)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.?!…]\s")
GREETINGS = ("bonjour", "bonsoir", "salut", "bjr", "slt", "coucou", "hello")
DETERMINERS = ("le", "la", "les", "un", "une", "des", "du", "mon", "ma", "mes", "notre", "nos")
# Verbs by a list: "dossier", "loyer" and "chantier" end like infinitives and are none.
INFINITIVES = frozenset(
    WORD.findall(
        "acheter annuler arrêter avoir bénéficier calculer céder changer choisir contester contrôler créer déclarer "
        "démissionner déposer devenir domicilier embaucher enregistrer envoyer exporter fermer financer former "
        "immatriculer importer installer licencier livrer louer modifier monter négocier obtenir organiser ouvrir "
        "payer prendre prolonger protéger prouver quitter radier reconnaître recruter récupérer rédiger refuser "
        "rembourser remplacer renouveler reprendre résilier rompre sanctionner suspendre toucher transformer trouver "
        "vendre vérifier virer"
    )
)
FINITE = frozenset(WORD.findall("a ai as est suis es ont sont pas ne peut peux doit dois faut veut veux"))
# Words that mean something else, or nothing, with another ending; what comes before them may be a determiner.
WITHOUT_NUMBER = frozenset(
    WORD.findall(
        "frais devis soldes cours procès avis accès décès concours repas temps sans dans plus moins puis dois suis "
        "fois alors après mieux toujours jamais ailleurs moyens rapport avant entre comme"
    )
)

# As people write them: with a preposition or without, with a number, without capital or accent.
TOWNS = (
    "à Lyon",
    "a quimper",
    "à Saint-Étienne (42)",
    "clermont-ferrand",
    "sur Marseille",
    "à Aurillac",
    "à Paris 11e",
)
DEPARTEMENTS = ("en Lozère", "dans le Haut-Rhin", "dans le 93", "loire atlantique", "dans les Vosges", "en Guadeloupe")


class Change(StrEnum):
    """What was done to a question."""

    LOWER_CASE = "all lower case"
    CAPITALS = "all capitals"
    FIRST_CAPITAL = "first letter capital"
    NO_ACCENTS = "no accents"
    QUESTION_MARK = "question mark added or removed"
    FULL_STOP = "full stop at the end"
    EXCLAMATION_MARKS = "exclamation marks at the end"
    HELLO_THANKS = "bonjour, … merci"
    HELLO_MADAM = "bonjour madame, … svp"
    PLEASE = "… s'il vous plaît"
    WOULD_LIKE_TO_KNOW = "je voudrais savoir …"
    HOW_TO = "comment faire pour …"
    DOUBLED = "one letter doubled"
    DROPPED = "one letter dropped"
    SWAPPED = "two letters swapped"
    NUMBER = "singular or plural of a word"
    TOWN = "a town named at the end"
    DEPARTEMENT = "a département named at the end"


SLIPS = (Change.DOUBLED, Change.DROPPED, Change.SWAPPED, Change.NUMBER)
PLACES = (Change.TOWN, Change.DEPARTEMENT)
FORMS = tuple(change for change in Change if change not in (*SLIPS, *PLACES))


def changed(question: str) -> dict[Change, str]:
    """Return the question in each form and with each slip that it can take, without those that leave it as it is."""
    made = {change: make(question) for change, make in _MAKERS.items()}
    return {change: text for change, text in made.items() if text is not None and text != question}


def _first_capital(question: str) -> str:
    return question[:1].upper() + question[1:]


def without_accents(text: str) -> str:
    """Return a text whose letters are those of a keyboard without accents."""
    spelt_out = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae")
    return "".join(char for char in unicodedata.normalize("NFD", spelt_out) if not unicodedata.combining(char))


def _question_mark(question: str) -> str:
    bare = _bare(question)
    return bare if question.rstrip().endswith("?") else f"{bare} ?"


def _bare(question: str) -> str:
    """Return a question without the marks at its end, to stand inside a sentence."""
    return question.rstrip(" ?.!…\u00a0\u202f")


def _inside(question: str) -> str:
    """Return a question as it goes on after other words: a first capital is lowered, an acronym is not."""
    bare = _bare(question)
    first = bare.split(" ", 1)[0]
    return bare if len(first) > 1 and first[1:] != first[1:].lower() else bare[:1].lower() + bare[1:]


def _greeted(greeting: str, question: str, thanks: str) -> str | None:
    return None if _first_word(question) in GREETINGS else f"{greeting}, {_inside(question)} {thanks}"


def _would_like_to_know(question: str) -> str | None:
    """Return the question as an indirect one, where it begins with a question word or is a noun phrase."""
    inside = _inside(question)
    first = _first_word(inside)
    is_indirect = first in INTERROGATIVES and not INVERTED.search(inside) and not SENTENCE_END.search(inside)
    if is_indirect:
        return f"je voudrais savoir {inside}"
    return f"je voudrais savoir pour {inside}" if _is_noun_phrase(inside) else None


def _how_to(question: str) -> str | None:
    """Return the question after "comment faire pour", where it is a short one with an infinitive or a noun phrase."""
    inside = _inside(question)
    is_short = len(inside.split()) <= INFINITIVE_WORDS and not FINITE & set(_words(inside))
    fits = (_first_word(inside) in INFINITIVES and is_short) or _is_noun_phrase(inside)
    return f"comment faire pour {inside}" if fits else None


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _is_noun_phrase(text: str) -> bool:
    words = _words(text)
    begins = bool(words) and (words[0] in DETERMINERS or text.lower().startswith(("l'", "l’")))
    return begins and len(text.split()) <= NOUN_PHRASE_WORDS and not FINITE & set(words)


def _first_word(text: str) -> str:
    return next(iter(_words(text)), "")


def _doubled(question: str) -> str | None:
    return _slipped(question, Change.DOUBLED, LETTERS_TO_DOUBLE, lambda word, at: word[: at + 1] + word[at:])


def _dropped(question: str) -> str | None:
    return _slipped(question, Change.DROPPED, LETTERS_TO_DROP, lambda word, at: word[:at] + word[at + 1 :])


def _swapped(question: str) -> str | None:
    def swap(word: str, at: int) -> str:
        if at == len(word) - 1:
            at -= 1
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return _slipped(question, Change.SWAPPED, LETTERS_TO_DOUBLE, swap)


def _slipped(question: str, change: Change, letters: int, slip: Callable[[str, int], str]) -> str | None:
    """Return the question with a slip in a word drawn among the long enough ones, never in its first letter.

    Slips at the first letter are rare (Yannakoudakis & Fawthrop 1983, Pollock & Zamora 1984).
    """
    drawn = random.Random(f"{SEED} {change} {question}")
    words = [word for word in WORD.finditer(question) if len(word.group()) >= letters]
    places = [(word, at) for word in words for at in range(1, len(word.group()))]
    drawn.shuffle(places)
    for word, at in places:
        made = slip(word.group(), at)
        if made != word.group():
            return question[: word.start()] + made + question[word.end() :]
    return None


def _number(question: str) -> str | None:
    """Return the question with one noun in its other number, the words around it left as they are."""
    nouns = [
        match
        for match in _nouns(question)
        if len(match.group()) >= LETTERS_TO_INFLECT and not _is_fixed(match.group().lower())
    ]
    if not nouns:
        return None
    noun = random.Random(f"{SEED} {Change.NUMBER} {question}").choice(nouns)
    word = noun.group()
    ending = "S" if word.isupper() else "s"
    other = word[:-1] if word[-1] in "sS" else word + ending
    return question[: noun.start()] + other + question[noun.end() :]


def _nouns(question: str) -> list[re.Match[str]]:
    """Return the words that stand after a determiner; in a query of three words or fewer, all of them."""
    words = list(WORD.finditer(question))
    if len(question.split()) <= SHORT_QUERY_WORDS:
        return words
    before = (*DETERMINERS, "l", "d", "de", "au", "aux")
    return [word for earlier, word in pairwise(words) if earlier.group().lower() in before]


def _at(place: str, question: str) -> str | None:
    """Return the question about a place, where it names none."""
    return None if BUILT_IN.named(question) else f"{_bare(question)} {place}"


def _one_of(places: Sequence[str]) -> Callable[[str], str | None]:
    return lambda question: _at(random.Random(f"{SEED} {question}").choice(places), question)


def _is_fixed(word: str) -> bool:
    is_verb = word in INFINITIVES or word.endswith(("er", "ir", "ez", "ons"))
    is_irregular = word.endswith(("x", "z", "al", "ail", "au", "eu"))
    return word in WITHOUT_NUMBER or is_irregular or (is_verb and word not in ("chantier", "dossier", "loyer"))


_MAKERS: Mapping[Change, Callable[[str], str | None]] = {
    Change.LOWER_CASE: str.lower,
    Change.CAPITALS: str.upper,
    Change.FIRST_CAPITAL: _first_capital,
    Change.NO_ACCENTS: without_accents,
    Change.QUESTION_MARK: _question_mark,
    Change.FULL_STOP: lambda question: f"{_bare(question)}.",
    Change.EXCLAMATION_MARKS: lambda question: f"{_bare(question)} !!",
    Change.HELLO_THANKS: lambda question: _greeted("bonjour", question, "merci"),
    Change.HELLO_MADAM: lambda question: _greeted("bonjour madame", question, "svp"),
    Change.PLEASE: lambda question: f"{_bare(question)} s'il vous plaît",
    Change.WOULD_LIKE_TO_KNOW: _would_like_to_know,
    Change.HOW_TO: _how_to,
    Change.DOUBLED: _doubled,
    Change.DROPPED: _dropped,
    Change.SWAPPED: _swapped,
    Change.NUMBER: _number,
    Change.TOWN: _one_of(TOWNS),
    Change.DEPARTEMENT: _one_of(DEPARTEMENTS),
}
