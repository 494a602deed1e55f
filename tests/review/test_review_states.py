"""The whole life of entries and drafts, lived by random people of random agencies.

`make states` lives 650 sequences of up to 50 steps with fresh chance; the number is in NOA_STATE_SEQUENCES.
"""

import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import AlternateQuestion, EntryId
from noa_rag.domain.people import PersonId
from tests.review.review_life import REFUSALS, RIGHT
from tests.review.review_meanwhile import (
    Meanwhile,
    agencies,
    entry_ids,
    faults,
    is_rare,
    people,
    reasons,
    which,
    windows,
)
from tests.review.review_model import ModelDraft
from tests.review.review_world import settle

SEQUENCES = int(os.environ.get("NOA_STATE_SEQUENCES", "6"))
IS_FRESH = "NOA_STATE_SEQUENCES" in os.environ  # in CI the same sequences each time
STEPS = 50


class Reviewing(Meanwhile):
    """What people do with drafts, right pages and stale ones."""

    @rule(who=people, entry_id=entry_ids, agency=agencies, window=windows, fault=faults)
    def propose(self, who: PersonId, entry_id: EntryId, agency: AgencyId, window: Any, fault: dict[str, Any]) -> None:
        who = self.somebody(who, agency)
        written = self.write(entry_id, agency, window, fault)
        allowed = self.model.can_propose(who, entry_id, written)

        draft = self.attempt(allowed, lambda: self.world.desk.propose(who, entry_id, written.content))

        if isinstance(draft, Draft):
            base = self.model.count(entry_id)
            self.keep(ModelDraft(draft.id, entry_id, agency, written, who, base_version=base, editors=frozenset({who})))

    @precondition(lambda self: self.model.drafts)
    @rule(
        who=people, at=which, stale=is_rare, agency=agencies, window=windows, fault=faults, base=st.sampled_from("no k")
    )
    def save(
        self, *, who: PersonId, at: int, stale: bool, agency: AgencyId, window: Any, fault: dict[str, Any], base: str
    ) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        written = draft.written if base == " " else self.write(draft.entry_id, agency, window, fault)
        version = {"n": None, "o": 1, " ": None, "k": self.model.count(draft.entry_id)}[base]
        allowed = self.model.can_save(who, draft, revision, written=written, base_version=version)

        done = self.attempt(
            allowed,
            lambda: self.world.desk.save(who, DraftId(draft.id), revision, written.content, base_version=version),
        )

        if done:
            self.model.change(
                draft,
                written=written,
                agency_id=written.content.agency_id,
                **self.hand(who, draft, is_hers=written.content != draft.written.content),
                state="open",
                base_version=draft.base_version if version is None else version,
            )

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, amends=is_rare, agency=agencies, window=windows, fault=faults)
    def approve(
        self, *, who: PersonId, at: int, stale: bool, amends: bool, agency: AgencyId, window: Any, fault: dict[str, Any]
    ) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        given = self.write(draft.entry_id, agency, window, fault) if amends else None
        allowed = self.model.can_approve(who, draft, revision, given)

        done = self.attempt(
            allowed,
            lambda: self.world.desk.approve(who, DraftId(draft.id), revision, content=given.content if given else None),
        )

        if done:
            text = given or draft.written
            hand = self.hand(who, draft, is_hers=text.content != draft.written.content)
            version = self.model.publish(draft.entry_id, replace(text.content, origin=""), **hand)
            self.decide(
                draft,
                who,
                state="approved",
                written=text,
                **hand,
                agency_id=text.content.agency_id,
                published=(draft.entry_id, version, draft.base_version),
            )

    @rule(entry_id=entry_ids, window=windows)
    def publish(self, entry_id: EntryId, window: Any) -> None:
        """What mostly happens: Noa prepares well, the right person approves."""
        agency = self.agency_of(entry_id)
        self.noa_prepares(entry_id=entry_id, agency=agency, window=window, fault={})
        self.approve(who=RIGHT, at=-1, stale=False, amends=False, agency=agency, window=window, fault={})

    @precondition(lambda self: self.model.drafts)
    @rule(
        who=people,
        at=which,
        stale=is_rare,
        words=reasons,
        amends=is_rare,
        agency=agencies,
        fault=faults,
        is_final=st.booleans(),
    )
    def decline_or_ask_changes(
        self,
        *,
        who: PersonId,
        at: int,
        stale: bool,
        words: str,
        amends: bool,
        agency: AgencyId,
        fault: dict[str, Any],
        is_final: bool,
    ) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        given = self.write(draft.entry_id, agency, (None, None), fault) if amends else None
        allowed = self.model.can_decide(who, draft, revision, words=words, written=given)
        deed = self.world.desk.decline if is_final else self.world.desk.ask_changes
        content = given.content if given else None

        if self.attempt(allowed, lambda: deed(who, DraftId(draft.id), revision, words, content=content)):
            hand = self.hand(who, draft, is_hers=True)
            changes = {"written": given, **hand, "agency_id": given.content.agency_id} if given else {}
            if is_final:
                self.decide(draft, who, state="declined", **changes)
            else:
                self.model.change(draft, state="changes_requested", **changes)

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, entry_id=entry_ids, own=st.booleans())
    def attach(self, who: PersonId, at: int, stale: bool, entry_id: EntryId, own: bool) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        self.number += 1
        text = draft.written.content.question if own else f"Autrement dit {self.number} ?"
        question = AlternateQuestion(text or f"Sans titre {self.number} ?")
        allowed = self.model.can_attach(
            who, draft, revision, entry_id=entry_id, question=question, day=self.world.today()
        )

        done = self.attempt(
            allowed, lambda: self.world.desk.attach(who, DraftId(draft.id), revision, entry_id, (question,))
        )

        if done:
            before = self.model.count(entry_id)
            is_hers = question.text != draft.written.content.question
            hand = {"author": who} if is_hers else {"author": draft.author, "editors": draft.editors}
            version = before
            for standing in self.model.lasting(entry_id, self.world.today()):
                alternates = standing.content.alternate_questions
                is_new = question.text not in {standing.content.question, *(other.text for other in alternates)}
                wider = replace(standing.content, alternate_questions=(*alternates, question) if is_new else alternates)
                version = self.model.publish(entry_id, wider, **hand)
            self.decide(draft, who, state="attached", published=(entry_id, version, before))

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, agency=st.one_of(agencies, st.just(AgencyId("atlantis"))))
    def hand_over(self, *, who: PersonId, at: int, stale: bool, agency: AgencyId) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        allowed = self.model.can_hand_over(who, draft, revision, agency)

        if self.attempt(allowed, lambda: self.world.desk.hand_over(who, DraftId(draft.id), revision, agency)):
            moved = replace(draft.written, content=replace(draft.written.content, agency_id=agency))
            self.model.change(draft, agency_id=agency, written=moved, state="open")

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, herself=st.booleans())
    def undo(self, who: PersonId, at: int, stale: bool, herself: bool) -> None:
        draft, revision = self.pick(at, stale, decided=True)
        who = PersonId(draft.decided_by) if herself and draft.decided_by else self.somebody(who, draft.agency_id)
        allowed = self.model.can_undo(who, draft, revision, self.world.moment)

        if self.attempt(allowed, lambda: self.world.desk.undo(who, DraftId(draft.id), revision)):
            base = draft.base_version
            if draft.published is not None:
                version = self.model.take_back(*draft.published, day=self.world.today())
                base = version if draft.published[0] == draft.entry_id else base
            self.model.change(draft, state="open", base_version=base, published=None, decided_by=None, decided_at=None)


@pytest.fixture
def _base(base_url: str, tmp_path: Path) -> None:
    settle(base_url)
    Reviewing.base, Reviewing.kept_vectors = base_url, tmp_path / "vectors.db"
    Reviewing.counts = Counter()


@pytest.mark.usefixtures("_base")
def test_whatever_people_do_the_public_is_given_approved_and_valid_text_alone() -> None:
    run_state_machine_as_test(
        Reviewing,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not IS_FRESH,
            suppress_health_check=list(HealthCheck),
        ),
    )

    counts = Reviewing.counts
    sys.stdout.write(f"\n{dict(counts)}\n")  # pytest shows it with -s
    assert counts["sequences"] >= SEQUENCES
    assert min(counts["done"], counts["answered"], *(counts[refusal.__name__] for refusal in REFUSALS)) > 0
