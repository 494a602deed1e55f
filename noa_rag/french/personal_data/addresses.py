"""Addresses: streets with their numbers, and e-mail addresses as they are typed and as they are said."""

import re
from itertools import takewhile

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.courtesies import REACHING_WORDS
from noa_rag.french.personal_data.known_names import GIVEN_NAMES
from noa_rag.french.personal_data.masks import hidden, hide, hide_after
from noa_rag.french.words import STOP_WORDS, fold

_STREET = (
    r"(?:rue|r\.|r(?= (?:des?|du|la|l) )|avenue|av\.?|ave\.?|boulevard|boul\.?|bd\.?|bld\.?|blvd\.?|impasse|imp\."
    r"|all[ée]es?|all\.|quai|chemin|ch\.|route"
    r"|rte\.?|square|sq\.|sentier|sente|ruelle|venelle|faubourg|fbg\.?|rond[- ]point|esplanade|promenade|traverse|mail"
    r"|parvis|lotissement|hameau|mont[ée]e|rampe|clos|villa|place|pl\.|cours|passage|cit[ée]|r[ée]sidence|voie|domaine"
    r"|c[ôo]te|porte"
    # as they are misspelt
    r"|ru|rues|al+(?:[ée]e?|er|ai)s?|av[ea]n+(?:u|eu|ues)|bo?ul+[ea]?v?[ae]?re?d?t?|(?:im|in|em|an)p+as+e?|plas+e?|plac"
    r"|ch[ea]m+(?:in|ain|un)s?|rout+e?|r[ée]zid[ea]n[cs]e|lotis+em[ea]n[td]?|hamo|k[ée]|esc?planade|skwar)"
)
# Words that also count things: "3 places de marché", "2 cours de cuisine".
_COUNTED = frozenset(
    """
    place cours passage cite villa residence voie domaine cote porte mail quai route chemin allees clos square
    hameau
    """.split()  # noqa: SIM905
)
_SUITE = r"(?:bis|ter|quater|[a-dt](?![\w'’]))"
_NUMBER = rf"\d{{1,4}}(?:\s?{_SUITE})?(?:\s?[-/&]\s?\d{{1,4}}(?:\s?{_SUITE})?)?"
_WITHIN = (
    r"(?:(?:app?t|apt|appartement|b[âa]t(?:iment)?|esc(?:alier)?|[ée]tage|porte|bo[iî]te|lot|flat|apartment)"
    r"\.?\s?(?:n°\s?)?\w{1,4}\s?[,-]?\s+)"
)
_NUMBERED = re.compile(
    rf"(?<![\w€.,-]){_WITHIN}{{0,3}}(?:n°\s?)?{_NUMBER}\s?,?\s(?P<street>{_STREET})\s+", re.IGNORECASE
)
_LIVED_IN = re.compile(
    r"(?:\b(?:j['’ ]?habite|habitant|domicili[ée]e?s?|demeurant|r[ée]sid(?:e|ant)|mon adresse(?: est)?|adresse postale"
    r"|adresse perso\w*|i live (?:at|on|in))\s?:?\s(?:au |à |a |dans |l['’])?(?:la |le |l['’])?)"
    rf"(?P<street>{_STREET})\s+",
    re.IGNORECASE,
)
_LIEU_DIT = re.compile(
    r"(?<!\w)(?:lieu[- ]?dit\s+(?:(?:les?|la)\s|l['’]\s?)?[\w'’-]+(?:\s(?:du|de|des|la|le)\s[\w'’-]+)*"
    r"|(?:b\.?p\.?|c\.?s\.?)\s?(?!(?:19|20)\d\d\b)\d{2,6})(?!\w)",  # "BP 2026" is a business plan
    re.IGNORECASE,
)
_ENGLISH_STREET = re.compile(
    r"(?<![\w€.,-])\d{1,4}[a-d]?,? (?:[A-Z][\w'’]+ ){1,3}"
    r"(?:Street|St|Road|Rd|Lane|Avenue|Ave|Drive|Terrace|Gardens|Close|Way|Crescent)\b"
)
_WORD = re.compile(
    r"(?:\s|\s?['’-])?(?P<word>(?:st|ste|gal|mgr|dr|gén)\.|[^\W_]+)(?P<more>(?:['’-][^\W_]+)*)", re.IGNORECASE
)
_PARTICLES = frozenset(["de", "du", "des", "la", "le", "les", "l", "d", "aux", "sous", "lès"])
_BEFORE_NAMES = frozenset(
    """
    saint sainte st ste general gal marechal docteur dr president capitaine colonel commandant abbe pere mgr frere
    freres notre dame
    """.split()  # noqa: SIM905
)
_MONTHS = frozenset(
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split()  # noqa: SIM905
)
_STOPS = STOP_WORDS | frozenset(
    """
    je j tu il elle on nous vous ils et ou mais donc est a ai es suis sont ont dans pour par sans avec chez depuis
    au aux tel mail email mon ma mes son sa ses notre votre c qui que quoi dont comment combien svp merci fait but
    and i is in to for with my the can how what
    """.split()  # noqa: SIM905
)
_INFINITIVE = re.compile(r"\w{3,}(?:er|ir|oir)$")
_LIVES = re.compile(
    r"\b(?:habite|domicili\w+|adresse\s?:?|r[ée]sid\w+|demeurant|si[èe]ge\w*|situ[ée]e?|local|bureau|live)"
    r"(?: (?:est|au|à|a|at|is|social|du|le))*\s$",
    re.IGNORECASE,
)
_POSTAL_CODE = re.compile(r"[^\d\n]{2,40}\b\d{5}\b")
# What stands at an address that everybody may know.
_OFFICE = re.compile(
    r"\b(?:cci|cma|urssaf|carsat|cpam|caf|msa|dreets|inpi|cgss|greffe|mairie|pr[ée]fecture|tribunal|chambre|caisse"
    r"|agence|france travail|p[ôo]le emploi|bpifrance|maison de justice|consulat|ambassade)\b[^,.;:\n]{0,30}, ?$",
    re.IGNORECASE,
)
_OFFICE_REACH = 80  # characters before an address in which an office may be named
_LONGEST = 4  # words of a street's name that say something: "Maréchal de Lattre de Tassigny"
_LONGEST_FLAT = 2  # without capitals; behind a given name or "saint" one more


