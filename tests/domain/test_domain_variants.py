"""Which entry of a family is for a visitor, and what is lacking."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noa_rag.domain.entry import (
    Audience,
    EntryId,
    EntryVersion,
    lacks_audience,
    lacks_region,
    most_specific,
    variant_problem,
)
from noa_rag.domain.regions import REGION_OF_DEPARTEMENT, REGIONS, covers
from tests.factories import an_entry_content, an_entry_version

GENERAL = EntryId("aides")
MICRO, PME = Audience.MICRO_ENTREPRENEUR, Audience.PME


def a_variant(name: str, *regions: str, audiences: tuple[Audience, ...] = ()) -> EntryVersion:
    return an_entry_version(name, variant_of=GENERAL, regions=regions, audiences=audiences)


FAMILY = [
    an_entry_version("aides"),
    a_variant("aides-bretagne", "FR-BRE"),
    a_variant("aides-idf", "FR-IDF"),
    a_variant("aides-paris", "FR-75"),
    a_variant("aides-micro", audiences=(MICRO,)),
    a_variant("aides-bretagne-micro", "FR-BRE", audiences=(MICRO,)),
]


@pytest.mark.parametrize(
    ("region", "audience", "expected"),
    [
        (None, None, "aides"),
        ("FR-BRE", None, "aides-bretagne"),
        ("FR-35", None, "aides-bretagne"),  # Ille-et-Vilaine
        ("FR-IDF", None, "aides-idf"),
        ("FR-75", None, "aides-paris"),
        ("FR-93", None, "aides-idf"),
        ("FR-NOR", None, "aides"),
        (None, MICRO, "aides-micro"),
        (None, PME, "aides"),
        ("FR-NOR", MICRO, "aides-micro"),
        ("FR-29", MICRO, "aides-bretagne-micro"),
        ("FR-29", PME, "aides-bretagne"),
        ("FR-75", MICRO, "aides-paris"),  # the place counts before the public
    ],
)
def test_the_entry_that_is_written_most_closely_is_taken(
    region: str | None, audience: Audience | None, expected: str
) -> None:
    chosen = most_specific(FAMILY, region, audience)

    assert chosen is not None
    assert chosen.id == expected


def test_a_family_without_its_general_entry_has_nothing_for_somebody_unknown() -> None:
    assert most_specific(FAMILY[1:], None, None) is None


def test_a_general_entry_that_holds_somewhere_only_is_not_for_the_others() -> None:
    family = [an_entry_version("aides", regions=("FR-IDF",)), FAMILY[1]]

    assert most_specific(family, "FR-NOR", None) is None


def test_a_region_without_a_variant_is_told_and_one_with_it_is_not() -> None:
    assert lacks_region(FAMILY, "FR-NOR")
    assert not lacks_region(FAMILY, "FR-29")
    assert not lacks_region(FAMILY, None)
    assert not lacks_region([FAMILY[0], FAMILY[4]], "FR-NOR")  # no variant by region at all


def test_an_audience_without_a_variant_is_told_and_one_with_it_is_not() -> None:
    assert lacks_audience(FAMILY, PME)
    assert not lacks_audience(FAMILY, MICRO)
    assert not lacks_audience(FAMILY[:3], PME)


def test_a_variant_says_for_whom_it_is_written() -> None:
    assert variant_problem(None, an_entry_content()) is None
    assert variant_problem(EntryId("x"), an_entry_content(variant_of=GENERAL)) == "variant_for_everybody"
    assert variant_problem(GENERAL, an_entry_content(variant_of=GENERAL, regions=("FR-BRE",))) == "variant_of_itself"


CODES = st.sampled_from([*REGIONS, *REGION_OF_DEPARTEMENT])
VARIANTS = st.lists(
    st.tuples(st.lists(CODES, max_size=3, unique=True), st.lists(st.sampled_from(Audience), max_size=2, unique=True)),
    max_size=12,
)


@given(VARIANTS, st.none() | CODES, st.none() | st.sampled_from(Audience))
def test_nobody_is_given_an_entry_of_another_region_or_public(
    written_for: list[tuple[list[str], list[Audience]]], region: str | None, audience: Audience | None
) -> None:
    variants = [
        a_variant(f"v{number}", *regions, audiences=tuple(audiences))
        for number, (regions, audiences) in enumerate(written_for)
        if regions or audiences
    ]

    chosen = most_specific([FAMILY[0], *variants], region, audience)

    assert chosen is not None
    content = chosen.content
    if content.regions:
        assert region is not None
        assert covers(content.regions, region)
    assert not content.audiences or audience in content.audiences
