"""Whatever an argument is, the answer is the envelope with a code that says what is wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest

from pulse_project.core import conf
from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.operations import MCP, REGISTRY
from tests.conftest import run
from tests.nexus.calls import code

pytestmark = pytest.mark.django_db

TOOLS = sorted(
    name for name, operation in REGISTRY.items() if MCP in operation.surfaces and operation.envelope is OK_DATA
)
SHIMS = {"message_get", "message_list", "message_wait"}
NASTY: list[Any] = [
    None, True, 0, -1, 1.5, 2**63, 10**30, "", " ", "x", "a\x00b", "null", "[]", "{", '{"a":1}', "é" * 300, "x" * 5000,
    [], [1], [None], [[]], ["\x00"], {}, {"a": 1}, {"strategy": 1}, {"strategy": "mixed", "rules": [{}]}, {"type": 1},
    {"a": "\x00"}, "../..", "/dev/null", "1e5", "١٢", "9" * 25, float("nan"), float("inf"), '{"type":"\\ud800"}',
]  # fmt: skip
TOOL_ERRORS = {
    "VALIDATION_ERROR", "WORKSPACE_REQUIRED", "WORKSPACE_UNRESOLVED", "WORKSPACE_MISMATCH", "INVALID_STREAM",
    "NOT_FOUND", "NOT_OWNER", "INVALID_TRANSITION", "HANDOFF_ALREADY_CLAIMED", "CONTENT_TOO_LARGE",
    "PATH_OUTSIDE_WORKSPACE",
}  # fmt: skip


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits end at once."""
    settings = replace(conf.current(), max_wait_timeout_seconds=0)
    monkeypatch.setattr(conf, "current", lambda: settings)


@pytest.mark.parametrize("name", sorted(set(TOOLS) - SHIMS))
def test_no_value_of_an_argument_is_too_much(name: str, valid: Any, bob: Any, impatient: None) -> None:
    properties = REGISTRY[name].input_schema.get("properties", {})
    answers = [run(name, bob, **{**valid[name], field: value}) for field in properties for value in NASTY]
    codes = {answer["error"]["code"] for answer in answers if not answer["ok"]}
    assert codes <= TOOL_ERRORS


REQUIRED_CODES = {
    "project_root": "WORKSPACE_REQUIRED",
    "workspace_id": "WORKSPACE_REQUIRED",
    "stream": "INVALID_STREAM",
}


@pytest.mark.parametrize("name", sorted(set(TOOLS) - SHIMS))
def test_each_missing_argument_has_its_code(name: str, valid: Any, bob: Any) -> None:
    required = REGISTRY[name].input_schema.get("required", [])
    given = valid[name]
    found = {field: code(name, bob, **{key: given[key] for key in given if key != field}) for field in required}
    expected = {field: REQUIRED_CODES.get(field, "VALIDATION_ERROR") for field in required}
    assert found == (expected if name != "workspace_resolve" else {"project_root": "VALIDATION_ERROR"})


def test_a_tool_succeeds_with_the_arguments_that_these_tests_vary(valid: Any, alice: Any, bob: Any) -> None:
    refused = {
        name: answer["error"]
        for name in valid
        if not (answer := run(name, alice if name == "handoff_cancel" else bob, **valid[name]))["ok"]
    }
    assert refused == {}


BOOLEANS = [
    ("inbox_pull", "limit"), ("inbox_pull", "lease_seconds"), ("inbox_extend", "extend_seconds"),
    ("inbox_peek", "limit"), ("inbox_history", "limit"), ("shared_md_render", "limit_events"),
    ("event_get", "cursor"), ("event_get", "limit"), ("event_wait", "timeout_seconds"),
    ("handoff_list_available", "cursor"), ("handoff_list_available", "limit"),
    ("handoff_list_available", "timeout_seconds"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "field"), BOOLEANS)
def test_a_boolean_is_no_number(name: str, field: str, valid: Any, bob: Any) -> None:
    assert code(name, bob, **{**valid[name], field: True}) == "VALIDATION_ERROR"


@pytest.mark.parametrize(("name", "field"), [("inbox_peek", "include_parked"), ("workspace_list", "include_paths")])
def test_a_number_or_a_word_is_no_boolean(name: str, field: str, valid: Any, bob: Any) -> None:
    assert {code(name, bob, **{**valid[name], field: value}) for value in (1, "true")} == {"VALIDATION_ERROR"}


def nested(depth: int) -> str:
    return json.dumps({"strategy": "direct", "agent_id": "bob"})[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize(
    "text",
    [
        nested(300),
        '{"strategy": "direct", "agent_id": "\\ud800"}',
        '{"strategy": "direct", "agent_id": "b\\u0000b"}',
        '{"strategy": "direct", "agent_id": "bob", "x": NaN}',
        '{"strategy": "direct", "agent_id": "bob", "x": ' + "9" * 30 + "}",
        '{"strategy": "direct", "strategy": "broadcast", "agent_id": "bob"}',
    ],
    ids=["deep", "surrogate", "nul", "nan", "digits", "twice"],
)
def test_a_target_in_a_string_has_the_bounds_of_every_body(text: str, valid: Any, bob: Any) -> None:
    assert code("message_create", bob, **{**valid["message_create"], "target": text}) == "VALIDATION_ERROR"
    assert code("handoff_create", bob, **{**valid["handoff_create"], "target": text}) == "VALIDATION_ERROR"


@pytest.mark.parametrize("text", ['{"type": "\\ud800"}', '{"type": "\\u0000"}', '{"type": NaN}', "[1]", "{", "3"])
def test_filters_in_a_string_have_the_bounds_of_every_body(text: str, valid: Any, bob: Any) -> None:
    assert code("event_get", bob, **{**valid["event_get"], "filters": text}) == "VALIDATION_ERROR"


@pytest.mark.parametrize("name", sorted(SHIMS))
def test_a_retired_tool_takes_any_argument(name: str, bob: Any) -> None:
    refused = run(name, bob, message_id=[1], project_root=None, anything={"a": 1})["error"]
    assert (refused["code"], refused["details"]["removed_in"]) == ("MIGRATED", "S3")
    assert all(replacement in REGISTRY for replacement in refused["details"]["replacements"])


def test_details_are_there_only_when_there_are_some(bob: Any) -> None:
    assert set(run("agent_get", bob, agent_id="nobody")["error"]) == {"code", "message", "details"}
    assert set(run("nexus_info", bob)) == {"ok", "data"}
