"""`noa eval` and `make eval`: run suites, compare runs, calibrate. A plug-in that the command line finds."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from evals.runner.folders import RESULTS
from noa_rag.cli.console import reported_errors, shown_progress
from noa_rag.environment import read_settings

if TYPE_CHECKING:
    from evals.runner.running import Result
    from noa_rag.domain.ports import Progress
    from noa_rag.service.noa import Noa

WIDTH = 150  # the table of figures; a narrower terminal wraps it


@click.group("eval")
def evaluation() -> None:
    """Measure the answers: run suites, compare two runs, calibrate."""


@evaluation.command("run")
@click.argument("suites", nargs=-1)
@click.option("--name", help="Name of the run's folder among the results (default: the moment).")
@click.option("--own-base", is_flag=True, help="Ask the base of NOA_DATA_DIR instead of a fresh one with the pack.")
@click.option("--no-report", is_flag=True, help="Leave out report.html.")
def run(suites: tuple[str, ...], name: str | None, own_base: bool, no_report: bool) -> None:
    """Run SUITES (default: all but `recorded`), print their figures and keep every case.

    The suite `recorded` is that of your own base, which is then asked. `rephrasing` has figures of its own: what the
    gate lets through, and what of a fluent writer is shown. Exit status 3 means that a gate is broken.
    """
    from evals.runner.running import run_suites
    from evals.suites.suite_list import RECORDED, REPHRASING, SUITE_LIST, suite_named

    chosen = [suite_named(suite) for suite in suites or tuple(SUITE_LIST) if suite != REPHRASING]
    folder = RESULTS / name if name else None
    results: list[Result] = []
    if chosen:
        with shown_progress() as progress, _base(own_base or RECORDED in chosen, progress) as noa:
            results.append(run_suites(noa, chosen, folder, progress=progress, has_report=not no_report))
    if REPHRASING in suites:
        from evals.runner.rephrasing import run_rephrasing

        with shown_progress() as progress, _base(own_base, progress) as noa:
            results.append(run_rephrasing(noa, folder or RESULTS))
    _tell(*results)


@evaluation.command("conversation")
@click.option("--file", type=click.Path(path_type=Path, exists=True), help="Another file of conversations.")
@click.option("--name", help="Name of the run's folder among the results (default: the moment).")
@click.option("--own-base", is_flag=True, help="Ask the base of NOA_DATA_DIR instead of a fresh one with the pack.")
def conversation(file: Path | None, name: str | None, own_base: bool) -> None:
    """Ask conversations: follow-ups, two needs in one question, broad questions. Status 3: a gate is broken."""
    from evals.runner.conversations import run_conversations
    from evals.suites.cases import CONVERSATIONS

    with shown_progress() as progress, _base(own_base, progress) as noa:
        folder = RESULTS / name if name else None
        result = run_conversations(noa, file or CONVERSATIONS, folder, progress=progress)
    _tell(result)


@evaluation.command("personal-data")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option("--misses", is_flag=True, help="List what was missed as well. Never for the texts that are held out.")
def personal_data(file: Path | None, misses: bool) -> None:
    """Mask labelled texts and tell what was hidden, by kind. Status 3: a gate is broken.

    FILE is the held-out part of the suite unless another is named.
    """
    from evals.runner.personal_data import HELD_OUT, masked_texts, missed, read_labelled_texts, run_masking

    _tell(run_masking(file or HELD_OUT))
    for what, text in missed(masked_texts(read_labelled_texts(file))[0]) if misses and file else ():
        click.echo(f"{what} | {text}")


@evaluation.command("suites")
def suites_() -> None:
    """List the suites."""
    from evals.suites.suite_list import ABOUT_REPHRASING, EVERY_SUITE, REPHRASING

    for suite in EVERY_SUITE.values():
        click.echo(f"{suite.name:18} {suite.about}")
    click.echo(f"{REPHRASING:18} {ABOUT_REPHRASING}")
    click.echo(f"{'conversation':18} follow-ups, two needs, broad questions: asked by `noa eval conversation`")
    click.echo(f"{'personal_data':18} personal data to mask, and look-alikes: measured by `noa eval personal-data`")


@evaluation.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
def compare_(before: Path, after: Path) -> None:
    """List the cases that changed between two runs, both ways; a run is a folder, or its name among the results."""
    from evals.report.reports import write_comparison_report
    from evals.runner.comparison import compare, print_comparison
    from evals.runner.runs import read_run

    comparison = compare(read_run(_run_folder(before)), read_run(_run_folder(after)))
    console = Console()
    print_comparison(console, comparison)
    path = write_comparison_report(_run_folder(after), comparison)
    console.print(f"Side by side, with both answers: {path}")


@evaluation.command("evaluate")
@click.argument("folder", type=click.Path(path_type=Path))
def evaluate_(folder: Path) -> None:
    """Compute the figures of a run again from its outcomes; nothing is asked."""
    from evals.runner.running import evaluated

    _tell(evaluated(_run_folder(folder)))


@evaluation.command("export-recorded")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export_recorded(file: Path) -> None:
    """Write the cases that QA made in this base to FILE, as a suite in JSONL."""
    from evals.suites.suite_list import export_cases, recorded_cases
    from noa_rag.service.records import open_records
    from noa_rag.storage.recorded_cases import RecordedCaseStore

    with closing(open_records(read_settings())) as records:
        count = export_cases(recorded_cases(RecordedCaseStore(records.database)), file)
    click.echo(f"{count} cases: {file}")


@evaluation.command("certify")
def certify_() -> None:
    """Measure whether the models of NOA_LLM and NOA_CHECKER may rephrase this base, and keep a certificate if so.

    The judge reads some 1,100 bundled sentences, faithful and wrong; the writer answers 120 questions over the base of
    NOA_DATA_DIR and 60 texts that instruct it. Exit status 3: no certificate, and answers stay the approved texts.
    """
    from evals.runner.certify import certify
    from evals.runner.running import against_gates
    from noa_rag.domain.errors import InvalidSetting, NoaError
    from noa_rag.domain.rephrasing import GenerationFailed
    from noa_rag.rephrasing.certificate import write_certificate
    from noa_rag.rephrasing.prompting import Task
    from noa_rag.service.assistant import models_in_use, open_models
    from noa_rag.service.noa import open_noa

    settings = read_settings()
    if not settings.llm:
        raise InvalidSetting("NOA_LLM is empty: there is no model to certify.")
    with shown_progress() as progress, closing(open_noa(settings, progress)) as noa:
        writer, judge = open_models(settings)
        task = Task(settings.llm_task)
        try:
            done = certify(
                noa,
                writer,
                judge,
                models_in_use(settings),
                task=task,
                served_within=settings.llm_deadline_seconds,
                progress=progress,
            )
        except GenerationFailed as failed:
            raise NoaError(f"A model gave nothing ({failed}); nothing was kept. Look at its server.") from failed
        finally:
            writer.close()
            judge.close()
    against_gates(done.figures).print(Console(width=WIDTH))
    if done.certificate is None:
        click.echo(f"No certificate: {done.why_not}. Answers stay the approved texts.")
        raise SystemExit(3)
    path = write_certificate(done.certificate, settings.data_dir)
    click.echo(f"{done.certificate.in_words}. Kept in {path}; start the service again.")


@evaluation.command("calibrate")
@click.option("--check", is_flag=True, help="Check the promise on 200 random splits; store nothing.")
@click.option("--own-base", is_flag=True, help="Learn on the base of NOA_DATA_DIR, for its own service.")
def calibrate_(check: bool, own_base: bool) -> None:
    """Fit order, confidence and thresholds anew and store them with the bound they promise."""
    from evals.calibration.calibrate import run_calibration

    run_calibration(stores=not check, own_base=own_base)


def run_everything() -> int:
    """Ask every suite of the bundled pack, and the shared French material: `make eval`.

    Print one table of all figures beside their gates; return 3 when one is broken.
    """
    from evals.calibration import fiche_report
    from evals.runner.bases import opened, shared_is_there
    from evals.runner.conversations import follow_up_figures, measured
    from evals.runner.running import evaluated, generate, keep_beside, new_folder
    from evals.suites.cases import CONVERSATION
    from evals.suites.suite_list import SUITE_LIST

    console = Console(width=WIDTH)
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


def _run_folder(path: Path) -> Path:
    return path if path.is_dir() or not (RESULTS / path).is_dir() else RESULTS / path


def _base(own_base: bool, progress: Progress) -> AbstractContextManager[Noa]:
    """Return Noa over the base of NOA_DATA_DIR, or over one with the bundled pack alone."""
    from evals.runner.bases import opened
    from noa_rag.service.noa import open_noa

    if own_base:
        return closing(open_noa(read_settings(), progress))
    return opened("pack", pack=True, fiches=False, progress=progress)


def _tell(*results: Result) -> None:
    """Print what runs came to, and end with status 3 where a gate is broken."""
    for result in results:
        result.print(Console(width=WIDTH))
    if any(result.broken for result in results):
        raise SystemExit(3)
