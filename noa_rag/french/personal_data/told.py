"""Names told as somebody's: by a title, by herself, under a message, as a relation."""

import re

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.known_names import NEVER_NAMES, PARTICLES, SELDOM_NAMES, SURNAMES
from noa_rag.french.personal_data.masks import HIDDEN, hidden_stretch, hide
from noa_rag.french.personal_data.names import (
    A_WORD,
    BRAND,
    CALLED_AFTER,
    FAMILY,
    REACH,
    SOMEBODY_S,
    Name,
    before_it,
    is_given,
    mask_after,
    mask_names_beside_data,
    name_at,
)
from noa_rag.french.words import fold, french_words

_TITLE = re.compile(
    r"(?<![\w'’-])(?P<title>MM?\.|Mr\.?|Mrs\.?|Ms\.?|Miss|Mmes?\.?|Mlles?\.?|Melle\.?|Mister|Monsieur|Messieurs"
    r"|Madame|Mesdames|Mademoiselle|Ma[iî]tre|Docteur|Dr\.?|Professeur|Prof\.|(?-i:Pr\.?|(?:Me"
    r"|M)(?=\s[A-ZÀ-Ý])))(?![^\W\d_])(?P<gap>\s*)(?=[^\W\d_])",
    re.IGNORECASE,
)
# Written in full, these are words of the language as well, and shops bear them: "Madame Pasta", "Docteur IT".
_IN_FULL = frozenset(
    "monsieur messieurs madame mesdames mademoiselle maitre "  # noqa: SIM905
    "docteur professeur miss mister prof".split()
)
_ON_SIGNS = frozenset(("mr", "dr"))
_OFFICE = re.compile(r"(?:la |le |l['’])(?=\w)")  # "Madame la Rectrice"; a name's article has a capital
_SPOKEN_TO = re.compile(
    r"(?:^|[.!?,;:\n]|\b(?:bonjour|bonsoir|salut|coucou|hello|hi|dear|ch[eè]re?|merci|oui|non|madame|monsieur"
    r"|mesdames|messieurs|pardon|svp))\s*$"
)
_SOME = re.compile(r"\b(?:une?|d['’]une?|ce|cette|le|la|l|vieux|vieille|jeune|petit|petite|certain|autre|mon)\s*$")
_NO_ONE = re.compile(r"\bd?['’ ]?une? $")
_DOES = re.compile(
    r"\s?(?:[,(]|(?:me|m['’]\w+|nous|lui|a|ont|est|veut|dit|demande|refuse|doit|qui|du)\b)", re.IGNORECASE
)
_CALLED = re.compile(r"\b(?:c['’]?est|chez|avec|par|notaire|avocate?|huissier|le|au|du|la) $")
_BRAND_AFTER = re.compile(
    r"[\"»”]? ?(?:,? ?(?:c['’]est|est) (?:le|un) nom|,? ?(?:c['’]est |est )?une? (?:enseigne|marque)"
    r"|comme (?:enseigne|nom|marque)|\.(?:fr|com)\b|, (?:salon|boutique|institut|restaurant))",
    re.IGNORECASE,
)
_FULL_NAME = (
    r"nom(?: et pr[ée]noms?| de famille| de naissance| d['’]usage| de jeune fille)?|pr[ée]noms?"
    r"|(?:full |first |last |sur)?name"
)
_INTRODUCED = re.compile(
    r"(?:\b(?:je|j['’]?) ?m['’]? ?ap+el+e?s?\b|\bje me (?:nomme|pr[ée]nomme)\b|(?:^|[\n.,;!?] ?)m['’] ?app?el+e\b"
    r"|(?P<unsure>\bmon (?:nom|pr[ée]nom)(?: de famille)? (?:est|c['’ ]?est)|\bmy (?:full )?name(?: is|['’]s)"
    r"|\bi am called|\bcall me)"
    rf"|(?P<signs>\bsign[ée]e? ?:|\bje me pr[ée]sente ?[,:])|\b(?:je )?soussign[ée](?:e|\(e\))?,?"
    r"|\bsignature ?:|\bpr[ée]noms? ?:"
    rf"|(?:^|[\n.,;/(] ?)(?:{_FULL_NAME}) ?:)"
    r"\s*(?=[^\W\d_])",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"\b(?:(?P<weak>merci(?: (?:d['’]|par )avance| beaucoup| bien| [àa] vous| de votre (?:aide|r[ée]ponse"
    r"|retour))?|bonne (?:journ[ée]e|soir[ée]e|r[ée]ception)"
    r"|[àa] bient[ôo]t|(?:many )?thanks(?: a lot| in advance)?|thank you|cheers|best)"
    r"|(?:bien |tr[èe]s )?(?:cordialement|amicalement|sinc[èe]rement|respectueusement)|cdlt|cdt|cdlmt|bien [àa] vous"
    r"|salutations(?: distingu[ée]es)?|(?:sentiments|meilleurs|distingu[ée]s)|remerciements"
    r"|(?:kind |best |warm )?regards|(?:yours )?(?:sincerely|faithfully|truly)|best wishes)[\s,.!;:-]*(?=[^\W\d_])",
    re.IGNORECASE,
)
# What makes a known given name with a surname somebody's: who it is to the writer, or whose document it is.
_RELATIONS = (
    r"(?:co-?)?associ[ée]e?s?|mari|femme|[ée]poux|[ée]pouse|conjointe?(?: collaborat\w+)?|compagn\w+|p[èe]re"
    r"|m[èe]re|fils|fille|fr[èe]re|s(?:oe|œ)ur"
    r"|cousine?|oncle|tante|neveu|ni[èe]ce|gendre|veuve|amie?|coll[èe]gue|salari[ée]e?|employ[ée]e?|apprentie?"
    r"|stagiaire|alternante?|(?:co-?)?g[ée]rante?"
    r"|pr[ée]sidente?|dirigeante?|direct(?:eur|rice)|patronne?|chef|bailleur|bailleresse|propri[ée]taire"
    r"|locataire|voisine?|cliente?|d[ée]bi(?:teur|trice)"
    r"|cr[ée]anci[eè]re?|caution|garante?|h[ée]riti[eè]re?|titulaire|b[ée]n[ée]ficiaire|signataire"
    r"|repr[ée]sentante?|mandataire|tut(?:eur|rice)|c[ée]dante?"
    r"|repreneu\w+|d[ée]posante?|notaire|avocate?|comptable|conseill[eè]re?|huissier|m[ée]decin|banquier|courtier"
    r"|architecte|interlocut\w+|contact|nounou|candidate?"
    r"|nanny|husband|wife|son|daughter|brother|sister|mother|father|partner|employee|apprentice|landlord|landlady"
    r"|tenant|accountant|lawyer|boss|holder|director|customer"
)
_PAPERS = (
    r"passeport|passport|dossier|contrat(?: d['’]apprentissage| de travail)?|cdi|cdd|licenciement|d[ée]mission"
    r"|embauche|bulletin|fiche de paie|cong[ée]|arr[êe]t"
    r"|facture|bail|signature|attention|part|nom|pr[ée]nom|name|naissance|statuts|identit[ée]|compte|carte"
)
_WHOSE = re.compile(
    rf"(?:\b(?:{_RELATIONS}|{_PAPERS})\b"
    r"(?: (?:de|du|d['’]|of|for|est|is|c['’ ]?est|cest|dessus|encore|disent|pour|s['’]app?el+e|named|called"
    r"|nomm[ée]e?|mon|ma|de (?:la|notre|ma) (?:sarl|sas\w?|soci[ée]t[ée])))"
    r"{0,4}|\bau nom de|\b[àa] l['’]attention de|\bs['’]app?el+e|\bsign[ée]e?(?: (?:de|par))?|\bnomm[ée]e?"
    rf"|{hidden_stretch(Kind.NAME)} (?:et|and|ou|or))[\s,:(-]{{1,3}}$"
)
_OF_MINE = re.compile(
    r"\b(?:mon|ma|mes|notre|nos|my|our) "
    r"(?:(?!(?:sur|de|du|des|[àa]|chez|avec|pour|par|about|on|of|with|for) )[^\W\d_]+ ){1,2}"
    r"(?:est |is |s['’]appelle )?[:,]? ?$"
)
_SAYS_I_AM = re.compile(r"\b(?:je suis|moi,? c['’]? ?est|c['’]est|ici|i am|i['’]m|this is)\s$")
_BESIDE = re.compile(rf"\s?[\s,;:(/–-]{{0,3}}(?P<words>[\w'’°.]++\s?[:=]?\s?){{0,3}}{SOMEBODY_S.pattern}")
_ON_THE_PHONE = re.compile(r" (?:[àa] l['’ ]appareil|au t[ée]l[ée]phone|speaking)\b", re.IGNORECASE)
_BEGINS = re.compile(rf"(?:^|[\n.;:!?(,–-]\s*|{HIDDEN}\s*)$")
_ENDS = re.compile(rf"[\s.!,;:)-]*(?:$|{HIDDEN})|[ .!,;:)-]*\n")
_OTHER_NAME = re.compile(
    rf"{hidden_stretch(Kind.NAME)},? \(?(?:n[ée]e|veuve|vve|[ée]pouse|[ée]p\.) (?=[^\W\d_])", re.IGNORECASE
)
_SURNAME = re.compile(
    r"((?:(?:le|la|de|du|el|al|da|de la|ben|van|von) )?[^\W\d_]+(?:['’-][^\W\d_]+)* )$", re.IGNORECASE
)


