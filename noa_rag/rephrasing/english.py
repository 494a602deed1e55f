"""Whether an English sentence says what the verified French one beside it says: figures, units, names, conditions.

No checker reads English beside French, so words are compared, and a free translation may not pass.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from babel import Locale

from noa_rag.domain.agency import Agency
from noa_rag.domain.rephrasing import TRANSLATION, CheckedSentence, CheckFinding
from noa_rag.rephrasing.english_figures import (
    FIRST_MEANT,
    currencies,
    dated,
    dates,
    english_digits,
    figures,
    french_digits,
    periods,
)
from noa_rag.rephrasing.gate.bodies import known_names, named_in
from noa_rag.rephrasing.gate.gate import malformed
from noa_rag.rephrasing.gate.plain_text import folded_words, visible

_NOT_PLAIN = re.compile(r"https?:|www\.|@|[<>\[\]`|]|\bLIEN")
# What is said in both languages or in neither.
_SAID_IN_BOTH = {
    "negation": (
        r"\b(?:ne|non|pas|aucune?|jamais|sans|ni|interdit\w*|nulle?s?)\b|\bn['’]",
        r"\b(?:not|no|none|never|without|neither|nor|cannot|prohibited|forbidden|banned|void|only|unless)\b|n['’]t\b",
    ),
    "obligation": (
        r"\b(?:doi[st]|doivent|devez|devra|devrez|faut|faudra|obligatoires?|obligé\w*|tenue?s?|exig\w+)\b",
        r"\b(?:must|ha(?:s|ve) to|mandatory|compulsory|required?s?|requires|obliged|need(?:s|ed)?|obligatory)\b",
    ),
    "permission": (
        r"\b(?:peu[xt]|peuvent|pouvez|pourr\w+|possibles?)\b",
        r"\b(?:may|can|cannot|could|possible|able|might)\b",
    ),
    "condition": (
        r"\b(?:si|sauf|à condition|lorsqu\w*|quand|tant qu\w*|en cas)\b|\bs['’]ils?\b",
        r"\b(?:if|except|unless|provided|when|where|as long as|in case|in the event|on condition)\b",
    ),
    "all": (r"\b(?:tou(?:te?s?|s)|chaque|chacune?|quelle?s? que)\b", r"\b(?:all|every|each|any)\b"),
    "at least": (r"\bau moins\b|\bminim", r"\b(?:at least|no less|minim)"),
    "working days": (r"\bjours? ouvr(?:és?|ables?)\b", r"\b(?:working|business) days?\b"),
}
# Bodies by common words, whose names are not the same in both languages; beginnings of words, without accents.
_BODIES = tuple(
    (re.compile(rf"\b(?:{french})"), re.compile(rf"\b(?:{english})"))
    for french, english in (
        (r"douan", r"customs"),
        (r"(?:service|centre)s? des impots|administration fiscale|services? fisca|fisc\b|finances publiq|dgfip|sie\b",
         r"tax (?:office|authorit|administration|service|department|cent)|public finance|dgfip|sie\b"),
        (r"tribuna|prud hom|cour d|conseil d etat", r"court|tribunal|prud hom|council of state"),
        (r"tribuna\w* (?:de commerce|des activites)", r"commercial (?:court|tribunal)|economic activities"),
        (r"tribuna\w* administrati", r"administrative (?:court|tribunal)"),
        (r"prud hom", r"(?:labou?r|employment|industrial) (?:court|tribunal)|prud hom"),
        (r"greff", r"registry|registrar|clerk|greff"),
        (r"chambres? de commerce|cci\b", r"chambers? of commerce|cci\b"),
        (r"chambres? (?:de|des) metiers|cma\b", r"chambers? of (?:trades|crafts)(?: and (?:trades|crafts))?|cma\b"),
        (r"chambres? d agriculture", r"chambers? of agriculture"),
        (r"notaire", r"notar"),
        (r"avocat", r"lawyer|attorney|solicitor|barrister"),
        (r"experts? comptable", r"(?:chartered )?accountant"),
        (r"commissaires? aux comptes", r"(?:statutory )?auditor"),
        (r"commissaires? de justice|huissier", r"bailiff|(?:justice|court) commissioner|commissioner"),
        (r"banque de france", r"ban(?:k|que) (?:of|de) france"),
        (r"banqu|bancaire", r"bank|banque"),
        (r"assur(?:eur|anc|ees?\b|es?\b)", r"insur"),
        (r"securite sociale|cpam", r"social security|cpam"),
        (r"mairie|maires?\b|communes?\b|municipalite", r"(?:town|city) hall|mayor|municipal|communes?\b"),
        (r"prefe(?:t|ct)", r"prefect"),
        (r"police\b(?! d)|commissariat", r"police\b"),
        (r"minist", r"minist"),
        (r"inspect", r"inspect"),
        (r"medec", r"doctor|physician|medic"),
        (r"mediat", r"mediat|ombuds"),
        (r"(?:la|de) poste\b", r"la poste|post office|postal service"),
        (r"proprietaire|bailleur", r"landlord|lessor|owner"),
        (r"regions?\b|conseils? regiona", r"region"),
        (r"transport", r"transport"),
        (r"tva\b|valeur ajoutee", r"vat\b|value added"),
        (r"ue\b|union europ|europeen", r"eu\b|europe"),
        (r"rgpd", r"gdpr|rgpd|general data protection"),
    )
)  # fmt: skip
_ACRONYM = re.compile(r"[A-Z][\w&-]*[A-Z]\w*")
_NAME = re.compile(r"(?<=[\w,;(] )[A-Z][\w&-]+(?: (?:(?:of|for) (?:the )?)?[A-Z][\w&-]+)*|^[A-Z][\w&-]*[A-Z]\w*")


def differences(sentence: CheckedSentence, agencies: Sequence[Agency] = ()) -> Iterator[CheckFinding]:
    """Yield what the English sentence says and the French one does not, or the other way round."""
    french, english = sentence.text, sentence.english
    if not english or _NOT_PLAIN.search(english) or any(malformed(english)):
        yield CheckFinding(TRANSLATION, english, french)
        return
    undated = dates("en").sub(" ", english)  # "may" is a word, and a month
    for what, (in_french, in_english) in _SAID_IN_BOTH.items():
        if bool(re.search(in_french, french, re.IGNORECASE)) != bool(re.search(in_english, undated, re.IGNORECASE)):
            yield CheckFinding(TRANSLATION, what, french)
    for official, said in (
        (figures(french_digits(french), "fr"), figures(english_digits(english), "en")),
        (dated(french, "fr"), dated(english, "en")),
        (periods(french, "fr"), periods(english_digits(undated), "en")),
        (currencies(french, "fr") & currencies(english, "en"), currencies(english, "en")),
    ):
        if said != official:
            yield CheckFinding(TRANSLATION, ", ".join(said - official), ", ".join(official - said))
    yield from _other_names(french, undated, agencies)


def _other_names(french: str, english: str, agencies: Sequence[Agency]) -> Iterator[CheckFinding]:
    """Yield bodies that one of the two names alone, acronyms and names of which the French has no word."""
    in_french, in_english = (" ".join(folded_words(one)) for one in (french, english))
    for official, said in _BODIES:
        there, here = official.search(in_french), said.search(in_english)
        if bool(there) != bool(here):
            yield CheckFinding(TRANSLATION, here[0] if here else "", there[0] if there else "")
    known = known_names(tuple(agencies))
    for body in named_in(french, known) ^ named_in(english, known):
        kind, _, name = body.partition(" ")
        if kind == "body" and not any(official.search(name) for official, _ in _BODIES):
            yield CheckFinding(TRANSLATION, name, french)
    rest = in_english
    for _, said in _BODIES:
        rest = re.sub(rf"(?:{said.pattern})\w*", " ", rest)
    foreign = set(rest.split()) - set(in_french.split()) - _everyday_names()
    for name in _NAME.findall(visible(english)):
        words = set(folded_words(name)) - {"of", "for", "the"}
        if (words and words <= foreign) or foreign & set(folded_words(" ".join(_ACRONYM.findall(name)))):
            yield CheckFinding(TRANSLATION, name, french)


@cache
def _everyday_names() -> frozenset[str]:
    """Return the words of the English names of countries and languages, and codes of currencies."""
    locale = Locale("en")
    return frozenset(folded_words(" ".join((*locale.territories.values(), *locale.languages.values(), *FIRST_MEANT))))
