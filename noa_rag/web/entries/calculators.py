"""The form by which an entry calculates, and what comes out: each line in words and figures, the facts behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from simpleeval import InvalidExpression
from structlog import get_logger

from noa_rag.domain.calculation import NO_LIMIT, Calculation, Input
from noa_rag.domain.facts import Fact, FactId
from noa_rag.domain.question import Language
from noa_rag.knowledge.calculating import PER_CENT, Calculated, UsedFact, Value, calculate, holds, read_typed, written
from noa_rag.translation import N_, Translator, translator_of
from noa_rag.web.entries.next_steps import Link, web_url
from noa_rag.web.in_words import NARROW, WIDE, day_in_words

_log = get_logger(__name__)
WORDS = {
    "max": N_("le plus grand de ({} ; {})"),
    "min": N_("le plus petit de ({} ; {})"),
    "days": N_("nombre de jours entre {} et {}"),
}


@dataclass(frozen=True, slots=True)
class OptionView:
    key: str
    label: str
    language: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as it was typed; `problem` says what to write instead, empty where nothing is wrong."""

    key: str
    kind: str
    label: str
    language: str
    unit: str
    value: str
    problem: str
    options: tuple[OptionView, ...]


@dataclass(frozen=True, slots=True)
class LineView:
    label: str
    language: str
    value: str
    in_words: str
    in_figures: str


@dataclass(frozen=True, slots=True)
class FactView:
    label: str
    value: str
    validity: str
    source: Link


@dataclass(frozen=True, slots=True)
class CalculatorView:
    """A calculator; without `lines` nothing was calculated, and `lacking` says why where a figure has ended."""

    fields: tuple[FieldView, ...]
    lines: tuple[LineView, ...] = ()
    outcome: tuple[str, str] = ("", "")
    facts: tuple[FactView, ...] = ()
    lacking: str = ""

    @property
    def problems(self) -> tuple[FieldView, ...]:
        return tuple(field for field in self.fields if field.problem)


def view_calculator(
    calculation: Calculation, typed: Mapping[str, str], facts: Mapping[FactId, Fact], language: Language, day: date
) -> CalculatorView:
    """Return the form with what was typed, and the result where all of it can be read and every figure holds."""
    translator, is_english = translator_of(language), language is Language.ENGLISH
    is_sent = any(one.key in typed for one in calculation.inputs)
    given = {
        one.key: value
        for one in calculation.inputs
        if (value := read_typed(one, typed.get(one.key, ""), is_english=is_english)) is not None
    }
    fields = tuple(
        _field(one, typed.get(one.key, ""), language, wants=is_sent and one.key not in given)
        for one in calculation.inputs
    )
    unavailable = CalculatorView(fields, lacking=translator.gettext("Ce calcul n'est pas disponible pour le moment."))
    if any(FactId(fact_id) not in facts for fact_id in calculation.fact_ids):
        return unavailable
    if len(given) < len(fields):
        return CalculatorView(fields)
    try:
        done = calculate(calculation, given, facts, day)
    except (InvalidExpression, ArithmeticError, TypeError):  # the check's examples came out; what was typed did not
        _log.exception("calculation_failed")
        return unavailable
    if done.lacking:
        label = done.lacking[0].label
        said = translator.gettext(
            "Ce calcul n'est plus à jour : « %(label)s » n'a pas de valeur connue aujourd'hui.", label=label
        )
        return CalculatorView(fields, lacking=said)
    return CalculatorView(
        fields,
        _lines(calculation, given, done, language),
        (done.outcome[1], "en") if is_english and done.outcome[1] else (done.outcome[0], "fr"),
        tuple(_fact(one, language) for one in done.used),
    )


def _label(label: str, label_en: str, language: Language) -> tuple[str, str]:
    return (label_en, "en") if language is Language.ENGLISH and label_en else (label, "fr")


