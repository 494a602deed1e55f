"""What an administrator fills in about somebody, as typed, and what is wrong with it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from litestar.datastructures import FormMultiDict

from noa_rag.domain.agency import AgencyId
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.people import Person, PersonId, Role
from noa_rag.web.forms import text_field
from review_ui.texts import ReviewTexts

PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another when read out
PASSWORD_GROUPS, GROUP_LENGTH = 4, 5  # 31 ** 20, some 99 bits
SEEN_LIMIT = 80  # of what is repeated from a field


@dataclass(frozen=True, slots=True)
class PersonForm:
    """The fields as typed; `problems` are words for the page, by field."""

    id: str = ""
    name: str = ""
    roles: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: FormMultiDict) -> Self:
        return cls(
            id=text_field(form, "id").strip(),
            name=text_field(form, "name").strip(),
            roles=_texts(form, "roles"),
            agencies=_texts(form, "agencies"),
        )

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(person.id, person.name, tuple(person.roles), tuple(person.agencies))

    def person(self) -> Person:
        """Return whom the fields describe. Raises InvalidRequest for an unknown role."""
        return Person(PersonId(self.id), self.name, self.held_roles(), frozenset(map(AgencyId, self.agencies)))

    def held_roles(self) -> frozenset[Role]:
        unknown = set(self.roles) - set(Role)
        if unknown:
            seen = ", ".join(sorted(unknown))
            raise InvalidRequest(f"No role is called {seen}.", field="roles", kind="unknown", seen=seen)
        return frozenset(map(Role, self.roles))

    def with_error(self, error: InvalidRequest, texts: ReviewTexts) -> Self:
        """Return the form with what is wrong with a field, in words."""
        key = f"people_problem_{error.field}_{error.kind}" if error.kind else f"people_problem_{error.field}"
        return self.with_problem(error.field, texts(key, seen=error.seen[:SEEN_LIMIT]))

    def with_problem(self, name: str, told: str) -> Self:
        """Return the form with a sentence about one field."""
        return replace(self, problems={**self.problems, name: told})


def new_password() -> str:
    """Return a password that can be read out: four groups of five letters and digits."""
    groups = ("".join(secrets.choice(PASSWORD_SIGNS) for _ in range(GROUP_LENGTH)) for _ in range(PASSWORD_GROUPS))
    return "-".join(groups)


def _texts(form: FormMultiDict, name: str) -> tuple[str, ...]:
    return tuple(value for value in form.getall(name, []) if isinstance(value, str))
