"""Agents, keys and presets in the operator's hands."""

from dataclasses import replace
from typing import Any

import pytest

from nexus.models import LaneCount
from pulse_project.core.models import Agent, ApiKey, DomainEvent, IdempotencyRecord
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


def create(operator: Any, agent_id: str = "alice", **over: Any) -> Any:
    return run("admin_agent_create", operator, agent_id=agent_id, **over)


def test_a_new_agent_gets_one_key_of_the_published_form(operator: Any) -> None:
    key = create(operator)["data"]["api_key"]
    assert (key[:4], len(key)) == ("nxs_", 52)


def test_the_store_keeps_no_key(operator: Any) -> None:
    key = create(operator, idempotency_key="once")["data"]["api_key"]
    stored = [str(list(model.objects.values())) for model in (ApiKey, DomainEvent, IdempotencyRecord)]
    assert not any(key in text for text in stored)


def test_a_repeat_answers_without_the_key(operator: Any) -> None:
    create(operator, idempotency_key="once")
    again = create(operator, idempotency_key="once")["data"]
    assert (again["agent_id"], again["api_key"], again["replayed"]) == ("alice", None, True)


def test_an_existing_id_is_a_conflict(operator: Any) -> None:
    create(operator)
    assert create(operator)["error"]["code"] == "CONFLICT"


def test_a_list_of_capabilities_is_stored_as_an_object(operator: Any) -> None:
    create(operator, capabilities=["ocr", "py"])
    row = run("admin_agent_get", operator, agent_id="alice")["data"]
    assert row["capabilities"] == {"ocr": True, "py": True}


@pytest.mark.parametrize("agent_id", ["", "x" * 129, "operator", "human:eve", ".", "..", "a\u202eb", " alice"])
def test_an_id_that_misleads_is_refused(operator: Any, agent_id: str) -> None:
    assert create(operator, agent_id)["error"]["code"] == "VALIDATION_ERROR"


def test_an_update_changes_only_what_is_given(operator: Any) -> None:
    create(operator, role="builder", metadata={"team": "a"})
    row = run("admin_agent_update", operator, agent_id="alice", role="reviewer")["data"]
    assert (row["role"], row["metadata"], row["version"]) == ("reviewer", {"team": "a"}, 2)


def test_an_old_version_of_an_agent_is_a_conflict(operator: Any) -> None:
    create(operator)
    run("admin_agent_update", operator, agent_id="alice", role="a", expected_version=1)
    late = run("admin_agent_update", operator, agent_id="alice", role="b", expected_version=1)
    assert late["error"]["details"]["current_version"] == 2


def test_rotation_ends_the_old_key(operator: Any) -> None:
    old = create(operator)["data"]["api_key"]
    new = run("admin_key_rotate", replace(operator, auth="cli"), agent_id="alice")["data"]["api_key"]
    live = ApiKey.objects.get(revoked_at__isnull=True)
    assert new.startswith(live.prefix)
    assert not old.startswith(live.prefix)


LOCAL_DETOURS: list[tuple[str, dict[str, Any]]] = [
    ("admin_key_rotate", {"agent_id": "alice"}),
    ("admin_key_issue", {"agent_id": "alice"}),
    ("admin_agent_create", {"agent_id": "eve", "is_operator": True}),
    ("admin_agent_update", {"agent_id": "alice", "is_operator": True}),
    ("admin_agent_delete", {"agent_id": "boss"}),
    ("admin_key_issue", {"agent_id": "boss"}),
    ("admin_issue_keys", {}),
]


@pytest.mark.parametrize(("name", "arguments"), LOCAL_DETOURS)
def test_no_detour_gives_a_local_caller_the_key_of_somebody_else(
    operator: Any, name: str, arguments: dict[str, Any]
) -> None:
    create(operator)
    run("admin_key_revoke", operator, key_id=ApiKey.objects.get().pk)
    Agent.objects.create(agent_id="boss", is_operator=True)
    error = run(name, operator, **arguments)["error"]
    assert error["code"] == "AUTH_REQUIRED"
    assert "/login/" in error["message"]
    assert "pulse op" in error["message"]


