"""Texts with their personal data labelled, and look-alikes: a JSONL file, read with the line of every mistake."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from evals.suites.cases import SUITES
from noa_rag.domain.answer import PersonalDataKind
from noa_rag.domain.errors import Complaint, InvalidKnowledge

SUITE = "personal_data"
HELD_OUT = SUITES / SUITE / "held_out.jsonl"


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """Where personal data of a kind stands in a text, in characters; `end` is the first that is no part of it."""

    start: int
    end: int
    kind: PersonalDataKind


@dataclass(frozen=True, slots=True)
class LabelledText:
    """What a visitor may type, with the personal data in it; a look-alike has none, and looks as if it had."""

    text: str
    spans: tuple[LabelledSpan, ...] = ()
    lookalike: bool = False


def read_labelled_texts(path: Path = HELD_OUT) -> list[LabelledText]:
    """Return the texts of a file. Raises InvalidKnowledge with one complaint a wrong line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidKnowledge([Complaint(path.name, 0, f"cannot be read: {error}")]) from error
    texts: list[LabelledText] = []
    complaints: list[Complaint] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            one = msgspec.json.decode(line, type=LabelledText)
        except msgspec.MsgspecError as error:
            complaints.append(Complaint(path.name, number, f"not a labelled text: {error}"))
            continue
        if mistake := _mistake(one):
            complaints.append(Complaint(path.name, number, mistake))
        texts.append(one)
    if complaints or not texts:
        raise InvalidKnowledge(complaints or [Complaint(path.name, 1, "the suite is empty")])
    return texts


def _mistake(one: LabelledText) -> str:
    if one.lookalike and one.spans:
        return "a look-alike holds no personal data: `spans` must be empty"
    if any(not 0 <= span.start < span.end <= len(one.text) for span in one.spans):
        return f"a span reaches beyond the text, which has {len(one.text)} characters"
    return ""
