"""Certificates for tests."""

from dataclasses import replace
from typing import Any

from noa_rag.domain.rephrasing import Claim
from noa_rag.rephrasing.certificate import Certificate, Models, SpotPair, prompts_in_use
from noa_rag.rephrasing.prompting import Task

MODELS = Models("fake-model", "fake-judge", prompts=prompts_in_use(Task.ANSWER))


def a_certificate(**changed: Any) -> Certificate:
    """Return a certificate of the fakes over ten entries, with twenty pairs that the judge let pass."""
    spot = tuple(SpotPair(Claim("Le dépôt coûte 190 €.", "Combien ?", f"Phrase {n}."), passed=True) for n in range(20))
    certificate = Certificate(MODELS, 10, 0.7, 0.9, 0.99, "2026-12-03T10:00:00+00:00", {}, spot)
    return replace(certificate, **changed)
