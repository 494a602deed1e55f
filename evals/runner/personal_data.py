"""The suite of texts with their personal data labelled: how much is masked, by kind, and how many look-alikes stay."""

import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from evals.metrics.figure import Figure, share
from evals.runner.running import Result, against_gates
from evals.suites.cases import SUITES, read_lines
from noa_rag.domain.answer import PersonalDataKind as Kind
from noa_rag.french.personal_data import MASKS, mask_personal_data

SUITE = "personal_data"
HELD_OUT = SUITES / SUITE / "held_out.jsonl"
REACHED_BY = (Kind.PHONE, Kind.EMAIL, Kind.NIR, Kind.IBAN, Kind.CARD)
_MASK = re.compile("|".join(re.escape(mask) for mask in MASKS.values()))
_TITLE = re.compile(
    r"\b(?:m\.|mm?e?s?\.?|mr\.?|mrs\.?|ms\.?|miss|mlle\.?|monsieur|madame|mademoiselle|ma[iî]tre|me|docteur|dr\.?|professeur|pr\.?)\s+$",
    re.IGNORECASE,
)
# Where the town begins in an address: at its postal code, or after the last comma that follows a street's name.
_TOWN = re.compile(r"[\s,]+\d{5}\b.*$|(?<=[^\W\d]{3}),\s*[^\d,]+$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """Where personal data of a kind stands in a text, in characters; `end` is the first that is no part of it."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class LabelledText:
    """What a visitor may type, with the personal data in it; a look-alike has none, and looks as if it had."""

    text: str
    spans: tuple[LabelledSpan, ...] = ()
    lookalike: bool = False


def read_labelled_texts(path: Path = HELD_OUT) -> list[LabelledText]:
    """Return the texts of a file. Raises InvalidKnowledge with one complaint a wrong line."""
    return read_lines(path, LabelledText, called="a labelled text", mistakes=_mistakes)


def _mistakes(text: LabelledText, _: Sequence[LabelledText]) -> Iterator[str]:
    if text.lookalike and text.spans:
        yield "a look-alike holds no personal data: `spans` must be empty"
    if any(not 0 <= span.start < span.end <= len(text.text) for span in text.spans):
        yield f"a span reaches beyond the text, which has {len(text.text)} characters"


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A labelled text, its masked form, and the positions of its characters that are hidden."""

    case: LabelledText
    masked: str
    hidden: frozenset[int]

    def hides(self, start: int, end: int) -> bool:
        """Whether every letter and digit of a stretch is hidden."""
        return all(at in self.hidden for at in range(start, end) if self.case.text[at].isalnum())


def run_masking(path: Path) -> Result:
    """Mask the texts of a file and return the figures. Raises InvalidKnowledge."""
    return against_gates({SUITE: figures_of(*masked_texts(read_labelled_texts(path)))})


def masked_texts(
    cases: Sequence[LabelledText], mask: Callable[[str], str] = mask_personal_data
) -> tuple[list[MaskedText], list[float]]:
    """Return each text as it is masked, and how many milliseconds each took."""
    masked: list[MaskedText] = []
    milliseconds: list[float] = []
    for case in cases:
        start = time.thread_time()
        text = mask(case.text)
        milliseconds.append((time.thread_time() - start) * 1_000)
        masked.append(MaskedText(case, text, hidden_in(case.text, text)))
    return masked, milliseconds


def figures_of(masked: Sequence[MaskedText], milliseconds: Sequence[float]) -> list[Figure]:
    """Return the share of personal data hidden, by kind, the share of look-alikes unchanged, and the time of a text."""
    spans = [(text, span) for text in masked for span in text.case.spans]
    by_kind = {kind: [(text, span) for text, span in spans if span.kind is kind] for kind in Kind}
    titled = [(text, span) for text, span in by_kind[Kind.NAME] if _TITLE.search(text.case.text[: span.start])]
    return [
        share(_is_hidden(*pair) for kind in REACHED_BY for pair in by_kind[kind]).as_figure(
            "numbers and addresses to reach"
        ),
        *(
            share(_is_hidden(*pair) for pair in some).as_figure(f"{kind.value}: hidden")
            for kind, some in by_kind.items()
        ),
        share(_is_hidden(*pair) for pair in titled).as_figure("name with a title: hidden"),
        share(text.hides(span.start, span.end) for text, span in by_kind[Kind.ADDRESS]).as_figure(
            "address: hidden with its town"
        ),
        share(text.masked == text.case.text for text in masked if text.case.lookalike).as_figure(
            "look-alikes unchanged"
        ),
        *_times(sorted(milliseconds)),
    ]


def missed(masked: Sequence[MaskedText]) -> Iterator[tuple[str, str]]:
    """Yield what was not hidden, or hidden wrongly, each in words with the masked text."""
    for text in masked:
        for span in text.case.spans:
            if not _is_hidden(text, span):
                yield f"{span.kind.value}: {text.case.text[span.start : span.end]}", text.masked
        if text.case.lookalike and text.masked != text.case.text:
            yield "look-alike", text.masked


def hidden_in(text: str, masked: str) -> frozenset[int]:
    """Return the positions of a text that its masked form does not show.

    Masking normalises characters to NFKC, where "…" is three dots; both texts are compared in that form.
    """
    if masked == text:
        return frozenset()
    composed, origin = _composed(text)
    pieces = _MASK.split(masked)
    match = re.fullmatch("(.+?)".join(map(re.escape, pieces)), composed, re.DOTALL)
    if match is not None:
        return frozenset(origin[at] for group in range(1, len(pieces)) for at in range(*match.span(group)))
    # Figures that were said stand as figures in what is left of them; everything else is there to be found.
    blocks = SequenceMatcher(None, composed, _MASK.sub("\0", masked), autojunk=False).get_matching_blocks()
    shown = {at for block in blocks for at in range(block.a, block.a + block.size)}
    return frozenset(origin[at] for at in range(len(composed)) if at not in shown)


def _composed(text: str) -> tuple[str, list[int]]:
    """Return a text in NFKC, and for each of its characters the position that it came from."""
    starts = [at for at, char in enumerate(text) if not at or not unicodedata.combining(char)]
    pieces = [
        unicodedata.normalize("NFKC", text[start:end])
        for start, end in zip(starts, [*starts[1:], len(text)], strict=True)
    ]
    return "".join(pieces), [start for start, piece in zip(starts, pieces, strict=True) for _ in piece]


def _is_hidden(text: MaskedText, span: LabelledSpan) -> bool:
    """Whether a span is hidden; for an address the street is enough, since postal code and town identify nobody."""
    end = span.end
    if span.kind is Kind.ADDRESS and (town := _TOWN.search(text.case.text[span.start : end])) and town.start():
        end = span.start + town.start()
    return text.hides(span.start, end)


def _times(milliseconds: Sequence[float]) -> Iterator[Figure]:
    for name, place in (("time of a text, median", 0.5), ("time of a text, 95th percentile", 0.95)):
        value = milliseconds[int(place * (len(milliseconds) - 1))]
        yield Figure(name, value, len(milliseconds), value, value, "milliseconds")