def mask_addresses(text: str) -> str:
    """Return the text with streets and house numbers replaced."""
    text = _mask_streets(text, _NUMBERED, "")
    text = _mask_streets(text, _LIVED_IN, "street")
    return _ENGLISH_STREET.sub(_hidden, _LIEU_DIT.sub(_hidden, text))


def _mask_streets(text: str, head: re.Pattern[str], masked_from: str) -> str:
    """Mask from a group of `head`, or all of it, to the end of the street's name."""
    at = 0
    while match := head.search(text, at):
        is_office = _OFFICE.search(text, max(0, match.start() - _OFFICE_REACH), match.start())
        end = None if is_office else _end_of_name(text, match)
        at = end or match.end()
        text = hide(text, match.start(masked_from or 0), end, Kind.ADDRESS) if end else text
    return text


def _hidden(found: re.Match[str]) -> str:
    return hidden(found.group(), Kind.ADDRESS)


def _end_of_name(text: str, head: re.Match[str]) -> int | None:
    """Return where the street's name ends, None where what follows is no name."""
    is_flat = text in (text.lower(), text.upper())
    at, said = head.end(), 0
    end: int | None = None
    previous = particles = ""
    while said < _LONGEST and (match := _WORD.match(text, at)):
        word, folded = match["word"], fold(match["word"])
        at = match.end()
        if folded in _PARTICLES and not match["more"]:
            previous, particles = folded, f"{particles} {folded}".strip()
            continue
        if folded in _PARTICLES:  # "d'Alsace"
            pass
        elif word.isdigit() and not match["more"]:
            if not _is_of_a_day(word, previous, text, at):
                break
        elif folded in _STOPS or (said and not _goes_on(word, previous, is_flat=is_flat, said=said)):
            break
        elif not said and fold(head["street"]) in _COUNTED and not _is_street(word, particles, text, head):
            return None
        end, said, previous, particles = at, said + 1, folded, ""
    return end


