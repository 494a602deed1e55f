"""What changed between two states of a source, in French lines for the owner of an entry; quotes are indented."""

from collections.abc import Iterator
from datetime import date
from difflib import SequenceMatcher

from noa_rag.domain.facts import SourceText

QUOTED_CHANGES = 12  # more are counted: an owner who has to read so much reads the source itself
QUOTE_LENGTH = 400  # characters of one quote
AROUND = 80  # characters quoted before and after what differs
STATES = {
    "VIGUEUR": "en vigueur",
    "VIGUEUR_DIFF": "en vigueur plus tard",
    "VIGUEUR_ETEN": "en vigueur, étendu",
    "VIGUEUR_NON_ETEN": "en vigueur, non étendu",
    "ABROGE": "abrogé",
    "ABROGE_DIFF": "abrogation à venir",
    "ANNULE": "annulé",
    "DISJOINT": "disjoint",
    "MODIFIE": "modifié",
    "MODIFIE_MORT_NE": "modifié avant d'entrer en vigueur",
    "PERIME": "périmé",
    "SUBSTITUE": "remplacé",
    "TRANSFERE": "transféré",
}


def changed(before: SourceText, after: SourceText, title: str) -> str:
    """Return what changed in a source: a line that names it, then each passage as it was and as it is."""
    version = f", version du {_day(after.dated_on)}" if after.dated_on else ""
    earlier = f" (avant : {_day(before.dated_on)})" if before.dated_on and before.dated_on != after.dated_on else ""
    state = f" État : {_state(before.state)} devient {_state(after.state)}." if before.state != after.state else ""
    head = f"Source modifiée : « {title} »{version}{earlier}, {after.url}.{state}"
    quotes = list(_quotes(before.lines, after.lines))
    rest = len(quotes) - QUOTED_CHANGES
    more = [f" Et {rest} autres passages : lisez la source."] if rest > 0 else []
    return "\n".join([head, *quotes[:QUOTED_CHANGES], *more])


def newer_than_entry(text: SourceText, title: str, validated_on: date) -> str:
    """Return why an article met for the first time asks to read an entry: it ended, or began after the validation."""
    since = f" depuis le {_day(text.dated_on)}" if text.dated_on else ""
    head = (
        f"Source plus récente que la fiche : « {title} », {_state(text.state)}{since}, {text.url}."
        f" La fiche a été validée le {_day(validated_on)} ; le texte antérieur de la source n'est pas connu."
    )
    return "\n".join([head, *(f" Texte actuel : « {_cut(one)} »" for one in text.lines[:QUOTED_CHANGES])])


def gone(before: SourceText) -> str:
    """Return that a fiche is no longer published."""
    return f"Source retirée : « {before.title} » ({before.id}) n'est plus publiée, {before.url}."


def _quotes(before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for _, start, end, new_start, new_end in (one for one in matcher.get_opcodes() if one[0] != "equal"):
        old, new = before[start:end], after[new_start:new_end]
        for one, other in zip(old, new, strict=False):
            was, now = _around_difference(one, other)
            yield f" Avant : « {was} » Après : « {now} »"
        yield from (f" Supprimé : « {_cut(one)} »" for one in old[len(new) :])
        yield from (f" Ajouté : « {_cut(one)} »" for one in new[len(old) :])


def _around_difference(one: str, other: str) -> tuple[str, str]:
    """Return both texts from a little before what differs to a little after it."""
    shortest = min(len(one), len(other))
    start = next((at for at in range(shortest) if one[at] != other[at]), shortest)
    tail = next((at for at in range(shortest - start) if one[-1 - at] != other[-1 - at]), shortest - start)
    first = max(0, start - AROUND)
    first = one.rfind(" ", 0, first) + 1 if first else 0
    return tuple(_cut(_window(text, first, tail)) for text in (one, other))  # type: ignore[return-value]


def _window(text: str, first: int, tail: int) -> str:
    last = text.find(" ", len(text) - tail + AROUND) if tail > AROUND else -1
    shown = text[first:last] if last >= 0 else text[first:]
    return ("… " if first else "") + shown + (" …" if last >= 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= QUOTE_LENGTH else text[:QUOTE_LENGTH].rsplit(" ", 1)[0] + " …"


def _state(state: str) -> str:
    return STATES.get(state, state.lower().replace("_", " ") or "inconnu")


def _day(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "?"
