"""Calculating with an entry's formulas: exact decimals, figures from facts alone, each step written out."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simpleeval import SimpleEval

from noa_rag.domain.calculation import Calculation, Input
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.french.numbers import with_digits

Value = Decimal | date | str
PER_CENT = ("%", "points")
TYPED_LIMIT = 40
_SIGNS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷"}
_STRENGTH: dict[type[ast.AST], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}
_FRENCH_DAY = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def _days(begins: date, ends: date) -> Decimal:
    return Decimal((ends - begins).days)


FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max, "days": _days}


@dataclass(frozen=True, slots=True)
class UsedFact:
    """A fact that a calculation used, with the value that held."""

    fact: Fact
    period: DatedValue

    @property
    def value(self) -> Decimal:
        """Return the number that a formula is given: of a rate in percent, a hundredth."""
        digits = self.period.value.translate({ord(space): None for space in " \u00a0\u202f"}).replace(",", ".")
        return Decimal(digits) / 100 if self.fact.unit in PER_CENT else Decimal(digits)


@dataclass(frozen=True, slots=True)
class Calculated:
    """The value of each result, the text of the outcome in French and English, and the facts used.

    `lacking` are the facts without a value on the day; nothing is calculated then.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    names: Mapping[str, Value] = field(default_factory=dict)
    """Everything that a formula may name: what was typed, the figures, the results."""
    outcome: tuple[str, str] = ("", "")
    used: tuple[UsedFact, ...] = ()
    lacking: tuple[Fact, ...] = ()


def read_typed(one: Input, typed: str, *, is_english: bool = False) -> Value | None:
    """Return what somebody typed as a value, None where it is none or out of its limits."""
    text = re.sub(r"\s+", " ", typed).strip()
    if not text or len(text) > TYPED_LIMIT:
        return None
    if one.kind == "choice":
        return text if text in {option.key for option in one.options} else None
    if one.kind == "date":
        return typed_day(text)
    if is_english:
        text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?:€|euros?|%)\s*$", "", with_digits(text.lower())).strip()
    if not _NUMBER.fullmatch(text) or (one.unit == "€" and re.search(r",\d{3,}", text)):  # "12,000": twelve, or 12 000?
        return None
    value = Decimal(text.replace(",", "."))
    if not one.at_least <= value <= one.at_most:
        return None
    return value / 100 if one.unit in PER_CENT else value


def typed_day(text: str) -> date | None:
    """Return a day written 15/03/2026, 15.03.2026 or 2026-03-15, None for anything else."""
    french = _FRENCH_DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in french.groups()[::-1])) if french else date.fromisoformat(text)
    except ValueError:
        return None


def calculate(
    calculation: Calculation, given: Mapping[str, Value], facts: Mapping[FactId, Fact], day: date
) -> Calculated:
    """Return what comes out on a day. Raises InvalidExpression or ArithmeticError for a formula that fails."""
    names: dict[str, Value] = dict(given)
    used, lacking = [], []
    for figure in calculation.figures:
        fact_id = next((fact for option, fact in figure.facts if not figure.by or given[figure.by] == option), None)
        if fact_id is None:
            continue
        fact = facts[FactId(fact_id)]
        period = fact.on(day)
        if period is None:
            lacking.append(fact)
            continue
        used.append(UsedFact(fact, period))
        names[figure.key] = used[-1].value
    if lacking:
        return Calculated(lacking=tuple(lacking))
    values: dict[str, Value] = {}
    for result in calculation.results:
        value = Decimal(_evaluated(result.formula, names))
        if result.unit == "€":
            value = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
        names[result.key] = values[result.key] = value
    for outcome in calculation.outcomes:
        if _evaluated(outcome.when, names):
            return Calculated(values, names, outcome=(outcome.text, outcome.text_en), used=tuple(used))
    return Calculated(values, names, used=tuple(used))


def _evaluated(formula: str, names: Mapping[str, Value]) -> Any:
    parser = SimpleEval(operators=_OPERATORS, functions=FUNCTIONS, names=dict(names))
    return parser.eval(formula)


_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: lambda left, right: Decimal(left) * Decimal(right),  # never a text a billion times over
    ast.Div: lambda left, right: Decimal(left) / Decimal(right),
    ast.USub: operator.neg,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def written(formula: str, word: Callable[[str], str], chosen: Callable[[str], bool]) -> str:
    """Return the branch of a formula that was taken, with `word` in the place of each name.

    `chosen` says whether a condition holds.
    """
    return _written(ast.parse(formula, mode="eval").body, word, chosen, 0)


def _written(node: ast.expr, word: Callable[[str], str], chosen: Callable[[str], bool], within: int) -> str:
    if isinstance(node, ast.IfExp):
        return _written(node.body if chosen(ast.unparse(node.test)) else node.orelse, word, chosen, within)
    if isinstance(node, ast.BinOp):
        strength = _STRENGTH[type(node.op)]
        left = _written(node.left, word, chosen, strength)
        right = _written(node.right, word, chosen, strength + (type(node.op) in (ast.Sub, ast.Div)))
        text = f"{left} {_SIGNS[type(node.op)]} {right}"
        return f"({text})" if strength < within else text
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return word(node.func.id).format(*(_written(argument, word, chosen, 0) for argument in node.args))
    if isinstance(node, ast.Name):
        return word(node.id)
    return ast.unparse(node)


def holds(condition: str, names: Mapping[str, Value]) -> bool:
    return bool(_evaluated(condition, names))
