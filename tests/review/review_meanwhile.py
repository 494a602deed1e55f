"""What happens around drafts: Noa prepares some, entries come and go, people change, time passes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryId
from noa_rag.domain.people import PersonId, Role
from tests.factories import a_draft
from tests.review.review_life import QUESTIONS, RIGHT, Life
from tests.review.review_model import ModelDraft
from tests.review.review_world import ADA, AGENCIES, PEOPLE

people = st.sampled_from([*(person.id for person in PEOPLE), *[RIGHT] * 10])  # so that things happen
agencies = st.sampled_from([AgencyId(agency) for agency in AGENCIES])
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
others = st.sampled_from([person.id for person in PEOPLE if person.id != ADA])


class Meanwhile(Life):
    """Deeds that need no draft, and what no deed of the desk is."""

    @rule(entry_id=entry_ids, agency=agencies, window=windows, fault=faults)
    def noa_prepares(self, entry_id: EntryId, agency: AgencyId, window: Any, fault: dict[str, Any]) -> None:
        written = self.write(entry_id, agency, window, {k: v for k, v in fault.items() if k != "agency_id"})
        self.number += 1
        base = self.model.count(entry_id)
        draft = a_draft(f"{self.number:032}", content=written.content, entry_id=entry_id, base_version=base)
        with self.world.store.changing() as change:
            change.add_draft(draft)
        self.keep(ModelDraft(draft.id, entry_id, agency, written, "noa", base_version=base))

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
        allowed = self.model.can_roll_back(who, entry_id, version, to_version=to_version, day=self.world.today())

        if self.attempt(allowed, lambda: self.world.desk.roll_back(who, entry_id, version, to_version)):
            older = self.model.entries[entry_id][to_version - 1]
            self.model.publish(entry_id, older.content, author=older.author, editors=older.editors)

    @rule(who=people, agency=agencies, needs=st.booleans())
    def set_rule(self, who: PersonId, agency: AgencyId, needs: bool) -> None:
        who = ADA if who == RIGHT else who
        allowed = who == ADA

        if self.attempt(allowed, lambda: self.world.desk.set_needs_two_people(who, agency, needs) or True):
            (self.model.two_people.add if needs else self.model.two_people.discard)(agency)

    @rule(
        who=others,
        role=st.sampled_from([*Role, Role.REFERENT, Role.REFERENT]),
        own=st.sets(agencies),
    )
    def change_roles(self, who: PersonId, role: Role, own: set[AgencyId]) -> None:
        given = own if role is Role.REFERENT else set()
        if role is Role.ADMINISTRATOR or (role is Role.REFERENT and not given):
            return
        self.world.accounts.set_roles(who, [role], given, actor=ADA)
        changed = replace(self.model.people[who], roles=frozenset({role}), agencies=frozenset(given))
        self.model.give(who, changed)

    @rule(who=others, is_active=st.sampled_from([True, True, False]))
    def close_or_open_account(self, who: PersonId, is_active: bool) -> None:
        (self.world.accounts.enable if is_active else self.world.accounts.disable)(who, actor=ADA)
        self.model.give(who, replace(self.model.people[who], is_active=is_active))

    @rule(who=people, account=others)
    def confirm(self, who: PersonId, account: PersonId) -> None:
        """A second person confirms what an account was given, most often where somebody is there who may."""
        able = [person for person in self.model.people if self.model.can_confirm(person, account)]
        who = (able or [ADA])[0] if who == RIGHT else who
        seen = self.world.person(account).newest_change
        allowed = self.model.can_confirm(who, account)

        if self.attempt(allowed, lambda: self.world.desk.confirm_account(who, account, seen) or True):
            self.model.waiting.discard(account)

    @rule(account=others)
    def confirm_at_the_terminal(self, account: PersonId) -> None:
        if account in self.model.waiting:
            self.world.accounts.confirm(account, actor="terminal:root")
            self.model.waiting.discard(account)

    @rule(seconds=st.sampled_from([1, 59, 61, 86_400, 3 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.world.later(timedelta(seconds=seconds))
