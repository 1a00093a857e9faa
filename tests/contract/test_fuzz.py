"""Random requests over the whole schema: every answer is a result or a refusal, never a fault of the server."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from pulse_project.core import openapi
from tests.contract.programs import Server

EXAMPLES = 12
JSON_OR_TEXT = {"application/json", "text/plain"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("home")) as running:
        yield running


def _labels() -> list[tuple[str, str]]:
    return [(path, verb) for path, verbs in openapi.document()["paths"].items() for verb in verbs]


@pytest.fixture(scope="module")
def described() -> Any:
    return schemathesis.openapi.from_dict(openapi.document())


@pytest.mark.parametrize(("path", "verb"), _labels())
def test_no_request_makes_the_server_fail(server: Server, described: Any, path: str, verb: str) -> None:
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=described[path][verb].as_strategy())
    def attempt(case: Any) -> None:
        answer = case.call(base_url=server.url)
        if answer.status_code == 503:
            assert "retry-after" in answer.headers
        else:
            assert answer.status_code < 500, answer.text
        assert answer.headers["content-type"][0].split(";")[0] in JSON_OR_TEXT

    attempt()
