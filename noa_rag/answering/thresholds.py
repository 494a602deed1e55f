"""Thresholds and limits of the answer path that were set by hand; what was learned lies beside them in its folders.

`noa eval conversation` shows what a change of any of them does, `make follow-ups` for questions that lean on the one
before.
"""

from datetime import timedelta

# Questions that lean on the one before
SHORT_QUESTION = 6  # words; longer questions without a pronoun that points back say what they are about
POINTS_BACK = 11  # words up to which a pronoun makes a question lean: in longer ones it points within the question
OWN_SUBJECT = 4  # content words that make a question one of its own, whatever it begins with
# As long as the review leaves a choice open: a visitor is called away, and comes back.
REMEMBERED_FOR = timedelta(minutes=30)
# Probability from which on a question is read with the one before though its words do not lean at all.
SURELY_LEANING = 0.7
NAMED_BY_LEANING = 0.5  # share of its words that the entry's own questions must hold then
# Words of a question that does not lean, and is still tried with the one before where nothing answers it.
LONGEST_TRIED = 12

# Two needs in one question. A half is shorter than what the confidence was learned on. Both entries are shown whole
# with what they answer, so that a wrong one is seen to be wrong; still, each half must be likelier right than not.
HALF_FROM = 0.6
HALF_MOSTLY_NAMED = 0.66  # or it must be near, and name hardly anything that is not in the entry's own questions
HALF_NAMED_FROM = 0.25  # where it is not near
HALF_OFFERED_FROM, HALF_HELD = 0.1, 0.8  # or it must be offered, with hardly a word that the entry does not hold
CUTS_TRIED = 3  # each costs two searches
LONGEST_DIVIDED = 45  # words; a longer message tells a story, whose sentences are not separate needs
FEWEST_HALF_WORDS = 2

# Questions that ask for a whole field
SUBJECT_LIMIT = 4  # words that name the subject; whoever names more wants one thing
LONGEST_BROAD = 18  # words; whoever tells more wants one thing
SHORT_BROAD = 11  # words, where no kind of thing is named
FEWEST_GATHERED, USUAL_GATHERED, MOST_GATHERED = 3, 4, 6  # entries
NEAR_FROM = 0.3  # probability of concerning the question, for the first four
SURELY_NEAR_FROM = 0.6  # and for two more
BESIDES_LIMIT = 6  # entries taken from each further search
NEIGHBOURHOOD = 3  # first entries whose related ones concern the question too
# Scores given to entries that were not found: so far below the last match of the question itself, and below the best
# match of the further searches.
NOT_FOUND_ITSELF = 1.0
NOT_FOUND_BESIDES = 8.0

# Somebody in distress
CHOICE_LIMIT = 3  # entries offered below the help, so that the list stays short
FEWEST_WORDS_BESIDE = 2  # that must remain to be searched: "à quoi bon" does not ask about gift vouchers ("bons")
