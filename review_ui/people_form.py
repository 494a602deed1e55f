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
from review_ui.texts import WORDS, ReviewTexts

PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another when read out
PASSWORD_GROUPS, GROUP_LENGTH = 4, 5  # 31 ** 20, some 99 bits


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
            raise InvalidRequest(f"No role is called {', '.join(sorted(unknown))}.", field="roles")
        return frozenset(map(Role, self.roles))

    def with_problem(self, name: str, kind: str, texts: ReviewTexts) -> Self:
        """Return the form with what is wrong with one field, in words."""
        key = kind if kind in WORDS else f"people_problem_{name}"
        return replace(self, problems={**self.problems, name: texts(key)})


def new_password() -> str:
    """Return a password that can be read out: four groups of five letters and digits."""
    groups = ("".join(secrets.choice(PASSWORD_SIGNS) for _ in range(GROUP_LENGTH)) for _ in range(PASSWORD_GROUPS))
    return "-".join(groups)


def _texts(form: FormMultiDict, name: str) -> tuple[str, ...]:
    return tuple(value for value in form.getall(name, []) if isinstance(value, str))
