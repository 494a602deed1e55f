"""`noa eval run rephrasing`: what of rephrasings is shown, faithful ones and wrong ones, by letters and by a judge.

No model judges here: a double knows each sentence's label, and is mistaken about one in fifty. That is what the rest of
the path costs; what a real model is worth, `noa eval certify` measures.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evals.metrics.figure import Figure, Share, quantile_figure, share
from evals.runner.bases import keep
from evals.runner.certify import (
    KIND_FAITHFUL,
    WrittenSentence,
    checked_letters,
    english_pairs,
    judge_figures,
    written_sentences,
)
from evals.runner.folders import ROOT
from evals.runner.running import Result, against_gates
from evals.suites.altered import altered_sentences
from evals.suites.cases import SUITES, rows_of
from evals.suites.splits import FOLLOW_UPS, hashed
from evals.suites.turned import turned_sentences
from noa_rag.answering.steps.compose import official_answer
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.passages import passages_of, readable
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import (
    CheckedSentence,
    Claim,
    Completion,
    Heard,
    Prompt,
    Rephrasing,
    RephrasingOutcome,
    unheard,
)
from noa_rag.knowledge.pack import Pack, read_pack
from noa_rag.rephrasing.prompting import Task
from noa_rag.rephrasing.steps import Rephrase, Verify, rephrase_given
from noa_rag.service.noa import Noa

FLUENT = SUITES / "rephrasing" / "fluent.jsonl"
SHARED_PAIRS = FOLLOW_UPS.with_name("rephrasings.jsonl")
MISTAKEN_PERCENT = 2
EACH_KIND, TURNED = 60, 300  # official sentences altered to the letter, of each kind; turned by a word
BY_JUDGE, BY_LETTERS = "rephrasing", "rephrasing, letters alone"
SHARED_TITLE, FLUENT_TITLE = "rephrasing, shared pairs", "rephrasing, a fluent writer"
ENGLISH_TITLE = "rephrasing, English over French"


class LabelledJudge:
    """A double that knows which sentences are wrong, and says the contrary of `mistaken_percent` of all."""

    name = "labels"

    def __init__(self, wrong: Collection[str], *, mistaken_percent: int = MISTAKEN_PERCENT) -> None:
        self._wrong = frozenset(wrong)
        self._mistaken_percent = mistaken_percent

    def bears_out(
        self,
        claims: Sequence[Claim],
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Sequence[float]:
        return [float((claim.sentence not in self._wrong) != self._is_mistaken(claim)) for claim in claims]

    def _is_mistaken(self, claim: Claim) -> bool:
        return hashed(f"mistaken {claim.sentence}") % 100 < self._mistaken_percent

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


class FluentWriter:
    """A fake chat model that returns sentences written by hand, citing the passages as the prompt numbers them.

    A sentence whose passage is not in the prompt cites a number that does not exist, as an erring model would.
    """

    name = "fluent"

    def __init__(self, sentences: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> None:
        """`texts` are all passages of the approved text as a prompt shows them; sentences count them from 1."""
        self._sentences = sentences
        self._texts = texts
        self.untold_count = 0

    def complete(
        self,
        prompt: Prompt,
        *,
        deadline_seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
        heard: Heard = unheard,
    ) -> Completion:
        lines = re.findall(r"^\[(\d+)\] (.+)$", prompt.text, re.MULTILINE)
        numbered = {_same(text): (number, text) for number, text in lines}
        pieces = []
        for sentence in self._sentences:
            whole = self._texts[sentence["passage"] - 1]
            number, text = numbered.get(_same(whole), (NOT_TOLD, ""))
            self.untold_count += number == NOT_TOLD
            pieces.append(f"{_with_links_of(text, whole, sentence['text'])} [{number}] ")
        for piece in pieces:
            heard(piece)
        return Completion("".join(pieces).strip(), 0.0)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""


NOT_TOLD = "99"
_LINK = re.compile(r"\bLIEN\d+")
_SAME_LETTERS = 200  # of a passage: a prompt cuts long ones, and numbers the links of those that it holds


def _with_links_of(told: str, whole: str, sentence: str) -> str:
    """Return a sentence with its links, numbered in the whole passage, renumbered as in the prompt's passage."""
    links = dict(zip(_LINK.findall(whole), _LINK.findall(told), strict=False))
    return _LINK.sub(lambda found: links.get(found[0], found[0]), sentence)


