"""What the encoder learns from: questions with a text that answers them, typed with slips now and then."""

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.suites.cases import Case, CaseKind, digest_of, read_suite
from evals.suites.splits import (
    FICHE_QUESTIONS,
    FOLLOW_UPS,
    MESSAGES,
    OWN_FOLLOW_UPS,
    READING,
    SENTENCES,
    SHARED_OUT,
    chooses_threshold,
    is_fiche_apart,
    is_withheld,
    messages_to_learn_from,
    read_with_the_first,
    sentences_to_learn_from,
    teaches_reading,
    written_questions,
)
from noa_rag.answering.steps.understand import read_form
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.retrieval.index import Snapshot
from noa_rag.retrieval.passages import Kind
from noa_rag.service.noa import Noa

SHORTEST_SECTION = 60  # characters; shorter ones were not counted when passages of fiches were numbered
TITLES = 800  # of the fiches, and as many of the pack
LONG_QUESTION = 110  # characters; some 30 tokens
FICHES, PACK = "fiches", "pack"
SLIPLESS = ("phone", "english")  # registers that are written with slips, or in another language


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """A question, and a text of its answer as it is embedded; `group` is what both are about.

    `vector` is the text's vector by the model before training.
    """

    question: str
    takes_slips: bool
    text: str
    is_passage: bool
    base: str
    group: str
    vector: NDArray[np.float32]

    @property
    def kind(self) -> str:
        """The kind of pair; a batch holds one kind only: same kind of text, same base, questions of similar length.

        An entry and a fiche on the same subject would be false negatives for each other's questions.
        """
        length = "long" if len(self.question) >= LONG_QUESTION else "short"
        return f"{length} question, {'passage' if self.is_passage else 'question'} of {self.base}"

    def as_typed(self, drawn_by: random.Random) -> tuple[str, str]:
        """Return question and text with their prompts, the question with slips now and then."""
        typed = with_slips(self.question, drawn_by) if self.takes_slips else self.question
        return f"query: {typed}", f"{'passage' if self.is_passage else 'query'}: {self.text}"


def pairs_of_fiches(noa: Noa) -> list[TrainingPair]:
    """Return the written questions over the fiches used for training, and titles with the passages beneath them."""
    snapshot = noa.index.snapshot
    _, versions = noa.records.changed_since(-1)
    by_id = {version.id: version for version in versions if not is_fiche_apart(version.id)}
    written = [row for row in written_questions() if row["answers"] and row["fiche"] in by_id]
    vectors = noa.index.embedder.embed_queries([read_form(row["question"])[0] for row in written])
    pairs = []
    for row, vector in zip(written, vectors, strict=True):
        places = _places(snapshot, by_id[EntryId(row["fiche"])], int(row["passage"]))
        number = max(places, key=lambda place: float(snapshot.vectors[place] @ vector))
        pairs.append(_pair(snapshot, FICHES, number, row["question"], row["register"]))
    return pairs + _titles(snapshot, FICHES, set(by_id))


def pairs_of_pack(noa: Noa) -> list[TrainingPair]:
    """Return calibration questions and messages with the passage and the question of their entry, and titles.

    Withheld entries are left out, and so are the calibration questions that fit the confidence.
    """
    pairs = _of_cases(noa, [case for case in _cases(noa) if not any(map(is_withheld, case.about))])
    versions = noa.index.snapshot.versions
    return pairs + _titles(noa.index.snapshot, PACK, {version for version in versions if not is_withheld(version)})


def pairs_of_sentences(noa: Noa) -> list[TrainingPair]:
    """Return each message in sentences with a passage and a question of its entry, one after the other.

    Families that are held out, withheld entries, and messages that choose the threshold are left out.
    """
    cases = [case for case in sentences_to_learn_from(noa) if case.kind is CaseKind.IN_SCOPE]
    return _of_cases(
        noa, [case for case in cases if not chooses_threshold(case) and not any(map(is_withheld, case.about))]
    )


def _of_cases(noa: Noa, cases: Sequence[Case]) -> list[TrainingPair]:
    snapshot = noa.index.snapshot
    vectors = noa.index.embedder.embed_queries([read_form(case.question)[0] for case in cases])
    pairs = []
    for case, vector in zip(cases, vectors, strict=True):
        entry_id = case.expected_entries[0]
        span, count = snapshot.spans[entry_id], snapshot.question_counts[entry_id]
        passages = range(span.start + count, span.stop)
        number = max(passages, key=lambda place: float(snapshot.vectors[place] @ vector))
        pairs.append(_pair(snapshot, PACK, number, case.question, case.register))
        pairs.append(_pair(snapshot, PACK, span.start, case.question, case.register))
    return pairs


