"""Agents as other agents see them."""

from typing import Any

import pytest

from pulse_project.core.models import Agent, DomainEvent
from tests.nexus.calls import code, ok

pytestmark = pytest.mark.django_db


def test_registering_makes_an_agent_that_others_find(alice: Any) -> None:
    made = ok(
        "agent_register", alice, agent_id="zoe", role="qa", capabilities={"py": True, "ocr": False}, metadata=[1, "x"]
    )
    assert (made["agent_id"], made["role"], made["metadata"]) == ("zoe", "qa", [1, "x"])
    assert ok("agent_get", alice, agent_id="zoe")["capabilities"] == {"py": True, "ocr": False}
    assert [one["agent_id"] for one in ok("agent_list", alice)["agents"]] == ["alice", "zoe"]


def test_registering_again_changes_what_is_given_and_keeps_the_rest(alice: Any) -> None:
    ok("agent_register", alice, agent_id="zoe", role="qa", capabilities=["py"])
    again = ok("agent_register", alice, agent_id="zoe", role=None)
    assert (again["role"], again["capabilities"]) == (None, ["py"])
    assert list(DomainEvent.objects.order_by("seq").values_list("type", flat=True)) == [
        "agent.registered",
        "agent.updated",
    ]


def test_registering_grants_no_more_than_any_agent_has(alice: Any) -> None:
    ok("agent_register", alice, agent_id="zoe")
    assert Agent.objects.get(agent_id="zoe").is_operator is False


@pytest.mark.parametrize(
    "over",
    [
        {"agent_id": ""},
        {"agent_id": 5},
        {"agent_id": " zoe"},
        {"agent_id": "zo\u202ee"},
        {"agent_id": "e\u0301"},
        {"agent_id": "z" * 129},
        {"role": 5},
        {"role": "a\x00"},
        {"capabilities": 5},
        {"capabilities": True},
        {"capabilities": ["py", 5]},
        {"capabilities": ["p\u200by"]},
        {"metadata": float("nan")},
        {"metadata": {"a": "\x00"}},
        {"unknown": 1},
    ],
)
def test_a_bad_profile_is_refused(alice: Any, over: Any) -> None:
    assert code("agent_register", alice, **{"agent_id": "zoe", **over}) == "VALIDATION_ERROR"
    assert not Agent.objects.filter(agent_id="zoe").exists()


@pytest.mark.parametrize("field", ["role", "capabilities", "metadata"])
def test_a_profile_has_the_inline_limit(alice: Any, field: str) -> None:
    assert code("agent_register", alice, agent_id="zoe", **{field: "x" * 65_537}) == "CONTENT_TOO_LARGE"


def test_capabilities_are_listed_as_they_are_matched(alice: Any, bob: Any) -> None:
    ok("agent_register", bob, agent_id="zoe", capabilities={"ocr": True, "py": False, " ": True})
    listed = ok("capability_list", alice)["capabilities"]
    assert [(one["capability"], one["agents"]) for one in listed] == [
        ("ocr", ["alice", "zoe"]),
        ("py", ["alice", "bob"]),
    ]
    assert [one["agent_count"] for one in listed] == [2, 2]


def test_an_agent_that_is_not_there_is_not_found(alice: Any) -> None:
    assert code("agent_get", alice, agent_id="nobody") == "NOT_FOUND"
    assert code("agent_get", alice) == "VALIDATION_ERROR"


def test_who_am_i_answers_the_key_and_not_an_argument(alice: Any, operator: Any) -> None:
    mine = ok("agent_whoami", alice)
    assert (mine["agent_id"], mine["role"], mine["is_active"]) == ("alice", "builder", True)
    assert mine["permissions"]["messages"]["send_direct"] is True
    assert ok("agent_whoami", operator)["agent_id"] is None


def test_whoami_names_an_operator_s_rights_in_the_shape_of_an_agent_s(operator: Any) -> None:
    permissions = ok("agent_whoami", operator)["permissions"]
    assert permissions["messages"]["send_direct"] is True
    assert permissions["operator"]["prune"] is True


def test_acting_is_seen_and_watching_others_is_not(alice: Any, bob: Any, send: Any) -> None:
    assert ok("agent_get", alice, agent_id="bob")["last_seen_at"] is None
    ok("inbox_peek", alice, agent_id="bob")
    assert ok("agent_get", alice, agent_id="bob")["last_seen_at"] is None
    ok("inbox_pull", bob, agent_id="bob")
    assert ok("agent_get", alice, agent_id="bob")["last_seen_at"] is not None


def test_unregistered_names_leave_no_trace_in_presence(alice: Any, send: Any) -> None:
    from pulse_project.core import presence

    send(alice, from_agent_id="stranger")
    assert presence.last_seen_us("stranger") is None
