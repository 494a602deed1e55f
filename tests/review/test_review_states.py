"""The whole life of entries and drafts, lived by random people of random agencies.

`make states` lives 500 sequences of 50 steps with fresh chance; the number is in NOA_STATE_SEQUENCES.
"""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.draft import Draft, DraftId
from noa_rag.domain.entry import AlternateQuestion, EntryContent, EntryId, EntryStatus, NewVersion, ValidityWindow
from noa_rag.domain.errors import Forbidden, InvalidContent, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import PersonId, Role
from tests.factories import a_draft, an_entry_content
from tests.review.review_model import Model, ModelDraft, Written
from tests.review.review_world import ADA, AGENCIES, PEOPLE, World, settled_base

SEQUENCES = int(os.environ.get("NOA_STATE_SEQUENCES", "25"))
IS_FRESH = "NOA_STATE_SEQUENCES" in os.environ  # in CI the same sequences each time
STEPS = 50
REFUSALS = (Forbidden, InvalidContent, NotAllowedNow, NotFound, VersionConflict)
QUESTIONS = {
    EntryId("marque"): "Comment déposer une marque ?",
    EntryId("cotisations"): "Quand payer les cotisations trimestrielles ?",
    EntryId("importer"): "Quels droits pour importer du vin ?",
}
DISABLED_OR_MOVED = [person.id for person in PEOPLE if person.id != ADA]

RIGHT = PersonId("whoever may")  # half of the time, so that things happen
people = st.sampled_from([*(person.id for person in PEOPLE), *[RIGHT] * 10])
agencies = st.sampled_from([AgencyId(one) for one in AGENCIES])
entry_ids = st.sampled_from(list(QUESTIONS))
which = st.integers(0, 5)
is_rare = st.integers(0, 7).map(lambda number: number == 7)
reasons = st.sampled_from(["vu", "vu", "vu", " "])
windows = st.sampled_from([(None, None)] * 4 + [(-1, 1), (0, 0), (None, 2), (2, None), (3, 5), (None, -2)])
faults: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}] * 25
    + [
        {"answer": "Cliquez <script>alert(1)</script>"},
        {"answer": "[ici](javascript:alert(1))"},
        {"answer": "a" * 100_000},
        {"sources": ()},
        {"question": ""},
        {"agency_id": AgencyId("atlantis")},
        {"window": "reversed"},
    ]
)


