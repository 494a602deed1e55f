"""Two pairs of eyes: whether somebody may publish words of her own alone, and who else may approve them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.people import Person, Role, TwoPeople
from noa_rag.domain.review_ports import ReviewChange
from noa_rag.review.rights import Action, may, may_confirm


@dataclass(frozen=True, slots=True)
class Approval:
    """Why somebody may not approve, empty where she may: `unconfirmed` or `second_person`.

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
        able = (one for one in self.people if one.id not in writers)
        return tuple(sorted((one for one in able if _decides(one, wanted)), key=_by_name))

    def approval(self, person: Person, agencies: Collection[AgencyId], writers: Collection[str]) -> Approval:
        """Return whether somebody who has the right may use it on a text that these people wrote."""
        if person.unconfirmed:
            return Approval("unconfirmed", self.confirmers(person))
        if person.id in writers and not self.allows_alone(person, agencies):
            return Approval("second_person", self.approvers(agencies, writers))
        return Approval()

    def confirmers(self, account: Person) -> tuple[Person, ...]:
        """Return who may confirm what an account was given, by name."""
        return tuple(sorted((one for one in self.people if may_confirm(one, account)), key=_by_name))

    def _wants_another(self, person: Person, agency_id: AgencyId) -> bool:
        if self.setting is TwoPeople.ALWAYS or agency_id in self.asking:
            return True
        if self.setting is TwoPeople.ON_REQUEST:
            return False
        # Whoever manages accounts could close those of the others, and be the only referent that is left.
        return Role.ADMINISTRATOR in person.roles or bool(self.approvers([agency_id], {person.id}))


def rule_within(change: ReviewChange, setting: TwoPeople, agencies: Iterable[AgencyId]) -> TwoPeopleRule:
    """Return the rule for these agencies, as it stands in a transaction."""
    asking = [one for one in agencies if change.needs_two_people(one)]
    return TwoPeopleRule(setting, asking, change.everyone())


def _decides(person: Person, agencies: Iterable[AgencyId]) -> bool:
    return not person.unconfirmed and all(may(person, Action.DECIDE, agency_id) for agency_id in agencies)


def _by_name(person: Person) -> tuple[str, str]:
    return person.name, person.id