def _is_of_a_day(number: str, previous: str, text: str, at: int) -> bool:
    """Whether a number is part of a date that a street is named after: "8 mai 1945"."""
    if len(number) == 4:
        return previous in _MONTHS
    follows = _WORD.match(text, at)
    return len(number) <= 2 and follows is not None and fold(follows["word"]) in _MONTHS


def _is_street(word: str, particles: str, text: str, head: re.Match[str]) -> bool:
    """Whether a word that also counts things ("3 places …") is a street's here."""
    if word[0].isupper() or particles in ("du", "des", "de la", "de l") or fold(word) == "saint":
        return True
    return bool(_LIVES.search(text[: head.start()]) or _POSTAL_CODE.match(text, head.end()))


def _goes_on(word: str, previous: str, *, is_flat: bool, said: int) -> bool:
    """Whether a word belongs to the name before it; that of "12 rue hugo ouvrir un bar" ends before the verb."""
    if word[0].islower() and _INFINITIVE.match(fold(word)):
        return False
    if previous in _PARTICLES | _BEFORE_NAMES | GIVEN_NAMES | _MONTHS or previous.isdigit():
        return True
    return said < _LONGEST_FLAT if is_flat else word[0].isupper()


_DASH_SAID = r"tiret(?: (?:bas|du (?:bas|milieu|6|8|six|huit)))?|underscore|dash|hyphen"
_DOT = r"(?: ?\. ?| (?:point|dot) ?| ?[(\[](?:point|dot)[)\]] ?)"
_JOINT = rf"(?: [._-] | (?:point|dot|{_DASH_SAID}) | ?[(\[]point[)\]] ?)"
_PART = r"[\w.+%'’-]{1,64}"
_FIRST = r"(?<![\w.+%'’-])[\w.+%'’-]++"  # whole, and not tried again from each of its letters
_LOCAL = rf"(?:(?<!\w)(?:[a-z] ){{3,}}(?:[._-] (?:[a-z] )*)?|(?!\d+ - ){_FIRST}(?:{_JOINT}{_PART}){{0,4}})"
_AT_SAID = r"[aà] ?rr?oba(?:[sz]e?)?"
_AT = rf"\s?(?:\"?@{{1,2}}\"?|[(\[{{<]\s?(?:at|{_AT_SAID}|a|chez)\s?[)\]}}>]|\b{_AT_SAID}|\ba commercial\b)\s?"
_LABEL = r"[\w-]{1,63}"
_ENDING = (
    r"(?:com|f ?r|net|org|eu|be|ch|lu|de|es|it|pt|uk|ca|pl|ro|ma|dz|tn|sn|ci|br|us|in|cn|tr|ua|gr|se|ie|io|me|info"
    r"|biz|pro|bzh|re|nc|pf|paris|coop|email|online)\b(?:\.[a-z]{2,6}\b)?"
)
_DOMAIN = rf"{_LABEL}(?:(?:{_JOINT}|\.){_LABEL}){{0,4}}?{_DOT}{_ENDING}"
_PROVIDER = (
    r"(?:g(?:oogle| )?mail|hotmail|outlook|live|msn|yahoo|ymail|icloud|aol|gmx|orange|wanadoo|free|sfr|neuf|bbox"
    r"|la ?poste|proton(?:mail)?|numericable|club-internet|aliceadsl|tutanota)"
)
_WORD_AT = r" (?:at|chez) "  # words of the language too: an address must stand on one side, or a provider on the other

