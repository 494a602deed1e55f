"""Who may do what, for which agencies: one table, which every route and every command asks."""

from collections.abc import Mapping
from enum import StrEnum

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import Forbidden
from noa_rag.domain.people import Person, Role


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


# What an account does only once a second person has confirmed what was given to it.
CONFIRMED_FIRST = frozenset({Action.DECIDE, Action.CONFIRM_ACCOUNT})


def may_confirm(person: Person, account: Person) -> bool:
    """Return whether somebody is a second person for the changes of an account that wait."""
    makers = {account.id, *(one.by for one in account.unconfirmed)}
    return may(person, Action.CONFIRM_ACCOUNT) and not person.unconfirmed and person.id not in makers


def require(person: Person, action: Action, agency_id: AgencyId | None = None) -> None:
    """Do nothing when somebody may do that, else raise Forbidden."""
    if not may(person, action, agency_id):
        where = f" for the agency {agency_id}" if agency_id else ""
        raise Forbidden(f"{person.id} has no right to {action.value}{where}.", action=action.value, agency_id=agency_id)
