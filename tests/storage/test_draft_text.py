"""A draft through its text and back."""

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from noa_rag.domain.draft import (
    Draft,
    DraftState,
    Duplicate,
    Evidence,
    NearEntry,
    ProposedBy,
    Published,
    Recheck,
)
from noa_rag.domain.entry import AlternateQuestion, Audience, EntryContent, Section, Source, ValidityWindow
from noa_rag.storage.stored_text import draft_from_text, draft_to_text

# UTF-8 holds no lone surrogates, and the content rules refuse them.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SHARE = st.floats(0, 1)
COUNT = st.integers(0, 10_000)
MOMENT = st.datetimes(timezones=st.just(UTC))


def some(one: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(one, max_size=2).map(tuple)


SOURCE = st.builds(Source, TEXT, TEXT)
CONTENT = st.builds(
    EntryContent,
    agency_id=TEXT,
    question=TEXT,
    answer=TEXT,
    theme=TEXT,
    sources=some(SOURCE),
    alternate_questions=some(st.builds(AlternateQuestion, TEXT, st.sampled_from(["fr", "en"]))),
    sections=some(st.builds(Section, TEXT, TEXT, TEXT)),
    audiences=some(st.sampled_from(Audience)),
    window=st.builds(ValidityWindow, st.none() | st.dates(), st.none() | st.dates()),
    review_by=st.none() | st.dates(),
)
DRAFTS = st.builds(
    Draft,
    id=TEXT,
    entry_id=TEXT,
    agency_id=TEXT,
    content=CONTENT,
    author=TEXT,
    created_at=MOMENT,
    updated_at=MOMENT,
    revision=COUNT,
    base_version=COUNT,
    state=st.sampled_from(DraftState),
    group_id=st.none() | TEXT,
    proposed_by=st.sampled_from(ProposedBy),
    owner_reason=TEXT,
    evidence=some(st.builds(Evidence, TEXT, TEXT, TEXT, TEXT, TEXT, SHARE)),
    is_thin=st.booleans(),
    library=TEXT,
    duplicates=some(st.builds(Duplicate, TEXT, TEXT, TEXT, SHARE)),
    near=some(st.builds(NearEntry, TEXT, TEXT, SHARE)),
    note=TEXT,
    decided_by=st.none() | TEXT,
    decided_at=st.none() | MOMENT,
    published=st.none() | st.builds(Published, TEXT, COUNT, COUNT),
    recheck=st.none() | st.builds(Recheck, COUNT, COUNT, some(TEXT)),
)


@settings(max_examples=100, deadline=None)
@given(DRAFTS)
def test_a_draft_comes_back_from_its_text_without_loss(draft: Draft) -> None:
    assert draft_from_text(draft_to_text(draft)) == draft
