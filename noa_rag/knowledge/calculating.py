"""Calculating with an entry's formulas: exact decimals, figures from facts alone, each step written out."""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from noa_rag.domain.calculation import Calculation, Input
from noa_rag.domain.facts import DatedValue, Fact, FactId
from noa_rag.french.numbers import with_digits

Value = Decimal | date | str
EXAMPLES_FROM = 3
NUMBERS = frozenset({0, 1, 12, 365})  # of the calendar; any other number of a formula is a fact
PER_CENT = ("%", "points")
TYPED_LIMIT = 40
_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant),
    *(ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE),
    *(ast.Gt, ast.GtE),
)
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
        return _day(text)
    if is_english:
        text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"(?:€|euros?|%)\s*$", "", with_digits(text.lower())).strip()
    if not _NUMBER.fullmatch(text) or (one.unit == "€" and re.search(r",\d{3,}", text)):  # "12,000": twelve, or 12 000?
        return None
    value = Decimal(text.replace(",", "."))
    if not one.at_least <= value <= one.at_most:
        return None
    return value / 100 if one.unit in PER_CENT else value


def _day(text: str) -> date | None:
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
    ast.Mult: operator.mul,
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


def problems(calculation: Calculation, facts: Mapping[FactId, Fact]) -> Iterator[str]:
    """Yield what is wrong with a calculation: unknown names and facts, numbers in formulas, examples that differ."""
    unknown = sorted(fact_id for fact_id in calculation.fact_ids if FactId(fact_id) not in facts)
    for one in unknown:
        yield f"`figures` names a fact that does not exist: `{one}`"
    choices = {
        field.key: {option.key for option in field.options} for field in calculation.inputs if field.kind == "choice"
    }
    words = set().union(*choices.values()) if choices else set()
    names = {field.key for field in calculation.inputs} | {figure.key for figure in calculation.figures}
    for figure in calculation.figures:
        if figure.by and (figure.by not in choices or not {option for option, _ in figure.facts} <= choices[figure.by]):
            yield f"`by` of `{figure.key}` must name a choice, and its facts the options of that choice"
            return
    failed = list(unknown)
    for result in calculation.results:
        found = list(_formula_problems(result.formula, names, words))
        failed += found
        yield from found
        names.add(result.key)
    for outcome in calculation.outcomes:
        found = list(_formula_problems(outcome.when, names, words))
        failed += found
        yield from found
    if len(calculation.examples) < EXAMPLES_FROM:
        yield f"`examples` has {len(calculation.examples)}; a calculation has at least {EXAMPLES_FROM}"
    if not failed:
        yield from _example_problems(calculation, facts)


def _formula_problems(formula: str, names: set[str], words: set[str]) -> Iterator[str]:
    try:
        tree = ast.parse(formula, mode="eval")
    except (SyntaxError, ValueError):
        yield f"the formula cannot be read: {formula!r}"
        return
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            yield f"a formula may not hold {type(node).__name__}: {formula!r}"
        elif isinstance(node, ast.Name) and node.id not in names | FUNCTIONS.keys():
            yield f"a formula names nothing that is known: `{node.id}`"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in words:
            yield f"a formula names no option: {node.value!r}"
        elif isinstance(node, ast.Constant) and not isinstance(node.value, str) and node.value not in NUMBERS:
            yield f"a formula holds the number {node.value!r}; figures come from facts"


def _example_problems(calculation: Calculation, facts: Mapping[FactId, Fact]) -> Iterator[str]:
    for number, example in enumerate(calculation.examples, start=1):
        typed = dict(example.given)
        given = {one.key: read_typed(one, typed.get(one.key, "")) for one in calculation.inputs}
        wrong = [key for key, value in given.items() if value is None]
        if wrong:
            yield f"example {number} gives no value for {', '.join(wrong)}"
            continue
        try:
            done = calculate(calculation, {k: v for k, v in given.items() if v is not None}, facts, example.on)
        except (InvalidExpression, ArithmeticError, TypeError, KeyError) as error:
            yield f"example {number} cannot be calculated: {error}"
            continue
        if done.lacking:
            yield f"example {number}: {done.lacking[0].id} has no value on {example.on}"
            continue
        for key, said in example.results:
            value = done.values.get(key)
            if value is None or value != Decimal(said.replace(" ", "").replace(",", ".")):
                yield f"example {number}: `{key}` is {value}, not {said}"
