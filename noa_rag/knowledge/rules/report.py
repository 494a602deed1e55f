"""All rules over a pack: what each found, whether the pack passes, stale translations, and how themes are covered."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from noa_rag.domain.entry import EntryContent, fingerprint, translation_of
from noa_rag.domain.errors import Complaint, InvalidRequest
from noa_rag.domain.facts import FactBook
from noa_rag.knowledge.pack import AGENCIES, Pack
from noa_rag.knowledge.rules import answers, places, questions
from noa_rag.knowledge.rules.finding import Checked, Finding, Level, by_place, found

STALE, UNLISTED = "stale-translation", "unlisted"
OLD_CONTACT = "contact-unchecked"
CONTACT_DAYS = 183  # half a year: numbers and hours change with budgets and moves
WARNINGS = (
    questions.DUPLICATE,
    questions.NEARER,
    questions.GIVEN_AWAY,
    questions.PROFILE,
    answers.HOME_PAGE,
    answers.WITHOUT_FACT,
    answers.WITHOUT_YEAR,
    answers.OPEN_YEAR,
    answers.PAST_YEAR,
    answers.EXPIRED,
    answers.ENDED_FACT,
    answers.HIDDEN,
    answers.CONTRADICTION,
    answers.FIRST_SENTENCE,
    answers.LONG_SENTENCE,
    places.NO_GENERAL,
    places.ELSEWHERE,
    UNLISTED,
    OLD_CONTACT,
)
LEVELS = {STALE: Level.ERROR, **dict.fromkeys(WARNINGS, Level.WARNING)}
BEGIN, END = "<!-- coverage: `noa knowledge coverage --write` -->", "<!-- end of coverage -->"
_COLUMNS: dict[str, Callable[[EntryContent], bool]] = {
    "entries": lambda content: True,
    "variants": lambda content: content.variant_of is not None,
    "situations": lambda content: bool(content.branches),
    "procedures in steps": lambda content: bool(content.steps),
    "question in English": lambda content: bool(content.question_en) or translation_of(content, "en") is not None,
    "answer in English": lambda content: translation_of(content, "en") is not None,
}
_LANGUAGE = re.compile(r"^  (\w\w):\s*$")
_OF = re.compile(r"^    of:.*$")


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
        return tuple(finding for finding in self.findings if self.level(finding.rule) is Level.ERROR)

    def counts(self) -> list[tuple[str, Level, int]]:
        """Return how often each rule found something, in the order of the rules."""
        counted = Counter(finding.rule for finding in self.findings)
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
    found_in_all = (*_all(checked, embed), *unlisted_entries(pack), *unchecked_contacts(pack, today))
    findings = by_place(finding for finding in found_in_all if finding.rule in wanted)
    return Report(tuple(findings), wanted, frozenset(strict))


def _all(checked: Checked, embed: questions.Embed | None) -> Iterable[Finding]:
    yield from stale_translations(checked)
    yield from answers.home_page_sources(checked)
    yield from answers.undated_amounts(checked)
    yield from answers.undated_years(checked)
    yield from answers.fact_findings(checked)
    yield from answers.contradictions(checked)
    yield from answers.first_sentences(checked)
    yield from answers.long_sentences(checked)
    yield from questions.near_duplicates(checked)
    yield from questions.nearer_to_another(checked, embed)
    yield from questions.given_away(checked)
    yield from questions.profiles(checked)
    yield from places.without_general(checked)
    yield from places.leading_elsewhere(checked)


def summary(pack: Pack) -> str:
    """Return one line on what a sound pack holds."""
    per_agency = Counter(content.agency_id for _, content in pack.entries)
    counts = ", ".join(f"{agency} {count}" for agency, count in sorted(per_agency.items()))
    past_count = sum(len(history) - 1 for history in pack.histories.values())
    dated = f" and {past_count} earlier versions" if past_count else ""
    return f"{len(pack.entries)} entries{dated}: {counts}"


def coverage(pack: Pack) -> str:
    """Return two tables in Markdown: by theme in the order of the pages, by agency by name."""
    contents = [content for _, content in pack.entries]
    themes = [(theme.title, [content for content in contents if content.theme == theme.id]) for theme in pack.themes]
    agencies = [
        (agency.short_name, [content for content in contents if content.agency_id == agency.id])
        for agency in sorted(pack.agencies, key=lambda agency: agency.short_name)
    ]
    facts = f"{len(pack.facts)} facts, {sum(fact.ends_on is not None for fact in pack.facts)} of which have an end."
    return "\n".join([*_table("theme", themes, contents), "", *_table("agency", agencies, contents), "", facts])


def write_coverage(text: str, path: Path) -> bool:
    """Put the figures between the marks of a document; return whether they changed. Raises InvalidRequest."""
    before = path.read_text(encoding="utf-8")
    if BEGIN not in before or END not in before:
        raise InvalidRequest(f"{path} has no lines `{BEGIN}` and `{END}` to write between.", field="write")
    head, _, rest = before.partition(BEGIN)
    _, _, tail = rest.partition(END)
    after = f"{head}{BEGIN}\n{text}\n{END}{tail}"
    path.write_text(after, encoding="utf-8")
    return after != before


def _table(
    title: str, groups: Iterable[tuple[str, list[EntryContent]]], everything: list[EntryContent]
) -> Iterable[str]:
    yield f"| {title} | " + " | ".join(_COLUMNS) + " |"
    yield "|---|" + "---:|" * len(_COLUMNS)
    for name, contents in (*((name, some) for name, some in groups if some), ("**all**", everything)):
        counts = (sum(map(counted, contents)) for counted in _COLUMNS.values())
        yield f"| {name} | " + " | ".join(map(str, counts)) + " |"


def unlisted_entries(pack: Pack) -> Iterable[Finding]:
    """Yield the entries that no sub-theme of their theme lists; variants stand behind their general entry."""
    divided = {theme.id for theme in pack.themes if theme.children}
    listed = {entry_id for theme in pack.themes for child in theme.children for entry_id in child.entries}
    for file in pack.files.values():
        content = file.content
        if content.theme in divided and content.variant_of is None and file.id not in listed:
            yield found(UNLISTED, file, "theme", f"no sub-theme of `{content.theme}` lists it in themes.yaml")


def unchecked_contacts(pack: Pack, today: date) -> Iterable[Finding]:
    """Yield the agencies whose phone nobody has checked for half a year."""
    for agency in pack.agencies:
        line, checked_on = pack.cards.get(agency.id, (1, None))
        is_old = checked_on is None or (today - checked_on).days > CONTACT_DAYS
        if is_old and (agency.phone or (agency.elsewhere and agency.elsewhere.phone)):
            said = f"last checked on {checked_on}" if checked_on else "never checked"
            message = f"the phone of `{agency.id}` was {said}: call it, and write the day as `checked_on`"
            yield Finding(OLD_CONTACT, Complaint(AGENCIES, line, message))


def stale_translations(checked: Checked) -> Iterator[Finding]:
    for file in checked.files.values():
        right = fingerprint(file.content)
        for text in file.content.translations:
            if text.of != right:
                was = f"of another text ({text.of})" if text.of else "not stamped"
                said = f"the translation `{text.language}` is {was}, so it is not shown; read again: `of: '{right}'`"
                yield found(STALE, file, "translations", said)


def stamp(pack: Pack, folder: Path) -> list[Path]:
    """Write the fingerprint of the current text into every translation; return the files that changed."""
    changed: list[Path] = []
    for file in pack.files.values():
        right = fingerprint(file.content)
        if file.history or all(translation.of == right for translation in file.content.translations):
            continue
        path = folder if folder.is_file() else folder / file.path
        before = path.read_text(encoding="utf-8")
        after = _stamped(before, right)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path)
    return changed


def _stamped(text: str, right: str) -> str:
    """Return a file's text with `of` as the first line of each translation."""
    lines: list[str] = []
    is_inside = False
    for line in text.splitlines(keepends=True):
        if not line.startswith((" ", "\n")):
            is_inside = line.startswith("translations:")
        if is_inside and _OF.match(line.rstrip("\n")):
            continue
        lines.append(line)
        if is_inside and _LANGUAGE.match(line.rstrip("\n")):
            lines.append(f"    of: '{right}'\n")
    return "".join(lines)
