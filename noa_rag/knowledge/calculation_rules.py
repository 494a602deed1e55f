"""The check of a calculation: its keys, facts and formulas, and its examples, which must come out as they say."""

import ast
import keyword
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from simpleeval import InvalidExpression

from noa_rag.domain.calculation import Calculation, Example
from noa_rag.domain.errors import ContentProblem
from noa_rag.domain.facts import Fact, FactId
from noa_rag.knowledge.calculating import FUNCTIONS, calculate, read_typed

EXAMPLES_FROM = 3
NUMBERS = frozenset({0, 1, 12, 365})  # of the calendar; any other number of a formula is a fact
_NODES = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant),
    *(ast.Load, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.And, ast.Or, ast.Eq, ast.NotEq, ast.Lt, ast.LtE),
    *(ast.Gt, ast.GtE),
)
IN_ENGLISH = {
    "missing": "`{field}` is missing",
    "not_a_key": "a key of `{field}` is a word of formulas, taken, or not letters, digits and `_`: {seen!r}",
    "without_options": "a choice of `{field}` has nothing to choose: `{seen}`",
    "unknown_fact": "`{field}` names a fact that does not exist: `{seen}`",
    "not_by_options": "`by` of `{seen}` must name a choice, and its facts the options of that choice",
    "unreadable_formula": "the formula cannot be read: {seen!r}",
    "formula_part": "a formula holds sums, comparisons, conditions, min, max and days alone: {seen!r}",
    "unknown_name": "a formula names nothing that is known: `{seen}`",
    "unknown_option": "a formula names no option: {seen}",
    "formula_number": "a formula holds the number {seen}; figures come from facts",
    "too_few_examples": f"`{{field}}` has {{seen}}; a calculation has at least {EXAMPLES_FROM}",
    "example_without_value": "example {seen} has no value that can be read",
    "example_without_fact": "example {seen} has no value on its day",
    "example_failed": "example {seen} cannot be calculated",
    "example_differs": "example {seen}: what it says, and what comes out",
}


def calculation_problems(calculation: Calculation, facts: Mapping[FactId, Fact]) -> Iterator[ContentProblem]:
    """Yield what is wrong with a calculation, by its part; examples are worked where the rest is right."""
    wrong = (*_key_problems(calculation), *_figure_problems(calculation, facts), *_formulas_problems(calculation))
    yield from dict.fromkeys(wrong)
    if len(calculation.examples) < EXAMPLES_FROM:
        yield ContentProblem("examples", "too_few_examples", str(len(calculation.examples)))
    if not wrong:
        for number, example in enumerate(calculation.examples, start=1):
            yield from _example_problems(calculation, facts, example, number)


def in_english(problem: ContentProblem) -> str:
    return IN_ENGLISH[problem.kind].format(field=problem.field, seen=problem.seen)


def _key_problems(calculation: Calculation) -> Iterator[ContentProblem]:
    taken = set(FUNCTIONS)
    for field in ("inputs", "figures", "results"):
        for named in getattr(calculation, field):
            if (
                named.key in taken
                or keyword.iskeyword(named.key)
                or not (named.key.isascii() and named.key.isidentifier())
            ):
                yield ContentProblem(field, "not_a_key", named.key[:80])
            taken.add(named.key)
    for field in ("inputs", "results"):
        if not getattr(calculation, field):
            yield ContentProblem(field, "missing")
    for asked in calculation.inputs:
        if asked.kind == "choice" and not asked.options:
            yield ContentProblem("inputs", "without_options", asked.key[:80])


def _options(calculation: Calculation) -> dict[str, set[str]]:
    return {
        asked.key: {option.key for option in asked.options} for asked in calculation.inputs if asked.kind == "choice"
    }


def _figure_problems(calculation: Calculation, facts: Mapping[FactId, Fact]) -> Iterator[ContentProblem]:
    choices = _options(calculation)
    for fact_id in sorted(fact_id for fact_id in calculation.fact_ids if FactId(fact_id) not in facts):
        yield ContentProblem("figures", "unknown_fact", fact_id[:80])
    for figure in calculation.figures:
        if figure.by and (figure.by not in choices or not {option for option, _ in figure.facts} <= choices[figure.by]):
            yield ContentProblem("figures", "not_by_options", figure.key[:80])


def _formulas_problems(calculation: Calculation) -> Iterator[ContentProblem]:
    options = set().union(*_options(calculation).values())
    names = (
        {named.key for named in calculation.inputs} | {figure.key for figure in calculation.figures} | FUNCTIONS.keys()
    )
    for result in calculation.results:
        yield from _formula_problems("results", result.formula, names, options)
        names.add(result.key)
    for outcome in calculation.outcomes:
        yield from _formula_problems("outcomes", outcome.when, names, options)


def _formula_problems(field: str, formula: str, names: set[str], options: set[str]) -> Iterator[ContentProblem]:
    try:
        tree = ast.parse(formula, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield ContentProblem(field, "unreadable_formula", formula[:80])
        return
    for node in ast.walk(tree):
        if not isinstance(node, _NODES):
            yield ContentProblem(field, "formula_part", formula[:80])
        elif isinstance(node, ast.Name) and node.id not in names:
            yield ContentProblem(field, "unknown_name", node.id[:80])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in options:
            yield ContentProblem(field, "unknown_option", repr(node.value)[:80])
        elif isinstance(node, ast.Constant) and not isinstance(node.value, str) and node.value not in NUMBERS:
            yield ContentProblem(field, "formula_number", repr(node.value)[:80])


def _example_problems(
    calculation: Calculation, facts: Mapping[FactId, Fact], example: Example, number: int
) -> Iterator[ContentProblem]:
    typed = dict(example.given)
    given = {asked.key: read_typed(asked, typed.get(asked.key, "")) for asked in calculation.inputs}
    if wrong := [key for key, value in given.items() if value is None]:
        yield ContentProblem("examples", "example_without_value", f"{number}: {', '.join(wrong)}"[:80])
        return
    try:
        done = calculate(calculation, {k: v for k, v in given.items() if v is not None}, facts, example.on)
    except (InvalidExpression, ArithmeticError, TypeError, KeyError):
        yield ContentProblem("examples", "example_failed", str(number))
        return
    if done.lacking:
        yield ContentProblem("examples", "example_without_fact", f"{number}: {done.lacking[0].id} ({example.on})")
        return
    for key, said in example.results:
        value = done.values.get(key)
        if value is None or value != _number(said):
            yield ContentProblem(
                "examples", "example_differs", f"{number} ({key}) : {said} ≠ {value}".replace(".", ",")[:80]
            )


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
