"""`make eval`: every suite on the bundled pack, and the shared French material; fails on a broken gate."""

import sys

from rich.console import Console

from evals.calibration import fiche_report
from evals.runner.bases import opened, shared_is_there
from evals.runner.conversations import follow_up_figures, measured
from evals.runner.running import evaluated, generate, keep_beside, new_folder
from evals.suites.cases import CONVERSATION
from evals.suites.suite_list import SUITE_LIST
from noa_rag.cli.console import reported_errors, shown_progress


def main() -> int:
    """Print one table of all figures beside their gates; return 3 when one is broken."""
    console = Console(width=150)
    folder = new_folder()
    with reported_errors(), shown_progress() as progress:
        with opened("pack", pack=True, fiches=False, progress=progress) as noa:
            generate(noa, list(SUITE_LIST.values()), folder, progress=progress)
            beside = {CONVERSATION: measured(noa, folder=folder, progress=progress)[0]}
            if shared_is_there():
                beside["written follow-ups"] = follow_up_figures(noa, progress)
        if shared_is_there():
            with opened("fiches", pack=False, fiches=True, progress=progress) as noa:
                beside["fiches"] = fiche_report.figures(noa, progress)
        keep_beside(folder, beside)
        result = evaluated(folder)
    result.print(console)
    if not shared_is_there():
        console.print("The shared French material is absent: the fiches were not measured.")
    return 3 if result.broken else 0


if __name__ == "__main__":
    sys.exit(main())
