"""`make eval`: every suite on the bundled pack, and the shared French material; fails on a broken gate."""

import sys

from rich.console import Console

from evals import fiche_report
from evals.bases import opened, shared_is_there
from evals.generate import generate
from evals.metrics import Figure
from evals.running import evaluated, new_folder
from evals.suite_list import SUITE_LIST
from noa_rag.cli.console import reported_errors, shown_progress


def main() -> int:
    """Print one table of all figures beside their gates; return 3 when one is broken."""
    console = Console(width=150)
    folder = new_folder()
    with reported_errors(), shown_progress() as progress:
        with opened("pack", pack=True, fiches=False, progress=progress) as noa:
            generate(noa, list(SUITE_LIST.values()), folder, progress=progress)
        more: dict[str, list[Figure]] = {}
        if shared_is_there():
            with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
                more["fiches"] = fiche_report.figures(noa, progress)
        result = evaluated(folder, more=more)
    result.print(console)
    if not more:
        console.print("The shared French material is absent: the fiches were not measured.")
    return 3 if result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
