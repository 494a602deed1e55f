"""The field `calculation` of an entry's file, read with its mistakes and written without loss."""

from datetime import date
from typing import Any

from noa_rag.domain.calculation import NO_LIMIT, Calculation, Example, Figure, Input, Option, Outcome, Result
from noa_rag.knowledge.fields import Fields

KINDS = ("number", "choice", "date")


def read_calculation(fields: Fields) -> Calculation:
    """Return a calculation; whether its formulas hold is asked when the facts are known."""
    fields.refuse_unknown(("inputs", "figures", "results", "outcomes", "examples"))
    for name in ("inputs", "results"):
        if not fields.document.get(name):
            fields.complain(f"`{name}` is missing")
    return Calculation(
        inputs=fields.mappings("inputs", _input),
        figures=fields.mappings("figures", _figure),
        results=fields.mappings("results", _result),
        examples=fields.mappings("examples", _example),
        outcomes=fields.mappings("outcomes", _outcome),
    )


def _labels(fields: Fields) -> dict[str, str]:
    return {"label": fields.text("label"), "label_en": fields.text("label_en", required=False)}


def _input(fields: Fields) -> Input:
    fields.refuse_unknown(("key", "label", "label_en", "kind", "unit", "options", "at_least", "at_most"))
    if fields.text("key") == "from":
        fields.complain("`from` stands in the address of an entry already; choose another key", "key")
    kind = fields.text("kind")
    if kind and kind not in KINDS:
        fields.complain(f"`kind` must be one of {', '.join(KINDS)}", "kind")
    label, label_en = _labels(fields).values()
    return Input(
        fields.text("key"),
        label,
        kind,
        label_en,
        fields.text("unit", required=False),
        fields.mappings("options", _option),
        _whole(fields, "at_least", 0),
        _whole(fields, "at_most", NO_LIMIT),
    )


def _whole(fields: Fields, name: str, default: int) -> int:
    value = fields.document.get(name, default)
    if isinstance(value, int):
        return value
    fields.complain(f"`{name}` must be a whole number", name)
    return default


def _option(fields: Fields) -> Option:
    fields.refuse_unknown(("key", "label", "label_en"))
    return Option(fields.text("key"), **_labels(fields))


def _figure(fields: Fields) -> Figure:
    fields.refuse_unknown(("key", "label", "label_en", "fact", "by", "facts"))
    listed = fields.mapping("facts", lambda one: tuple((str(key), one.text(key)) for key in one.document))
    facts = listed or (("", fields.text("fact")),)
    return Figure(fields.text("key"), facts=facts, by=fields.text("by", required=bool(listed)), **_labels(fields))


def _result(fields: Fields) -> Result:
    fields.refuse_unknown(("key", "label", "label_en", "formula", "unit"))
    unit = fields.text("unit", required=False) or "€"
    return Result(fields.text("key"), formula=fields.text("formula"), unit=unit, **_labels(fields))


def _outcome(fields: Fields) -> Outcome:
    fields.refuse_unknown(("when", "text", "text_en"))
    return Outcome(fields.text("when"), fields.text("text"), fields.text("text_en", required=False))


def _example(fields: Fields) -> Example:
    fields.refuse_unknown(("on", "given", "results"))
    day = fields.day("on")
    if day is None:
        fields.complain("`on` is missing: the day whose facts the example uses")

    def pairs(one: Fields) -> tuple[tuple[str, str], ...]:
        return tuple((str(key), one.text(key)) for key in one.document)

    return Example(day or date.min, fields.mapping("given", pairs) or (), fields.mapping("results", pairs) or ())


def calculation_as_mapping(calculation: Calculation) -> dict[str, Any]:
    """Return a calculation as its file has it."""
    written: dict[str, Any] = {
        "inputs": [
            _filled(
                key=one.key,
                label=one.label,
                label_en=one.label_en,
                kind=one.kind,
                unit=one.unit,
                options=[_filled(key=o.key, label=o.label, label_en=o.label_en) for o in one.options],
                at_least=one.at_least,
                at_most=one.at_most if one.at_most != NO_LIMIT else None,
            )
            for one in calculation.inputs
        ],
        "figures": [
            _filled(
                key=figure.key,
                label=figure.label,
                label_en=figure.label_en,
                by=figure.by,
                **({"facts": dict(figure.facts)} if figure.by else {"fact": figure.facts[0][1]}),
            )
            for figure in calculation.figures
        ],
        "results": [
            _filled(
                key=result.key, label=result.label, label_en=result.label_en, formula=result.formula, unit=result.unit
            )
            for result in calculation.results
        ],
        "outcomes": [
            _filled(when=outcome.when, text=outcome.text, text_en=outcome.text_en) for outcome in calculation.outcomes
        ],
        "examples": [
            {"on": example.on, "given": dict(example.given), "results": dict(example.results)}
            for example in calculation.examples
        ],
    }
    return {key: value for key, value in written.items() if value}


def _filled(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}
