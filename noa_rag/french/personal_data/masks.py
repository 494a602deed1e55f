"""What stands in the place of personal data, and what a masked text still says."""

import re
from collections.abc import Iterator

from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.courtesies import REACHING_WORDS, SMALL_TALK_WORDS
from noa_rag.french.words import words

MASKS: dict[str, str] = {
    Kind.EMAIL: "[adresse e-mail masquée]",
    Kind.IBAN: "[IBAN masqué]",
    Kind.NIR: "[numéro de sécurité sociale masqué]",
    Kind.CARD: "[numéro de carte masqué]",
    Kind.PHONE: "[téléphone masqué]",
    Kind.NAME: "[nom masqué]",
    Kind.ADDRESS: "[adresse masquée]",
    Kind.BIRTH_DATE: "[date de naissance masquée]",
    Kind.TAX_NUMBER: "[numéro fiscal masqué]",
    Kind.PASSPORT: "[numéro de passeport masqué]",
    Kind.IDENTITY_CARD: "[numéro de carte d'identité masqué]",
    Kind.RESIDENCE_PERMIT: "[numéro de titre de séjour masqué]",
    Kind.SIREN: "[numéro SIREN masqué]",
    "message": "[message non conservé]",  # a whole message, of somebody in distress: no kind of personal data
}
_MASK = "|".join(re.escape(mask) for mask in MASKS.values())
# While a text is read, two characters of private use for each kind stand for the masked ones, one for one: a first and
# those that follow it. So nothing moves, each stretch is read once, and a rule can ask what stands beside a mask.
_KINDS = tuple(MASKS)
_FIRST = {kind: chr(0xE000 + 2 * at) for at, kind in enumerate(_KINDS)}
_NEXT = {kind: chr(0xE001 + 2 * at) for at, kind in enumerate(_KINDS)}
HIDDEN = f"[\ue000-{_NEXT[_KINDS[-1]]}]"
_PRIVATE = re.compile(HIDDEN)
_STRETCH = re.compile(f"([{''.join(_FIRST.values())}])[{''.join(_NEXT.values())}]*")
_ANY = re.compile(_MASK)
# Words that only introduce what was masked; searched, they would count as part of the question.
_BRINGS = re.compile(
    r"(?:\b(?:je m['’]\s?appelle|mon nom|je me nomme|moi c['’]est|je soussignée?|m\.|mr|mme|mlle|madame|monsieur"
    r"|my name|i am called|i am|i['’]m|(?:et )?(?:je suis |j['’]étais )?née?|je suis|(?:and )?(?:i was )?born(?: on)?"
    r"|(?:(?:et )?j['’]habite|domiciliée?|demeurant|(?:and )?i live)(?: (?:au|à|at|on|in))?"
    r"|(?:mon|my) (?:num[ée]ro|n°|mail|e-?mail|adresse|address|t[ée]l\w*|portable|mobile|phone|number)"
    r"(?: (?:de t[ée]l\w*|number|mail))?|(?:cordialement|bien à vous|regards)[\s,]*)"
    rf"\s+(?:(?:c['’]est|est|is|:)\s+)?(?:le |au )?)?(?:{_MASK})",
    re.IGNORECASE,
)


def hidden(found: str, kind: str) -> str:
    """Return what stands for a stretch while the text around it is read: as many characters, which tell the kind."""
    return _FIRST[kind] + _NEXT[kind] * (len(found) - 1)


def hide(text: str, start: int, end: int, kind: str) -> str:
    """Return the text with a stretch hidden."""
    return text[:start] + hidden(text[start:end], kind) + text[end:]


def lowered(text: str) -> str:
    """Return a text in lower case, each character in its place ("İ" would become two)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(char.lower()[0] for char in text)


def hide_after(found: re.Match[str], kind: str) -> str:
    """Return a match with all behind its group `lead` hidden."""
    lead: str = found["lead"]
    return lead + hidden(found.group()[len(lead) :], kind)


def hide_along(found: re.Match[str]) -> str:
    """Return a match that begins with a hidden stretch, hidden to its end."""
    stretch: str = found[1]
    return stretch + stretch[-1] * (len(found.group()) - len(stretch))


def hidden_stretch(*kinds: str) -> str:
    """Return the pattern of a hidden stretch of one of these kinds."""
    return f"[{''.join(_FIRST[kind] for kind in kinds)}][{''.join(_NEXT[kind] for kind in kinds)}]*"


def hidden_stretches(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where hidden stretches begin and end, with their kinds."""
    for match in _STRETCH.finditer(text):
        yield *match.span(), _KINDS[(ord(match[1]) - 0xE000) // 2]


def with_masks_hidden(text: str) -> str:
    """Return a text, masked already or not, ready to be read: no character of private use but those of its masks."""
    kinds = {mask: kind for kind, mask in MASKS.items()}
    return _ANY.sub(lambda found: hidden(found.group(), kinds[found.group()]), _PRIVATE.sub(" ", text))


def with_masks_shown(text: str) -> str:
    """Return a text that was read with a mask for each hidden stretch."""
    return _STRETCH.sub(lambda found: MASKS[_KINDS[(ord(found[1]) - 0xE000) // 2]], text)


def kinds_masked(text: str) -> tuple[Kind, ...]:
    """Return what was masked in a text, each kind once, in the order of the masks."""
    return tuple(kind for kind in Kind if MASKS[kind] in text)


def without_masks(text: str, *, keeps_lead: bool = False) -> str:
    """Return a masked text without its masks.

    Words that only introduce a mask ("je suis né le …") are dropped too, unless `keeps_lead`.
    """
    return (_ANY if keeps_lead else _BRINGS).sub(" ", text)


def says_nothing_else(text: str) -> bool:
    """Whether a masked text holds nothing to search: only words that tell who somebody is, or how to reach them."""
    left = without_masks(text)
    meant = [word for word in words(left) if not word.isdigit()]
    return (
        bool(kinds_masked(text))
        and "€" not in left
        and all(word in REACHING_WORDS | SMALL_TALK_WORDS for word in meant)
    )
