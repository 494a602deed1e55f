"""The official texts that entries cite, in the state in which they were read."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SourceText:
    """An official text: a fiche by its number (F35211), an article of law by Légifrance's identifier (LEGIARTI…).

    `lines` are its paragraphs. `dated_on` is the day of a fiche's last change, or the first day of an article's
    version. `state` is the legal state of an article as Légifrance names it (VIGUEUR, ABROGE…), empty for a fiche.
    """

    id: str
    title: str
    url: str
    lines: tuple[str, ...]
    dated_on: date | None = None
    state: str = ""

    def says_the_same_as(self, other: "SourceText") -> bool:
        """Return whether texts and states agree; titles, addresses, days and runs of spaces do not count."""
        return self.state == other.state and _words(self.lines) == _words(other.lines)


def _words(lines: tuple[str, ...]) -> list[str]:
    return " ".join(lines).split()
