"""An entry's calculation as the editor has it: a field for each of its parts, one thing a line, and back."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from noa_rag.domain.calculation import (
    CALCULATION_PARTS,
    NO_LIMIT,
    Calculation,
    Example,
    Figure,
    Input,
    Option,
    Outcome,
    Result,
)
from noa_rag.domain.errors import ContentProblem
from noa_rag.knowledge.calculating import typed_day

KINDS = {"nombre": "number", "choix": "choice", "date": "date"}
BY = "selon "
Cells = list[str]


def calculation_texts(calculation: Calculation | None) -> dict[str, str]:
    """Return the text of each field, empty where the entry does not calculate."""
    return {
        part: "\n".join(line for thing in getattr(calculation, part, ()) for line in _LINES[part](thing))
        for part in CALCULATION_PARTS
    }


def calculation_of(
    texts: Mapping[str, str], base: Calculation | None
) -> tuple[Calculation | None, list[ContentProblem]]:
    """Return the calculation in the fields, with a problem for each line that cannot be read.

    A field that was not changed keeps the exact value of `base`.
    """
    shown, problems = calculation_texts(base), []
    parts = {}
    for part in CALCULATION_PARTS:
        if base and texts[part].split() == shown[part].split():
            parts[part] = getattr(base, part)
            continue
        read = []
        for line, *below in _grouped(texts[part]):
            try:
                read.append(_READ[part](_cells(line), [_cells(row.removeprefix("-")) for row in below]))
            except ValueError:
                problems.append(ContentProblem(part, f"not_{part}", line[:80]))
        parts[part] = tuple(read)
    return Calculation(**parts) if any(texts[part].strip() for part in CALCULATION_PARTS) else None, problems


def _grouped(text: str) -> list[list[str]]:
    """Return each line with those beneath it that begin with a hyphen."""
    groups: list[list[str]] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("-") and groups:
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _cells(line: str) -> Cells:
    return [cell.strip() for cell in line.split("|")]


def _line(*cells: str) -> str:
    return " | ".join(cells).rstrip(" |")


def _between(cells: Cells, least: int, most: int) -> Cells:
    """Return exactly `most` cells. Raises ValueError where one is lacking, empty or too many."""
    if not least <= len(cells) <= most or not cells[0] or not cells[1]:
        raise ValueError(cells)
    return [*cells, *[""] * (most - len(cells))]


def _input_lines(asked: Input) -> Iterator[str]:
    kind = next(word for word, kind in KINDS.items() if kind == asked.kind)
    most = str(asked.at_most) if asked.at_most != NO_LIMIT else ""
    yield _line(asked.key, asked.label, asked.label_en, kind, asked.unit, str(asked.at_least or ""), most)
    for option in asked.options:
        yield "- " + _line(option.key, option.label, option.label_en)


def _input(cells: Cells, below: list[Cells]) -> Input:
    key, label, label_en, kind, unit, least, most = _between(cells, 4, 7)
    if kind not in KINDS or (below and kind != "choix"):
        raise ValueError(kind)
    options = tuple(Option(*_between(option, 2, 3)) for option in below)
    return Input(
        key, label, KINDS[kind], label_en, unit, options, int(least or 0), int(most.replace(" ", "") or NO_LIMIT)
    )


def _figure_lines(figure: Figure) -> Iterator[str]:
    yield _line(figure.key, figure.label, figure.label_en, BY + figure.by if figure.by else figure.facts[0][1])
    if figure.by:
        yield from ("- " + _line(option, fact) for option, fact in figure.facts)


def _figure(cells: Cells, below: list[Cells]) -> Figure:
    key, label, label_en, source = _between(cells, 4, 4)
    if not source or bool(below) != source.startswith(BY):
        raise ValueError(source)
    if not below:
        return Figure(key, label, (("", source),), label_en)
    facts = tuple((option, fact) for option, fact in (_between(row, 2, 2) for row in below))
    return Figure(key, label, facts, label_en, source.removeprefix(BY).strip())


def _result_lines(result: Result) -> Iterator[str]:
    yield _line(result.key, result.label, result.label_en, result.formula, result.unit)


def _result(cells: Cells, below: list[Cells]) -> Result:
    key, label, label_en, formula, unit = _between(cells, 4, 5)
    if not formula or below:
        raise ValueError(formula)
    return Result(key, label, formula, label_en, unit or "€")


def _outcome_lines(outcome: Outcome) -> Iterator[str]:
    yield _line(outcome.when, outcome.text, outcome.text_en)


def _outcome(cells: Cells, below: list[Cells]) -> Outcome:
    if below:
        raise ValueError(below)
    return Outcome(*_between(cells, 2, 3))


def _example_lines(example: Example) -> Iterator[str]:
    yield _line(f"{example.on:%d/%m/%Y}", _pairs_line(example.given), _pairs_line(example.results))


def _example(cells: Cells, below: list[Cells]) -> Example:
    day, given, results = _between(cells, 3, 3)
    on = typed_day(day)
    if below or on is None:
        raise ValueError(day)
    return Example(on, _pairs(given), _pairs(results))


def _pairs_line(pairs: Iterable[tuple[str, str]]) -> str:
    return " ; ".join(f"{key} = {value}" for key, value in pairs)


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of "key = value ; key = value". Raises ValueError for anything else."""
    pairs = [pair.split("=") for pair in text.split(";")]
    read = tuple((key.strip(), value.strip()) for key, value in pairs)
    if not all(key and value for key, value in read):
        raise ValueError(text)
    return read


_LINES: Mapping[str, Callable[..., Iterator[str]]] = {
    "inputs": _input_lines,
    "figures": _figure_lines,
    "results": _result_lines,
    "outcomes": _outcome_lines,
    "examples": _example_lines,
}
_READ: Mapping[str, Callable[[Cells, list[Cells]], object]] = {
    "inputs": _input,
    "figures": _figure,
    "results": _result,
    "outcomes": _outcome,
    "examples": _example,
}
