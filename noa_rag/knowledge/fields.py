"""Reading the fields of one YAML mapping, noting every mistake with its line instead of stopping at the first."""

import io
import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString

from noa_rag.domain.errors import Complaint
from noa_rag.knowledge.yaml_lines import line_of

LINE_WIDTH = 1_000_000  # a folded line loses one of two spaces at the fold
SLUG = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
CONTROL_CHARACTER = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ud800-\udfff\ufeff]"
)
WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
T = TypeVar("T")


class Fields:
    """One mapping being read; `complaints` fills up as fields are asked for."""

    def __init__(self, document: CommentedMap, *, path: str, complaints: list[Complaint]) -> None:
        self.document = document
        self.path = path
        self.complaints = complaints

    def complain(self, message: str, key: str | None = None) -> None:
        self.complaints.append(Complaint(self.path, line_of(self.document, key), message))

    def refuse_unknown(self, known: Collection[str]) -> None:
        for key in self.document:
            if key not in known:
                self.complain(f"unknown field `{key}`; known fields: {', '.join(sorted(known))}", key)

    def text(self, key: str, *, required: bool = True, limit: int = 500) -> str:
        value = self.document.get(key)
        if value is None:
            if required:
                self.complain(f"`{key}` is missing")
            return ""
        if not isinstance(value, str):
            self.complain(f"`{key}` must be text; put it between quotes", key)
            return ""
        stripped = value.strip()
        if required and not stripped:
            self.complain(f"`{key}` is empty", key)
        if len(stripped) > limit:
            self.complain(f"`{key}` has {len(stripped)} characters; the limit is {limit}", key)
        if CONTROL_CHARACTER.search(stripped):
            self.complain(f"`{key}` holds invisible or control characters; retype the text", key)
        return stripped

    def slug(self, key: str) -> str:
        value = self.text(key, limit=100)
        if value and not SLUG.fullmatch(value):
            self.complain(f"`{key}` may hold letters, digits and single hyphens only: {value!r}", key)
        return value

    def web_address(self, key: str, *, required: bool = True) -> str:
        value = self.text(key, required=required, limit=2_000)
        if value and not WEB_ADDRESS.fullmatch(value):
            self.complain(f"`{key}` must be an address that begins with https:// : {value!r}", key)
        return value

    def day(self, key: str) -> date | None:
        value = self.document.get(key)
        if value is None or type(value) is date:
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.complain(f"`{key}` must be a day written YYYY-MM-DD: {value!r}", key)
            return None

    def texts(self, key: str, *, limit: int = 500) -> tuple[str, ...]:
        return self._sequence(key, lambda item, at: self._item_text(key, item, at, limit))

    def mappings(self, key: str, read: "Callable[[Fields], T]") -> tuple[T, ...]:
        def read_item(item: Any, at: int) -> T | None:
            if not isinstance(item, CommentedMap):
                self.complaints.append(Complaint(self.path, at, f"each item of `{key}` must be a mapping"))
                return None
            return read(Fields(item, path=self.path, complaints=self.complaints))

        return self._sequence(key, read_item)

    def mapping(self, key: str, read: "Callable[[Fields], T]") -> T | None:
        value = self.document.get(key)
        if value is None:
            return None
        if not isinstance(value, CommentedMap):
            self.complain(f"`{key}` must be a mapping", key)
            return None
        return read(Fields(value, path=self.path, complaints=self.complaints))

    def _sequence(self, key: str, read: Callable[[Any, int], T | None]) -> tuple[T, ...]:
        value = self.document.get(key)
        if value is None:
            return ()
        if not isinstance(value, CommentedSeq):
            self.complain(f"`{key}` must be a list", key)
            return ()
        items = (read(item, line_of(value, number)) for number, item in enumerate(value))
        return tuple(item for item in items if item is not None)

    def _item_text(self, key: str, item: Any, at: int, limit: int) -> str | None:
        if not isinstance(item, str) or not item.strip():
            self.complaints.append(
                Complaint(self.path, at, f"each item of `{key}` must be text; put it between quotes")
            )
            return None
        if len(item) > limit:
            self.complaints.append(Complaint(self.path, at, f"an item of `{key}` exceeds {limit} characters"))
        if CONTROL_CHARACTER.search(item):
            self.complaints.append(
                Complaint(self.path, at, f"an item of `{key}` holds invisible or control characters; retype the text")
            )
        return item.strip()


def yaml_text(document: Any) -> str:
    """Return a document as YAML; the same document gives the same text."""
    yaml = YAML()
    yaml.width = LINE_WIDTH
    yaml.allow_unicode = True
    yaml.representer.ignore_aliases = lambda value: True  # two fields that share a day are written out both
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    return buffer.getvalue()


def block(text: str) -> str:
    """Return a text as it is written to YAML: one of several lines as a block."""
    return LiteralScalarString(text + "\n") if "\n" in text else text
