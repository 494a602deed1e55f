"""Thresholds and limits of grouping and of the making of drafts; docs/review.md says how they were measured."""

# Which questions mean the same (docs/review.md)
# The model's vectors share a few directions that every text has; dividing by the fourth root of their spread keeps
# those from drowning the rest. Chosen, like NEAREST, on questions that no figure is reported for.
FLATTENING = 0.25
NEAREST = 10  # texts of the base that tell how crowded a subject is
TEXTS_COMPARED = 20_000  # All of pack and fiches. With a third of them the best threshold was .05 higher.
FEWEST_TEXTS = 100  # A base with fewer says nothing about directions or crowds.
USUAL_CROWD = 0.45  # The median over the shared questions, for a base too small to tell.
# About as near to each other as each is to the base's texts on its subject. Chosen on the 31 clusters of the shared
# questions that no figure is reported for, over three bases (pack, fiches, both): the best on average.
ALIKE_ENOUGH = 0.02
# Pairs a little less alike are kept in view: a mean of several may come nearer.
IN_VIEW = ALIKE_ENOUGH - 0.15
GOOD_LENGTHS = range(20, 121)  # characters of a phrasing that reads as a question and fits on a line

# Which groups get a draft
# One visitor's question may be a slip of the keyboard; two visitors who mean the same have a question.
MIN_VOLUME = 2
GROWN_AGAIN = 2  # times the volume at the verdict: only then is a group brought up once more
ASKED_AGAIN = 8  # distinct phrasings of a group, the newest first

# Whose question it is
ENTRIES_COUNTED = 8
LIKENESS_SPREAD = 0.16  # an agency whose entries, or whose remit, are liker by that much is e times likelier
# What each piece of evidence adds to an agency's case.
OWNER_WEIGHTS = {"entries": 0.3, "subjects": 1.0, "remits": 1.0, "fiches": 0.3, "contacts": 0.1}
# The share of all that could speak for the likeliest agency from which the question is given to it: the lowest at which
# 88 % are right on one half of the entries. On the other half 88.1 % of the 51 % that are assigned were.
SURE_FROM = 0.3
NEAREST_NAMED = 5  # entries that a reason counts among
FICHES_ASKED = 3  # whose contacts say something of the owner
NEARLY_ALL = 0.9  # of a group's questions: what they share is put on the draft

# What a draft quotes
QUESTIONS_ASKED = 8  # phrasings that the base and the library are searched with
# How surely the library speaks of the question: below it stood 88 % of questions that no fiche answers, and 11 % of
# those that one does.
THIN_BELOW = 0.6
QUOTE_COUNT = 4
SOURCE_COUNT = 2
ANSWER_WANTED = 1_800  # characters of quotes: what is read in a minute and a half, and cut down in one
SAME_TEXT = 90  # per cent: fiches repeat each other's paragraphs
QUOTE_LIMIT = 900  # characters; what the embedding model reads whole, and a referent at a glance
QUOTE_WANTED = 450  # shorter paragraphs are quoted together: one sentence alone seldom says whom it concerns
SHORTEST_QUOTE = 60  # of letters; below it stands a label, not a statement

# What a draft says besides
ALTERNATES_WANTED = 8
ALTERNATES_GROWN = 16  # phrasings at most once a group has grown: a referent reads them all
SHORTEST_PHRASING = 6  # characters
SAME_PHRASING = 90  # per cent of shared characters, in any order of words
DUPLICATES_SHOWN = 3  # of each kind
# Both are low on purpose: a duplicate shown in vain costs a glance, one missed costs the work of writing it again.
CONFIDENT_FROM = 0.15  # Noa's calibrated confidence that the entry answers
ALIKE_FROM = 0.55  # likeness of two questions
