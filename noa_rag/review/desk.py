"""The desk at which referents give their verdicts: every change of a draft or an entry goes through here."""

from noa_rag.review.entry_changes import EntryChanges
from noa_rag.review.verdicts import Verdicts
from noa_rag.review.writing import Writing


class ReviewDesk(Writing, Verdicts, EntryChanges):
    """Each verdict is one transaction: rights, state and revision are checked in it, then all is written and audited.

    Every method raises Forbidden without the right, NotFound for what does not exist, VersionConflict
    when somebody else acted in between, NotAllowedNow when the state of things forbids it, and
    InvalidContent for words that cannot be kept.
    """