def _same(text: str) -> str:
    return _LINK.sub("LIEN", text)[:_SAME_LETTERS]


@dataclass(frozen=True, slots=True)
class Played:
    """A rephrasing written by hand, with the result of the whole path.

    `wrong` is the place of its wrong sentence, from 0; None, and `kind` empty, without one.
    """

    id: str
    kind: str
    wrong: int | None
    sentence_count: int
    untold_count: int
    rephrasing: Rephrasing

    @property
    def is_shown(self) -> bool:
        return self.rephrasing.outcome is RephrasingOutcome.SHOWN

    @property
    def shows_wrong(self) -> bool:
        sentences = self.rephrasing.sentences
        return self.is_shown and any(sentence.is_borne_out for at, sentence in enumerate(sentences) if at == self.wrong)

    @property
    def written(self) -> tuple[CheckedSentence, ...]:
        """The writer's own sentences; those of the official text that are shown beneath come after them."""
        return self.rephrasing.sentences[: self.sentence_count]

    @property
    def faithful(self) -> list[CheckedSentence]:
        return [sentence for at, sentence in enumerate(self.written) if at != self.wrong]

    @property
    def is_shown_whole(self) -> bool:
        return self.is_shown and all(sentence.is_borne_out for sentence in self.written)


def played(noa: Noa, path: Path = FLUENT) -> Iterator[Played]:
    """Yield each rephrasing of the file after the whole path: prompt, stream, citations, letters, judge."""
    for case in rows_of(path):
        entry_id = EntryId(case["entry"])
        version = noa.records.current([entry_id]).get(entry_id)
        if version is None:
            raise NoaError(f"The base has no entry `{entry_id}`; the suite asks the bundled pack.")
        given = official_answer(version, language=Language.FRENCH, section_key=None, confidence=1.0, question_id="")
        texts = readable(passages_of(given.official_text or "")).texts
        writer = FluentWriter(case["sentences"], texts)
        judge = LabelledJudge({sentence["text"] for sentence in case["sentences"] if not sentence["faithful"]})
        steps = (Rephrase(writer, noa.extracts, 60.0, task=Task.ANSWER), Verify(noa.records, judge, 0.5))
        answer = rephrase_given(given, asked=case["question"], on=date.today(), assistance=steps)
        if answer.rephrasing is None:
            raise AssertionError("an answered question is always attempted")
        wrong = next((place for place, sentence in enumerate(case["sentences"]) if not sentence["faithful"]), None)
        kind = "" if wrong is None else case["sentences"][wrong]["kind"]
        yield Played(case["id"], kind, wrong, len(case["sentences"]), writer.untold_count, answer.rephrasing)


def fluent_figures(done: Sequence[Played]) -> list[Figure]:
    """Return the shares of rephrasings shown, and of wrong ones among them; of sentences; wrong ones caught by kind."""
    tried = [attempt for attempt in done if attempt.rephrasing.outcome is not RephrasingOutcome.SKIPPED]
    shown = [attempt for attempt in tried if attempt.is_shown]
    right, wrong = [attempt for attempt in tried if not attempt.kind], [attempt for attempt in tried if attempt.kind]
    sentences = [sentence for attempt in tried for sentence in attempt.faithful]
    figures: dict[str, Share] = {
        "rephrasings shown, in whole or in part": share(attempt in shown for attempt in tried),
        "  of those without a wrong sentence": share(attempt.is_shown for attempt in right),
        "  of those, shown whole": share(attempt.is_shown_whole for attempt in right),
        "wrong sentences among the rephrasings shown": share(attempt.shows_wrong for attempt in shown),
        "faithful sentences that passed": share(sentence.is_borne_out for sentence in sentences),
        "wrong sentences not shown": share(not attempt.shows_wrong for attempt in wrong),
    }
    for kind in sorted({attempt.kind for attempt in wrong}):
        figures[f"  {kind}"] = share(not attempt.shows_wrong for attempt in wrong if attempt.kind == kind)
    return [figure.as_figure(name.strip()) for name, figure in figures.items()]


