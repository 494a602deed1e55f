"""Groups of the shared questions that share no expected fiche, so that what is learned is reported honestly."""

from collections.abc import Sequence

from evals.suites.cases import Case


def fiche_groups(cases: Sequence[Case]) -> dict[str, str]:
    """Return each case's group: fiches expected together anywhere are joined, directly or through others."""
    parent: dict[str, str] = {}

    def root(fiche: str) -> str:
        while parent.setdefault(fiche, fiche) != fiche:
            fiche = parent[fiche]
        return fiche

    for case in cases:
        for other in case.expected_entries[1:]:
            parent[root(other)] = root(case.expected_entries[0])
    return {case.id: root(case.expected_entries[0]) for case in cases}
