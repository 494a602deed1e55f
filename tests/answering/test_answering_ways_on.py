"""What a refusal leaves: how to ask again, where to look, whom to ask where the visitor is; what was masked."""

from dataclasses import replace

import pytest

from noa_rag.answering.payload import answer_as_json
from noa_rag.answering.search import searched_words
from noa_rag.answering.steps.compose import Compose
from noa_rag.answering.steps.divide import Divide
from noa_rag.answering.turn import Turn
from noa_rag.domain.agency import Agency, AgencyId, LocalOffice, Theme
from noa_rag.domain.answer import Answer, AnswerStatus, PersonalDataKind, Reason, Searched
from noa_rag.domain.entry import EntryId, EntryVersion
from noa_rag.domain.ports import Judgement
from noa_rag.domain.question import Language, Question
from noa_rag.french.personal_data import mask_personal_data
from noa_rag.retrieval.lexical import LexicalIndex
from noa_rag.retrieval.passages import searched_texts
from noa_rag.retrieval.spelling import Glossary
from tests.answering.answering_helpers import CCI, INPI, URSSAF, EntriesInMemory, a_question, a_turn, a_version

UNCERTAIN = Judgement(0.3, answers=False, is_near=True)
FAR = Judgement(0.02, answers=False)
SURE = Judgement(0.95, answers=True, is_near=True)
THEMES = tuple(
    Theme(theme_id, theme_id.title(), theme_id.title())
    for theme_id in ("impots", "creation", "embauche", "banque", "locaux")
)
DRIEETS = Agency(
    AgencyId("drieets-idf"),
    "DRIEETS Île-de-France",
    "https://idf.drieets.gouv.fr",
    regions=("FR-IDF",),
    elsewhere=LocalOffice("La DREETS de votre région", "https://dreets.gouv.fr", phone="0 806 000 126"),
)
POLICE = replace(
    DRIEETS,
    id=AgencyId("police"),
    name="Préfecture de Police",
    url="https://police.example.fr",
    hours="Mo-Fr 09:00-17:30",
    regions=("FR-75", "FR-92"),
)
IDF_ONLY = Agency(AgencyId("idf"), "Agence d'Île-de-France", "https://idf.example.fr", regions=("FR-IDF",))


class Entries(EntriesInMemory):
    def themes(self) -> tuple[Theme, ...]:
        return THEMES


ENTRIES = Entries(agencies=(INPI, URSSAF, CCI, DRIEETS, POLICE, IDF_ONLY))


def composed(turn: Turn, judgement: Judgement, *, region: str | None = None) -> Answer:
    compose = Compose(ENTRIES, CCI.id, lambda question: Searched((question.normalised,)))
    turn = replace(turn, judgement=judgement, question=replace(turn.understood, region=region))
    answer = compose(turn).answer
    assert answer is not None
    return answer


def asked(text: str) -> Turn:
    masked = mask_personal_data(text)
    return replace(a_turn(a_version()), question=a_question(masked))


def test_a_refusal_near_some_entries_names_their_themes_in_their_order() -> None:
    themes = ("creation", "banque", "creation", "unknown", "impots", "locaux", "embauche")
    versions = [a_version(f"e{at}", theme=theme) for at, theme in enumerate(themes)]

    answer = composed(a_turn(*versions), UNCERTAIN)

    assert [theme.id for theme in answer.themes] == ["creation", "banque", "impots", "locaux"]
    assert len(answer.choices) == 3


def test_a_refusal_far_from_everything_names_all_themes_and_no_question() -> None:
    answer = composed(a_turn(a_version(theme="banque")), FAR)

    assert (answer.reason, answer.themes, answer.choices) == (Reason.NOTHING_CLOSE, THEMES, ())


@pytest.mark.parametrize("judgement", [FAR, UNCERTAIN])
def test_a_refusal_says_what_was_searched_and_an_answer_does_not(judgement: Judgement) -> None:
    turn = a_turn(a_version())

    assert composed(turn, judgement).searched == Searched((turn.understood.normalised,))
    assert composed(turn, SURE).searched is None


