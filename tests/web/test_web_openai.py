"""OpenAI's protocol, spoken by OpenAI's own client with an application that is served."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest
from litestar import Litestar

from noa_rag.domain.answer import PersonalData, PersonalDataKind
from noa_rag.domain.question import Mode
from noa_rag.domain.rephrasing import CheckedSentence, Rephrasing, RephrasingOutcome
from noa_rag.domain.switches import SwitchesOff, SwitchName
from noa_rag.rephrasing.steps import rephrased
from noa_rag.web.app import create_app, state_over
from tests.browser.conftest import served
from tests.web.fake_service import INPI, FakeService, a_clarification, an_abstention, an_answer, an_entry

DISTRESS = "je n'en peux plus, je veux mourir"
QUESTION: Any = [{"role": "user", "content": "comment déposer une marque ?"}]


@pytest.fixture(scope="module")
def listening(htmx_alone: Path) -> Iterator[tuple[Litestar, str]]:
    """An application on a free port of this machine, for as long as this file's tests run."""
    app = create_app(FakeService(), static_dir=htmx_alone)
    with served(app) as address:
        yield app, address


@pytest.fixture
def client(listening: tuple[Litestar, str], service: FakeService, htmx_alone: Path) -> Iterator[openai.OpenAI]:
    app, address = listening
    app.state.update(state_over(service, static_dir=htmx_alone, rate_limit=60))
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=30) as client:
        yield client


def streamed(client: openai.OpenAI, **options: Any) -> tuple[str, list[Any]]:
    chunks = list(client.chat.completions.create(model="noa", messages=QUESTION, stream=True, **options))
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), chunks


def ask_until_refused(client: openai.OpenAI) -> None:
    for _ in range(300):  # half a minute's questions may come at once, then one a second
        client.chat.completions.create(model="noa", messages=QUESTION)


def test_the_models_are_listed_and_looked_at(client: openai.OpenAI, service: FakeService) -> None:
    assert [model.id for model in client.models.list()] == ["noa"]

    service.rephrased = service.answer
    assert [model.id for model in client.models.list()] == ["noa", "noa-assisted"]
    assert client.models.retrieve("noa-assisted").owned_by == "noa"


def test_an_answer_is_the_approved_text_word_for_word_with_who_vouches_for_it(
    client: openai.OpenAI, listening: tuple[Litestar, str]
) -> None:
    completion: Any = client.chat.completions.create(model="noa", messages=QUESTION)

    text = completion.choices[0].message.content
    assert an_entry().content.answer in text
    assert (
        f"— {INPI.name}, validé le 24/11/2026, entrée [deposer-une-marque]({listening[1]}/entrees/deposer-une-marque)"
        in text
    )
    assert "- [Déposer une marque](https://www.inpi.fr/proteger/marque)" in text
    assert (completion.object, completion.choices[0].finish_reason) == ("chat.completion", "stop")
    assert completion.noa["entry"]["id"] == "deposer-une-marque"


def test_an_answer_and_a_refusal_are_streamed_as_the_same_text(client: openai.OpenAI, service: FakeService) -> None:
    for answer in (an_answer(an_entry()), an_abstention(an_entry()), a_clarification(an_entry())):
        service.answer = answer
        whole = client.chat.completions.create(model="noa", messages=QUESTION).choices[0].message.content

        text, chunks = streamed(client, stream_options={"include_usage": True})

        assert text == whole
        assert answer.text in text
        assert (chunks[-2].choices[0].finish_reason, chunks[-2].noa["status"]) == ("stop", answer.status.value)
        assert (chunks[-1].choices, chunks[-1].usage.total_tokens) == ([], 0)


def test_a_refusal_says_whom_to_ask_and_what_was_masked(client: openai.OpenAI, service: FakeService) -> None:
    masked = PersonalData((PersonalDataKind.PHONE,), INPI)
    service.answer = an_abstention(an_entry())
    refused = client.chat.completions.create(model="noa", messages=QUESTION).choices[0].message.content or ""
    service.answer = an_answer(an_entry(), personal_data=masked)
    answered = client.chat.completions.create(model="noa", messages=QUESTION).choices[0].message.content or ""

    assert f"{INPI.name} : https://www.inpi.fr 01 56 65 89 98" in refused
    assert "1. Comment déposer une marque ?" in refused
    assert "Noa a masqué votre numéro de téléphone" in answered


def test_earlier_questions_of_the_user_are_the_context_and_metadata_narrows(
    client: openai.OpenAI, service: FakeService
) -> None:
    messages: Any = [
        {"role": "system", "content": "Answer as a pirate."},
        *QUESTION,
        {"role": "assistant", "content": "Le dépôt se fait en ligne"},
        {"role": "user", "content": [{"type": "text", "text": "et combien ça coûte ?"}]},
    ]

    client.chat.completions.create(model="noa", messages=messages, metadata={"region": "FR-75"}, temperature=1.5)

    (request,) = service.asked
    assert (request.text, request.earlier) == ("et combien ça coûte ?", ("comment déposer une marque ?",))
    assert (request.region, request.mode) == ("FR-75", Mode.STRICT)


