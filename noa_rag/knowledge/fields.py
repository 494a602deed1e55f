"""YAML with the line of every key, and its fields read with every mistake noted instead of stopping at the first."""

import io
import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import LiteralScalarString

from noa_rag.domain.entry import Branch, EntryId, JourneyStep, Translation
from noa_rag.domain.errors import NOT_A_FILE, Complaint
from noa_rag.knowledge.content_rules import (
    ADDRESS_LIMIT,
    ANSWER_LIMIT,
    ID_LIMIT,
    LABEL_LIMIT,
    QUESTION_LIMIT,
    STEP_LIMIT,
    TITLE_LIMIT,
    WEB_ADDRESS,
)

LINE_WIDTH = 1_000_000  # a folded line loses one of two spaces at the fold
SLUG = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
CONTROL_CHARACTER = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ud800-\udfff\ufeff]"
)
T = TypeVar("T")

# Far above any entry (the longest fiche is 95,000 characters); keeps a wrong file from filling memory.
MAX_FILE_BYTES = 2_000_000
LANGUAGES = ("en",)


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

    def text(self, key: str, *, required: bool = True, limit: int = TITLE_LIMIT) -> str:
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
        value = self.text(key, limit=ID_LIMIT)
        if value and not SLUG.fullmatch(value):
            self.complain(f"`{key}` may hold letters, digits and single hyphens only: {value!r}", key)
        return value

    def web_address(self, key: str, *, required: bool = True) -> str:
        value = self.text(key, required=required, limit=ADDRESS_LIMIT)
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

    def texts(self, key: str, *, limit: int = TITLE_LIMIT) -> tuple[str, ...]:
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


def load_yaml(path: Path, *, shown_as: str) -> Any | Complaint:
    """Return the parsed document, or the one complaint that kept it from being read."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return Complaint(shown_as, 0, f"the file is larger than {MAX_FILE_BYTES:,} bytes")
        if not path.is_file():
            return Complaint(shown_as, 0, NOT_A_FILE)
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return Complaint(shown_as, line, "not UTF-8 text; save the file as UTF-8")
    except OSError as error:
        return Complaint(shown_as, 0, f"cannot be read: {error.strerror}")
    return _parsed(text, shown_as)


def read_list(
    path: Path, read: Callable[[Fields], T], complaints: list[Complaint], *, shown_as: str
) -> list[tuple[int, T]]:
    """Return the items of a list, each with its line, none where there is no such file; mistakes become complaints."""
    if not path.exists():
        return []
    document = load_yaml(path, shown_as=shown_as)
    if isinstance(document, Complaint):
        complaints.append(document)
        return []
    if not isinstance(document, CommentedSeq):
        complaints.append(Complaint(shown_as, 1, "must hold a list"))
        return []
    items: list[tuple[int, T]] = []
    for number, item in enumerate(document):
        if isinstance(item, CommentedMap):
            items.append((line_of(document, number), read(Fields(item, path=shown_as, complaints=complaints))))
        else:
            complaints.append(Complaint(shown_as, line_of(document, number), "each item must be a mapping with `id`…"))
    return items


def line_of(document: Any, key: str | int | None = None) -> int:
    """Return the line, from 1, of a mapping, of one of its keys, or of an item of a sequence."""
    if isinstance(document, CommentedMap):
        if key is not None and key in document:
            return int(document.lc.key(key)[0]) + 1
        return int(document.lc.line) + 1
    if isinstance(document, CommentedSeq):
        if isinstance(key, int) and key < len(document):
            return int(document.lc.item(key)[0]) + 1
        return int(document.lc.line) + 1
    return 0


def _parsed(text: str, shown_as: str) -> Any | Complaint:
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return Complaint(shown_as, line, f"not valid YAML: {error.problem or error.context}")
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return Complaint(shown_as, line, f"not valid YAML: the character U+{error.character:04X} is not text")
    except RecursionError:
        return Complaint(shown_as, 0, "not valid YAML: brackets or mappings are nested too deeply")
    except (YAMLError, ValueError) as error:
        return Complaint(shown_as, 0, f"not valid YAML: {str(error).splitlines()[0]}")


def read_step(fields: Fields) -> JourneyStep:
    fields.refuse_unknown(("text", "entry"))
    text = fields.text("text", limit=STEP_LIMIT)
    if "\n" in text:
        fields.complain("a step is one paragraph: write its `text` on one line", "text")
    return JourneyStep(text, EntryId(fields.slug("entry")) if "entry" in fields.document else None)


def read_branch(fields: Fields) -> Branch:
    fields.refuse_unknown(("label", "label_en", "entry"))
    label_en = fields.text("label_en", required=False, limit=LABEL_LIMIT)
    return Branch(fields.text("label", limit=LABEL_LIMIT), EntryId(fields.slug("entry")), label_en)


def branches_as_list(branches: Iterable[Branch]) -> list[dict[str, str]]:
    return [
        {key: str(value) for key, value in (("label", b.label), ("label_en", b.label_en), ("entry", b.entry)) if value}
        for b in branches
    ]


def read_translations(fields: Fields) -> tuple[Translation, ...]:
    """Return the translations; whether each is still that of the text is `noa knowledge check`'s to say."""
    listed = fields.document.get("translations")
    if listed is None:
        return ()
    if not isinstance(listed, CommentedMap):
        fields.complain("`translations` must be a mapping of languages: `en:`", "translations")
        return ()
    translation_fields = Fields(listed, path=fields.path, complaints=fields.complaints)
    translation_fields.refuse_unknown(LANGUAGES)
    if fields.document.get("sections"):
        fields.complain("an entry with `sections` cannot be translated here", "translations")
    return tuple(_translation(translation_fields, language, fields) for language in listed if language in LANGUAGES)


def steps_as_list(steps: Iterable[JourneyStep]) -> list[dict[str, str]]:
    return [{"text": step.text} | ({"entry": str(step.entry)} if step.entry else {}) for step in steps]


def translations_as_mapping(translations: Iterable[Translation]) -> dict[str, dict[str, Any]]:
    return {translation.language: _as_mapping(translation) for translation in translations}


def _translation(found: Fields, language: str, entry: Fields) -> Translation:
    document = found.document[language]
    if not isinstance(document, CommentedMap):
        found.complain(f"`{language}` must be a mapping with `question`, `answer`, `translated_on`…", language)
        return Translation(language, "", "")
    fields = Fields(document, path=found.path, complaints=found.complaints)
    fields.refuse_unknown(("question", "answer", "steps", "of", "translated_on", "approver"))
    translated_on = fields.day("translated_on")
    if translated_on is None:
        fields.complain("`translated_on` is missing: the day on which the translation was made or approved")
    steps = fields.texts("steps", limit=STEP_LIMIT)
    french = entry.document.get("steps")
    if len(steps) != (len(french) if isinstance(french, CommentedSeq) else 0):
        fields.complain("`steps` must have one text for each step of the entry", "steps")
    return Translation(
        language=language,
        question=fields.text("question", limit=QUESTION_LIMIT),
        answer=fields.text("answer", limit=ANSWER_LIMIT),
        steps=steps,
        of=fields.text("of", required=False, limit=64),
        translated_on=translated_on,
        approver=fields.text("approver", required=False),
    )


def _as_mapping(translation: Translation) -> dict[str, Any]:
    written = {
        "question": translation.question,
        "answer": block(translation.answer),
        "steps": list(translation.steps),
        "of": translation.of,
        "translated_on": translation.translated_on,
        "approver": translation.approver,
    }
    return {key: value for key, value in written.items() if value not in (None, [], "")}