@pytest.mark.parametrize(
    ("region", "name", "phone"),
    [
        (None, "La DREETS de votre région", "0 806 000 126"),
        ("FR-93", "DRIEETS Île-de-France", None),
        ("FR-BRE", "La DREETS de votre région", "0 806 000 126"),
    ],
)
def test_the_contact_is_the_one_that_serves_the_visitor_s_region(
    region: str | None, name: str, phone: str | None
) -> None:
    answer = composed(a_turn(a_version(agency_id=DRIEETS.id)), UNCERTAIN, region=region)

    assert answer.contact is not None
    assert (answer.contact.id, answer.contact.name, answer.contact.phone) == ("drieets-idf", name, phone)


def test_an_agency_that_serves_another_region_alone_is_passed_over() -> None:
    turn = a_turn(a_version("a", agency_id=IDF_ONLY.id), a_version("b", agency_id=URSSAF.id))

    assert composed(turn, UNCERTAIN, region="FR-IDF").contact == replace(IDF_ONLY, elsewhere=None)
    assert composed(turn, UNCERTAIN, region="FR-BRE").contact == URSSAF
    assert composed(a_turn(a_version(agency_id=IDF_ONLY.id)), UNCERTAIN, region="FR-BRE").contact == CCI


def test_the_payload_says_whom_to_ask_elsewhere_only_where_the_agency_serves_a_part_of_the_region() -> None:
    turn = a_turn(a_version(agency_id=POLICE.id))

    partly, wholly = (
        answer_as_json(composed(turn, UNCERTAIN, region=region), ENTRIES.agencies()) for region in ("FR-IDF", "FR-75")
    )

    assert partly["contact"] == {
        "id": "police",
        "agency": "Préfecture de Police",
        "url": "https://police.example.fr",
        "phone": None,
        "hours": "du lundi au vendredi, de 9 h à 17 h 30",
        "opening_hours": "Mo-Fr 09:00-17:30",
        "elsewhere": {
            "name": "La DREETS de votre région",
            "url": "https://dreets.gouv.fr",
            "phone": "0 806 000 126",
            "hours": None,
        },
    }
    assert wholly["contact"] is not None
    assert "elsewhere" not in wholly["contact"]
    assert partly["searched"] == {"words": [turn.understood.normalised], "unknown": []}
    assert partly["themes"] == [{"id": "creation", "title": "Creation", "title_en": "Creation"}]


def test_a_half_without_answer_names_the_agency_of_the_entries_near_it() -> None:
    mark, hire = a_version("marque"), a_version("apprenti", agency_id=URSSAF.id)
    near = {"marque": (mark, SURE), "apprenti": (hire, UNCERTAIN), "dragon": (hire, FAR)}

    def search(turn: Turn) -> Turn:
        version, judgement = next(result for word, result in near.items() if word in turn.understood.normalised)
        return replace(turn, candidates=a_turn(version).candidates, judgement=judgement)

    for missing, contact in (("quand prévenir l'apprenti", URSSAF), ("où trouver un dragon", CCI)):
        turn = replace(a_turn(mark), question=a_question(f"comment déposer une marque et {missing} ?"))
        answer = composed(Divide(search)(replace(turn, judgement=UNCERTAIN)), Judgement(0.9, answers=True))

        assert [(part.entry, part.contact) for part in answer.parts] == [(mark, None), (None, contact)]
        part = answer_as_json(answer, ENTRIES.agencies())["parts"][1]
        assert part["contact"] is not None
        assert part["contact"]["agency"] == contact.name


# --- personal data -------------------------------------------------------------------------------------------------


def test_an_answer_says_what_was_masked_and_whom_to_call() -> None:
    answer = composed(asked("comment déposer ma marque ? mon numéro est le 06 12 34 56 78"), SURE)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer_as_json(answer, ENTRIES.agencies())["personal_data"] == {
        "masked": ["phone"],
        "text": "Noa a masqué votre numéro de téléphone et n'en a rien conservé. Noa ne rappelle personne et n'écrit à"
        " personne\u00a0: pour parler à quelqu'un, appelez le 01 56 65 89 98 (INPI).",
    }


