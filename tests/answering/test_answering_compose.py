"""Outcomes are worded; the approved text is shown byte for byte."""

from dataclasses import replace

import pytest

from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.weigh import Weigh
from noa_rag.answering.turn import Candidate, SetAside, Turn
from noa_rag.answering.wording import REFUSALS, refusal
from noa_rag.domain.answer import Answer, AnswerStatus, Choice, Citation, Reason
from noa_rag.domain.entry import EntryId, EntryVersion, Section
from noa_rag.domain.ports import Judgement, Retrieved
from noa_rag.domain.question import Language, Mode
from tests.answering.answering_helpers import (
    CCI,
    INPI,
    URSSAF,
    EntriesInMemory,
    JudgeSaying,
    a_match,
    a_question,
    a_turn,
    a_version,
)

ANSWERS = Judgement(0.93, answers=True)
UNCERTAIN = Judgement(0.30, answers=False, is_near=True)
FAR = Judgement(0.02, answers=False)


def composed(turn: Turn, judgement: Judgement, *, general_contact: str | None = "cci") -> Answer:
    compose = Compose(EntriesInMemory(), CCI.id if general_contact else None)
    answer = compose(replace(turn, judgement=judgement)).answer
    assert answer is not None
    return answer


def aside(version: EntryVersion, reason: Reason) -> Turn:
    """Return a turn whose best match was set aside."""
    match = a_match(version)
    return Turn(
        a_turn().ask,
        question=a_question(),
        retrieved=Retrieved((match,)),
        set_aside=(SetAside(match, version, reason),),
        is_aside_near=True,
    )


def test_an_expired_entry_is_no_reason_for_a_question_about_something_else() -> None:
    turn = replace(aside(a_version(), Reason.OUTSIDE_VALIDITY), is_aside_near=False)

    assert composed(turn, FAR).reason is Reason.NOTHING_CLOSE


def test_weighs_only_what_may_be_shown() -> None:
    servable, expired = a_version("b"), a_version("a")
    turn = replace(a_turn(servable), retrieved=Retrieved((a_match(expired), a_match(servable)), {"rarity": 3.0}))
    judge = JudgeSaying(ANSWERS)

    judged = Weigh(judge)(turn)

    assert judged.judgement == ANSWERS
    assert [[match.entry_id for match in search.matches] for search in judge.weighed] == [["b"]]
    assert judge.weighed[0].question_evidence == {"rarity": 3.0}


def test_answers_with_the_first_candidate() -> None:
    answer = composed(a_turn(a_version("marque"), a_version("brevet")), ANSWERS)

    assert (answer.status, answer.mode, answer.reason) == (AnswerStatus.ANSWERED, Mode.STRICT, None)
    assert answer.text == answer.official_text == "Réponse de marque."
    assert answer.entry == a_version("marque")
    assert answer.citations == (Citation(1, "Réponse de marque."),)
    assert (answer.confidence, answer.choices, answer.contact, answer.more_url) == (0.93, (), None, None)


@pytest.mark.parametrize(
    "text",
    [
        "Une ligne.\r\nUne autre.\r\n",
        "  deux espaces avant, deux après  ",
        "\n\nune ligne vide avant\n\n\n",
        "une tabulation\tet deux espaces en fin de ligne  \nsuite",
        "e\u0301 décomposé, é composé, \u00a0insécable\u202ffine, \u200bzéro, \ufeffBOM",
        "ﬁ ½ ² ™ 👩‍👩‍👧 \u202eenvers\u202c 日本語",
        "<b>balise</b> & <script>alert('x')</script> [lien](https://example.fr/a_(b)?c=d&e=f)",
        "06 12 34 56 78, jean@example.fr",
    ],
    ids=["crlf", "spaces", "blank lines", "trailing", "forms", "odd", "markup", "contact of an agency"],
)
def test_the_text_shown_is_byte_for_byte_the_approved_one(text: str) -> None:
    answer = composed(a_turn(a_version(answer=text)), ANSWERS)

    assert answer.text.encode() == text.encode()
    assert answer.official_text == text
    assert answer.citations == (Citation(1, text),)


def test_answers_with_the_introduction_and_the_section_that_answers() -> None:
    sections = (Section("cout", "Coût", "190 €  \r\n"), Section("duree", "Durée", "10 ans"))
    entry = a_version(answer="Introduction.\r\n", sections=sections)
    match = a_match(entry, section_key="cout")

    answer = composed(a_turn(candidates=(Candidate(match, entry),)), ANSWERS)

    assert answer.text == answer.official_text == "Introduction.\r\n\n\n### Coût\n\n190 €  \r\n"
    assert answer.section_key == "cout"
    assert answer.citations == (Citation(1, "190 €  \r\n"),)
    assert answer.more_url == "https://example.fr/marque"


@pytest.mark.parametrize("section_key", [None, "a section of an older version"])
def test_answers_with_the_introduction_alone_when_no_section_is_meant(section_key: str | None) -> None:
    entry = a_version(answer="Introduction.", sections=(Section("cout", "Coût", "190 €"),))
    match = a_match(entry, section_key=section_key)

    answer = composed(a_turn(candidates=(Candidate(match, entry),)), ANSWERS)

    assert (answer.text, answer.section_key) == ("Introduction.", None)
    assert answer.citations == (Citation(1, "Introduction."),)
    assert answer.more_url == "https://example.fr/marque"


