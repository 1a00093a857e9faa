"""Generated requests against every address of the OpenAPI document: whatever comes, the server never fails."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from tests.bench.servers import Pulse

SHARDS = 6
EXAMPLES = 12
FUZZ = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def pulse() -> Iterator[Pulse]:
    with Pulse(PULSE_RATE_LIMIT_PER_MINUTE="0", PULSE_MAX_WAIT_TIMEOUT_SECONDS="0") as server:
        yield server


@pytest.fixture(scope="module")
def operations(pulse: Pulse) -> list[Any]:
    document = schemathesis.openapi.from_url(pulse.url + "/api/schema?format=json")
    return [found.ok() for found in document.get_all_operations()]


def is_answered(answer: Any) -> bool:
    """No failure of the server; 503 only with the time to come back."""
    return answer.status_code < 500 or (answer.status_code == 503 and "retry-after" in answer.headers)


def fuzz(operation: Any) -> None:
    @FUZZ
    @given(operation.as_strategy())
    def every_request_is_answered(case: Any) -> None:
        answer = case.call(timeout=30)
        assert is_answered(answer), f"{operation.label} answered {answer.status_code}: {answer.text[:300]}"

    every_request_is_answered()


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_request_makes_the_server_fail(operations: list[Any], shard: int) -> None:
    for operation in operations[shard::SHARDS]:
        fuzz(operation)