def _field(one: Input, typed: str, language: Language, *, wants: bool) -> FieldView:
    label, in_language = _label(one.label, one.label_en, language)
    options = tuple(
        OptionView(option.key, *_label(option.label, option.label_en, language), option.key == typed)
        for option in one.options
    )
    problem = _problem(one, translator_of(language)) if wants else ""
    return FieldView(one.key, one.kind, label, in_language, one.unit, typed, problem, options)


def _problem(one: Input, translator: Translator) -> str:
    if one.kind == "choice":
        return translator.gettext("Choisissez une réponse.")
    if one.kind == "date":
        return translator.gettext("Écrivez une date, par exemple 15/03/2026.")
    if one.at_most < NO_LIMIT:
        return translator.gettext(
            "Écrivez un nombre entre %(low)s et %(high)s, par exemple 12,5.", low=one.at_least, high=one.at_most
        )
    if one.unit == "€":
        return translator.gettext("Écrivez un montant en euros, par exemple 12 000.")
    return translator.gettext("Écrivez un nombre, par exemple 12.")


def _lines(
    calculation: Calculation, given: Mapping[str, Value], done: Calculated, language: Language
) -> tuple[LineView, ...]:
    translator = translator_of(language)
    words = {name: translator.gettext(text) for name, text in WORDS.items()}
    figures = dict(words)
    by_fact = {one.fact.id: one for one in done.used}
    for one in calculation.inputs:
        words[one.key] = _label(one.label, one.label_en, language)[0].lower()
        figures[one.key] = in_words(given[one.key], one.unit, language)
    for figure in calculation.figures:
        words[figure.key] = _label(figure.label, figure.label_en, language)[0]
        for _, fact_id in figure.facts:
            if fact_id in by_fact and (not figure.by or (given[figure.by], fact_id) in figure.facts):
                figures[figure.key] = stated(by_fact[FactId(fact_id)], language)
    lines = []
    for result in calculation.results:
        label, in_language = _label(result.label, result.label_en, language)

        def chosen(condition: str) -> bool:
            return holds(condition, done.names)

        value = in_words(done.values[result.key], result.unit, language)
        lines.append(
            LineView(
                label,
                in_language,
                value,
                written(result.formula, words.__getitem__, chosen),
                written(result.formula, figures.__getitem__, chosen),
            )
        )
        words[result.key], figures[result.key] = label.lower(), value
    return tuple(lines)


def in_words(value: Value, unit: str, language: Language) -> str:
    """Return "1 476,00 €", "12,5 %", a day or "30 jours" as the language writes it."""
    if isinstance(value, date):
        return day_in_words(value, language)
    if isinstance(value, str):
        return value
    number = value * 100 if unit in PER_CENT else value
    text = f"{number:,.2f}" if unit == "€" and number % 1 else f"{number.normalize():,f}"
    if language is Language.ENGLISH:
        return f"€{text}" if unit == "€" else f"{text}%" if unit == "%" else f"{text}{WIDE}{_english(unit)}".strip()
    text = text.replace(",", NARROW).replace(".", ",")
    return f"{text}{WIDE}{unit}".strip()


def _english(unit: str) -> str:
    return {"jours": "days", "mois": "months"}.get(unit, unit)


def stated(fact: UsedFact, language: Language) -> str:
    return in_words(fact.value, "%" if fact.fact.unit in PER_CENT else fact.fact.unit, language)


def _fact(fact: UsedFact, language: Language) -> FactView:
    gettext, period = translator_of(language).gettext, fact.period
    if period.valid_until:
        validity = gettext("jusqu'au %(day)s", day=day_in_words(period.valid_until, language))
    else:
        validity = gettext("jusqu'à nouvel ordre")
    if period.valid_from:
        validity = gettext("depuis le %(day)s", day=day_in_words(period.valid_from, language)) + ", " + validity
    source = Link(period.source.title, web_url(period.source.url))
    return FactView(fact.fact.label, stated(fact, language), validity, source)