def test_an_operator_agent_changes_no_right_of_its_own(make_agent: Any) -> None:
    boss = make_agent("boss", is_operator=True)
    changes: list[dict[str, Any]] = [{"permissions": None}, {"preset_id": "builtin:full"}, {"is_operator": False}]
    codes = [run("admin_agent_update", boss, agent_id="boss", **change)["error"]["code"] for change in changes]
    assert codes == ["PERMISSION_DENIED"] * 3
    assert run("admin_agent_update", boss, agent_id="boss", role="chief")["ok"]


def test_a_browser_confirms_itself_before_it_empties_the_bus() -> None:
    from pulse_project.core import flags
    from pulse_project.core.principals import Caller, Kind

    person = Caller(Kind.USER, "root", flags.declared(), user_pk=1, auth="session")
    assert run("admin_reset", person)["error"]["code"] == "AUTH_REQUIRED"


def test_a_key_is_shown_by_its_prefix_only(operator: Any) -> None:
    key = create(operator)["data"]["api_key"]
    (row,) = run("admin_key_list", operator, agent_id="alice")["data"]["items"]
    assert key.startswith(row["prefix"])
    assert "api_key" not in row


def test_an_agent_with_waiting_messages_is_not_deleted_by_accident(operator: Any) -> None:
    create(operator)
    LaneCount.objects.create(agent_id="alice", unread=2)
    error = run("admin_agent_delete", operator, agent_id="alice")["error"]
    assert (error["code"], error["details"]["undelivered"]) == ("CONFLICT", 2)


def test_force_deletes_an_agent_with_its_keys(operator: Any) -> None:
    create(operator)
    LaneCount.objects.create(agent_id="alice", unread=2)
    run("admin_agent_delete", operator, agent_id="alice", force=True)
    assert (Agent.objects.count(), ApiKey.objects.count()) == (0, 0)


def test_missing_keys_are_issued_once(operator: Any) -> None:
    Agent.objects.create(agent_id="from-stdio")
    first = run("admin_issue_keys", operator)["data"]
    assert (first["issued"], list(first["keys"])) == (1, ["from-stdio"])
    assert run("admin_issue_keys", operator)["data"]["issued"] == 0


def test_a_monitor_key_belongs_to_no_agent_and_only_reads(operator: Any) -> None:
    run("admin_monitor_key_issue", operator, label="dashboard")
    key = ApiKey.objects.get()
    assert (key.agent, key.scope, key.is_read_only) == (None, "monitor", True)


def test_presets_are_copied_not_followed(operator: Any) -> None:
    preset = run("admin_preset_create", operator, name="Quiet", flags={"messages": {"send_broadcast": False}})["data"]
    create(operator, preset_id=preset["preset_id"])
    run("admin_preset_update", operator, preset_id=preset["preset_id"], flags={})
    row = run("admin_agent_get", operator, agent_id="alice")["data"]
    assert row["permissions"]["messages"]["send_broadcast"] is False


def test_a_built_in_preset_stays_as_it_is(operator: Any) -> None:
    error = run("admin_preset_update", operator, preset_id="builtin:full", name="Mine")["error"]
    assert error["code"] == "PERMISSION_DENIED"


def test_a_preset_of_a_taken_name_is_a_conflict(operator: Any) -> None:
    run("admin_preset_create", operator, name="Quiet")
    assert run("admin_preset_create", operator, name="Quiet")["error"]["code"] == "CONFLICT"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("admin_agent_create", {"agent_id": "eve"}),
        ("admin_agent_update", {"agent_id": "alice", "is_operator": True}),
        ("admin_key_rotate", {"agent_id": "alice"}),
        ("admin_monitor_key_issue", {}),
        ("admin_preset_create", {"name": "Mine"}),
    ],
)
def test_an_agent_cannot_administer(make_agent: Any, name: str, arguments: dict[str, Any]) -> None:
    assert run(name, make_agent("alice"), **arguments)["error"]["code"] == "PERMISSION_DENIED"