_EMAIL = re.compile(
    rf"(?:(?<![\w.+%'’,-])[\w.+-]{{1,64}},(?=[\w.+-]{{1,64}}@))?"
    rf"{_LOCAL}\s?(?:@{{1,2}}|\(at\)|\[at\])\s?{_LABEL}(?:\.{{1,2}}{_LABEL}){{1,5}}(?:[;,](?:com|fr|net|org)\b"
    rf"|(?<=\.f) r\b)?|{_LOCAL}{_AT}(?:{_DOMAIN}|{_PROVIDER}\b(?: (?:com|fr|net|org)\b)?(?![.,;]\w))"
    rf"|(?:(?<![\w.+%'’-])(?!(?:micro|auto|self|non|sous|co|plug|e)-)(?=[\d._-]*[^\W\d_])[\w+%'’-]*[._\d-]{_PART}"
    rf"|{_FIRST}(?:{_JOINT}{_PART}){{1,4}}){_WORD_AT}(?!\S+\.gouv\.fr){_DOMAIN}"
    rf"|{_FIRST} at {_PROVIDER}{_DOT}{_ENDING}"
    rf"|{_FIRST}{_WORD_AT}{_LABEL}(?:{_JOINT}{_LABEL}){{0,3}}? (?:point|dot) {_ENDING}"
    rf"|(?!www)(?=[\w+-]*[._\d])[\w.+-]{{3,64}} ?(?:gmail|hotmail|outlook|yahoo|wanadoo|icloud|protonmail)[. ](?:com"
    rf"|fr|net)\b"
    rf"|{_FIRST}@{_PROVIDER} (?:com|fr|net)\b|{_FIRST}@{_LABEL}(?:[.,;]{_LABEL})*",  # "jean@gmail", "jean@gmail,com"
    re.IGNORECASE,
)
# A plain word at any domain, where the words before say that an address comes.
_TOLD = re.compile(
    rf"(?P<lead>\b(?:mail|e-?mail|courriel|contact|adresse|address|[ée]cri\w*|wrote|write|send|r[ée]p\w*"
    rf"|to)\b[^@\n]{{0,12}}? ){_PART} (?:at |[aà] (?={_PROVIDER}))(?!\S+\.gouv\.fr){_DOMAIN}",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"@|[(\[]a[)\]]|\bat\b|r?roba|\ba commercial\b|\bchez\b|<at>|mail[. ]|outlook[. ]|yahoo[. ]|wanadoo[. ]|icloud[. ]",
    re.IGNORECASE,
)
# "jean dupont arobase gmail point com": nothing joins the words said before, which belong to it all the same.
_ONE_WORD_SAID = re.compile(
    r"(?:[^\W\d_]+(?:-[^\W\d_]+)*|\d{1,4})\s(?:@ |a ?rr?oba|a commercial|at |chez )", re.IGNORECASE
)
_WORDS_SAID = 2
_SAID_REACH = 80  # characters before an address in which more of it may be said
# "mon mail c'est …": all until the sign is said of the address, spelled letter by letter or not.
_ANNOUNCED = re.compile(
    r"(?:mail|courriel|adresse|address)\w*\b[^.?!\n@]{0,15}?(?:c['’ ]?est|est|is|:|=|[àa]|alors|euh)\s+"
    r"(?:(?:alors|euh|c['’ ]?est) )*(?P<said>(?:[\w'’-]+ ){1,16})$",
    re.IGNORECASE,
)
_POINTED = re.compile(r"(?:[\w'’-]+ (?:point|dot|tiret) )+[\w'’-]+ $", re.IGNORECASE)
# "m comme marie t point guivarch chiffre 29 arobase …"
_SPELLED = re.compile(
    r"(?:(?:[\w'’-]+ (?:point|dot|tiret(?: du \w+)?|underscore|chiffres?)|\b\w comme(?: [\w'’-]+)?|\b[b-xz\d]) )+$",
    re.IGNORECASE,
)
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
    at = 0
    while match := _EMAIL.search(text, at):
        start, at = match.span()
        if _ONE_WORD_SAID.match(match.group()):
            start -= _said_before(text[max(0, start - _SAID_REACH) : start], match.group())
        if "@" not in match.group() and (spelled := _SPELLED.search(text, max(0, start - _SAID_REACH), start)):
            start = spelled.start()
        text = hide(text, start, at, Kind.EMAIL)
    return _TOLD.sub(lambda found: hide_after(found, Kind.EMAIL), text)


def _said_before(text: str, address: str) -> int:
    """Return how many characters at the end of a text belong to a spoken address that follows it."""
    if "@" not in address and (announced := _ANNOUNCED.search(text)):
        return len(announced["said"])
    words = re.findall(r"[\w'’-]+ ", text)[-_WORDS_SAID:]
    if not text.endswith("".join(words)):
        return 0
    said = sum(len(word) for word in takewhile(_may_be_said, reversed(words)))
    pointed = _POINTED.search(text)
    return max(said, len(pointed.group()) if pointed else 0)


def _may_be_said(word: str) -> bool:
    folded = fold(word.strip())
    return folded.isalpha() and folded not in _NOT_SAID
