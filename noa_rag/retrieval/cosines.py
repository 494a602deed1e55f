"""Thresholds on cosines of the bundled model with its adapter, in one place: they change when it is adapted anew.

Each was set on the model as it came and carried over by its quantile among the nearest questions and passages of 1,500
calibration questions (half of the nearest questions lie above .70, half of the nearest passages above .62).
"""

MIDDLE, SPREAD = 0.65, 0.17  # these bring the cosine of a question with the nearest text to a scale near -1…1
# Questions that mean the same: keeps apart those that differ in small words only, such as "with" and "without".
SAME_QUESTION = 0.78
# What a search shows; questions about other matters end about here.
NEAR_QUESTION = 0.66  # .70 by its quantile; lower, so that a word that is being typed keeps its entry (`make search`)
NEAR_PASSAGE = 0.61
# A passage of an entry is chosen by cosine plus this much for holding all words of the question.
ALL_WORDS_WORTH = 0.5
# How far below the worthiest passage another one may lie and still be quoted; further down it is beside the question.
QUOTED_WITHIN = 0.12
TRAILING_WORTH = 0.065  # what a passage loses for each unit by which its fiche trails the first one in score