def data_hash() -> str:
    """Return the SHA-256 of all files that are learned from."""
    return digest_of((FICHE_QUESTIONS, MESSAGES, SENTENCES, READING, *SHARED_OUT, FOLLOW_UPS, OWN_FOLLOW_UPS))


def _cases(noa: Noa) -> list[Case]:
    known = noa.index.snapshot.versions
    cases = [case for path in SHARED_OUT for case in read_suite(path, known_entries=known) if teaches_reading(case)]
    cases += [*read_suite(READING, known_entries=known), *messages_to_learn_from(noa), *read_with_the_first(noa)]
    return [case for case in cases if case.kind is CaseKind.IN_SCOPE and case.expected_entries[0] in known]


def _places(snapshot: Snapshot, version: EntryVersion, passage: int) -> list[int]:
    """Return the numbers of the texts that a written question's passage was cut into; of all where it is unknown."""
    span, count = snapshot.spans[version.id], snapshot.question_counts[version.id]
    passages = list(range(span.start + count, span.stop))
    keys = [None, *(section.key for section in version.content.sections if len(section.text) >= SHORTEST_SECTION)]
    meant = [place for place in passages if passage < len(keys) and snapshot.texts[place].section_key == keys[passage]]
    return meant or passages


def _titles(snapshot: Snapshot, base: str, entry_ids: set[EntryId]) -> list[TrainingPair]:
    """Return a sample of passages, each without its title and with that title as its question."""
    pairs = [
        TrainingPair(read_form(text.context)[0], True, text.text, True, base, text.entry_id, snapshot.vectors[number])
        for number, text in enumerate(snapshot.texts)
        if text.kind is Kind.PASSAGE and text.entry_id in entry_ids and text.context
    ]
    return random.Random(len(pairs)).sample(pairs, min(TITLES, len(pairs)))


def _pair(snapshot: Snapshot, base: str, number: int, question: str, register: str) -> TrainingPair:
    text = snapshot.texts[number]
    is_passage = text.kind is Kind.PASSAGE
    typed = read_form(question)[0]
    takes_slips = register not in SLIPLESS
    return TrainingPair(
        typed, takes_slips, text.embedded_text, is_passage, base, text.entry_id, snapshot.vectors[number]
    )


TOUCHED_SHARE = 0.35  # of the questions; the others stay as they were written
_TEXTED = (
    (r"\bqu(?=[ei'])", "k"),
    (r"\bpour\b", "pr"),
    (r"\bc'est\b", "c"),
    (r"\bavec\b", "avc"),
    (r"\bbeaucoup\b", "bcp"),
    (r"\bquelqu'un\b", "qqn"),
    (r"\bcombien\b", "cb"),
    (r"\btemps\b", "tps"),
    (r"\bvous\b", "vs"),
    (r"\bnous\b", "ns"),
    (r"\bje suis\b", "chui"),
    (r"er\b", "é"),
    (r"\best-ce que\b", "esk"),
)
_SHORTEST_TOUCHED = 4  # letters of a word


def with_slips(text: str, drawn_by: random.Random) -> str:
    """Return the text, or for `TOUCHED_SHARE` of the draws the text with slips of one kind."""
    if drawn_by.random() >= TOUCHED_SHARE:
        return text
    return drawn_by.choice(_KINDS)(text, drawn_by) or text


def _without_accents(text: str, drawn_by: random.Random) -> str:
    return "".join(
        character for character in unicodedata.normalize("NFD", text) if not unicodedata.combining(character)
    )


def _letters_dropped(text: str, drawn_by: random.Random) -> str:
    return _in_some_words(text, drawn_by, lambda word, at: word[:at] + word[at + 1 :])


def _letters_doubled(text: str, drawn_by: random.Random) -> str:
    return _in_some_words(text, drawn_by, lambda word, at: word[:at] + word[at] + word[at:])


def _letters_swapped(text: str, drawn_by: random.Random) -> str:
    return _in_some_words(text, drawn_by, lambda word, at: word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :])


def _words_run_together(text: str, drawn_by: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 3:
        return text
    at = drawn_by.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def _texted(text: str, drawn_by: random.Random) -> str:
    for pattern, short in _TEXTED:
        text = re.sub(pattern, short, text)
    return _without_accents(text, drawn_by)


def _in_some_words(text: str, drawn_by: random.Random, change: Callable[[str, int], str]) -> str:
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= _SHORTEST_TOUCHED]
    for at in drawn_by.sample(long, min(len(long), 1 + len(long) // 8)):
        words[at] = change(words[at], drawn_by.randrange(1, len(words[at])))
    return " ".join(words)


_KINDS = (_without_accents, _letters_dropped, _letters_doubled, _letters_swapped, _words_run_together, _texted)
