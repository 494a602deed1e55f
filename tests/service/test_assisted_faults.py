"""Whatever a language-model server does wrong, the approved text is read, byte for byte, within the deadline."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("llama_index.llms.openai_like", reason="the extra `assistant` is not installed")

from noa_rag.answering.steps.compose import official_answer
from noa_rag.domain.answer import Answer
from noa_rag.domain.question import Language, Mode
from noa_rag.domain.rephrasing import LanguageModel, RephrasingOutcome
from noa_rag.rephrasing.clients.servers import open_server
from noa_rag.rephrasing.clients.streaming import StreamedModel
from noa_rag.rephrasing.steps import Rephrase, Verify, rephrase_given
from tests.answering.answering_helpers import TODAY, EntriesInMemory, a_version
from tests.fakes import FakeMeaningJudge, FakeNearness
from tests.rephrasing.stall_meter import StallMeter
from tests.rephrasing.stub_server import Fault, StubServer

TIMES = 50
AT_ONCE = 10
DEADLINE_SECONDS = 0.5
MARGIN_SECONDS = 1.5  # ten callers, the stub and the gate that reads what was written share two cores
OFFICIAL = (
    "Le dépôt d'une marque se fait **en ligne**, sur [le site de l'INPI](https://www.inpi.fr).\r\n\r\nIl coûte"
    " **190 €** pour une classe, puis 40 € par classe supplémentaire\N{NO-BREAK SPACE}: payez. L'INPI publie la"
    " demande sous 6 semaines. L'examen dure ensuite 6 mois en moyenne, sauf opposition d'un tiers.  \n\n- gardez le"
    " récépissé ;\n"
)


@pytest.fixture
def stub() -> Iterator[StubServer]:
    with StubServer() as server:
        yield server


@pytest.fixture
def model(stub: StubServer) -> Iterator[LanguageModel]:
    model = StreamedModel(open_server(stub.openai_url, model="m"), name="m")
    answered(model, deadline_seconds=20.0)  # the libraries load more of themselves at the first call
    yield model
    model.close()


def answered(model: LanguageModel, *, deadline_seconds: float = DEADLINE_SECONDS) -> tuple[Answer, float]:
    """Return what the visitor is shown, and the seconds it took."""
    version = a_version(answer=OFFICIAL)
    given = official_answer(version, language=Language.FRENCH, section_key=None, confidence=0.9, question_id="q1")
    steps = (
        Rephrase(model, FakeNearness(), deadline_seconds),
        Verify(EntriesInMemory(version), FakeMeaningJudge(), 0.5),
    )
    start = time.monotonic()
    answer = rephrase_given(given, asked="Comment déposer une marque ?", on=TODAY, assistance=steps)
    return answer, time.monotonic() - start


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
def test_the_approved_text_is_delivered_fifty_times_within_the_deadline(
    fault: Fault, stub: StubServer, model: LanguageModel
) -> None:
    stub.fault = fault

    with StallMeter() as stalls, ThreadPoolExecutor(AT_ONCE) as threads:
        outcomes = list(threads.map(lambda _: answered(model), range(TIMES)))
        crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # how many want each core, other work too
        allowed = DEADLINE_SECONDS + crowd * MARGIN_SECONDS + 2 * stalls.longest_seconds()

    assert {answer.text for answer, _ in outcomes} == {OFFICIAL}
    assert {answer.mode for answer, _ in outcomes} == {Mode.STRICT}
    assert all(answer.rephrasing and answer.rephrasing.reason for answer, _ in outcomes)
    assert max(seconds for _, seconds in outcomes) < allowed


def test_a_server_that_does_well_is_refused_what_it_does_not_cite(stub: StubServer, model: LanguageModel) -> None:
    answer, _ = answered(model, deadline_seconds=5.0)

    assert answer.text == OFFICIAL
    assert answer.rephrasing is not None
    assert answer.rephrasing.outcome is RephrasingOutcome.REFUSED
    assert [finding.check for sentence in answer.rephrasing.sentences for finding in sentence.findings] == ["quote"]
