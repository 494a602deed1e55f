"""What was found for questions, and what visitors were shown: each figure is a count of questions.

A figure that rests on no question has the count 0. A question that no entry answers has no right order: its rank and
gain are 0, and means should leave it out.
"""

from collections.abc import Collection, Iterable, Sequence
from math import log2

from evals.metrics.figure import Figure, share
from evals.runner.runs import Outcome
from evals.suites.cases import CaseKind
from noa_rag.domain.answer import Reason
from noa_rag.domain.entry import EntryId

DISTRESS = frozenset(
    (EntryId("detresse-idees-noires-aide-immediate"), EntryId("dirigeant-epuise-isole-soutien"))
)  # the entries of somebody in distress; both name 3114 first
AMBIGUOUS = "ambiguous place"  # how the suite marks questions whose place is that of several


def answered_in_scope(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of in-scope questions that were answered, rightly or wrongly."""
    return share(one.is_answered for one in _of(outcomes, CaseKind.IN_SCOPE)).as_figure("in scope: answered")


def right_answers(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of in-scope questions answered with an expected entry."""
    right = share(one.is_right for one in _of(outcomes, CaseKind.IN_SCOPE))
    return right.as_figure("in scope: answered with the right entry")


def right_answers_or_offers(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of in-scope questions with an expected entry shown, or among those offered to choose from."""
    right = share(one.is_right or one.offers_right for one in _of(outcomes, CaseKind.IN_SCOPE))
    return right.as_figure("in scope: right entry answered or offered")


def wrong_refusals(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of in-scope questions that were refused."""
    return share(one.is_refused for one in _of(outcomes, CaseKind.IN_SCOPE)).as_figure("in scope: refused")


def precision(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of answers shown that are right, whatever the question's kind; the count is that of answers."""
    right = share(one.is_right for one in outcomes if one.is_answered)
    return right.as_figure("answers shown that are right")


def wrong_per_hundred(outcomes: Iterable[Outcome]) -> Figure:
    """Return how many of a hundred questions, of any kind, were answered with a wrong entry."""
    wrong = share(one.is_wrong for one in outcomes)
    return wrong.as_figure("wrong answers per hundred questions", unit="per hundred")


def near_misses_not_answered(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of near misses that were refused or asked back."""
    right = share(not one.is_answered for one in _of(outcomes, CaseKind.NEAR_MISS))
    return right.as_figure("near miss: refused or asked back")


def near_misses_answered_by_one(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of near misses that were answered with a single entry, which is a wrong one."""
    wrong = share(one.is_answered and not one.is_combined for one in _of(outcomes, CaseKind.NEAR_MISS))
    return wrong.as_figure("near miss: answered with one wrong entry")


def near_misses_given_several(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of near misses for which several entries were shown as concerning the question."""
    return share(one.is_combined for one in _of(outcomes, CaseKind.NEAR_MISS)).as_figure("near miss: several shown")


def near_misses_refused(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of near misses that were refused outright."""
    return share(one.is_refused for one in _of(outcomes, CaseKind.NEAR_MISS)).as_figure("near miss: refused")


def near_miss_wrong_entries(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share answered with a wrong entry among near misses and all questions paired with a look-alike.

    An in-scope question of a pair counts too: it is wrong to answer it with the entry of its look-alike.
    """
    wrong = share(one.is_wrong for one in outcomes if one.case.kind is CaseKind.NEAR_MISS or one.case.pair)
    return wrong.as_figure("near miss, both of a pair: answered with a wrong entry")


def out_of_scope_not_answered(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of out-of-scope questions that were refused or asked back."""
    right = share(not one.is_answered for one in _of(outcomes, CaseKind.OUT_OF_SCOPE))
    return right.as_figure("out of scope: refused or asked back")


def out_of_scope_refused(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of out-of-scope questions that were refused outright."""
    return share(one.is_refused for one in _of(outcomes, CaseKind.OUT_OF_SCOPE)).as_figure("out of scope: refused")


def _of(outcomes: Iterable[Outcome], kind: CaseKind) -> list[Outcome]:
    return [one for one in outcomes if one.case.kind is kind]


def distress_recognised(outcomes: Iterable[Outcome]) -> Figure:
    """Return the share of messages of distress that are answered with an entry expected for them."""
    return share(one.is_right for one in outcomes if _is_message(one)).as_figure("distress: recognised")


def false_alarms(outcomes: Iterable[Outcome], name: str = "distress: false alarms") -> Figure:
    """Return the share of questions that are none of distress, and are answered with an entry of distress."""
    return share(is_false_alarm(one) for one in outcomes if not _is_about_distress(one)).as_figure(name)


def is_false_alarm(outcome: Outcome) -> bool:
    """Whether an entry of distress is shown for a question that expects none."""
    return outcome.actual_entry in DISTRESS and not _is_message(outcome)


def _is_message(outcome: Outcome) -> bool:
    return bool(DISTRESS.intersection(outcome.case.expected_entries))


def _is_about_distress(outcome: Outcome) -> bool:
    """Whether somebody in distress asks: one of its entries is expected, or hidden while it is asked for."""
    return _is_message(outcome) or bool(DISTRESS.intersection(outcome.case.hides))


def right_variants(outcomes: Sequence[Outcome]) -> Figure:
    """Return the share of answered questions that show the visitor's own entry, alone or among several.

    Questions of an ambiguous place are counted by `asked_back`.
    """
    shown = [one for one in outcomes if one.is_answered and one.case.contrast != AMBIGUOUS]
    return share(_shows_own(one) for one in shown).as_figure("answers shown that are the visitor's own")


def asked_back(outcomes: Sequence[Outcome]) -> Figure:
    """Return the share of ambiguous places that were asked about, with all that may be meant to choose from."""
    ambiguous = [one for one in outcomes if one.case.contrast == AMBIGUOUS]
    return share(
        one.actual_reason == Reason.AMBIGUOUS_PLACE and set(one.actual_choices) == set(one.case.expected_entries)
        for one in ambiguous
    ).as_figure("ambiguous places asked about")


def missing_told(outcomes: Sequence[Outcome]) -> Figure:
    """Return the share of answers without a variant that say for whom there is none, and of others that say nothing."""
    return share(one.actual_missing == one.case.expected_missing for one in outcomes if one.is_answered).as_figure(
        "missing variants told, and only those"
    )


def _shows_own(outcome: Outcome) -> bool:
    return outcome.is_right or any(one in outcome.case.expected_entries for one in outcome.actual_parts)


def hit_at(matches: Sequence[EntryId], expected: Collection[EntryId], k: int) -> bool:
    """Return whether any expected entry is among the first k matches."""
    return any(one in expected for one in matches[:k])


def reciprocal_rank(matches: Sequence[EntryId], expected: Collection[EntryId]) -> float:
    """Return 1 / the rank of the first expected entry, ranks from 1; 0 when none was found.

    Its mean over questions is the MRR (Voorhees 1999, "The TREC-8 question answering track report").
    """
    return next((1 / rank for rank, one in enumerate(matches, start=1) if one in expected), 0.0)


def ndcg_at(matches: Sequence[EntryId], expected: Collection[EntryId], k: int) -> float:
    """Return the discounted gain of the first k matches over that of the ideal order, 0 to 1.

    Gains are 1 or 0, discounted by log2(rank + 1); the ideal order has min(k, n) of the n expected entries in front
    (Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques").
    """
    gain = sum(_discount(rank) for rank, one in enumerate(matches[:k], start=1) if one in expected)
    ideal = sum(_discount(rank) for rank in range(1, min(k, len(expected)) + 1))
    return gain / ideal if ideal else 0.0


def _discount(rank: int) -> float:
    return 1 / log2(rank + 1)
