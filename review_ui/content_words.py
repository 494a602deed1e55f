"""What is wrong with a field, in words."""

from noa_rag.domain.errors import ContentProblem
from review_ui.texts import ReviewTexts


def problem_in_words(texts: ReviewTexts, problem: ContentProblem) -> str:
    """Return one problem as a sentence."""
    return texts.or_key(f"content_{problem.kind}", texts("content_other")).format(seen=problem.seen)