def mask_names(text: str) -> str:
    """Return the text with names of persons replaced where it is sure that they are; titles stay."""
    text = mask_after(_TITLE, text, _titled)
    text = mask_after(_INTRODUCED, text, _introduced)
    text = mask_after(_CLOSING, text, _signed)
    text = mask_names_beside_data(_mask_known(text))
    return mask_after(_OTHER_NAME, text, lambda text, found: name_at(text, found.end()))


def _titled(text: str, found: re.Match[str]) -> Name | None:
    title, before = fold(found["title"]).rstrip("."), before_it(text, found.start())
    is_abbreviated = title not in _IN_FULL
    if not is_abbreviated and _OFFICE.match(text, found.end()):
        return None
    if (not found["gap"] and not found["title"].endswith(".")) or (
        not is_abbreviated and before.rstrip().endswith(("«", "“", '"'))
    ):
        return None
    if title == "m" and (re.search(r"\d\s?$", before) or (found["title"] == "m" and not found["gap"])):
        return None
    name = name_at(text, found.end(), is_sure=is_abbreviated)
    if name is None:
        return None
    is_brand = title in _ON_SIGNS and not name.knows_given and BRAND.search(before)
    if is_brand or _BRAND_AFTER.match(text, name.end):
        return None
    return name if is_abbreviated or _is_somebody(text, name, title, before) else None


