"""Sentences that a check writes in English, and that a page may say in another language."""

from collections.abc import Mapping

Value = str | int


class Worded(str):
    """An English sentence that still knows its template and what stands in it."""

    template: str
    values: Mapping[str, Value]

    def __new__(cls, template: str, **values: Value) -> "Worded":
        worded = super().__new__(cls, template.format(**values))
        worded.template, worded.values = template, values
        return worded
