"""A draft's questions are attached to an entry that answers them already."""

from dataclasses import replace

import pytest

from noa_rag.domain.draft import DraftState, Published
from noa_rag.domain.entry import AlternateQuestion, EntryId, EntryStatus, Section
from noa_rag.domain.errors import InvalidContent, NotFound
from noa_rag.knowledge.content_rules import ALTERNATES_LIMIT
from tests.factories import an_entry_content
from tests.review.desk_office import CAMILLE, ENTRY, Office, refused


def test_attached_questions_are_added_once_and_the_answer_stays(office: Office) -> None:
    office.publish("marque", alternate_questions=(AlternateQuestion("Ma marque ?"),))
    before = office.entry("marque").content
    asked = (AlternateQuestion("MA MARQUE ? "), AlternateQuestion("Protéger un nom ?"), AlternateQuestion("Logo ?"))

    attached = office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), asked)

    after = office.entry("marque").content
    assert [one.text for one in after.alternate_questions] == ["Ma marque ?", "Protéger un nom ?", "Logo ?"]
    assert replace(after, alternate_questions=()) == replace(before, alternate_questions=())
    assert (attached.state, attached.published) == (DraftState.ATTACHED, Published(EntryId("marque"), 2, 1))


def test_attaching_to_a_demonstration_text_vouches_for_nothing(office: Office) -> None:
    office.publish("marque", origin="demonstration")

    office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    assert office.entry("marque").content.origin == "demonstration"


def test_attaching_does_not_ask_of_an_old_answer_what_is_asked_today(office: Office) -> None:
    office.publish("marque", sections=(Section("a", "", "<b>ancien</b>"),), sources=())

    office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), (AlternateQuestion("Logo ?"),))

    assert office.entry("marque").version == 2


@pytest.mark.parametrize(
    "questions",
    [
        (AlternateQuestion("<b>Logo</b> ?"),),
        (AlternateQuestion("L" * 301),),
        tuple(AlternateQuestion(f"Question {number} ?") for number in range(ALTERNATES_LIMIT + 1)),
    ],
)
def test_questions_that_cannot_be_kept_are_not_attached(
    office: Office, questions: tuple[AlternateQuestion, ...]
) -> None:
    office.publish("marque")

    with pytest.raises(InvalidContent, match="alternate_questions"):
        office.desk.attach(CAMILLE, office.put().id, 1, EntryId("marque"), questions)


def test_nothing_new_is_not_attached(office: Office) -> None:
    office.publish("marque")
    draft = office.put()

    for questions in ((), (AlternateQuestion(" comment déposer une MARQUE ? "),)):
        deed = lambda asked=questions: office.desk.attach(CAMILLE, draft.id, 1, EntryId("marque"), asked)  # noqa: E731
        assert refused(deed) == "nothing_to_attach"


@pytest.mark.parametrize("entry_id", ["inconnue", "retirée"])
def test_questions_are_attached_to_approved_entries_only(office: Office, entry_id: str) -> None:
    office.publish("retirée", status=EntryStatus.WITHDRAWN)

    with pytest.raises(NotFound):
        office.desk.attach(CAMILLE, office.put().id, 1, EntryId(entry_id), (AlternateQuestion("Logo ?"),))


def test_where_two_people_are_wanted_nobody_attaches_her_own_words(office: Office) -> None:
    office.want_two_people()
    office.publish("marque", question="Autre chose ?")
    own = office.desk.propose(CAMILLE, ENTRY, an_entry_content())
    prepared = office.put()
    of_draft, of_her = (AlternateQuestion("Comment déposer une marque ?"),), (AlternateQuestion("Inventée ?"),)
    marque = EntryId("marque")

    assert refused(lambda: office.desk.attach(CAMILLE, own.id, 1, marque, of_draft)) == "second_person"
    assert refused(lambda: office.desk.attach(CAMILLE, prepared.id, 1, marque, of_her)) == "second_person"
    office.desk.attach(CAMILLE, prepared.id, 1, marque, of_draft)

    assert (office.entry("marque").author, office.entry("marque").approver) == ("noa", CAMILLE)
