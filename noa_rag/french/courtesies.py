"""Greetings, thanks and the words that lead up to a question: they say nothing of what is asked."""

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


def without_courtesies(text: str) -> str:
    """Return what is asked, without greeting, thanks, lead-in and final punctuation; the text where nothing is left."""
    bare = text
    while (shorter := _BEFORE.sub("", bare, count=1)) != bare:
        bare = shorter
    while (shorter := _AFTER.sub("", bare, count=1)) != bare:
        bare = shorter
    bare = _AT_THE_END.sub("", bare)
    return bare if any(char.isalnum() for char in bare) else text