def _is_somebody(text: str, name: Name, title: str, before: str) -> bool:
    """Whether a title written in full belongs to a name: not in "docteur dit", "un monsieur âgé", "Madame Pasta"."""
    starts_with = fold(text[name.start : name.end]).split()[0]
    if starts_with in PARTICLES and _NO_ONE.search(before):
        return False
    if name.knows_given or name.first in SURNAMES:
        return True
    if BRAND.search(before):
        return False
    if name.is_cased or starts_with in PARTICLES:
        return True
    if title in ("monsieur", "madame", "mademoiselle"):
        is_spoken_to = _SPOKEN_TO.search(before) and not _WHOSE.search(before) and not _acts(text, name, before)
        return not _SOME.search(before) and not is_spoken_to
    return (
        title in ("docteur", "maitre")
        and bool(_CALLED.search(before) or _acts(text, name, before))
        and not re.match(r"d?(?:app|ouv|oeu|rest|art)", name.first)
    )


def _acts(text: str, name: Name, before: str) -> bool:
    """Whether a sentence begins with a name and says what somebody does: "monsieur nowak me réclame …"."""
    return bool(re.search(r"(?:^|[.!?\n])\s*$", before) and _DOES.match(text, name.end))


def _introduced(text: str, found: re.Match[str]) -> Name | None:
    """Return the name that somebody gives; "mon nom est …" is often said of a firm's, so that it must be known."""
    name = name_at(text, found.end())
    if name is None or re.match(r" ?(?:&|et fils|sarl|sas\b)", text[name.end :], re.IGNORECASE):
        return None
    if found["signs"]:
        return name if name.knows_given or (name.is_cased and len(name.words) > 1) else None
    return name if not found["unsure"] or name.is_cased or name.knows_given or name.first in SURNAMES else None


def _signed(text: str, found: re.Match[str]) -> Name | None:
    name = name_at(text, found.end())
    if name is None or not _ENDS.match(text, name.end):
        return None
    if name.knows_given:
        return name
    if fold(text[name.start : name.end]).split()[0] in ("le", "la", "les"):  # "Les Jardins de Lola"
        return None
    return name if not found["weak"] or (name.is_cased and len(name.words) > 1) else None


def _mask_known(text: str) -> str:
    """Mask names that are known by a given name where what stands beside them says whose they are."""
    at = 0
    while match := A_WORD.search(text, at):
        at = match.end()
        name = name_at(text, match.start()) if is_given(match.group()) else None
        if name is None:
            continue
        at = name.end
        turned = _surname_before(text, name)
        head = before_it(text, name.start - len(turned))
        if _is_told(text, head, name, has_surname=len(name.words) > 1 or bool(turned)):
            text = hide(text, name.start - len(turned), name.end, Kind.NAME)
    return text


def _is_told(text: str, before: str, name: Name, *, has_surname: bool) -> bool:
    if not name.is_surely_no_word:
        return False
    beside = _BESIDE.match(text, name.end)
    if beside and _BEGINS.search(before) and (has_surname or not beside["words"]):
        return True
    if _SAYS_I_AM.search(before) or _ON_THE_PHONE.match(text, name.end):
        return has_surname or name.is_cased
    if has_surname and name.is_cased and not (CALLED_AFTER.search(before) or BRAND.search(before)):
        speaks_of_persons = SOMEBODY_S.search(text) is not None or _OF_MINE.search(before) is not None
        if speaks_of_persons:
            return True
    if not has_surname:
        return name.is_cased and bool(FAMILY.search(before))
    stands_alone = name.is_cased and bool(re.search(r"[.!?\n]\s*$", before)) and bool(_ENDS.match(text, name.end))
    return stands_alone or bool(_WHOSE.search(before))


def _surname_before(text: str, name: Name) -> str:
    """Return the surname that stands before a given name that nothing follows ("Tessier Sandrine"), with its space."""
    match = _SURNAME.search(text, max(0, name.start - REACH), name.start) if len(name.words) == 1 else None
    if match is None:
        return ""
    word = match[1].split()[-1]
    folded = fold(word)
    if (
        folded in NEVER_NAMES | SELDOM_NAMES | PARTICLES
        or folded in french_words()
        or (name.is_cased and not word[0].isupper())
    ):
        return ""
    return match[1]
