"""The routes of QA's pages."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from review_ui.qa import case_pages, compare, question_pages, recorded_pages, rephrasing_pages, run_pages, suite_pages

HANDLERS: Sequence[ControllerRouterHandler] = (
    suite_pages.qa_home,
    suite_pages.progress,
    suite_pages.start_run,
    suite_pages.stop_run,
    run_pages.run_page,
    run_pages.case_list,
    case_pages.case_page,
    case_pages.mark_case,
    compare.comparison_page,
    question_pages.question_list,
    question_pages.question_page,
    question_pages.mark_question,
    question_pages.case_form,
    question_pages.make_case,
    rephrasing_pages.rephrasings,
    recorded_pages.recorded_list,
    recorded_pages.recorded_file,
    recorded_pages.remove_case,
)