def test_offers_close_entries_in_the_order_of_the_judge() -> None:
    offers = (EntryId("b"), EntryId("a"))

    answer = composed(
        a_turn(a_version("a"), a_version("b"), a_version("c")), Judgement(0.4, answers=False, offers=offers)
    )

    assert (answer.status, answer.reason) == (AnswerStatus.CLARIFICATION, Reason.CLOSE_ENTRIES)
    assert answer.choices == (Choice(EntryId("b"), "Question de b ?"), Choice(EntryId("a"), "Question de a ?"))
    assert (answer.entry, answer.official_text, answer.citations) == (None, None, ())


def test_refuses_what_is_far_from_every_entry_and_names_the_general_contact() -> None:
    answer = composed(a_turn(a_version("a")), FAR)

    assert (answer.status, answer.reason) == (AnswerStatus.ABSTAINED, Reason.NOTHING_CLOSE)
    assert (answer.choices, answer.contact) == ((), CCI)
    assert answer.text == refusal(Reason.NOTHING_CLOSE, Language.FRENCH, has_choices=False)
    assert (answer.entry, answer.official_text, answer.citations) == (None, None, ())


def test_refuses_when_uncertain_and_lists_the_three_closest_questions() -> None:
    answer = composed(a_turn(*(a_version(name) for name in "abcd")), UNCERTAIN)

    assert (answer.status, answer.reason) == (AnswerStatus.ABSTAINED, Reason.UNCERTAIN)
    assert [choice.entry_id for choice in answer.choices] == ["a", "b", "c"]
    assert answer.contact == INPI


@pytest.mark.parametrize("reason", [Reason.OUTSIDE_VALIDITY, Reason.OTHER_REGION])
def test_says_why_the_entry_that_answers_may_not_be_shown(reason: Reason) -> None:
    answer = composed(aside(a_version(), reason), UNCERTAIN)

    assert (answer.status, answer.reason, answer.entry) == (AnswerStatus.ABSTAINED, reason, None)
    assert answer.contact == INPI
    assert "Réponse de marque" not in answer.text


def test_an_entry_set_aside_far_down_the_list_is_no_reason() -> None:
    first, expired = a_version("a"), a_version("b")
    turn = replace(
        a_turn(first, expired),
        candidates=a_turn(first).candidates,
        set_aside=(SetAside(a_match(expired, rank=2), expired, Reason.OUTSIDE_VALIDITY),),
    )

    assert composed(turn, UNCERTAIN).reason is Reason.UNCERTAIN


def test_the_agency_of_the_best_matches_is_the_contact() -> None:
    matches = [
        Candidate(a_match(version, rank=rank, score=score), version)
        for rank, (version, score) in enumerate(
            [
                (a_version("a", agency_id=INPI.id), 0.9),
                (a_version("b", agency_id=URSSAF.id), 0.5),
                (a_version("c", agency_id=URSSAF.id), 0.5),  # 2 × exp(0.5 - 0.9) = 1.34 against 1
            ],
            start=1,
        )
    ]

    answer = composed(a_turn(candidates=tuple(matches)), UNCERTAIN)

    assert answer.contact == URSSAF


def test_what_was_set_aside_votes_for_its_agency_too() -> None:
    answer = composed(aside(a_version(agency_id=URSSAF.id), Reason.OUTSIDE_VALIDITY), FAR)

    assert answer.contact == URSSAF


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("judgement", [FAR, UNCERTAIN, Judgement(0.4, answers=False, offers=(EntryId("a"),))])
def test_speaks_the_language_of_the_question(language: Language, judgement: Judgement) -> None:
    turn = replace(a_turn(a_version("a")), question=a_question(language=language))

    answer = composed(turn, judgement)

    assert answer.language is language
    french = ("Ce sujet", "Nous n'avons", "Laquelle")
    assert answer.text.startswith(french) is (language is Language.FRENCH)


@pytest.mark.parametrize("language", list(Language))
def test_there_is_a_sentence_for_every_reason_to_refuse(language: Language) -> None:
    asked_back = {Reason.CLOSE_ENTRIES, Reason.NOT_SAID, Reason.AMBIGUOUS_PLACE, Reason.SITUATION}
    assert set(REFUSALS) == set(Reason) - asked_back - {Reason.DISTRESS, Reason.SMALL_TALK, Reason.ASKS_FOR_PERSON}
    said = {refusal(reason, language, has_choices=has_choices) for reason in REFUSALS for has_choices in (True, False)}
    assert len(said) == len(REFUSALS) + 1


def test_an_uncertain_refusal_announces_no_entries_where_it_names_none() -> None:
    assert composed(a_turn(a_version()), UNCERTAIN).text.endswith("Ces fiches s'en approchent :")
    assert composed(a_turn(), UNCERTAIN).text == "Nous n'avons pas de réponse sûre."
