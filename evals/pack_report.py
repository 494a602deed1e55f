"""The bundled pack on its own suite: what visitors would have been shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.cases import SUITES, Case, CaseKind, read_suite
from evals.metrics import Share, share
from noa_rag.assembly.service import Noa
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.entry import EntryId
from noa_rag.domain.errors import InvalidQuestion
from noa_rag.domain.question import Ask

SUITE = SUITES / "pack_report.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case with what Noa did; a question that cannot be read counts as abstained."""

    case: Case
    actual_status: AnswerStatus
    actual_entry: EntryId | None
    actual_choices: tuple[EntryId, ...]
    confidence: float

    @property
    def is_answered(self) -> bool:
        return self.actual_status is AnswerStatus.ANSWERED

    @property
    def is_right(self) -> bool:
        return self.actual_entry in self.case.expected_entries

    @property
    def offers_right(self) -> bool:
        is_offer = self.actual_status is AnswerStatus.CLARIFICATION
        return is_offer and any(one in self.case.expected_entries for one in self.actual_choices)

    @property
    def is_refused(self) -> bool:
        return self.actual_status is AnswerStatus.ABSTAINED


def ask_suite(noa: Noa) -> list[Outcome]:
    """Ask every case of the suite through the whole answer path, recording nothing."""
    answering = noa.answering(is_recorded=False)
    return [_outcome(answering.ask, case) for case in read_suite(SUITE, known_entries=noa.index.snapshot.versions)]


def _outcome(ask: Callable[[Ask], Answer], case: Case) -> Outcome:
    try:
        answer = ask(Ask(case.question))
    except InvalidQuestion:
        return Outcome(case, AnswerStatus.ABSTAINED, None, (), 0.0)
    return Outcome(
        case,
        answer.status,
        answer.entry.id if answer.entry else None,
        tuple(choice.entry_id for choice in answer.choices),
        answer.confidence,
    )


def figures(outcomes: Sequence[Outcome]) -> dict[str, Share]:
    """Return the suite's figures by name, each with its count."""
    of = {kind: [one for one in outcomes if one.case.kind is kind] for kind in CaseKind}
    in_scope, near, outside = of[CaseKind.IN_SCOPE], of[CaseKind.NEAR_MISS], of[CaseKind.OUT_OF_SCOPE]
    shown = [one for one in outcomes if one.is_answered]
    return {
        "in scope: right entry answered or offered": share(one.is_right or one.offers_right for one in in_scope),
        "in scope: answered with the right entry": share(one.is_right for one in in_scope),
        "in scope: right entry among two or three offered": share(one.offers_right for one in in_scope),
        "in scope: refused": share(one.is_refused for one in in_scope),
        "answers shown that are wrong": share(not one.is_right for one in shown),
        "the same without near misses": share(
            not one.is_right for one in shown if one.case.kind is not CaseKind.NEAR_MISS
        ),
        "out of scope: refused": share(one.is_refused for one in outside),
        "near miss: refused": share(one.is_refused for one in near),
        "near miss: refused or asked back": share(not one.is_answered for one in near),
    }


def by_register(outcomes: Sequence[Outcome]) -> dict[str, tuple[Share, Share]]:
    """Return, by register, in-scope questions that get the right entry, and wrong ones among answers shown."""
    registers = sorted({one.case.register for one in outcomes})
    return {
        register: (
            share(
                one.is_right or one.offers_right
                for one in outcomes
                if one.case.register == register and one.case.kind is CaseKind.IN_SCOPE
            ),
            share(not one.is_right for one in outcomes if one.case.register == register and one.is_answered),
        )
        for register in registers
    }
