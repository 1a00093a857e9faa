"""What holds for every operation, so that a new one is covered before its author writes a test."""

import re

import pytest

from pulse_project.core import executor, openapi, reference
from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.error_meanings import MEANINGS
from pulse_project.core.errors import Code
from pulse_project.core.operations import REGISTRY, Operation
from pulse_project.core.principals import PUBLIC, Caller, Kind
from tests.contract.arguments import required_arguments

OPERATIONS = [pytest.param(operation, id=name) for name, operation in sorted(REGISTRY.items())]
GUARDED_BY_FLAG = [param for param in OPERATIONS if param.values[0].flags and not param.values[0].scoped]
STRICT = [param for param in OPERATIONS if not param.values[0].accepts_unknown]
IDENTIFIED = [param for param in OPERATIONS if param.values[0].needs != PUBLIC]


def test_there_are_operations() -> None:
    assert len(OPERATIONS) >= 60


@pytest.mark.django_db
@pytest.mark.parametrize("operation", STRICT)
def test_an_unknown_argument_is_refused(operation: Operation, operator: Caller, project: str) -> None:
    given = {**required_arguments(operation.input_schema, project), "no_such_argument": 1}
    failure = executor.call_sync(operation, given, operator).failure
    assert failure is not None
    assert ["no_such_argument"] in [problem["loc"] for problem in failure.details["problems"]]


@pytest.mark.django_db
@pytest.mark.parametrize("operation", GUARDED_BY_FLAG)
def test_a_caller_without_the_flag_is_refused(operation: Operation, project: str) -> None:
    nobody = Caller(Kind.AGENT, "root", key_pk=1)
    failure = executor.call_sync(operation, required_arguments(operation.input_schema, project), nobody).failure
    assert failure is not None
    assert failure.code is Code.PERMISSION_DENIED
    assert failure.details["required_permission"] in operation.flags


@pytest.mark.django_db
@pytest.mark.parametrize("operation", IDENTIFIED)
def test_nobody_is_asked_to_log_in(operation: Operation, project: str) -> None:
    from pulse_project.core.principals import ANONYMOUS

    failure = executor.call_sync(operation, required_arguments(operation.input_schema, project), ANONYMOUS).failure
    assert failure is not None
    assert failure.code is Code.AUTH_REQUIRED


@pytest.mark.parametrize("operation", [param for param in OPERATIONS if param.values[0].writes])
def test_a_writer_is_refused_to_a_reader(operation: Operation) -> None:
    reader = Caller(Kind.AGENT, "root", flags=frozenset(operation.flags), key_pk=1, read_only=True)
    failure = executor.call_sync(operation, {}, reader).failure
    assert failure is not None
    assert (failure.code, failure.details["readonly"]) == (Code.PERMISSION_DENIED, True)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_explains_itself(operation: Operation) -> None:
    assert operation.summary[0].isupper()
    assert operation.summary.rstrip(".:;") != operation.summary
    assert not re.search(r"\b[A-Z]{1,2}\d{1,3}\b", operation.description)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_schema_is_flat_and_closed(operation: Operation) -> None:
    schema = operation.input_schema
    assert "$ref" not in str(schema)
    assert schema["type"] == "object"
    assert operation.accepts_unknown or schema["additionalProperties"] is False


@pytest.mark.parametrize("operation", [param for param in OPERATIONS if param.values[0].untrusted])
def test_a_path_to_foreign_text_leads_somewhere(operation: Operation) -> None:
    schema = openapi._success(operation, OK_DATA)
    assert "'x-untrusted': True" in str(schema)
    assert {re.split(r"\W", path)[0] for path in operation.untrusted} <= set(operation.output_schema["properties"])


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_meaning(code: Code) -> None:
    assert MEANINGS[code].endswith(".")


@pytest.mark.parametrize("operation", [param for param in OPERATIONS if "Event" in param.values[0].description])
def test_an_event_line_names_types(operation: Operation) -> None:
    if re.search(r"^Events?:", operation.description, re.MULTILINE):
        assert reference.events_of(operation)
