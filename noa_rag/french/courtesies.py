"""Words that ask nothing: greetings, thanks, lead-ins, small talk, and those that only say how to reach somebody."""

import re

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
    infiniment jolie journee jtm lol mdr merci moi morning mrc nickel night nice noa nuit oui ouais okay
    parfait please prochaine remercie revoir rien sais salut slt soir soiree souhaite super sympa test there
    are ca va tester testing thank thanks thx toi top toujours tres trop vais vas veuillez week wesh yes you
    your
    """.split()  # noqa: SIM905 - a list of words reads better as words
)

# With a number or an address that was masked, a sentence of nothing but these words only tells how to reach somebody.
REACHING_WORDS = frozenset(
    """
    adresse appel appeler appelle appellez appelez banque bancaire carte compte contact contacter contactez
    coordonnees dispo disponible ecrire ecrivez email fixe iban identifiant joignable joindre mail mel mobile
    nir nom numero numeros num perso personnel portable prenom rappel rappeler rappelez rappele rib secu
    securite sms sociale tel telephone voici address call card my name number phone reach conseiller
    conseillere joignez parler rappelee rappeles recontacte recontacter recontactez telephoner telephonez
    at back be can could is me on please somebody someone speak want
    aimerais besoin quelqu souhaite souhaiterais veux voudrais
    """.split()  # noqa: SIM905
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
