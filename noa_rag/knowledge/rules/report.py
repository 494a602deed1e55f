"""All rules over a pack: what each found, and whether that keeps the pack from passing."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from noa_rag.domain.facts import FactBook
from noa_rag.knowledge.pack import Pack
from noa_rag.knowledge.rules import figures, questions, style, translations
from noa_rag.knowledge.rules.finding import Checked, Finding, Level, by_place

LEVELS = {
    translations.STALE: Level.ERROR,
    questions.DUPLICATE: Level.WARNING,
    questions.NEARER: Level.WARNING,
    questions.GIVEN_AWAY: Level.WARNING,
    questions.PROFILE: Level.WARNING,
    style.HOME_PAGE: Level.WARNING,
    figures.WITHOUT_FACT: Level.WARNING,
    figures.WITHOUT_YEAR: Level.WARNING,
    figures.OPEN_YEAR: Level.WARNING,
    figures.PAST_YEAR: Level.WARNING,
    figures.EXPIRED: Level.WARNING,
    figures.ENDED_FACT: Level.WARNING,
    figures.HIDDEN: Level.WARNING,
    figures.CONTRADICTION: Level.WARNING,
    style.FIRST_SENTENCE: Level.WARNING,
    style.LONG_SENTENCE: Level.WARNING,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What the rules found; `strict` are the rules of which a warning counts as an error."""

    findings: tuple[Finding, ...]
    rules: tuple[str, ...]
    strict: frozenset[str] = frozenset()

    def level(self, rule: str) -> Level:
        return Level.ERROR if rule in self.strict else LEVELS[rule]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if self.level(one.rule) is Level.ERROR)

    def counts(self) -> list[tuple[str, Level, int]]:
        """Return how often each rule found something, in the order of the rules."""
        counted = Counter(one.rule for one in self.findings)
        return [(rule, self.level(rule), counted[rule]) for rule in self.rules]


def examine(
    pack: Pack,
    *,
    today: date,
    rules: Collection[str] = (),
    strict: Iterable[str] = (),
    embed: questions.Embed | None = None,
) -> Report:
    """Return what the rules find, all of them unless some are named; `embed` compares questions by their meaning."""
    wanted = tuple(rule for rule in LEVELS if not rules or rule in rules)
    checked = Checked(pack.files, FactBook(pack.facts), today)
    findings = by_place(one for one in _all(checked, embed) if one.rule in wanted)
    return Report(tuple(findings), wanted, frozenset(strict))


def _all(checked: Checked, embed: questions.Embed | None) -> Iterable[Finding]:
    yield from translations.stale_translations(checked)
    yield from style.home_page_sources(checked)
    yield from figures.undated_figures(checked)
    yield from figures.undated_years(checked)
    yield from figures.fact_findings(checked)
    yield from figures.contradictions(checked)
    yield from style.first_sentences(checked)
    yield from style.long_sentences(checked)
    yield from questions.near_duplicates(checked)
    yield from questions.nearer_to_another(checked, embed)
    yield from questions.given_away(checked)
    yield from questions.profiles(checked)


def summary(pack: Pack) -> str:
    """Return one line on what a sound pack holds."""
    per_agency = Counter(content.agency_id for _, content in pack.entries)
    counts = ", ".join(f"{agency} {count}" for agency, count in sorted(per_agency.items()))
    past_count = sum(len(history) - 1 for history in pack.histories.values())
    dated = f" and {past_count} earlier versions" if past_count else ""
    return f"{len(pack.entries)} entries{dated}: {counts}"
