"""Days of birth, told as somebody's or standing beside her masked name."""

import re

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data.masks import hidden_stretch, hide_after

_MONTH = (
    r"(?:janv(?:ier|\.)?|f[ée]vr?(?:ier|\.)?|mars|avr(?:il|\.)?|mai|juin|juil(?:let|\.)?|ao[uû]t|sept?(?:embre|\.)?"
    r"|oct(?:obre|\.)?|nov(?:embre|\.)?|d[ée]c(?:embre|\.)?|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|jan|feb|apr|jun|jul|aug|sep|dec)\b\.?"
)
_UNITS = r"une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize"
_DAY_SAID = (
    rf"(?:premier|{_UNITS}|dix[- ](?:sept|huit|neuf)|vingt(?:(?:[- ]et)?[- ](?:{_UNITS}))?|trente(?:[- ]et[- ]un)?)"
)
_YEAR_SAID = (
    r"(?:mille neuf cents?|deux mille|dix[- ]neuf cents?)"
    rf"(?:[ -](?:et (?=un|onze))?(?:{_UNITS}|vingts?|trente|quarante|cinquante|soixante)\b){{0,6}}"
)
_YEAR = rf"(?:(?:19|20)\d\d|'?\d\d|{_YEAR_SAID})\b"
_DATE = (
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) )?"
    r"(?:\d{1,2} ?[./\-– ] ?\d{1,2} ?[./\-– ] ?(?:(?:19|20)\d\d|\d\d)\b|(?:19|20)\d\d[-/]\d\d[-/]\d\d"
    r"|[01]\d/(?:19|20)\d\d\b|[0-3]\d[01]\d(?:19|20)\d\d\b"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b"
    rf"|(?:(?:\d{{1,2}}(?:er|st|nd|rd|th)?|{_DAY_SAID})(?: of)? )?{_MONTH},? {_YEAR}"
    rf"|\d{{1,2}}(?:er|st|nd|rd|th)? {_MONTH})"
)
_IS = r"(?: ?\([^)\d]{2,12}\))?\s?[:=,(]? ?(?:(?:pour moi|c['’ ]?est|est|le|du|au|un|is|the|on),? ?){0,4}"
_BORN = re.compile(
    rf"(?P<lead>\bn[ée](?:e|\(e\)|\.e|·e)?(?: (?:à|a) [\w'’ -]{{2,40}}?| [^\W\d_]{{3,}}(?= le ))?,? ?:?"
    rf"(?:le|en|du|un)? ?:? ?"
    rf"|\b(?:date|jour) (?:de )?nais\w*\.?{_IS}|\bd\.?d\.?n\b\.?{_IS}|\bd\.?o\.?b\b\.?{_IS}"
    rf"|\b(?:date of birth|birth ?date|birthday){_IS}|\b(?:suis|est) du (?=\d\d?[/.]\d\d?[/.](?:19|20))"
    rf"|\bmon anniversaire (?:est|c['’]est|tombe)? ?le |\bje suis du "
    rf"|\bborn(?: in [\w' -]{{2,30}}?| \w+(?= the ))?,?(?: (?:on|in))?(?: the)? ){_DATE}",
    re.IGNORECASE,
)
# "naissance 12/03/1985"; the days of babies, whose leave is asked about, are later.
_GROWN_UP = re.compile(
    rf"(?P<lead>\bnais\w{{3,6}}\b{_IS})(?=[^\d]{{0,20}}\d)?(?=.{{0,24}}?(?:19\d\d|200\d|[3-9]\d\b)"
    rf"|.{{0,20}}mille neuf){_DATE}",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    rf"(?P<lead>{hidden_stretch(Kind.BIRTH_DATE)} (?:et|ou|and|or)(?: (?:pas|non|not))? (?:le |on |the )?){_DATE}",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(
    rf"(?P<lead>{hidden_stretch(Kind.NAME)}[\s,(]{{1,3}})"
    rf"(?:\d{{1,2}}[./-]\d{{1,2}}[./-](?:19\d\d|200\d)|\d{{1,2}} {_MONTH} (?:19\d\d|200\d))\b",
    re.IGNORECASE,
)
# Companies and laws are born too; "nés avant le …" is of a law and no lead above.
_NOT_A_PERSON = re.compile(
    r"(?:soci[ée]t[ée]|assoc?|entreprises?|bo[iî]te|marque|projet|association|activit[ée]|sas|sarl|sasu|eurl|sci"
    r"|id[ée]e|loi|dispositif|structure|company|business|brand|start-?up|boutique|magasin)(?: \w+){0,2} (?:est |was "
    r"|a [ée]t[ée] )?$",
    re.IGNORECASE,
)
_REACH = 80  # characters before a day that may say that a firm was born on it
_HINT = re.compile(r"\bn[ée]|nais|born|birth|\bd\.?o\.?b|anniv|suis du|\bd\.?d\.?n\b", re.IGNORECASE)


def mask_birth_dates(text: str) -> str:
    """Return the text with the days replaced on which somebody was born."""
    if not _HINT.search(text):
        return text
    masked = _BORN.sub(lambda found: found.group() if _is_a_firm_s(found) else _with_lead(found), text)
    masked = _GROWN_UP.sub(_with_lead, masked)
    return _ANOTHER.sub(_with_lead, masked)


def mask_dates_after_names(text: str) -> str:
    """Return the text with the days replaced that stand beside a masked name ("[nom masqué], 12/03/1985")."""
    return _AFTER_NAME.sub(_with_lead, text)


def _with_lead(found: re.Match[str]) -> str:
    return hide_after(found, Kind.BIRTH_DATE)


def _is_a_firm_s(found: re.Match[str]) -> bool:
    return _NOT_A_PERSON.search(found.string[max(0, found.start() - _REACH) : found.start()]) is not None
