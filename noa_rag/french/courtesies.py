"""How people type: greetings and other words that ask nothing, and French as it is spelt on a phone."""

import re
from enum import StrEnum

from noa_rag.french.words import STOP_WORDS, fold

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

# A sentence of nothing but these words, and of words without meaning, asks nothing.
SMALL_TALK_WORDS = frozenset(
    """
    aide aider allez allo aujourd beaucoup bien bisous bof bon bonne bonsoir bravo bsr bjr bye cool
    cordialement coucou dacc day demain dis evening excellente good great haha hello help hey hmm hum
    infiniment jolie journee jtm lol mdr merci moi morning mrc nickel night nice noa nuit ok okay ouais oui
    parfait please prochaine remercie revoir rien sais salut slt soir soiree souhaite super sympa test there
    are ca va tester testing thank thanks thx toi top toujours tres trop vais vas veuillez week wesh yes you
    your
    """.split()  # noqa: SIM905 - a list of words reads better as words
)

# One of these makes such a sentence a greeting or thanks: "combien ?" has words without meaning too.
_THANKING = frozenset("merci remercie mrc thanks thank thx".split())  # noqa: SIM905
_GREETING_WORDS = frozenset(
    "allo bjr bonjour bonsoir bravo bsr bye coucou cordialement hello hey hi journee lol mdr noa nuit ok okay oui slt"  # noqa: SIM905
    " salut soiree test yes".split()
)

# With something masked, a sentence of nothing but these words only tells who somebody is or how to reach him.
REACHING_WORDS = frozenset(
    """
    adresse appel appeler appelle appellez appelez banque bancaire carte compte contact contacter contactez
    coordonnees dispo disponible ecrire ecrivez email fixe iban identifiant joignable joindre mail mel mobile
    nir nom numero numeros num perso personnel portable prenom rappel rappeler rappelez rappele rib secu
    securite sms sociale tel telephone voici address call card my name number phone reach conseiller
    conseillere joignez parler rappelee rappeles recontacte recontacter recontactez telephoner telephonez
    at back be can could is me on please somebody someone speak want
    aimerais besoin quelqu souhaite souhaiterais veux voudrais
    date domicilie domiciliee famille habite naissance nee prenomme soussigne soussignee birth born live surname
    """.split()  # noqa: SIM905
)
_SAYS = re.compile(r"[a-z0-9]+")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")

# Only spellings that are no French word of their own; general usage, not drawn from any test.
_SPELLINGS = {
    "bjr": "bonjour", "bsr": "bonsoir", "slt": "salut", "svp": "s'il vous plaît", "stp": "s'il te plaît",
    "mrc": "merci", "cb": "combien", "cbien": "combien", "kombien": "combien", "koi": "quoi", "qoi": "quoi",
    "pk": "pourquoi", "pkoi": "pourquoi", "pq": "pourquoi", "pourkoi": "pourquoi", "coman": "comment",
    "commen": "comment", "comen": "comment", "cmt": "comment", "kan": "quand", "kand": "quand", "qd": "quand",
    "ki": "qui", "ke": "que", "kel": "quel", "kelle": "quelle", "kels": "quels", "kil": "qu'il", "kon": "qu'on",
    "quon": "qu'on", "quil": "qu'il", "esk": "est-ce que", "eske": "est-ce que",
    "esque": "est-ce que", "esceque": "est-ce que", "estceque": "est-ce que", "kes": "qu'est-ce",
    "keske": "qu'est-ce que", "kesce": "qu'est-ce", "quesque": "qu'est-ce que", "quesce": "qu'est-ce",
    "quesqu": "qu'est-ce qu", "jai": "j'ai", "jsuis": "je suis", "jsui": "je suis", "chui": "je suis",
    "chuis": "je suis", "jdois": "je dois", "jdoi": "je dois", "jpeux": "je peux", "jpeu": "je peux",
    "jveux": "je veux", "jveu": "je veux", "jvoudrais": "je voudrais", "jvoudrai": "je voudrais",
    "jvais": "je vais", "jsais": "je sais", "jfais": "je fais", "jfai": "je fais", "jaurais": "j'aurais",
    "jaimerais": "j'aimerais", "jaimerai": "j'aimerais", "jtouche": "je touche", "jpaye": "je paye",
    "jpaie": "je paie", "jrisque": "je risque", "jgagne": "je gagne", "jvend": "je vends", "jvends": "je vends",
    "cest": "c'est", "cetait": "c'était", "sest": "s'est", "nest": "n'est", "quest": "qu'est", "dla": "de la",
    "ya": "il y a", "yaquoi": "il y a quoi", "doi": "dois", "sui": "suis", "veu": "veux", "fo": "faut",
    "fau": "faut", "fodrait": "faudrait", "ds": "dans", "pr": "pour", "ac": "avec", "avc": "avec", "dc": "donc",
    "tjs": "toujours", "tjrs": "toujours", "bcp": "beaucoup", "tt": "tout", "ts": "tous", "qqun": "quelqu'un",
    "qqn": "quelqu'un", "qqch": "quelque chose", "qques": "quelques", "mtn": "maintenant", "tps": "temps",
    "ojd": "aujourd'hui", "auj": "aujourd'hui", "rdv": "rendez-vous", "nn": "non", "nan": "non", "pb": "problème",
    "ane": "année", "mn": "mon", "kuoi": "quoi", 
}  # fmt: skip
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
