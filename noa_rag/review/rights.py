"""Who may do what, for which agencies, in one table that all routes and commands ask; and who may publish alone."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.entry import EntryContent, EntryId, EntryVersion
from noa_rag.domain.errors import Forbidden
from noa_rag.domain.people import Person, Role, TwoPeople
from noa_rag.domain.ports import ReviewChange


class Action(StrEnum):
    """The things that rights are given for."""

    READ = "read"
    """Read the queue, drafts, entries with their histories, the agenda, evaluations."""
    BUILD_DRAFTS = "build_drafts"
    WRITE_ENTRY = "write_entry"
    """Write or edit a draft of an entry."""
    DECIDE = "decide"
    """Approve, decline, attach, ask for changes, undo, roll an entry back."""
    HAND_OVER = "hand_over"
    """Give a draft to another agency."""
    WITHDRAW_ENTRY = "withdraw_entry"
    DECIDE_AGENDA = "decide_agenda"
    SORT_QUEUE = "sort_queue"
    """Put groups aside and bring them back, split and merge them, snooze, assign and comment on lines of the queue."""
    SET_RULES = "set_rules"
    RUN_EVALUATION = "run_evaluation"
    MARK_ANSWER = "mark_answer"
    """Mark an answer right or wrong, turn a question into a case."""
    READ_FIGURES = "read_figures"
    """Read the follow-up: figures of the questions that were asked."""
    READ_AUDIT = "read_audit"
    MANAGE_PEOPLE = "manage_people"
    CONFIRM_ACCOUNT = "confirm_account"
    """See how accounts changed, and confirm what somebody else changed."""
    MANAGE_SITES = "manage_sites"
    """Register, change, close and open the sites whose pages carry the widget."""
    OWN_ACCOUNT = "own_account"
    """Set up one's own second factor."""
    SET_BANNER = "set_banner"
    """Switch the banner above the public pages on and off."""
    SWITCH_PARTS = "switch_parts"
    """Switch the public chat, the API, the widget and the language model off and on."""


class Reach(StrEnum):
    """For which agencies a role may do something."""

    NOWHERE = "nowhere"
    OWN_AGENCIES = "own_agencies"
    EVERYWHERE = "everywhere"


_NO, _OWN, _ALL = Reach.NOWHERE, Reach.OWN_AGENCIES, Reach.EVERYWHERE
_ROLES = (Role.REFERENT, Role.COORDINATOR, Role.QA, Role.ADMINISTRATOR)


def _row(*reaches: Reach) -> Mapping[Role, Reach]:
    return dict(zip(_ROLES, reaches, strict=True))


# Only a referent of the agency decides what the public reads (promise 1). A coordinator routes work, and may withdraw
# anywhere: taking a wrong text away must not wait for the right person.
RIGHTS: Mapping[Action, Mapping[Role, Reach]] = {
    #                           referent  coordinator  qa    administrator
    Action.READ: _row(_ALL, _ALL, _ALL, _ALL),
    Action.BUILD_DRAFTS: _row(_ALL, _ALL, _NO, _NO),
    Action.WRITE_ENTRY: _row(_OWN, _NO, _NO, _NO),
    Action.DECIDE: _row(_OWN, _NO, _NO, _NO),
    Action.HAND_OVER: _row(_OWN, _ALL, _NO, _NO),
    Action.WITHDRAW_ENTRY: _row(_OWN, _ALL, _NO, _NO),
    Action.DECIDE_AGENDA: _row(_OWN, _ALL, _NO, _NO),
    Action.SORT_QUEUE: _row(_ALL, _ALL, _NO, _NO),
    Action.SET_RULES: _row(_NO, _NO, _NO, _ALL),
    Action.RUN_EVALUATION: _row(_NO, _NO, _ALL, _NO),
    Action.MARK_ANSWER: _row(_NO, _NO, _ALL, _NO),
    Action.READ_FIGURES: _row(_OWN, _ALL, _ALL, _ALL),
    Action.READ_AUDIT: _row(_NO, _ALL, _ALL, _ALL),
    Action.MANAGE_PEOPLE: _row(_NO, _NO, _NO, _ALL),
    Action.CONFIRM_ACCOUNT: _row(_NO, _ALL, _NO, _ALL),
    Action.MANAGE_SITES: _row(_NO, _ALL, _NO, _ALL),
    Action.OWN_ACCOUNT: _row(_ALL, _ALL, _ALL, _ALL),
    Action.SET_BANNER: _row(_NO, _ALL, _NO, _ALL),
    Action.SWITCH_PARTS: _row(_NO, _ALL, _NO, _ALL),
}


def may(person: Person, action: Action, agency_id: AgencyId | None = None) -> bool:
    """Return whether somebody may do that for this agency; without an agency, whether for any at all."""
    if not person.is_active:
        return False
    reaches = {RIGHTS[action][role] for role in person.roles}
    if Reach.EVERYWHERE in reaches:
        return True
    if Reach.OWN_AGENCIES not in reaches:
        return False
    return bool(person.agencies) if agency_id is None else agency_id in person.agencies


