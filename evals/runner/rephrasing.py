"""`noa eval run rephrasing`: what the gate lets through and catches, of written pairs and of a fluent writer's texts.

It is given faithful rephrasings and wrong ones, by kind. Half of these cases, by the hash of their ids, may be looked
at while the gate is worked on; the figures are of the other half.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from evals.metrics.figure import Figure, Share, quantile_figure, share
from evals.runner.bases import keep
from evals.runner.folders import ROOT
from evals.runner.running import Result, against_gates
from evals.suites.cases import SUITES, rows_of
from evals.suites.splits import hashed
from evals.suites.turned import turned_sentences
from noa_rag.answering.steps.compose import official_answer
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import NoaError
from noa_rag.domain.facts import whole_text
from noa_rag.domain.passages import passages_of, readable
from noa_rag.domain.question import Language
from noa_rag.domain.rephrasing import CheckedSentence, Completion, Heard, Prompt, Rephrasing, RephrasingOutcome, unheard
from noa_rag.knowledge.pack import Pack, read_pack
from noa_rag.rephrasing.checker.checker import Checker, read_checker
from noa_rag.rephrasing.gate.gate import Gate, Rephrased, RephrasingVerdict, check_rephrasing
from noa_rag.rephrasing.prompting import Task
from noa_rag.rephrasing.steps import Rephrase, Verify, rephrase_given
from noa_rag.service.noa import Noa
from noa_rag.storage.recorded_cases import RecordedCaseStore

FLUENT = SUITES / "rephrasing" / "fluent.jsonl"


class FluentWriter:
    """A fake chat model that returns sentences written by hand, citing the passages as the prompt numbers them.

    A sentence whose passage is not in the prompt cites a number that does not exist, as an erring model would.
    """

    name, is_chat, takes_grammar = "fluent", True, False

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


def played(noa: Noa, checker: Checker | None, path: Path = FLUENT) -> Iterator[Played]:
    """Yield each rephrasing of the file after the whole path: prompt, stream, citations, gate."""
    nearness = noa.extracts
    for case in rows_of(path):
        entry_id = EntryId(case["entry"])
        version = noa.records.current([entry_id]).get(entry_id)
        if version is None:
            raise NoaError(f"The base has no entry `{entry_id}`; the suite asks the bundled pack.")
        given = official_answer(version, language=Language.FRENCH, section_key=None, confidence=1.0, question_id="")
        texts = readable(passages_of(given.official_text or "")).texts
        writer = FluentWriter(case["sentences"], texts)
        steps = (Rephrase(writer, nearness, 60.0, task=Task.ANSWER), Verify(noa.records, checker))
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


def judged_sentences(noa: Noa, checker: Checker | None) -> Iterator[bool]:
    """Yield, for each sentence that QA judged in this base, whether the gate agrees when it checks it alone."""
    agencies = noa.agencies()
    for case in RecordedCaseStore(noa.records.database).sentences():
        fields = case.fields
        version = noa.records.current([EntryId(fields["entry"])]).get(EntryId(fields["entry"]))
        if version is None:
            continue
        text = whole_text(version.content)
        gate = Gate(tuple(agencies.values()), agencies.get(version.content.agency_id))
        if checker is not None:
            gate = checker.behind(gate, text, title=version.content.question)
        proposed = [Rephrased(fields["sentence"], fields["quote"])]
        verdict = check_rephrasing(proposed, text, question=fields["question"], gate=gate)
        yield bool(verdict.kept and verdict.stands) == (fields["verdict"] == "faithful")


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


FAITHFUL = SUITES / "rephrasing" / "faithful.jsonl"
CORRUPTED = SUITES / "rephrasing" / "corrupted.jsonl"
WITH_CHECKER, BY_RULES = "rephrasing", "rephrasing, rules alone"
FLUENT_TITLE = "rephrasing, a fluent writer"
TURNED, TURNED_NAME = 300, "turned official sentences: not shown"
TO_THE_LETTER = ("number", "percentage", "date", "wrong_year", "url", "phone", "unit")


@dataclass(frozen=True, slots=True)
class CheckedRephrasing:
    """A case with the gate's verdict; `kind` is `faithful`, or what was corrupted."""

    id: str
    kind: str
    is_right: bool
    checks: tuple[str, ...]

    @property
    def reports(self) -> bool:
        """Whether the case is in the held-out half, which nobody looks at while working on the gate."""
        return hashed(self.id) % 2 == 1


