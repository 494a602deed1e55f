"""The whole text in stretches: nothing is left out, nothing is moved, and lists stay whole."""

from hypothesis import given
from hypothesis import strategies as st

from noa_rag.domain.passages import passages_of
from noa_rag.domain.rephrasing import CheckedSentence
from noa_rag.knowledge.pack import Pack
from noa_rag.rephrasing.pointing_out import is_whole, pointed_out

BLOCKS = (
    "L'aide est versée aux commerces.",
    "**Montant** : 500 € par mois.",
    "## Les pièces",
    "Joignez :\n\n- un extrait ;\n- un relevé.",
    "Voici comment :\n\n1. Écrivez.\n\n2. Attendez.\n\n   Un mois suffit.",
    "| durée | prix |\n| --- | --- |\n| un an | 10 € |",
    "Un dernier mot, plus long que les autres, pour que rien ne pèse trop.",
)
TEXT = "\n\n".join(BLOCKS)


def standing_out(*words: str, text: str = TEXT) -> list[str]:
    wanted = [passage for passage in passages_of(text) if any(word in passage.quote for word in words)]
    return [sentence.text.strip() for sentence in pointed_out(wanted, text) if sentence.stands_out]


def test_the_block_of_a_passage_stands_out() -> None:
    assert standing_out("500 €") == [BLOCKS[1]]
    assert standing_out("500 €", "dernier mot") == [BLOCKS[1], BLOCKS[6]]


def test_a_list_stands_out_with_the_line_that_leads_into_it() -> None:
    assert standing_out("un relevé") == [BLOCKS[3]]
    assert standing_out("Attendez") == [BLOCKS[4]]


def test_nothing_stands_out_where_most_would() -> None:
    assert pointed_out(passages_of(TEXT), TEXT) == ()
    assert pointed_out((), TEXT) == ()


def test_what_was_changed_by_a_byte_is_not_the_whole() -> None:
    stretches = pointed_out(passages_of(TEXT)[:1], TEXT)

    assert is_whole(stretches, TEXT)
    assert not is_whole(stretches[:-1], TEXT)
    assert not is_whole((*stretches[:-1], CheckedSentence("Autre.", "Autre.")), TEXT)


@given(st.lists(st.sampled_from(BLOCKS), min_size=1), st.sets(st.integers(0, 12)))
def test_nothing_is_ever_left_out_or_moved(blocks: list[str], wanted: set[int]) -> None:
    text = "\n\n".join(blocks)
    stretches = pointed_out([passage for passage in passages_of(text) if passage.number in wanted], text)

    assert not stretches or is_whole(stretches, text)


def test_every_bundled_entry_stays_whole_whatever_stands_out(bundled_pack: Pack) -> None:
    for _, content in bundled_pack.entries:
        for passage in passages_of(content.answer):
            stretches = pointed_out([passage], content.answer)
            assert not stretches or is_whole(stretches, content.answer)
