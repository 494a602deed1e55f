"""What `noa eval calibrate` does: learn, print the curve, check the promise, store."""

from contextlib import closing

from rich.console import Console
from rich.table import Table

from evals.calibration.calibrate import by_case, calibrate, calibrate_own, check_promise
from evals.calibration.lessons import Lessons
from evals.metrics.confidence import curve
from evals.runner.bases import shared_is_there
from noa_rag.cli.console import shown_progress
from noa_rag.domain.errors import NoaError
from noa_rag.retrieval.calibration import (
    BUNDLED_CALIBRATION,
    Calibration,
    Logistic,
    own_calibration,
    write_calibration,
)
from noa_rag.retrieval.confidence import all_features, is_barred
from noa_rag.service.noa import open_noa
from noa_rag.settings import read_settings

CURVE_POINTS = 12


def run_calibration(*, stores: bool, own_base: bool = False) -> None:
    """Calibrate and print what came of it; store it unless only the promise is to be checked.

    A calibration of one's own base lies in its data folder, where the service finds it at its next start. Raises
    NoaError where too little is labelled, or the shared French material is absent, which bare entries are fitted on.
    """
    if not own_base and not shared_is_there():
        raise NoaError(
            "The shared French material is needed to calibrate; put `shared` beside the repository, or calibrate on"
            " your own base with --own-base."
        )
    settings, console = read_settings(), Console()
    with shown_progress() as progress:
        if own_base:
            with closing(open_noa(settings, progress)) as noa:
                calibration, lessons = calibrate_own(noa, progress)
        else:
            calibration, lessons = calibrate(progress)
        progress("checking the promise", 0, 0)
        promise = check_promise(lessons.verified)
    console.print(_curve(calibration.with_alternates.verified, lessons))
    path = own_calibration(settings.data_dir) if own_base else BUNDLED_CALIBRATION
    if stores:
        write_calibration(with_promise(calibration, promise), path)
    for name, figures in {**calibration.figures, "promise on unseen questions": promise}.items():
        console.print(f"{name}: {figures}", highlight=False)
    if stores and own_base:
        console.print(f"Stored in {path}; start the service again to use it, delete the file to go back.")


def with_promise(calibration: Calibration, promise: dict[str, float | int]) -> Calibration:
    """Return the calibration with the check of its promise among its figures."""
    from dataclasses import replace

    return replace(calibration, figures={**calibration.figures, "promise on unseen questions": promise})


def _curve(model: Logistic, lessons: Lessons) -> Table:
    """Return the risk-coverage curve of the questions that chose the threshold."""
    seen = [
        (all_features(one.asked.retrieved), one.is_true) for one in lessons.verified if by_case(one) and not one.is_twin
    ]
    kept = [(model.probability(figures), is_true) for figures, is_true in seen if not is_barred(figures)]
    points = curve([chance for chance, _ in kept], [is_true for _, is_true in kept])
    table = Table("answered from", "share of questions answered", "wrong among them", title="After reading")
    for at in range(1, CURVE_POINTS + 1):
        point = points[min(len(points) - 1, at * len(points) // CURVE_POINTS)]
        table.add_row(f"{point.threshold:.3f}", f"{100 * point.coverage:.1f} %", f"{100 * point.risk:.1f} %")
    return table
