"""Official sentences with one thing changed to the letter: a figure, date, unit, link, telephone number or body.

What stands in its place is nowhere in the passage. Made by program from the entries, always the same.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping

from evals.suites.turned import Turned
from noa_rag.domain.entry import EntryContent, EntryId, official_text
from noa_rag.domain.passages import passages_of

SEED = 0
LONGEST = 300  # characters of a sentence
_OTHER_UNIT = {
    "jours": "semaines",
    "mois": "ans",
    "ans": "mois",
    "semaines": "mois",
    "heures": "jours",
    "€": "%",
    "%": "€",
}
_OTHER_MONTH = {"janvier": "octobre", "avril": "mars", "juin": "novembre", "septembre": "février", "décembre": "août"}
_BODIES = ("l'Urssaf", "France Travail", "l'Inpi", "la mairie", "le greffe", "la préfecture", "la CPAM", "le notaire")
_FOREIGN = ("la Cnil", "l'Agefiph", "le tribunal administratif")

Change = Callable[[re.Match[str], random.Random], str]


def _more(least: int, most: int) -> Change:
    return lambda found, drawn: f"{int(re.sub(r'[^0-9]', '', found[1])) + drawn.randrange(least, most)}"


_CHANGES: tuple[tuple[str, re.Pattern[str], Change], ...] = (
    ("amount", re.compile(r"\b(\d[\d \u202f]*)(?=\s€)"), _more(3, 900)),
    ("percentage", re.compile(r"\b(\d+)(?=(?:,\d+)?\s%)"), _more(7, 40)),
    ("number", re.compile(r"\b(\d+)(?=\ssalariés)"), _more(3, 20)),
    ("duration", re.compile(r"\b(\d+)(?=\s(?:jours|mois|ans|semaines|heures))"), _more(13, 40)),
    ("unit", re.compile(r"(?<=\d\s)(jours|mois|ans|semaines|heures|€|%)"), lambda found, drawn: _OTHER_UNIT[found[1]]),
    ("date", re.compile(rf"(?<=[\dr]\s)({'|'.join(_OTHER_MONTH)})"), lambda found, drawn: _OTHER_MONTH[found[1]]),
    ("year", re.compile(r"\b(20[12]\d)\b"), lambda found, drawn: f"{int(found[1]) - drawn.randrange(3, 9)}"),
    ("phone", re.compile(r"\b(0\s?\d(?:\s?\d\d){4}|0 806 000 \d{3})\b"), lambda found, drawn: "01 42 87 65 31"),
    (
        "link",
        re.compile(r"(?<=\]\()(https?://[^)\s]+)"),
        lambda found, drawn: "https://www.entreprendre-aide.fr/dossier",
    ),
    ("body", re.compile("|".join(_BODIES)), lambda found, drawn: drawn.choice(_FOREIGN)),
)


def altered_sentences(entries: Mapping[EntryId, EntryContent], count: int) -> list[Turned]:
    """Return as many of them, at most `count` of each kind."""
    drawn_by = random.Random(SEED)
    by_kind: dict[str, list[Turned]] = {}
    for sentence in _all(entries, drawn_by):
        by_kind.setdefault(sentence.kind, []).append(sentence)
    return [
        sentence for _, rows in sorted(by_kind.items()) for sentence in drawn_by.sample(rows, min(count, len(rows)))
    ]


def _all(entries: Mapping[EntryId, EntryContent], drawn_by: random.Random) -> Iterator[Turned]:
    for entry, content in sorted(entries.items()):
        text = official_text(content)
        for number, passage in enumerate(passages_of(text)):
            if len(passage.quote) > LONGEST:
                continue
            for kind, pattern, change in _CHANGES:
                found = pattern.search(passage.quote)
                changed = change(found, drawn_by) if found else ""
                if found and changed not in text:
                    said = f"{passage.quote[: found.start()]}{changed}{passage.quote[found.end() :]}"
                    yield Turned(f"{entry}/{number}/{kind}", entry, kind, said, passage.quote)
