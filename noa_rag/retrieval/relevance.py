"""Which matches a search shows: those that hold the words typed, or are near in meaning; retrieval always finds some.

Measured by `make search`: the right entry stays among the first five for 304 of the 306 questions of the suite `head`
that have one. Of 45 queries about other matters ("zzzz", "mon chat a faim", "météo") 18 show something, many of them
an entry that holds the very word ("passeport", "carte grise"). Of 184 whole questions in English 169 keep theirs. The
calibrated confidence of answers is no measure here: it finds nothing near for 30 of the 246, "embaucher" and "impayé"
among them, which many entries hold.
"""

from noa_rag.domain.match import Match, Retrieved
from noa_rag.retrieval.cosines import NEAR_PASSAGE, NEAR_QUESTION

HELD_WORDS = 0.75  # share of the words typed, by rarity


def is_relevant(match: Match, retrieved: Retrieved) -> bool:
    """Return whether a match is worth showing. A word that was put right ("chat", "achat") does not count as held."""
    seen = match.evidence
    held = seen["covered_by_entry"] - retrieved.question_evidence["guessed_share"]
    return held >= HELD_WORDS or seen["dense_question"] >= NEAR_QUESTION or seen["dense_passage"] >= NEAR_PASSAGE