class Reviewing(RuleBasedStateMachine):
    """Each deed is foretold by the model: what it allows must be done, what it does not must leave no trace."""

    base: ClassVar[Path]
    counts: ClassVar[Counter[str]] = Counter()

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="noa-states-"))
        self.world = World(self.base, self.folder)
        self.model = Model({person.id: person for person in PEOPLE}, frozenset(AgencyId(one) for one in AGENCIES))
        self.number = self.step = 0
        for entry_id in list(QUESTIONS)[:2]:
            content = self.write(entry_id, AgencyId("inpi"), (None, None), {}).content
            self.world.records.entries.add_versions(
                [NewVersion(entry_id, content, 0, "import", "import", self.world.moment)]
            )
            self.model.publish(entry_id, content, author="import")
        Reviewing.counts["sequences"] += 1

    def teardown(self) -> None:
        assert self.world.records.audit.verify() == []
        self.world.close()
        shutil.rmtree(self.folder)

    # What people do

    @rule(who=people, entry_id=entry_ids, agency=agencies, window=windows, fault=faults)
    def propose(self, who: PersonId, entry_id: EntryId, agency: AgencyId, window: Any, fault: dict[str, Any]) -> None:
        who = self.somebody(who, agency)
        written = self.write(entry_id, agency, window, fault)
        allowed = self.model.can_propose(who, entry_id, written)

        draft = self.attempt(allowed, lambda: self.world.desk.propose(who, entry_id, written.content))

        if isinstance(draft, Draft):
            base = self.model.count(entry_id)
            self.keep(ModelDraft(draft.id, entry_id, agency, written, who, base_version=base))

    @rule(entry_id=entry_ids, agency=agencies, window=windows, fault=faults)
    def noa_prepares(self, entry_id: EntryId, agency: AgencyId, window: Any, fault: dict[str, Any]) -> None:
        written = self.write(entry_id, agency, window, {k: v for k, v in fault.items() if k != "agency_id"})
        self.number += 1
        base = self.model.count(entry_id)
        draft = a_draft(f"{self.number:032}", content=written.content, entry_id=entry_id, base_version=base)
        with self.world.store.changing() as change:
            change.add_draft(draft)
        self.keep(ModelDraft(draft.id, entry_id, agency, written, "noa", base_version=base))

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
            author = who if written.content != draft.written.content else draft.author
            self.model.change(
                draft,
                written=written,
                agency_id=written.content.agency_id,
                author=author,
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
            author = who if text.content != draft.written.content else draft.author
            version = self.model.publish(draft.entry_id, replace(text.content, origin=""), author=author)
            self.decide(
                draft,
                who,
                state="approved",
                written=text,
                author=author,
                agency_id=text.content.agency_id,
                published=(draft.entry_id, version, draft.base_version),
            )

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, words=reasons)
    def decline(self, who: PersonId, at: int, stale: bool, words: str) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        allowed = self.model.can_decide(who, draft, revision, words)

        if self.attempt(allowed, lambda: self.world.desk.decline(who, DraftId(draft.id), revision, words)):
            self.decide(draft, who, state="declined")

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, words=reasons)
    def ask_changes(self, who: PersonId, at: int, stale: bool, words: str) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        allowed = self.model.can_decide(who, draft, revision, words)

        if self.attempt(allowed, lambda: self.world.desk.ask_changes(who, DraftId(draft.id), revision, words)):
            self.model.change(draft, state="changes_requested")

    @precondition(lambda self: self.model.drafts)
    @rule(who=people, at=which, stale=is_rare, entry_id=entry_ids, own=st.booleans())
    def attach(self, who: PersonId, at: int, stale: bool, entry_id: EntryId, own: bool) -> None:
        draft, revision = self.pick(at, stale)
        who = self.somebody(who, draft.agency_id)
        self.number += 1
        text = draft.written.content.question if own else f"Autrement dit {self.number} ?"
        question = AlternateQuestion(text or f"Sans titre {self.number} ?")
        allowed = self.model.can_attach(who, draft, revision, entry_id=entry_id, question=question)

        done = self.attempt(
            allowed, lambda: self.world.desk.attach(who, DraftId(draft.id), revision, entry_id, (question,))
        )

        if done:
            entry = self.model.entries[entry_id][-1].content
            wider = replace(entry, alternate_questions=(*entry.alternate_questions, question))
            before = self.model.count(entry_id)
            author = draft.author if question.text == draft.written.content.question else who
            version = self.model.publish(entry_id, wider, author=author)
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
                version = self.model.take_back(*draft.published)
                base = version if draft.published[0] == draft.entry_id else base
            self.model.change(draft, state="open", base_version=base, published=None, decided_by=None, decided_at=None)

    @rule(who=people, entry_id=entry_ids, stale=is_rare, words=reasons)
    def withdraw(self, who: PersonId, entry_id: EntryId, stale: bool, words: str) -> None:
        who = self.somebody(who, self.agency_of(entry_id))
        version = self.model.count(entry_id) - stale
        allowed = self.model.can_withdraw(who, entry_id, version, words)

        if self.attempt(allowed, lambda: self.world.desk.withdraw(who, entry_id, version, words)):
            content = self.model.entries[entry_id][-1].content
            self.model.publish(entry_id, content, author=who, is_approved=False)

    @rule(who=people, entry_id=entry_ids, stale=is_rare, back=st.integers(0, 3))
    def roll_back(self, who: PersonId, entry_id: EntryId, stale: bool, back: int) -> None:
        who = self.somebody(who, self.agency_of(entry_id))
        version = self.model.count(entry_id) - stale
        to_version = self.model.count(entry_id) - back
        allowed = self.model.can_roll_back(who, entry_id, version, to_version)

        if self.attempt(allowed, lambda: self.world.desk.roll_back(who, entry_id, version, to_version)):
            older = self.model.entries[entry_id][to_version - 1]
            self.model.publish(entry_id, older.content, author=older.author)

    @rule(who=people, agency=agencies, needs=st.booleans())
    def set_rule(self, who: PersonId, agency: AgencyId, needs: bool) -> None:
        who = ADA if who == RIGHT else who
        allowed = who == ADA

        if self.attempt(allowed, lambda: self.world.desk.set_needs_two_people(who, agency, needs) or True):
            (self.model.two_people.add if needs else self.model.two_people.discard)(agency)

    # What happens meanwhile

    @rule(
        who=st.sampled_from(DISABLED_OR_MOVED),
        role=st.sampled_from([*Role, Role.REFERENT, Role.REFERENT]),
        own=st.sets(agencies),
    )
    def change_roles(self, who: PersonId, role: Role, own: set[AgencyId]) -> None:
        given = own if role is Role.REFERENT else set()
        if role is Role.ADMINISTRATOR or (role is Role.REFERENT and not given):
            return
        self.world.accounts.set_roles(who, [role], given, actor=ADA)
        self.model.people[who] = replace(self.model.people[who], roles=frozenset({role}), agencies=frozenset(given))

    @rule(who=st.sampled_from(DISABLED_OR_MOVED), is_active=st.sampled_from([True, True, False]))
    def close_or_open_account(self, who: PersonId, is_active: bool) -> None:
        (self.world.accounts.enable if is_active else self.world.accounts.disable)(who, actor=ADA)
        self.model.people[who] = replace(self.model.people[who], is_active=is_active)

    @rule(seconds=st.sampled_from([1, 59, 61, 86_400, 3 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.world.later(timedelta(seconds=seconds))

    # What must hold after each step

    @invariant()
    def everything_holds(self) -> None:
        self.check_what_the_public_is_given()
        self.check_that_nothing_else_changed()
        self.check_that_database_index_and_audit_agree()

    def check_what_the_public_is_given(self) -> None:
        if self.world.is_index_behind():  # as it is for half a second after each publication
            self.check_answers()
            self.world.follow()
        self.check_answers(is_in_step=True)

    def check_that_nothing_else_changed(self) -> None:
        drafts = {draft.id: draft for draft in self.world.store.drafts()}
        assert {one: _seen(draft) for one, draft in drafts.items()} == {
            one: _foretold(draft) for one, draft in self.model.drafts.items()
        }
        current = self.world.records.current(list(QUESTIONS))
        assert {
            one: (v.version, v.content, v.status is EntryStatus.APPROVED, v.author) for one, v in current.items()
        } == {
            one: (len(versions), versions[-1].content, versions[-1].is_approved, versions[-1].author)
            for one, versions in self.model.entries.items()
        }

    def check_that_database_index_and_audit_agree(self) -> None:
        approved = {one: len(all_) for one, all_ in self.model.entries.items() if all_[-1].is_approved}
        assert self.world.index.snapshot.versions == approved
        assert self.world.index.snapshot.revision == self.world.records.revision()
        assert self.world.deed_count("version_added") == sum(len(all_) for all_ in self.model.entries.values())
        self.step += 1
        Reviewing.counts["steps"] += 1
        if self.step % 10 == 0:
            assert self.world.records.audit.verify() == []

    def check_answers(self, *, is_in_step: bool = False) -> None:
        day = self.world.today()
        for entry_id, question in QUESTIONS.items():
            answer = self.world.ask(question)
            self.check_answer(answer)
            if is_in_step and self.model.shown(entry_id, day) is not None:
                assert answer.status is AnswerStatus.ANSWERED, f"{entry_id} is approved and valid, and not found"
                Reviewing.counts["answered"] += 1

    def check_answer(self, answer: Answer) -> None:
        day = self.world.today()
        for choice in answer.choices:
            offered = self.model.shown(choice.entry_id, day)
            assert offered is not None, f"{choice.entry_id} is offered"
            assert choice.question == offered.question
        if answer.entry is None:
            assert answer.official_text is None
            return
        shown = self.model.shown(answer.entry.id, day)
        assert shown is not None, f"{answer.entry.id} is shown"
        assert answer.text == answer.official_text == shown.answer
        assert answer.entry.content == shown

    # How it is told

    def write(self, entry_id: EntryId, agency: AgencyId, window: Any, fault: dict[str, Any]) -> Written:
        """Return a content whose text occurs once."""
        self.number += 1
        start, end = (None if days is None else self.world.today() + timedelta(days=days) for days in window)
        given = {
            "agency_id": agency,
            "question": QUESTIONS[entry_id],
            "answer": f"Réponse numéro {self.number} de {agency}.",
            "window": ValidityWindow(start, end),
            "origin": "demonstration" if self.number % 3 == 0 else "",
        } | fault
        if given["window"] == "reversed":
            given["window"] = ValidityWindow(self.world.today(), self.world.today() - timedelta(days=1))
        content: EntryContent = an_entry_content(**given)
        return Written(content, is_sound=not fault)

    def pick(self, at: int, stale: bool, *, decided: bool = False) -> tuple[ModelDraft, int]:
        """Return one of the newest drafts, mostly a pending one, and the revision that a page shows."""
        drafts = list(self.model.drafts.values())
        likely = [draft for draft in drafts if draft.is_pending is not decided]
        newest = (likely if likely and at < 5 else drafts)[-5:]
        draft = newest[at % len(newest)]
        return draft, draft.revision - stale

    def somebody(self, who: PersonId, agency: AgencyId) -> PersonId:
        """Return that person, or for RIGHT one of those who answer for the agency, a different one each time."""
        able = [one for one in self.model.people if self.model.answers_for(one, agency)]
        if who != RIGHT:
            return who
        return able[self.step % len(able)] if able else ADA

    def agency_of(self, entry_id: EntryId) -> AgencyId:
        entry = self.model.newest(entry_id)
        return entry.content.agency_id if entry else AgencyId("inpi")

    def attempt(self, allowed: bool, deed: Callable[[], Any]) -> Any:
        """Do it; what is not allowed must be refused and leave the audit as it was."""
        before = self.world.deed_count()
        try:
            done = deed()
        except REFUSALS as refusal:
            if allowed:
                raise AssertionError(f"refused, though it should be allowed: {refusal!r}") from refusal
            assert self.world.deed_count() == before
            Reviewing.counts[type(refusal).__name__] += 1
            return None
        assert allowed, "done, though it should be refused"
        assert self.world.deed_count() > before
        Reviewing.counts["done"] += 1
        return done

    def keep(self, draft: ModelDraft) -> None:
        self.model.drafts[draft.id] = draft

    def decide(self, draft: ModelDraft, who: PersonId, **changes: Any) -> None:
        self.model.change(draft, decided_by=who, decided_at=self.world.moment, **changes)


def _seen(draft: Draft) -> tuple[Any, ...]:
    published = draft.published
    return (
        *(draft.entry_id, draft.agency_id, draft.content, draft.author, draft.revision, draft.base_version),
        *(draft.state.value, draft.decided_by, draft.decided_at),
        (published.entry_id, published.version, published.before) if published else None,
    )


def _foretold(draft: ModelDraft) -> tuple[Any, ...]:
    return (
        *(draft.entry_id, draft.agency_id, draft.written.content, draft.author, draft.revision, draft.base_version),
        *(draft.state, draft.decided_by, draft.decided_at),
        draft.published,
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    Reviewing.base = settled_base(tmp_path)
    Reviewing.counts = Counter()
    return Reviewing.base


def test_whatever_people_do_the_public_is_given_approved_and_valid_text_alone(base: Path) -> None:
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
    assert min(counts["done"], counts["answered"], *(counts[one.__name__] for one in REFUSALS)) > 0