def agencies_for(person: Person, action: Action) -> frozenset[AgencyId] | None:
    """Return the agencies for which somebody may do that; None: all of them."""
    if not person.is_active:
        return frozenset()
    reaches = {RIGHTS[action][role] for role in person.roles}
    if Reach.EVERYWHERE in reaches:
        return None
    return person.agencies if Reach.OWN_AGENCIES in reaches else frozenset()


def agencies_concerned(
    text: EntryContent, current: EntryVersion | None, entry: Callable[[EntryId], EntryVersion | None]
) -> set[AgencyId]:
    """Return the agencies that must approve a text: its own, its entry's, and the family's owner if it is a variant."""
    general = entry(text.variant_of) if text.variant_of else None
    return {text.agency_id, *(version.content.agency_id for version in (current, general) if version)}


# What an account does only once a second person has confirmed what was given to it.
CONFIRMED_FIRST = frozenset({Action.DECIDE, Action.CONFIRM_ACCOUNT})


def may_confirm(person: Person, account: Person) -> bool:
    """Return whether somebody may, as a second person, confirm the waiting changes of an account."""
    makers = {account.id, *(change.by for change in account.unconfirmed)}
    return may(person, Action.CONFIRM_ACCOUNT) and not person.unconfirmed and person.id not in makers


def require(person: Person, action: Action, agency_id: AgencyId | None = None) -> None:
    """Raise Forbidden unless somebody may do that."""
    if not may(person, action, agency_id):
        where = f" for the agency {agency_id}" if agency_id else ""
        raise Forbidden(f"{person.id} has no right to {action.value}{where}.", action=action.value, agency_id=agency_id)


def require_all(person: Person, action: Action, agencies: Iterable[AgencyId]) -> None:
    """Raise Forbidden unless somebody may do that for each of these agencies."""
    for agency_id in sorted(agencies):
        require(person, action, agency_id)


@dataclass(frozen=True, slots=True)
class Approval:
    """Why somebody may not approve, empty where she may: `unconfirmed`, `other_agency` or `second_person`.

    `others` are those who may confirm her account then, or approve instead of her.
    """

    reason: str = ""
    others: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoPeopleRule:
    """The operator's setting, the agencies whose own rule asks for two people, and every account as it stands now."""

    setting: TwoPeople
    asking: Collection[AgencyId]
    people: Collection[Person]

    def allows_alone(self, person: Person, agencies: Iterable[AgencyId]) -> bool:
        """Return whether somebody may publish her own words for these agencies."""
        return not any(self._wants_another(person, agency_id) for agency_id in agencies)

    def approvers(self, agencies: Iterable[AgencyId], writers: Collection[str]) -> tuple[Person, ...]:
        """Return who may approve for all of these agencies what these people wrote, by name."""
        wanted = set(agencies)
        able = (person for person in self.people if person.id not in writers)
        return tuple(sorted((person for person in able if decides(person, wanted)), key=_by_name))

    def approval(self, person: Person, agencies: Collection[AgencyId], writers: Collection[str]) -> Approval:
        """Return whether somebody who has the right for one agency may approve for all, what these people wrote."""
        if person.unconfirmed:
            return Approval("unconfirmed", self.confirmers(person))
        if others := [agency for agency in agencies if not may(person, Action.DECIDE, agency)]:
            return Approval("other_agency", self.approvers(others, writers))
        if person.id in writers and not self.allows_alone(person, agencies):
            return Approval("second_person", self.approvers(agencies, writers))
        return Approval()

    def confirmers(self, account: Person) -> tuple[Person, ...]:
        """Return who may confirm what an account was given, by name."""
        return tuple(sorted((person for person in self.people if may_confirm(person, account)), key=_by_name))

    def _wants_another(self, person: Person, agency_id: AgencyId) -> bool:
        if self.setting is TwoPeople.ALWAYS or agency_id in self.asking:
            return True
        if self.setting is TwoPeople.ON_REQUEST:
            return False
        # Whoever manages accounts could close those of the others, and be the only referent that is left.
        return Role.ADMINISTRATOR in person.roles or bool(self.approvers([agency_id], {person.id}))


def rule_within(change: ReviewChange, setting: TwoPeople, agencies: Iterable[AgencyId]) -> TwoPeopleRule:
    """Return the rule for these agencies, as it stands in a transaction."""
    asking = [agency for agency in agencies if change.needs_two_people(agency)]
    return TwoPeopleRule(setting, asking, change.everyone())


def decides(person: Person, agencies: Iterable[AgencyId]) -> bool:
    """Return whether somebody may decide for all of these agencies today."""
    return not person.unconfirmed and all(may(person, Action.DECIDE, agency_id) for agency_id in agencies)


def _by_name(person: Person) -> tuple[str, str]:
    return person.name, person.id
