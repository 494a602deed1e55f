"""Questions: none asked twice, none nearer to another entry, none that gives its answer away, each kind present."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from noa_rag.domain.entry import EntryId
from noa_rag.domain.facts import whole_text
from noa_rag.french.words import fold, stem
from noa_rag.knowledge.entry_file import EntryFile
from noa_rag.knowledge.rules.finding import Checked, Finding, found

DUPLICATE, NEARER, GIVEN_AWAY, PROFILE = "near-duplicate", "nearer-to-another", "figure-given-away", "alternate-profile"
ALIKE = 90  # of 100, of two questions with their words in order
NEAR_FROM, NEARER_BY = 0.35, 0.2  # cosines; a question about as near to both entries, or far from all, is not reported
KEYWORD_WORDS, KEYWORD_FORMS = 4, 2  # real queries have four words or fewer half of the time
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[ \u00a0\u202f]\d{3})*(?:,\d+)?")
_UNIT = r"(?:€|euros?\b|%|jours?\b|mois\b|ans?\b|heures?\b|semaines?\b)"
_STATED = re.compile(rf"({_NUMBER.pattern})(?:\*\*|[ \u00a0\u202f])*{_UNIT}")
# Words that say nothing of the subject.
_STOP = frozenset(
    """
    a au aux avec c ce ces d dans de des du elle en est et ete etre ont eu il ils j je l la le les leur lui m ma mais me
    mes mon n ne nous on ou par pas pour qu que qui quoi s sa se ses son sur t ta te tes ton tu un une vos votre vous y
    the my to of in for is do i how what can
    """.split()  # noqa: SIM905 - forty words in a list would fill a page
)

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Returns one unit vector a question, as rows."""


def near_duplicates(checked: Checked) -> Iterator[Finding]:
    """Yield questions of two entries that ask the same, and alternate questions that another entry asks too."""
    from rapidfuzz import fuzz, process

    files = list(checked.files.values())
    questions = [_folded(file.content.question) for file in files]
    if len(files) > 1:
        alike = process.cdist(questions, questions, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE, dtype=np.uint8)
        for first, second in zip(*np.nonzero(np.triu(alike, k=1)), strict=True):
            first_file, other = files[first], files[second]
            if checked.family(first_file.id) != checked.family(other.id):
                said = f"asks nearly what `{other.id}` asks: {other.content.question}"
                yield found(DUPLICATE, first_file, "question", said)
    owners: dict[str, EntryId] = {}
    for file, field, text in _asked(checked):
        owner = owners.setdefault(_folded(text), file.id)
        if checked.family(owner) != checked.family(file.id):
            yield found(DUPLICATE, file, field, f"{text!r} is asked by `{owner}` too, but for accents and signs")


def nearer_to_another(checked: Checked, embed: Embed | None = None) -> Iterator[Finding]:
    """Yield alternate questions whose words, or meaning where `embed` is given, are nearer to another entry's.

    An entry stands at the centroid of its questions and its text, the question compared left out. Those of situations
    are vague on purpose, and not compared.
    """
    files = {entry_id: file for entry_id, file in checked.files.items() if not file.content.branches}
    listed = [question for question in _asked(checked) if question[0].id in files and _folded(question[2])]
    if not listed:
        return
    order = {entry_id: at for at, entry_id in enumerate(files)}
    texts = [text for _, _, text in listed] + [whole_text(file.content) for file in files.values()]
    owners = np.array([*(order[file.id] for file, _, _ in listed), *order.values()])
    cosines = _cosines(csr_matrix(embed(texts)) if embed else _word_vectors(texts), owners, len(order))
    ids = list(order)
    families = np.array([order.get(checked.family(entry_id), at) for at, entry_id in enumerate(ids)])
    for row, (file, field, text) in enumerate(listed):
        if field == "question":
            continue
        own = cosines[row, owners[row]]
        others = np.where(families == families[owners[row]], -1.0, cosines[row])
        nearest = int(others.argmax())
        if others[nearest] >= NEAR_FROM and others[nearest] > own + NEARER_BY:
            said = f"{text!r} is nearer to `{ids[nearest]}` ({others[nearest]:.2f}) than to its own entry ({own:.2f})"
            yield found(NEARER, file, field, said)


def given_away(checked: Checked) -> Iterator[Finding]:
    """Yield alternate questions that hold a figure of the answer: nobody who asks knows it."""
    for file in checked.files.values():
        content = file.content
        stated = {_compact(figure) for figure in _STATED.findall(whole_text(content))}
        stated -= {_compact(number) for number in _NUMBER.findall(content.question)}
        for field, text in _alternates(file):
            for number in _NUMBER.findall(text):
                if _compact(number) in stated:
                    yield found(GIVEN_AWAY, file, field, f"{text!r} gives away {number}, which the answer states")
                    break


def profiles(checked: Checked) -> Iterator[Finding]:
    """Yield entries that lack the ways in which people ask: two keyword forms, one question in English."""
    for file in checked.files.values():
        alternates = file.content.alternate_questions
        keywords = [
            alternate
            for alternate in alternates
            if alternate.language == "fr" and len(_WORD.findall(alternate.text)) <= KEYWORD_WORDS
        ]
        if len(keywords) < KEYWORD_FORMS:
            said = f"{len(keywords)} alternate questions of {KEYWORD_WORDS} words or fewer; {KEYWORD_FORMS} are wanted"
            yield found(PROFILE, file, "alternate_questions", said)
        if not file.content.question_en and all(alternate.language != "en" for alternate in alternates):
            yield found(PROFILE, file, "alternate_questions", "no question in English")


def _cosines(vectors: csr_matrix, owners: NDArray[np.int_], count: int) -> NDArray[np.float32]:
    """Return the cosine of each question with each entry's centroid; its own entry's leaves the question out."""
    rows = np.arange(len(owners))
    sums = csr_matrix((np.ones(len(owners), np.float32), (owners, rows)), (count, len(owners))) @ vectors
    dots = (vectors @ sums.T).toarray()
    own, squares = vectors.multiply(vectors).sum(axis=1).A1, sums.multiply(sums).sum(axis=1).A1
    rest = squares[owners] - 2 * dots[rows, owners] + own  # the squared length of the centroid without the question
    left = (dots[rows, owners] - own) / np.sqrt(np.maximum(rest, 1e-6))
    cosines: NDArray[np.float32] = dots / np.sqrt(np.maximum(squares, 1e-6))
    cosines[rows, owners] = left
    return cosines


def _word_vectors(texts: Sequence[str]) -> csr_matrix:
    """Return the TF-IDF vectors of the stems of texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return csr_matrix(TfidfVectorizer(analyzer=_stems, sublinear_tf=True, dtype=np.float32).fit_transform(texts))


def _stems(text: str) -> list[str]:
    return [stem(word) for word in _folded(text).split() if word not in _STOP]


def _asked(checked: Checked) -> Iterator[tuple[EntryFile, str, str]]:
    for file in checked.files.values():
        yield file, "question", file.content.question
        for field, text in _alternates(file):
            yield file, field, text


def _alternates(file: EntryFile) -> Iterator[tuple[str, str]]:
    """Yield the alternate questions, each with the list and the place that it stands in."""
    numbers: dict[str, int] = defaultdict(int)
    for question in file.content.alternate_questions:
        field = "alternate_questions" if question.language == "fr" else "alternate_questions_en"
        yield f"{field}[{numbers[field]}]", question.text
        numbers[field] += 1


def _folded(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


def _compact(number: str) -> str:
    return re.sub(r"[ \u00a0\u202f]", "", number)
