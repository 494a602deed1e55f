"""`make ownership`: each entry hidden in turn, whose is its question? The share of right agencies, by evidence."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from evals.lab.evidence import library_of_fiches
from evals.metrics.figure import Share, share
from evals.runner.bases import RESULTS, keep, opened, shared_is_there
from evals.suites.splits import hashed
from noa_rag.answering.pipeline import run
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryVersion
from noa_rag.domain.failure import Asked, Failure, FailureKind
from noa_rag.domain.ports import Progress
from noa_rag.domain.question import Ask, Language
from noa_rag.review.base_knowledge import BaseKnowledge, LibraryIndex
from noa_rag.review.ownership import OwnerEvidence, likely_owner, owner_evidence
from noa_rag.review.thresholds import FICHES_ASKED, OWNER_WEIGHTS, QUESTIONS_ASKED
from noa_rag.service.noa import Noa

GRID = (0.0, 0.1, 0.3, 0.6, 1.0, 1.5)
KEPT = RESULTS / "ownership.json"


@dataclass(frozen=True, slots=True)
class OwnerCase:
    """An entry that was hidden, with what spoke for each agency; `alone` by its own question only."""

    version: EntryVersion
    group: OwnerEvidence
    alone: OwnerEvidence

    @property
    def fits_weights(self) -> bool:
        """Whether the case may be used to choose the weights; the others report them."""
        return hashed(self.version.id) % 2 == 0


def owner_cases(noa: Noa, library: LibraryIndex | None, progress: Progress) -> Iterator[OwnerCase]:
    """Yield a case for each entry that may be shown."""
    knowledge = BaseKnowledge(noa)
    versions = noa.servable()
    for done, version in enumerate(versions, start=1):
        alternates = [one.text for one in version.content.alternate_questions if one.language == "fr"]
        questions = [version.content.question, *alternates][:QUESTIONS_ASKED]
        yield OwnerCase(
            version,
            _evidence(noa, knowledge, library, version, questions),
            _evidence(noa, knowledge, library, version, questions[:1]),
        )
        progress("asking whose it is", done, len(versions))


def right_share(
    cases: Sequence[OwnerCase], knowledge: BaseKnowledge, weights: Mapping[str, float], *, alone: bool = False
) -> Share:
    """Return how often the likeliest agency is the entry's own, or one of its contributors'."""
    agencies = knowledge.agencies()
    named = [
        likely_owner(one.alone if alone else one.group, agencies, otherwise=AgencyId("none"), weights=weights).agency_id
        for one in cases
    ]
    return share(name == one.version.content.agency_id for name, one in zip(named, cases, strict=True))


def best_weights(cases: Sequence[OwnerCase], knowledge: BaseKnowledge) -> dict[str, float]:
    """Return the weights of the grid that do best on these cases, subjects counting 1; the smallest of equals."""
    tried = [
        {"entries": entries, "subjects": 1.0, "remits": remits, "fiches": fiches, "contacts": contacts}
        for entries in GRID
        for remits in GRID
        for fiches in GRID
        for contacts in GRID[:2]
    ]
    return max(tried, key=lambda one: (right_share(cases, knowledge, one).part, -sum(one.values())))


def _evidence(
    noa: Noa, knowledge: BaseKnowledge, library: LibraryIndex | None, version: EntryVersion, questions: Sequence[str]
) -> OwnerEvidence:
    around = knowledge.around(questions, hidden={version.id})
    passages = library.passages(questions) if library else []
    texts = list(dict.fromkeys(one.source_id for one in passages))[:FICHES_ASKED]
    return owner_evidence(
        entries=around.entries,
        subjects=around.subjects,
        remits=around.remits,
        fiches=[content for one in texts if library and (content := library.content(one))],
        failures=[_failure(noa, version, questions[0])],
        agencies=knowledge.agencies(),
        owners=knowledge.owners(),
    )


def _failure(noa: Noa, version: EntryVersion, question: str) -> Failure:
    answer = run(noa.path(hidden={version.id}), Ask(question)).answer
    assert answer is not None
    asked = Asked(
        question_id="",
        conversation_id="",
        asked_at=version.approved_at,
        text=question,
        normalised=question,
        language=Language.FRENCH,
        status=answer.status.value,
        reason=answer.reason,
        contact_agency_id=answer.contact.id if answer.contact else None,
    )
    return Failure(asked, FailureKind.ABSTAINED)


def main() -> int:
    """Print the table and keep it as JSON."""
    console = Console(width=120)
    with (
        reported_errors(),
        shown_progress() as progress,
        opened("drafting", pack=True, fiches=False, progress=progress) as noa,
    ):
        library = None
        if shared_is_there():
            library = library_of_fiches(noa, progress)
        cases = list(owner_cases(noa, library, progress))
        knowledge = BaseKnowledge(noa)
    fitting, reporting = [one for one in cases if one.fits_weights], [one for one in cases if not one.fits_weights]
    chosen = best_weights(fitting, knowledge)
    rows = {
        "all, weights in use": (OWNER_WEIGHTS, cases, False),
        "all, own question alone": (OWNER_WEIGHTS, cases, True),
        "weights chosen on the other half": (chosen, reporting, False),
        **{f"{kind} alone": ({kind: 1.0}, cases, False) for kind in OWNER_WEIGHTS},
        **{f"without {kind}": ({**OWNER_WEIGHTS, kind: 0.0}, cases, False) for kind in OWNER_WEIGHTS},
    }
    figures = {
        name: right_share(part, knowledge, weights, alone=alone) for name, (weights, part, alone) in rows.items()
    }
    table = Table("evidence", "right agency first", title=f"{len(cases)} entries hidden in turn; chosen: {chosen}")
    for name, figure in figures.items():
        table.add_row(name, str(figure))
    console.print(table)
    kept = {name: [one.part, one.whole, *one.interval] for name, one in figures.items()}
    keep(KEPT, {"chosen": chosen, "figures": kept})
    return 0


if __name__ == "__main__":
    sys.exit(main())