def test_what_was_masked_is_said_in_english_and_each_kind_once() -> None:
    turn = asked("register a trademark, jean@example.fr or anne@example.fr, FR14 2004 1010 0505 0001 3M02 606")
    turn = replace(turn, question=replace(turn.understood, language=Language.ENGLISH))

    answer = composed(turn, SURE)

    assert answer.personal_data is not None
    assert answer.personal_data.kinds == (PersonalDataKind.EMAIL, PersonalDataKind.IBAN)
    said = answer_as_json(answer, ENTRIES.agencies())["personal_data"]
    assert said is not None
    assert said["text"].startswith("Noa masked your e-mail address and your IBAN and kept nothing of it.")


@pytest.mark.parametrize(
    "text",
    [
        "06 12 34 56 78",
        "Bonjour, rappelez-moi au 06 12 34 56 78 svp, merci",
        "je voudrais être rappelée : 06 12 34 56 78",
        "my phone number is 06 12 34 56 78",
        "jean@example.fr",
    ],
)
def test_where_nothing_else_was_typed_the_refusal_says_how_to_ask_without_it(text: str) -> None:
    answer = composed(asked(text), SURE)

    assert (answer.status, answer.reason, answer.entry) == (AnswerStatus.ABSTAINED, Reason.NOTHING_CLOSE, None)
    assert (answer.choices, answer.searched, answer.themes) == ((), None, THEMES)
    assert answer.contact == CCI
    assert answer.personal_data is not None
    assert answer.personal_data.is_all
    assert "Écrivez-la sans elles" in answer.text


@pytest.mark.parametrize(
    ("text", "said"),
    [("bonjour", "Dites ce que vous cherchez"), ("salut ça va ?", "en une phrase"), ("merci bcp", "plaisir")],
)
def test_a_greeting_is_greeted_and_offered_no_entry_that_happens_to_be_near(text: str, said: str) -> None:
    answer = composed(asked(text), SURE)

    assert (answer.status, answer.reason, answer.entry) == (AnswerStatus.ABSTAINED, Reason.SMALL_TALK, None)
    assert (answer.choices, answer.searched, answer.themes) == ((), None, THEMES)
    assert said in answer.text


def test_a_question_beside_a_number_is_answered() -> None:
    answer = composed(asked("06 12 34 56 78 rappelez-moi pour ma marque"), SURE)

    assert answer.status is AnswerStatus.ANSWERED
    assert answer.personal_data is not None
    assert not answer.personal_data.is_all


# --- the words that were searched ----------------------------------------------------------------------------------


def index_of(*versions: EntryVersion) -> LexicalIndex:
    return LexicalIndex({EntryId(version.id): tuple(searched_texts(version)) for version in versions}, Glossary(()))


def searched(text: str, **changes: object) -> Searched:
    marks = [a_version(f"e{at}", question="Comment déposer une marque ?", answer="Déposez-la.") for at in range(3)]
    question: Question = replace(a_question(mask_personal_data(text)), **changes)  # type: ignore[arg-type]
    return searched_words(question, index_of(*marks))


def test_words_are_told_as_typed_and_those_that_no_entry_holds_apart() -> None:
    results = searched("Comment déposer une Marque pour mon Dragon, une marque ?")

    assert results == Searched(words=("déposer", "Marque", "Dragon"), unknown=("Dragon",))


def test_a_misspelt_word_is_told_as_it_was_put_right() -> None:
    assert searched("deposr une marqe") == Searched(words=("deposer", "marque"))


def test_neither_what_was_masked_nor_its_mask_is_told() -> None:
    assert searched("ma marque, 06 12 34 56 78") == Searched(words=("marque",))


def test_of_an_english_question_no_word_is_put_right_or_said_to_be_unknown() -> None:
    results = searched("who is to register my marquee in Spain?", language=Language.ENGLISH)

    assert results == Searched(words=("register", "marquee", "Spain"))
