"""From conversations to figures: what is right for each kind of question."""

from collections.abc import Sequence

from evals.metrics import Figure, share
from evals.runner.conversations import ConversationOutcome
from evals.suites.conversations import ConversationKind
from noa_rag.domain.answer import AnswerStatus

CHOICE_LIMIT = 3  # more choices than that are a list, and no answer
OTHERS_ALLOWED = 1  # entries beside the expected ones, where a question has two needs
BROAD_FEWEST = 3  # right entries that a broad question must be given, where no journey that covers its field is first
BROAD_WRONG_SHARE = 1 / 3  # of the entries shown for a broad question


def figures_of(outcomes: Sequence[ConversationOutcome]) -> list[Figure]:
    """Return the share right of all and of each kind, and the follow-ups that were only offered their entry."""
    kinds = {kind: [one for one in outcomes if one.case.kind is kind] for kind in ConversationKind}
    follow_ups, own = kinds[ConversationKind.FOLLOW_UP], kinds[ConversationKind.OWN_QUESTION]
    return [
        share(is_right(one) for one in outcomes).as_figure("right"),
        *(share(is_right(one) for one in some).as_figure(f"{kind.value}: right") for kind, some in kinds.items()),
        share(is_offered(one) for one in follow_ups).as_figure("follow_up: only offered among three"),
        share(is_wrong(one) for one in follow_ups).as_figure("follow_up: answered with a wrong entry"),
        share(one.understood_as is not None for one in own).as_figure("own_question: taken for a follow-up"),
        share(is_wrong(one) for one in own).as_figure("own_question: answered with a wrong entry"),
    ]


def is_right(outcome: ConversationOutcome) -> bool:
    """Whether a question got what it needs, by its kind; nothing expected means that nothing may be answered."""
    expected, shown = outcome.case.expected_entries, outcome.actual_entries
    is_answered = outcome.actual_status is AnswerStatus.ANSWERED
    if not expected:
        return not is_answered
    right = [one for one in shown if one in expected]
    match outcome.case.kind:
        case ConversationKind.TWO_NEEDS:
            needs = [{one, *outcome.case.instead.get(one, ())} for one in expected]
            others = [one for one in shown if not any(one in need for need in needs)]
            return is_answered and all(need & set(shown) for need in needs) and len(others) <= OTHERS_ALLOWED
        case ConversationKind.BROAD:
            wrong = len(shown) - len(right)
            is_enough = is_answered and (len(right) >= BROAD_FEWEST or shown[0] in outcome.case.journeys)
            return is_enough and wrong <= BROAD_WRONG_SHARE * len(shown)
        case ConversationKind.ONE_NEED:
            return is_answered and shown[0] in expected and len(shown) == 1
        case _:
            return is_answered and shown[0] in expected


def is_offered(outcome: ConversationOutcome) -> bool:
    """Whether the right entry was not shown, but stands among a few to choose from."""
    is_choice = outcome.actual_status is AnswerStatus.CLARIFICATION and len(outcome.actual_choices) <= CHOICE_LIMIT
    return is_choice and any(one in outcome.case.expected_entries for one in outcome.actual_choices)


def is_wrong(outcome: ConversationOutcome) -> bool:
    """Whether the first entry shown is none that answers."""
    return bool(outcome.actual_entries) and outcome.actual_entries[0] not in outcome.case.expected_entries
