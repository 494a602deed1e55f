"""What is said of figures that have ended, and of those of another year than the one that the question is asked in."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from noa_rag.domain.answer import Answer
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.facts import FactBook, FactKind, OutdatedFact, in_year, whole_text
from noa_rag.domain.question import Language
from noa_rag.translation import N_, translator_of

NAMED_LIMIT = 4  # figures named in a sentence; an entry on contributions states twenty
YEARS_BACK, YEARS_AHEAD = 5, 2  # further away, four digits are a form (2035, 2042) or an amount
_YEAR = re.compile(r"(?<![\d/.,-])20\d\d(?![\d,.]\d|\d| ?(?:€|euros?\b|%))")
_ENDED = {
    FactKind.MEASURE: N_("La mesure prenait fin le %(day)s : %(figures)s."),
    FactKind.DEADLINE: N_("Échéance passée : %(figures)s."),
    FactKind.AMOUNT: N_("Valable jusqu'au %(day)s, mise à jour en cours : %(figures)s."),
}
_ENDS = N_("La mesure prend fin le %(day)s : %(figures)s.")
_OF_YEAR = N_("En %(year)s : %(figures)s.")
_NOT_YET = N_("%(year)s n'est pas encore publié. Derniers chiffres connus : %(figures)s.")
_NOTHING_YET = N_("%(year)s n'est pas encore publié : voici la réponse de %(this_year)s.")


def _in_figures(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def dated(answer: Answer, facts: FactBook, asked: str, *, on: date) -> Answer:
    """Return the answer with the figures of its entries that have ended, and what is known of the year asked about."""

    def outdated(entry: EntryVersion | None) -> tuple[OutdatedFact, ...]:
        return facts.outdated(entry.id, entry.content, on) if entry else ()

    parts = tuple(replace(part, outdated=outdated(part.entry)) for part in answer.parts)
    shown = [part.entry for part in parts if part.entry] or ([answer.entry] if answer.entry else [])
    notes = [year_note(asked, entry, facts, today=on, language=answer.language) for entry in shown]
    year = " ".join(dict.fromkeys(note for note in notes if note))
    return replace(answer, parts=parts, outdated=outdated(answer.entry), year_note=year)


def ended_notice(
    outdated: Iterable[OutdatedFact], language: Language, *, written: Callable[[date], str] = _in_figures
) -> str:
    """Return what is said beside an answer whose figures have ended, which it names; "" where none has."""
    return " ".join(_by_end(outdated, _ENDED, language, written))


def _by_end(
    outdated: Iterable[OutdatedFact],
    said: Mapping[FactKind, str],
    language: Language,
    written: Callable[[date], str] = _in_figures,
) -> list[str]:
    """Return a sentence for each kind, in their order, and each last day."""
    by_end: dict[tuple[int, date], list[OutdatedFact]] = {}
    kinds = list(said)
    for fact in outdated:
        by_end.setdefault((kinds.index(fact.kind), fact.ended_on), []).append(fact)
    gettext = translator_of(language).gettext
    return [
        gettext(said[kinds[at]], day=written(day), figures=_named(facts, language))
        for (at, day), facts in sorted(by_end.items(), key=lambda group: group[0])
    ]


def year_named(text: str, today: date) -> int | None:
    """Return the year that a question names, None where it names none or several."""
    years = {int(year) for year in _YEAR.findall(text)}
    near = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    return years.pop() if len(years) == 1 and years <= set(near) else None


def without_year(text: str) -> str:
    """Return a question without its year, and without the word that leads to it ("en 2027", "pour l'année 2027")."""
    bare = re.sub(r"\b(?:(?:en|pour|de|for|in)\s+)?(?:l')?(?:ann[ée]e\s+|year\s+)?(?=20\d\d\b)", "", text, flags=re.I)
    return " ".join(_YEAR.sub("", bare).split())


def year_note(asked: str, entry: EntryVersion, facts: FactBook, *, today: date, language: Language) -> str:
    """Return what is known of the year that a question names: its figures, or that they are not published yet."""
    year = year_named(asked, today)
    if year is None or year == today.year:
        return ""
    gettext, said = translator_of(language).gettext, []
    dated = (fact for fact in facts.of(entry.id) if fact.kind is not FactKind.MEASURE)
    known = in_year(dated, year, today=today)
    if known:
        figures = [OutdatedFact(fact.id, fact.label, period.value, fact.unit, today) for fact, period in known]
        said.append(gettext(_OF_YEAR, year=year, figures=_named(figures, language)))
    if year < today.year:
        return " ".join(said)
    known_ids = {fact.id for fact, _ in known}
    ended = [fact for fact in facts.outdated(entry.id, entry.content, date(year, 1, 1)) if fact.id not in known_ids]
    measures = [fact for fact in ended if fact.kind is FactKind.MEASURE and fact.ended_on >= today]
    said += _by_end(measures, {FactKind.MEASURE: _ENDS}, language)
    amounts = [fact for fact in ended if fact.kind is not FactKind.MEASURE]
    if amounts:
        said.append(gettext(_NOT_YET, year=year, figures=_named(amounts, language)))
    elif not said and str(year) not in whole_text(entry.content):
        said.append(gettext(_NOTHING_YET, year=year, this_year=today.year))
    return " ".join(said)


def _named(facts: Sequence[OutdatedFact], language: Language) -> str:
    named = [f"{fact.label} ({f'{fact.value} {fact.unit}'.strip()})" for fact in facts[:NAMED_LIMIT]]
    others = len(facts) - NAMED_LIMIT
    if others > 0:
        translator = translator_of(language)
        named.append(translator.ngettext("%(num)s autre chiffre", "%(num)s autres chiffres", others))
    return ", ".join(named)
