"""Thresholds, weights and limits of retrieval that were set by hand; what was learned lies in `calibration.json`.

`make eval` shows what a change of any of them does to what is found and answered; a test over the bundled pack
holds what a search of entries finds. After the model is adapted anew (`make encoder`), the cosines are set anew too.
"""

# Cosines of the bundled model with its adapter. Each was set on the model as it came and carried over by its quantile
# among the nearest questions and passages of 1,500 calibration questions (half of the nearest questions lie above .75,
# half of the nearest passages above .69).
MIDDLE, SPREAD = 0.65, 0.17  # these bring the cosine of a question with the nearest text to a scale near -1…1
# Questions that mean the same: keeps apart those that differ in small words only, such as "with" and "without".
SAME_QUESTION = 0.82
# What a search shows; questions about other matters end about here.
NEAR_QUESTION = 0.715  # .76 by its quantile; lower, so that a word that is being typed keeps its entry
NEAR_PASSAGE = 0.7
HELD_WORDS = 0.75  # or it holds this share of the words typed, by rarity
# A passage of an entry is chosen by cosine plus this much for holding all words of the question.
ALL_WORDS_WORTH = 0.5
# How far below the worthiest passage another one may lie and still be quoted; further down it is beside the question.
QUOTED_WITHIN = 0.12
TRAILING_WORTH = 0.065  # what a passage loses for each unit by which its fiche trails the first one in score

# The candidates
MATCH_LIMIT = 10
# Nearest texts of entries that may be found, and entries taken from BM25; every candidate is then scored by both sides.
NEAREST_LIMIT = 30
LEXICAL_LIMIT = 30  # more where more matches than that are wanted
RANK_OFFSET = 60  # Cormack et al. 2009; flattens the lead of first places. Ranks start at 1.
# BM25 grows with the length of the question: its figures are divided by the rarity of the question's words.
LEAST_RARITY = 4.0  # about one rare word
USUAL_LENGTH = 1.8  # log(1 + words): five words; figures weigh otherwise in a word or two than in a story
EXPANSION_WORTH = 0.4  # of a word that the glossary gives for one that was typed
QUESTION_REPEATS = 3  # an entry's questions count as much as three mentions in its text

# Words as they are typed
SHORTEST_AFTER_ELISION = 3  # letters
WRONG_LETTER_FROM = 6  # what is put right is searched and shown: in a shorter word it is too likely another word
# One slip for short words, two for long ones; shorter words are too easily taken for another, and are none to be meant
# by a longer one: "SCIC" is not "SCI".
SHORTEST_WORD = 4
TWO_SLIPS_FROM = 8
# A word is clipped ("indep", "exo", "immat") where so many of the words that begin so are forms of one.
SHORTEST_CLIPPED, CLIPPED_SHARE = 3, 0.8
# Titles of drafts are corrected more carefully.
SHORTEST_CORRECTED = 5
WRITTEN_OFTEN = 3  # times that the base writes a word before it is trusted as a correction

# The reading of the first candidates, and the decision
READ_LIMIT = 3  # candidates; a fourth is right in one question of a hundred
PASSAGES_READ = 2  # of each candidate, the nearest by meaning
READING_WEIGHT = 0.5  # of a reading in the order, beside the fused score; from 0.5 to 1.2 the order is as good
# Probability from which the first of several close entries is shown whole above the others: likelier than not.
LEADS_FROM = 0.5
OFFER_LIMIT = 5  # entries to choose from; of vague questions .51 have theirs among the first three, .59 among five
# How far an entry that holds anywhere may lie behind one of some regions, and still be shown first to a visitor whose
# region is not known: "changer la vitrine" lies .2 behind the entry of Paris, "filmer dans la rue pro" 4.7.
NEARLY_AS_GOOD = 2.0
BRIEF_WORDS = 3  # of a question in a word or two, or three
OFFERED_WITHIN = 4.0  # of the first one's score, where 1 is about e times likelier
# A question whose words all stand in one of the entry's own is answered. With their entry hidden, 3 of 4,696 questions
# were taken for a restatement of another one; of those on the calibration suites, none was wrong (15 of 15).
ALL_WORDS = 0.99
LIKE_WORDS = 0.7  # Dice coefficient of the words that carry meaning
READ_SHARE = 0.5  # of the threshold for offers: below it nothing is read, the question is about something else
NEAR_SHARE = 0.65  # of the threshold for offers: above it a refusal names the closest questions
WIDE_MARGIN = 4.0  # in units of the fused score, where 1 is about e times likelier; a lead counts up to here
WIDE_READING = 4.0  # likewise for the log-odds of a reading
