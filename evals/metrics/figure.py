"""One measured figure, as kept in `figures.json` and as people read it."""

from dataclasses import dataclass

LARGEST = {"share": 1.0, "per hundred": 100.0, "score": 1.0}  # units with an end; milliseconds have none


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure with the count it rests on and its 95 % interval.

    `unit` is "share" (0 to 1, printed as a percentage), "per hundred" (0 to 100), "score" (0 to 1) or "milliseconds".
    `value`, `low` and `high` are in that unit. A figure whose count is 0 was not measured: its interval says nothing.
    """

    name: str
    value: float
    count: int
    low: float
    high: float
    unit: str = "share"

    def __str__(self) -> str:
        _, value, count, interval = as_row(self)
        cases = "case" if self.count == 1 else "cases"
        return f"{value} ({count} {cases}; {interval})" if self.count else "not measured (0 cases)"


def as_row(figure: Figure) -> tuple[str, str, str, str]:
    """Return the cells of a table: name, value with its unit, count, and the interval as "89.1 to 94.8"."""
    count = str(figure.count)
    if not figure.count:
        return (figure.name, "", count, "")
    value, low, high = (_number(one, figure.unit) for one in (figure.value, figure.low, figure.high))
    return (figure.name, f"{value}{_suffix(figure.unit)}", count, f"{low} to {high}")


def not_measured(name: str, unit: str) -> Figure:
    """Return the figure that rests on no case: 0, anywhere in its range."""
    return Figure(name, 0.0, 0, 0.0, LARGEST.get(unit, 0.0), unit)


def _number(value: float, unit: str) -> str:
    match unit:
        case "share":
            return f"{100 * value:.1f}"
        case "score":
            return f"{value:.3f}"
        case _:
            return f"{value:.1f}"


def _suffix(unit: str) -> str:
    match unit:
        case "share":
            return " %"
        case "score":
            return ""
        case "milliseconds":
            return " ms"
        case _:
            return f" {unit}"