def checking_times(done: Sequence[Played]) -> list[Figure]:
    """Return the median and the p95 of the milliseconds that checking a rephrasing took."""
    taken = [1_000 * attempt.rephrasing.verification_seconds for attempt in done if attempt.rephrasing.sentences]
    return [
        quantile_figure("checking a rephrasing, median", taken, 0.5),
        quantile_figure("checking a rephrasing, p95", taken, 0.95),
    ]


def as_row(attempt: Played) -> dict[str, Any]:
    """Return the result of a rephrasing as it is kept in a file."""
    return {
        "id": attempt.id,
        "kind": attempt.kind,
        "outcome": attempt.rephrasing.outcome.value,
        "reason": attempt.rephrasing.reason,
        "shown": [sentence.text for sentence in attempt.rephrasing.shown],
        "shows_wrong": attempt.shows_wrong,
    }


def run_rephrasing(noa: Noa, folder: Path) -> Result:
    """Check every sentence by letters alone and by letters and a labelled judge; every case is kept in `folder`.

    Then play the fluent writer through the whole path of `noa`.
    """
    pack = read_pack(ROOT / "knowledge")
    sentences, english, shared = written_sentences(pack), english_pairs(pack), shared_pairs(pack)
    figures = {
        BY_JUDGE: _with_labels(sentences),
        BY_LETTERS: _by_letters(sentences) + altered_figures(pack),
        ENGLISH_TITLE: _with_labels(english),
    }
    if shared:
        figures[SHARED_TITLE] = _with_labels(shared)
    done = list(played(noa))
    figures[FLUENT_TITLE] = [*fluent_figures(done), *checking_times(done)]
    keep(
        folder / "rephrasing.json",
        [
            {"id": pair.id, "kind": pair.kind, "passes_letters": pair.passes_letters}
            for pair in (*sentences, *english, *shared)
        ],
    )
    keep(folder / "fluent.json", [as_row(attempt) for attempt in done])
    return against_gates(figures, folder)


def _with_labels(sentences: Sequence[WrittenSentence]) -> list[Figure]:
    judge = LabelledJudge({sentence.claim.sentence for sentence in sentences if not sentence.is_faithful})
    scores = judge.bears_out([sentence.claim for sentence in sentences], deadline_seconds=1.0)
    return judge_figures(list(zip(sentences, scores, strict=True)), 0.5)


def _by_letters(sentences: Sequence[WrittenSentence]) -> list[Figure]:
    return judge_figures([(sentence, 1.0) for sentence in sentences], 0.5)[:2]


def altered_figures(pack: Pack) -> list[Figure]:
    """Return the shares not shown of official sentences changed to the letter, or turned by a word; letters alone."""
    entries = dict(pack.entries)
    altered, turned = altered_sentences(entries, EACH_KIND), turned_sentences(entries, TURNED)
    hidden = {
        sentence.id: bool(checked_letters(pack, entries[sentence.entry], sentence.sentence, sentence.quote))
        for sentence in (*altered, *turned)
    }
    kinds = sorted({sentence.kind for sentence in altered})
    return [
        share(hidden[sentence.id] for sentence in altered).as_figure("altered to the letter: not shown"),
        *(
            share(hidden[sentence.id] for sentence in altered if sentence.kind == kind).as_figure(f"altered {kind}")
            for kind in kinds
        ),
        share(hidden[sentence.id] for sentence in turned).as_figure("turned official sentences: not shown"),
    ]


def shared_pairs(pack: Pack) -> list[WrittenSentence]:
    """Return the shared pairs, which nobody tuned to; none without the shared material."""
    if not SHARED_PAIRS.is_file():
        return []
    entries, pairs = dict(pack.entries), []
    for number, line in enumerate(SHARED_PAIRS.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        content = entries.get(EntryId(row["entry"]))
        blocks = re.split(r"\n[ \t]*\n+", content.answer) if content else []
        if content is None or max(row["paragraphs"]) >= len(blocks):
            continue  # the entry has changed since
        quote = "\n\n".join(blocks[at] for at in row["paragraphs"])
        findings = checked_letters(pack, content, row["sentence"], quote)
        kind = KIND_FAITHFUL if row["faithful"] else row["kind"]
        claim = Claim(quote, content.question, row["sentence"])
        pairs.append(WrittenSentence(f"shared-{number}", kind, claim, not findings))
    return pairs