def run_rephrasing(noa: Noa, folder: Path) -> Result:
    """Check every case by rules and checker, as for answers, and by the rules alone.

    Then play the fluent writer through the whole path of `noa`. Every case is kept in `folder`.
    """
    pack = read_pack(ROOT / "knowledge")
    checker = read_checker(noa.index.embedder, noa.index.embedder.fingerprint)
    checked = {
        name: checked_cases(pack, checker_used) for name, checker_used in ((WITH_CHECKER, checker), (BY_RULES, None))
    }
    figures = {
        name: figures_of([rephrasing for rephrasing in rephrasings if rephrasing.reports])
        for name, rephrasings in checked.items()
    }
    figures[WITH_CHECKER] += turned_figures(pack, checker)
    done = list(played(noa, checker))
    figures[FLUENT_TITLE] = [*fluent_figures(done), *checking_times(done)]
    if judged := list(judged_sentences(noa, checker)):
        figures[FLUENT_TITLE].append(share(judged).as_figure("sentences that QA judged: the gate says the same"))
    keep(
        folder / "rephrasing.json",
        {name: [asdict(rephrasing) for rephrasing in rephrasings] for name, rephrasings in checked.items()},
    )
    keep(folder / "fluent.json", [as_row(attempt) for attempt in done])
    return against_gates(figures, folder)


def checked_cases(pack: Pack, checker: Checker | None) -> list[CheckedRephrasing]:
    """Return each faithful case, right if all of it is shown, then each wrong one, right if its error is not shown."""
    rephrasings = []
    for case in rows_of(FAITHFUL):
        verdict = _verdict(case, pack, checker)
        is_right = verdict.stands and not verdict.dropped
        rephrasings.append(CheckedRephrasing(case["id"], "faithful", is_right, _checks(verdict)))
    for case in rows_of(CORRUPTED):
        verdict = _verdict(case, pack, checker)
        wrong = case["sentences"][case["wrong"]]["text"]
        is_shown = verdict.stands and any(sentence.text == wrong for sentence in verdict.kept)
        rephrasings.append(CheckedRephrasing(case["id"], case["corruption"], not is_shown, _checks(verdict)))
    return rephrasings


def turned_figures(pack: Pack, checker: Checker | None) -> list[Figure]:
    """Return the shares not shown of official sentences with a word changed that turns them, all and by kind."""
    entries = dict(pack.entries)
    hidden: dict[str, list[bool]] = {}
    for sentence in turned_sentences(entries, TURNED):
        case = {"entry": sentence.entry, "question": entries[sentence.entry].question}
        verdict = _verdict(case | {"sentences": [{"text": sentence.sentence, "quote": sentence.quote}]}, pack, checker)
        hidden.setdefault(sentence.kind, []).append(not (verdict.stands and verdict.kept))
    every = [is_turned for hidden_ones in hidden.values() for is_turned in hidden_ones]
    return [
        share(are_hidden).as_figure(name)
        for name, are_hidden in (
            (TURNED_NAME, every),
            *((f"turned, {kind}: not shown", of) for kind, of in hidden.items()),
        )
    ]


def figures_of(checked: Sequence[CheckedRephrasing]) -> list[Figure]:
    """Return the shares of faithful ones shown whole and of wrong ones not shown, all and by kind."""
    return [share(case.is_right for case in cases).as_figure(name) for name, cases in _by_kind(checked)]


def _by_kind(checked: Sequence[CheckedRephrasing]) -> Iterator[tuple[str, list[CheckedRephrasing]]]:
    yield "faithful: shown whole", [rephrasing for rephrasing in checked if rephrasing.kind == "faithful"]
    yield "wrong: not shown", [rephrasing for rephrasing in checked if rephrasing.kind != "faithful"]
    yield "checked to the letter: not shown", [rephrasing for rephrasing in checked if rephrasing.kind in TO_THE_LETTER]
    for kind in sorted({rephrasing.kind for rephrasing in checked} - {"faithful"}):
        yield f"{kind}: not shown", [rephrasing for rephrasing in checked if rephrasing.kind == kind]


def _verdict(case: dict[str, Any], pack: Pack, checker: Checker | None) -> RephrasingVerdict:
    content = dict(pack.entries)[EntryId(case["entry"])]
    owner = next(agency for agency in pack.agencies if agency.id == content.agency_id)
    sentences = [Rephrased(sentence["text"], sentence["quote"]) for sentence in case["sentences"]]
    text = whole_text(content)
    gate = Gate(agencies=pack.agencies, owner=owner)
    if checker is not None:
        gate = checker.behind(gate, text, title=content.question)
    return check_rephrasing(sentences, text, question=case["question"], gate=gate)


def _checks(verdict: RephrasingVerdict) -> tuple[str, ...]:
    return tuple(sorted({finding.check.value for refused in verdict.dropped for finding in refused.findings}))
