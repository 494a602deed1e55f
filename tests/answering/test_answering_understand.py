"""Language, day, place and the searched form of a question are settled."""

import re
import uuid
from datetime import date

import pytest

from evals.suites.cases import SUITES, read_suite
from noa_rag.answering.reading import read_day, read_question
from noa_rag.answering.steps.understand import Understand, read_form
from noa_rag.answering.turn import Turn
from noa_rag.domain.entry import Audience
from noa_rag.domain.errors import InvalidRequest
from noa_rag.domain.question import Ask, Language, Mode, Question
from noa_rag.french.personal_data import mask_personal_data
from tests.answering.answering_helpers import TODAY


def understood(ask: Ask) -> Question:
    return Understand(lambda: TODAY)(Turn(ask)).understood


def test_takes_today_and_the_detected_language_when_nothing_is_said() -> None:
    question = understood(Ask("How do I register a trademark?"))

    assert (question.as_of, question.language, question.region) == (TODAY, Language.ENGLISH, None)


def test_takes_the_day_the_language_and_the_audience_that_are_said() -> None:
    ask = Ask(
        "How do I register a trademark?",
        language=Language.FRENCH,
        as_of=date(2020, 4, 1),
        audience=Audience.START_UP,
    )

    question = understood(ask)

    assert (question.as_of, question.language) == (date(2020, 4, 1), Language.FRENCH)
    assert question.audience is Audience.START_UP


@pytest.mark.parametrize("code", ["", "IDF", "fr-idf", "FR-96", "FR-20", "Paris", "FR-IDF ", "\x00"])
def test_refuses_an_unknown_region_and_names_the_field(code: str) -> None:
    with pytest.raises(InvalidRequest, match="FR-IDF ou FR-75") as refused:
        understood(Ask("marque", region=code))

    assert refused.value.field == "region"


def test_keeps_the_typed_form_beside_the_searched_one() -> None:
    question = understood(Ask("l’œuvre ﬁnie  de l`e\u0301te\u0301"))

    assert question.text == "l’œuvre ﬁnie  de l`e\u0301te\u0301"
    assert question.normalised == "l'œuvre finie de l'été"


def test_reads_the_options_beside_a_question() -> None:
    ask = read_question("marque", region="FR-75", audience="tpe", lang="en", as_of="2020-04-01", mode="assisted")

    assert ask == Ask(
        "marque",
        region="FR-75",
        audience=Audience.TPE,
        language=Language.ENGLISH,
        as_of=date(2020, 4, 1),
        mode=Mode.ASSISTED,
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("region", "FR-99"),
        ("audience", "licorne"),
        ("lang", "de"),
        ("as_of", "01/04/2020"),
        ("mode", "free"),
        ("conversation_id", "x" * 65),
        ("conversation_id", "a\nb"),
    ],
)
def test_refuses_a_wrong_option_and_names_it(field: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_question("marque", **{field: value})

    assert refused.value.field == field


@pytest.mark.parametrize("text", ["20261124", "2026-W48-2", "2026-02-30", "2026-11-24T10:00", "demain", "0000-01-01"])
def test_refuses_a_day_written_otherwise(text: str) -> None:
    with pytest.raises(InvalidRequest, match="YYYY-MM-DD"):
        read_day(text, field="as_of")


@pytest.mark.parametrize("text", ["1", "test", "0" * 32, "5f0c2b7e9a3d1c1b8e6f70a1b2c3d4e5", "é" * 32])
def test_an_id_that_noa_does_not_issue_begins_a_new_conversation(text: str) -> None:
    assert read_question("marque", conversation_id=text).conversation_id is None


def test_a_random_id_is_kept_with_or_without_its_dashes() -> None:
    issued = uuid.uuid4()

    assert read_question("marque", conversation_id=str(issued)).conversation_id == issued.hex
    assert read_question("marque", conversation_id=issued.hex).conversation_id == issued.hex


@pytest.mark.parametrize("typed", ["Bonjour, comment déposer une marque ? Merci", "comment déposer une marque"])
def test_courtesies_and_final_punctuation_are_not_searched(typed: str) -> None:
    assert understood(Ask(typed)).normalised == "comment déposer une marque"


def test_what_is_searched_is_written_as_the_base_would() -> None:
    def in_capitals(text: str, *, is_french: bool) -> str:
        return text.upper() if is_french else text

    understand = Understand(lambda: TODAY, in_capitals)

    assert understand(Turn(Ask("bjr la tva svp"))).understood.normalised == "LA TVA"
    assert understand(Turn(Ask("when do I pay my taxes?"))).understood.normalised == "when do I pay my taxes"


def test_a_few_english_words_are_english_unless_the_base_writes_them_in_french() -> None:
    understand = Understand(lambda: TODAY, is_borrowed={"food", "truck"}.__contains__)

    assert understand(Turn(Ask("sick pay"))).understood.language is Language.ENGLISH
    assert understand(Turn(Ask("SICK PAY please, thanks"))).understood.language is Language.ENGLISH
    assert understand(Turn(Ask("food truck"))).understood.language is Language.FRENCH


@pytest.mark.parametrize(
    "around",
    [
        "Bonjour, je m'appelle Jean Dupont. {}",
        "bonjour je suis Karim Benali, {}",
        "Je suis né le 12/03/1985. {}",
        "J'habite 12 rue des Lilas. {}",
        "{} Cordialement, Jean Dupont",
        "{} Merci, Mme Sophie Durand",
        "{} 06 12 34 56 78",
        "{} Mon numéro : zéro six douze trente-quatre cinquante-six soixante-dix-huit",
        "{} mon mail jean point dupont arobase gmail point com",
    ],
)
def test_personal_data_around_a_question_changes_nothing_of_what_is_searched(around: str) -> None:
    questions = [case.question for case in read_suite(SUITES / "answering.jsonl") if case.language == "fr"][::4]

    changed = [
        question for question in questions if letters_searched(around.format(question)) != letters_searched(question)
    ]

    # "… coefficient 140 2026 06 12 34 56 78": two numbers that run into one another.
    assert len(changed) <= ("06 12" in around), changed


def letters_searched(text: str) -> list[str]:
    form, _ = read_form(mask_personal_data(text))
    return re.findall(r"\w+", form.lower())
