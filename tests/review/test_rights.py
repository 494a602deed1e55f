"""Who may do what, cell by cell, and the table of it in the documentation."""

import re
from pathlib import Path

import pytest

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import Forbidden
from noa_rag.domain.people import Role
from noa_rag.review.rights import RIGHTS, Action, Reach, agencies_for, may, require
from tests.factories import a_person

INPI, URSSAF = AgencyId("inpi"), AgencyId("urssaf")
DOCS = Path(__file__).parents[2] / "docs" / "review.md"
CELLS = [(action, role) for action in Action for role in Role]

# Written out once more, by role, so that a slip in the table is seen: what each may do in her own agencies (no mark)
# and everywhere (*).
EXPECTED = {
    Role.REFERENT: "read* build_drafts* write_entry decide hand_over withdraw_entry decide_agenda read_figures"
    " sort_queue* own_account*",
    Role.COORDINATOR: "read* build_drafts* hand_over* withdraw_entry* decide_agenda* read_figures* read_audit*"
    " sort_queue* confirm_account* manage_sites* set_banner* switch_parts* own_account*",
    Role.QA: "read* run_evaluation* mark_answer* read_figures* read_audit* own_account*",
    Role.ADMINISTRATOR: "read* set_rules* read_figures* read_audit* manage_people* confirm_account* manage_sites*"
    " set_banner* switch_parts* own_account*",
}


@pytest.mark.parametrize(("action", "role"), CELLS)
def test_each_role_may_do_what_was_agreed_and_no_more(action: Action, role: Role) -> None:
    person = a_person("camille", "inpi", roles=[role])
    words = EXPECTED[role].split()

    assert may(person, action, INPI) == (action.value in words or f"{action.value}*" in words)
    assert may(person, action, URSSAF) == (f"{action.value}*" in words)


@pytest.mark.parametrize(("action", "role"), CELLS)
def test_a_disabled_account_may_do_nothing(action: Action, role: Role) -> None:
    assert not may(a_person("camille", "inpi", roles=[role], is_active=False), action, INPI)


def test_several_roles_add_up() -> None:
    person = a_person("camille", "inpi", roles=[Role.REFERENT, Role.QA])

    assert may(person, Action.DECIDE, INPI)
    assert not may(person, Action.DECIDE, URSSAF)
    assert may(person, Action.MARK_ANSWER)


def test_a_refusal_names_the_right_and_the_agency() -> None:
    with pytest.raises(Forbidden, match=r"camille has no right to decide for the agency urssaf") as refused:
        require(a_person("camille", "inpi"), Action.DECIDE, URSSAF)

    assert (refused.value.action, refused.value.agency_id) == ("decide", "urssaf")


def test_the_documentation_shows_the_table_as_it_is() -> None:
    words = {"everywhere": Reach.EVERYWHERE, "own agencies": Reach.OWN_AGENCIES, "—": Reach.NOWHERE}
    section = DOCS.read_text(encoding="utf-8").partition("## Who may do what")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    header, _, *body = rows

    roles = [Role(name) for name in header[1:]]
    shown = {
        Action(re.sub(r".*`(\w+)`.*", r"\1", row[0])): dict(zip(roles, (words[cell] for cell in row[1:]), strict=True))
        for row in body
    }

    assert shown == RIGHTS


def test_the_agencies_for_which_somebody_may_do_something() -> None:
    both = [Role.REFERENT, Role.COORDINATOR]

    assert agencies_for(a_person("camille", "inpi", "urssaf"), Action.READ_FIGURES) == {INPI, URSSAF}
    assert agencies_for(a_person("camille", "inpi", roles=both), Action.READ_FIGURES) is None
    assert agencies_for(a_person("camille", "inpi"), Action.READ_AUDIT) == frozenset()
    assert agencies_for(a_person("camille", roles=both, is_active=False), Action.READ_FIGURES) == frozenset()
