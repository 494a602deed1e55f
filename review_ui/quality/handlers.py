"""The routes of QA's pages."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from review_ui.quality import comparison, questions, recorded_cases, rephrasings, run_cases, runs, suites

HANDLERS: Sequence[ControllerRouterHandler] = (
    suites.qa_home,
    suites.progress,
    suites.start_run,
    suites.stop_run,
    runs.run_page,
    runs.case_list,
    run_cases.case_page,
    run_cases.mark_case,
    comparison.comparison_page,
    questions.question_list,
    questions.question_page,
    questions.mark_question,
    questions.case_form,
    questions.make_case,
    rephrasings.rephrasings,
    recorded_cases.recorded_list,
    recorded_cases.recorded_file,
    recorded_cases.remove_case,
)
