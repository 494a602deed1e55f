"""The workspace as a part of the site."""

from evals.runner.quick_gate import QuickGate
from noa_rag.service.noa import Noa
from review_ui.part import review_part


def test_the_quick_gate_is_asked_before_the_workspace_publishes(noa: Noa) -> None:
    part = review_part(noa)

    assert isinstance(part.state["review"].office.gate, QuickGate)
    for line in part.lines:
        line.close()