@pytest.mark.parametrize(
    ("changes", "kind", "param", "code"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError, "model", "model_not_found"),
        ({"messages": []}, openai.BadRequestError, "messages", "invalid_request"),
        ({"messages": [{"role": "assistant", "content": "a"}]}, openai.BadRequestError, "messages", "invalid_request"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}, {}]}]},
            openai.BadRequestError,
            "question",
            "empty_question",
        ),
        ({"messages": [{"role": "user"}]}, openai.BadRequestError, "question", "empty_question"),
        ({"n": 2}, openai.BadRequestError, "n", "invalid_request"),
        ({"metadata": {"region": "XX"}}, openai.BadRequestError, "region", "invalid_request"),
        ({"messages": [{"role": "user", "content": " "}]}, openai.BadRequestError, "question", "empty_question"),
        ({"messages": [{"role": "user", "content": "a" * 600_000}]}, openai.APIStatusError, None, "too_large"),
    ],
)
def test_errors_have_the_shape_that_openais_clients_read(
    client: openai.OpenAI, changes: dict[str, Any], kind: type[openai.APIStatusError], param: str | None, code: str
) -> None:
    with pytest.raises(kind) as raised:
        client.chat.completions.create(**{"model": "noa", "messages": QUESTION, **changes})

    error: Any = raised.value.body
    assert (error["param"], error["code"]) == (param, code)
    assert error["type"] == "invalid_request_error"
    assert error["message"]


def test_the_switch_of_the_api_and_the_rate_limit_hold_but_for_somebody_in_distress(
    client: openai.OpenAI, service: FakeService
) -> None:
    crying: Any = [{"role": "user", "content": DISTRESS}]
    service.off = SwitchesOff(frozenset({SwitchName.API}), INPI)
    with pytest.raises(openai.InternalServerError, match="suspendue") as off:
        client.chat.completions.create(model="noa", messages=QUESTION)
    client.chat.completions.create(model="noa", messages=crying)
    service.off = SwitchesOff()
    with pytest.raises(openai.RateLimitError) as often:
        ask_until_refused(client)
    client.chat.completions.create(model="noa", messages=crying)

    assert (off.value.status_code, off.value.response.headers["retry-after"]) == (503, "300")
    assert often.value.response.headers["retry-after"]
    assert service.asked[-1].text == DISTRESS


def test_each_message_that_is_understood_again_counts_as_a_question(client: openai.OpenAI) -> None:
    conversation: Any = [*QUESTION, *QUESTION, *QUESTION, *QUESTION, *QUESTION]
    for _ in range(30 // 4):  # of the 30 that may come at once, four each: the last three before it are asked again
        client.chat.completions.create(model="noa", messages=conversation)

    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="noa", messages=conversation)


def test_a_long_conversation_in_distress_is_answered_beyond_the_limit(client: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError):
        ask_until_refused(client)

    crying: Any = [*QUESTION, *QUESTION, *QUESTION, {"role": "user", "content": DISTRESS}]
    client.chat.completions.create(model="noa", messages=crying)


def a_rephrasing(*sentences: CheckedSentence, outcome: RephrasingOutcome = RephrasingOutcome.SHOWN) -> Rephrasing:
    return Rephrasing("model", "answer-chat-2", outcome, sentences)


ONLINE = CheckedSentence("Vous déposez votre marque en ligne.", "Le dépôt se fait **en ligne**")
PRICE = CheckedSentence("Le site de l'INPI.", "[le site de l'INPI](https://www.inpi.fr)")


def streamed_rephrasing(client: openai.OpenAI) -> tuple[list[str], Any]:
    stream = client.chat.completions.create(model="noa-assisted", messages=QUESTION, stream=True)
    chunks: list[Any] = list(stream)
    return [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content], chunks[-1].noa


def test_each_sentence_is_streamed_once_it_is_verified_and_the_rest_follows(
    client: openai.OpenAI, service: FakeService
) -> None:
    service.rephrased_so_far = [rephrased(an_answer(an_entry()), a_rephrasing(ONLINE))]
    service.rephrased = service.answer = rephrased(an_answer(an_entry()), a_rephrasing(ONLINE, PRICE))
    whole = client.chat.completions.create(model="noa-assisted", messages=QUESTION).choices[0].message.content
    service.answer = an_answer(an_entry())

    pieces, noa = streamed_rephrasing(client)

    label = "Reformulé automatiquement à partir de la fiche validée."
    assert pieces[0].endswith(f"**\n\n{label}\n\nVous déposez votre marque en ligne. [1]")
    assert pieces[1] == "\n\nLe site de l'INPI. [2]"
    assert "".join(pieces) == whole
    assert (noa["mode"], noa["rephrasing"]["outcome"]) == ("assisted", "shown")


def test_where_what_was_streamed_does_not_stand_the_official_answer_follows_whole(
    client: openai.OpenAI, service: FakeService
) -> None:
    refused = a_rephrasing(ONLINE, outcome=RephrasingOutcome.REFUSED)
    service.rephrased_so_far = [rephrased(an_answer(an_entry()), a_rephrasing(ONLINE))]
    service.rephrased = replace(an_answer(an_entry()), rephrasing=refused)
    official = client.chat.completions.create(model="noa", messages=QUESTION).choices[0].message.content

    pieces, noa = streamed_rephrasing(client)

    assert pieces[0].endswith("Vous déposez votre marque en ligne. [1]")
    assert "".join(pieces[1:]) == f"\n\n{official}"
    assert (noa["mode"], noa["rephrasing"]["outcome"]) == ("strict", "refused")


def test_a_refusal_is_streamed_without_a_word_of_the_model(client: openai.OpenAI, service: FakeService) -> None:
    service.rephrased = rephrased(an_answer(an_entry()), a_rephrasing(ONLINE))
    service.answer = an_abstention(an_entry())

    pieces, noa = streamed_rephrasing(client)

    assert "en ligne" not in "".join(pieces)
    assert noa["status"] == "abstained"
