"""What is wrong with a field, in words."""

from datetime import date

from noa_rag.domain.errors import ContentProblem
from noa_rag.domain.question import Language
from noa_rag.web.dates import day_in_words
from review_ui.texts import ReviewTexts

_ABOUT_A_DAY = {"before_start", "implausible_day"}


def problem_in_words(language: Language, problem: ContentProblem) -> str:
    """Return one problem as a sentence."""
    texts = ReviewTexts(language)
    seen = problem.seen
    if problem.kind in _ABOUT_A_DAY:
        seen = day_in_words(date.fromisoformat(seen), language)
    return texts.or_key(f"content_{problem.kind}", texts("content_other")).format(seen=seen)
