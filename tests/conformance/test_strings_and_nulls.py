"""A string comes back byte for byte, whatever it looks like; null says the same as nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from pulse_project.core.envelopes import OK_DATA
from pulse_project.core.operations import MCP, REGISTRY
from tests.conftest import run
from tests.nexus.calls import ok

pytestmark = pytest.mark.django_db

TEXTS = [
    "null", "true", "0", '""', '"quoted"', '{"a":1}', '{ "a" : 1 }', "[1]", "[ ]", "{", " ", " x ", "\n", "a\r\nb\tc",
    "e\u0301", "\u00e9", "\U0001f469\u200d\U0001f4bb", "\u202eevil", "\ufeffbom", "</script>", "%s %d {0}", "\\u0041",
    "'; DROP TABLE nexus_message; --", "\u2028", "\x7f", "\x1b[31m",
]  # fmt: skip


@pytest.fixture
def echo(project: str, alice: Any, bob: Any, place: Any) -> dict[str, Callable[[str], Any]]:
    """Per kind of string: store it and read it again."""
    at = {"project_root": project}
    direct = {"target": {"strategy": "direct", "agent_id": "bob"}}

    def received(**over: Any) -> Any:
        ok("message_create", alice, **at, **{"from_agent_id": "alice", "subject": "s", "body": "b", **direct, **over})
        return ok("inbox_pull", bob, agent_id="bob")["messages"][-1]

    def offered(**over: Any) -> str:
        given = {**at, **direct, "from_agent_id": "alice", "visibility": "public", **over}
        return str(ok("handoff_create", alice, **given)["handoff_id"])

    def outcome(verb: str, **over: Any) -> Any:
        handoff_id = offered()
        if verb == "handoff_complete":
            ok("handoff_claim", bob, **at, agent_id="bob", handoff_id=handoff_id)
        ok(verb, bob, **at, agent_id="bob", handoff_id=handoff_id, **over)
        return ok("handoff_get", alice, **at, agent_id="alice", handoff_id=handoff_id)

    def artifact(**over: Any) -> Any:
        put = ok("artifact_put", alice, **at, **{"artifact_type": "text", "content": "c", **over})
        return ok("artifact_get", alice, **at, artifact_id=put["artifact_id"])

    return {
        "subject": lambda text: received(subject=text)["subject"],
        "body": lambda text: received(body=text)["body"],
        "payload": lambda text: ok(
            "handoff_claim", bob, **at, agent_id="bob", handoff_id=offered(payload=text)
        )["payload"],
        "result": lambda text: outcome("handoff_complete", result=text)["result"],
        "reason": lambda text: outcome("handoff_reject", reason=text)["rejected_reason"],
        "content": lambda text: artifact(content=text)["content"],
        "artifact name": lambda text: artifact(name=text)["name"],
        "artifact metadata": lambda text: artifact(metadata=text)["metadata"],
        "role": lambda text: ok("agent_register", alice, agent_id="x", role=text)["role"],
        "agent metadata": lambda text: ok("agent_register", alice, agent_id="x", metadata=text)["metadata"],
        "display name": lambda text: ok("workspace_resolve", alice, **at, display_name=text)["display_name"],
    }  # fmt: skip


FIELDS = [
    "subject", "body", "payload", "result", "reason", "content", "artifact name", "artifact metadata", "role",
    "agent metadata", "display name",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_string_comes_back_byte_for_byte(field: str, echo: Any) -> None:
    assert [echo[field](text) for text in TEXTS] == TEXTS


@pytest.mark.parametrize("field", sorted(set(FIELDS) - {"subject", "body"}))
def test_an_empty_string_is_not_nothing(field: str, echo: Any) -> None:
    assert echo[field]("") == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None]}, '{"b":1,"a":[true,null]}'), ([], "[]"), (0, "0"), (False, "false"), (1.5, "1.5"),
        ({"é": "\u2028"}, '{"é":"\u2028"}'), (10**19, "10000000000000000000"),
    ],
)  # fmt: skip
def test_a_payload_that_is_no_string_comes_back_as_its_json_text(value: Any, text: str, echo: Any) -> None:
    assert echo["payload"](value) == text
    assert echo["result"](value) == text


def test_nothing_is_not_the_word_null(echo: Any) -> None:
    assert (echo["payload"](None), echo["result"](None), echo["reason"](None)) == (None, None, None)


def optional(name: str) -> list[str]:
    """The arguments of a tool that may be null."""
    schema = REGISTRY[name].input_schema
    return [field for field, spec in schema["properties"].items() if {"type": "null"} in spec.get("anyOf", [])]


TOOLS = sorted(
    name
    for name, operation in REGISTRY.items()
    if MCP in operation.surfaces and operation.envelope is OK_DATA and not operation.accepts_unknown
)


@pytest.mark.parametrize("name", TOOLS)
def test_null_says_the_same_as_nothing(name: str, valid: Any, alice: Any, bob: Any) -> None:
    who = alice if name == "handoff_cancel" else bob
    fields = [field for field in optional(name) if field not in valid[name]]
    body = run(name, who, **valid[name], **dict.fromkeys(fields))
    assert body["ok"], body


PUBLISHED_NULLS = {
    "agent_register": {"role"}, "artifact_put": {"name", "path", "content"}, "handoff_cancel": {"reason"},
    "event_get": {"cursor", "limit", "filters"}, "event_wait": {"cursor", "limit", "filters", "timeout_seconds"},
    "handoff_list_available": {"cursor", "limit", "timeout_seconds"}, "inbox_history": {"cursor", "limit"},
    "inbox_pull": {"limit", "lease_seconds", "session_id", "session_secret"}, "inbox_peek": {"limit"},
    "message_create": {"channel_id", "from_session_id", "artifacts", "parent_message_id", "session_secret"},
    "session_heartbeat": {"workspace_id"}, "session_open": {"workspace_id"}, "workspace_resolve": {"display_name"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "fields"), PUBLISHED_NULLS.items())
def test_an_optional_argument_is_published_as_such(name: str, fields: set[str]) -> None:
    schema = REGISTRY[name].input_schema
    assert fields.isdisjoint(schema.get("required", []))
    assert fields - {"workspace_id"} <= set(optional(name))


def test_explicit_null_clears_a_profile_and_absence_keeps_it(alice: Any) -> None:
    ok("agent_register", alice, agent_id="x", role="r", capabilities=["c"], metadata={"m": 1})
    kept = ok("agent_register", alice, agent_id="x")
    cleared = ok("agent_register", alice, agent_id="x", role=None)
    assert (kept["role"], kept["capabilities"], kept["metadata"]) == ("r", ["c"], {"m": 1})
    assert (cleared["role"], cleared["capabilities"]) == (None, ["c"])


def test_metadata_of_any_shape_comes_back_as_it_was(alice: Any) -> None:
    values: list[Any] = [{"a": [1, {"b": None}]}, [], "", 0, False, "null", 1.25]
    stored = [ok("agent_register", alice, agent_id="x", metadata=value)["metadata"] for value in values]
    assert stored == values
    assert ok("agent_get", alice, agent_id="x")["metadata"] == values[-1]
