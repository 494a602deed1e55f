"""One review lived step by step beside its model: the world is opened, told what is done, and held against it."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.answer import Answer, AnswerStatus
from noa_rag.domain.draft import Draft
from noa_rag.domain.entry import EntryContent, EntryId, EntryStatus, NewVersion, ValidityWindow
from noa_rag.domain.errors import Forbidden, InvalidContent, NotAllowedNow, NotFound, VersionConflict
from noa_rag.domain.people import PersonId
from tests.factories import an_entry_content
from tests.review.review_model import Model, ModelDraft, Written
from tests.review.review_world import ADA, AGENCIES, PEOPLE, World

REFUSALS = (Forbidden, InvalidContent, NotAllowedNow, NotFound, VersionConflict)
RIGHT = PersonId("whoever may")  # stands for somebody who answers for the agency concerned
QUESTIONS = {
    EntryId("marque"): "Comment déposer une marque ?",
    EntryId("cotisations"): "Quand payer les cotisations trimestrielles ?",
    EntryId("importer"): "Quels droits pour importer du vin ?",
}


class Life(RuleBasedStateMachine):
    """Each deed is foretold by the model: what it allows must be done, what it does not must leave no trace."""

    base: ClassVar[str]
    kept_vectors: ClassVar[Path]
    counts: ClassVar[Counter[str]] = Counter()

    @initialize(strict=st.sets(st.sampled_from([AgencyId(agency) for agency in AGENCIES])))
    def open(self, strict: set[AgencyId]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="noa-states-"))
        self.world = World(self.base, self.folder, self.kept_vectors)
        self.model = Model({person.id: person for person in PEOPLE}, frozenset(AgencyId(agency) for agency in AGENCIES))
        self.number = self.step = 0
        for entry_id in list(QUESTIONS)[:2]:
            content = self.write(entry_id, AgencyId("inpi"), (None, None), {}).content
            self.world.records.entries.add_versions(
                [NewVersion(entry_id, content, 0, "import", "import", self.world.moment)]
            )
            self.model.publish(entry_id, content, author="import")
        for agency in sorted(strict):  # these want two people
            self.world.desk.set_needs_two_people(ADA, agency, needs=True)
            self.model.two_people.add(agency)
        self.counts["sequences"] += 1

    def teardown(self) -> None:
        assert self.world.records.audit.verify() == []
        self.world.close()
        shutil.rmtree(self.folder)

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
        assert {draft_id: _seen(draft) for draft_id, draft in drafts.items()} == {
            draft_id: _foretold(draft) for draft_id, draft in self.model.drafts.items()
        }
        current = self.world.records.current(list(QUESTIONS))
        assert {
            entry_id: (v.version, v.content, v.status is EntryStatus.APPROVED, v.author)
            for entry_id, v in current.items()
        } == {
            entry_id: (len(versions), versions[-1].content, versions[-1].is_approved, versions[-1].author)
            for entry_id, versions in self.model.entries.items()
        }

    def check_that_database_index_and_audit_agree(self) -> None:
        day = self.world.today()
        shown = {entry: version.number for entry in self.model.entries if (version := self.model.shown(entry, day))}
        assert self.world.index.snapshot.versions == shown
        assert self.world.index.snapshot.revision == self.world.records.revision()
        assert self.world.deed_count("version_added") == sum(len(all_) for all_ in self.model.entries.values())
        self.step += 1
        self.counts["steps"] += 1
        if self.step % 10 == 0:
            assert self.world.records.audit.verify() == []

    def check_answers(self, *, is_in_step: bool = False) -> None:
        day = self.world.today()
        for entry_id, question in QUESTIONS.items():
            answer = self.world.ask(question)
            self.check_answer(answer)
            if is_in_step and self.model.shown(entry_id, day) is not None:
                assert answer.status is AnswerStatus.ANSWERED, f"{entry_id} is approved and valid, and not found"
                self.counts["answered"] += 1

    def check_answer(self, answer: Answer) -> None:
        day = self.world.today()
        for choice in answer.choices:
            offered = self.model.shown(choice.entry_id, day)
            assert offered is not None, f"{choice.entry_id} is offered"
            assert choice.question == offered.content.question
        if answer.entry is None:
            assert answer.official_text is None
            return
        shown = self.model.shown(answer.entry.id, day)
        assert shown is not None, f"{answer.entry.id} is shown"
        assert answer.text == answer.official_text == shown.content.answer
        assert (answer.entry.version, answer.entry.content) == (shown.number, shown.content)

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
        able = [person for person in self.model.people if self.model.answers_for(person, agency)]
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
            self.counts[type(refusal).__name__] += 1
            return None
        assert allowed, "done, though it should be refused"
        assert self.world.deed_count() > before
        self.counts["done"] += 1
        return done

    def hand(self, who: PersonId, draft: ModelDraft, *, is_hers: bool) -> dict[str, Any]:
        """Return author and editors of a draft's text, after somebody changed it or left it as it was."""
        if not is_hers:
            return {"author": draft.author, "editors": draft.editors}
        return {"author": who, "editors": draft.editors | {who}}

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
