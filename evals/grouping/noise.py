"""How much noise is told from questions: on the labelled refusals, and wrongly on questions that the base answers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from evals.cases import SUITES, CaseKind, read_shared_questions, read_suite
from evals.grouping.labelled import IN_SCOPE
from noa_rag.review.failures import noise_in

NOISY = ("abuse", "chit-chat", "injection")
IN_SCOPE_SUITES = ("retrieval", "answering", "noisy", "multilingual")


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total` questions were called noise."""

    name: str
    count: int
    total: int


def noise_shares(knows: Callable[[str], bool]) -> list[Share]:
    """Return the share of each sort of refusal that is recognised, then of questions in scope that are wronged."""
    refusals = read_suite(SUITES / "out_of_scope.jsonl")
    totals = Counter(case.contrast for case in refusals)
    counts = Counter(case.contrast for case in refusals if noise_in(case.question, knows=knows))
    shares = [Share(f"{sort}, to be recognised", counts[sort], totals[sort]) for sort in NOISY]
    shares += [Share(f"{sort}, not noise", counts[sort], totals[sort]) for sort in sorted(totals.keys() - set(NOISY))]
    in_scope = {name: read_suite(SUITES / f"{name}.jsonl") for name in IN_SCOPE_SUITES}
    in_scope["shared in scope"] = read_shared_questions(IN_SCOPE, CaseKind.IN_SCOPE)
    for name, cases in in_scope.items():
        asked = [case.question for case in cases if case.kind is CaseKind.IN_SCOPE]
        wronged = sum(noise_in(text, knows=knows) is not None for text in asked)
        shares.append(Share(f"{name}, in scope", wronged, len(asked)))
    return shares
