"""Whatever an argument of a telemetry operation is, the answer is a result or a refusal of the catalogue."""

from typing import Any

import pytest

from pulse_project.core.operations import REGISTRY, Operation
from tests.conformance.test_wrong_input import NASTY
from tests.conftest import run
from tests.contract.arguments import required_arguments

pytestmark = pytest.mark.django_db

READS = sorted(name for name, found in REGISTRY.items() if found.catalog.name == "telemetry" and not found.writes)


@pytest.mark.parametrize("name", READS)
def test_no_value_of_an_argument_is_too_much(name: str, operator: Any) -> None:
    operation: Operation = REGISTRY[name]
    fields = operation.input_schema.get("properties", {})
    bodies = [
        run(name, operator, **{**required_arguments(operation.input_schema, ""), field: value})
        for field in fields
        for value in NASTY
    ]
    assert {body["code"] for body in bodies if "error" in body and "code" in body} <= {"VALIDATION_ERROR", "NOT_FOUND"}


@pytest.mark.parametrize("name", READS)
def test_null_says_the_same_as_nothing(name: str, operator: Any) -> None:
    operation = REGISTRY[name]
    given = required_arguments(operation.input_schema, "")
    nothing = dict.fromkeys(set(operation.input_schema.get("properties", {})) - given.keys())
    assert run(name, operator, **given, **nothing).keys() == run(name, operator, **given).keys()
