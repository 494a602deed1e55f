"""`noa eval run rephrasing`: what the gate lets through and catches, with the checker and by its rules alone.

It is given faithful rephrasings and wrong ones, by kind. Half of these cases, by the hash of their ids, may be looked
at while the gate is worked on; the figures are of the other half.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.metrics.figure import Figure, share
from evals.runner.bases import ROOT, keep
from evals.runner.fluent import as_row, checking_time, fluent_figures, judged_sentences, played, whole_text
from evals.runner.running import GatedFigures, against_gates
from evals.suites.cases import SUITES, rows_of
from evals.suites.splits import hashed
from noa_rag.domain.entry import EntryId
from noa_rag.knowledge.pack import Pack, read_pack
from noa_rag.rephrasing.checker.checker import Checker, read_checker
from noa_rag.rephrasing.gate.gate import Gate, Rephrased, RephrasingVerdict, check_rephrasing
from noa_rag.service.noa import Noa

FAITHFUL = SUITES / "rephrasing" / "faithful.jsonl"
CORRUPTED = SUITES / "rephrasing" / "corrupted.jsonl"
WITH_CHECKER, BY_RULES, BY_LOOSE_RULES = "rephrasing", "rephrasing, rules alone", "rephrasing, rules alone, looser"
FLUENT = "rephrasing, a fluent writer"
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
        """Whether the case is of the half that nobody looks at while the gate is worked on."""
        return hashed(self.id) % 2 == 1


def run_rephrasing(noa: Noa, folder: Path) -> GatedFigures:
    """Check every case three ways: by rules and checker, as answers are; by rules alone, strict; the same, looser.

    Then play the fluent writer through the whole path of `noa`. Every case is kept in `folder`.
    """
    pack = read_pack(ROOT / "knowledge")
    checker = read_checker(noa.index.embedder, noa.index.embedder.fingerprint)
    ways = {WITH_CHECKER: (True, checker), BY_RULES: (True, None), BY_LOOSE_RULES: (False, None)}
    checked = {name: checked_cases(pack, strict, asked) for name, (strict, asked) in ways.items()}
    figures = {name: figures_of([one for one in found if one.reports]) for name, found in checked.items()}
    done = list(played(noa, checker))
    figures[FLUENT] = [*fluent_figures(done), checking_time(done)]
    if judged := list(judged_sentences(noa, checker)):
        figures[FLUENT].append(share(judged).as_figure("sentences that QA judged: the gate says the same"))
    keep(folder / "rephrasing.json", {name: [asdict(one) for one in found] for name, found in checked.items()})
    keep(folder / "fluent.json", [as_row(one) for one in done])
    return against_gates(figures)


def checked_cases(pack: Pack, takes_no_other_words: bool, checker: Checker | None = None) -> list[CheckedRephrasing]:
    """Return each faithful rephrasing, right when all of it is shown, then each wrong one, right when that is not."""
    found = []
    for case in rows_of(FAITHFUL):
        verdict = _verdict(case, pack, takes_no_other_words, checker)
        is_right = verdict.stands and not verdict.dropped
        found.append(CheckedRephrasing(case["id"], "faithful", is_right, _checks(verdict)))
    for case in rows_of(CORRUPTED):
        verdict = _verdict(case, pack, takes_no_other_words, checker)
        wrong = case["sentences"][case["wrong"]]["text"]
        is_shown = verdict.stands and any(kept.text == wrong for kept in verdict.kept)
        found.append(CheckedRephrasing(case["id"], case["corruption"], not is_shown, _checks(verdict)))
    return found


def figures_of(checked: Sequence[CheckedRephrasing]) -> list[Figure]:
    """Return the shares of faithful ones shown whole and of wrong ones not shown, all and by kind."""
    return [share(one.is_right for one in cases).as_figure(name) for name, cases in _by_kind(checked)]


def _by_kind(checked: Sequence[CheckedRephrasing]) -> Iterator[tuple[str, list[CheckedRephrasing]]]:
    yield "faithful: shown whole", [one for one in checked if one.kind == "faithful"]
    yield "wrong: not shown", [one for one in checked if one.kind != "faithful"]
    yield "checked to the letter: not shown", [one for one in checked if one.kind in TO_THE_LETTER]
    for kind in sorted({one.kind for one in checked} - {"faithful"}):
        yield f"{kind}: not shown", [one for one in checked if one.kind == kind]


def _verdict(
    case: dict[str, Any], pack: Pack, takes_no_other_words: bool, checker: Checker | None
) -> RephrasingVerdict:
    content = dict(pack.entries)[EntryId(case["entry"])]
    owner = next(agency for agency in pack.agencies if agency.id == content.agency_id)
    sentences = [Rephrased(one["text"], one["quote"]) for one in case["sentences"]]
    text = whole_text(content)
    gate = Gate(agencies=pack.agencies, owner=owner, takes_no_other_words=takes_no_other_words)
    if checker is not None:
        gate = checker.behind(gate, text, title=content.question)
    return check_rephrasing(sentences, text, question=case["question"], gate=gate)


def _checks(verdict: RephrasingVerdict) -> tuple[str, ...]:
    return tuple(sorted({finding.check.value for refused in verdict.dropped for finding in refused.findings}))
