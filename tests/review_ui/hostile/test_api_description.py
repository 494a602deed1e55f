"""Requests that the API's own description allows, and others that it does not: none makes the service fail."""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from litestar import Litestar

from tests.review_ui.review_people import Client

schemathesis = pytest.importorskip("schemathesis", reason="`make hostile` installs it (extra `hostile`)")

# More than 5,000 are sent then: an operation that takes anything has no forbidden requests.
CASES = 6_300 if os.environ.get("NOA_HOSTILE") else 60
# Operations whose requests hold nothing that could differ are asked this often; the others share the cases.
FEW = 10
TIMEOUT_SECONDS = 120  # a machine that is busy with other work is no fault of the service
WITHOUT_INPUT = ("/api/v1/themes", "/api/v1/agencies", "/health", "/ready")


def test_no_request_of_the_description_makes_the_service_fail(app: Litestar, client: Client) -> None:
    from schemathesis.generation import GenerationMode

    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    operations = [operation.ok() for operation in schema.get_all_operations()]
    with_input = [operation for operation in operations if operation.path not in WITHOUT_INPUT]
    sent, failed = 0, []
    for operation in operations:
        modes = list(GenerationMode) if operation in with_input else [GenerationMode.POSITIVE]
        share = -(-CASES // (len(with_input) * len(modes))) if operation in with_input else FEW
        for mode in modes:

            @settings(
                max_examples=share,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case) -> None:  # type: ignore[no-untyped-def]
                nonlocal sent
                sent += 1
                response = case.call(timeout=TIMEOUT_SECONDS)
                if response.status_code >= 500:
                    failed.append(f"{response.status_code} {case.as_curl_command()[:300]}")

            try:
                ask()
            except Unsatisfiable:  # of an operation that takes anything no request is forbidden
                assert mode is GenerationMode.NEGATIVE, operation.label

    print(f"schemathesis: {sent} requests to {len(operations)} operations, {len(failed)} failed")  # noqa: T201
    assert len(operations) >= 6
    assert failed == []
