"""A calibration of one's own base asks for enough labelled questions, and says what to do without them."""

from pathlib import Path

import pytest

from evals.calibration.calibrate import FEWEST_QUESTIONS, calibrate_own
from noa_rag.assembly.records import Records
from noa_rag.domain.errors import NoaError
from noa_rag.domain.ports import no_progress
from noa_rag.settings import Settings
from tests.fake_noa import a_noa


def test_a_base_with_too_few_labelled_questions_is_told_what_is_lacking(
    settings: Settings, records: Records, tmp_path: Path
) -> None:
    noa = a_noa(settings, records, tmp_path)

    with pytest.raises(NoaError, match=rf"^0 labelled questions .*; {FEWEST_QUESTIONS} are needed\. Let QA make"):
        calibrate_own(noa, no_progress)

    noa.close()
