"""Agents as operators manage them for boards."""

import pytest

from boards.flags import GOVERNANCE, LEGACY, PUBLISHED, READS
from boards.presets import ensure_builtin_presets
from pulse_project.core.models import Agent, ApiKey, DomainEvent
from tests.boards.making import make_board, make_member, make_person
from tests.conftest import run


@pytest.fixture(autouse=True)
def _built_in(db: None) -> None:
    ensure_builtin_presets()


def held(agent_id: str = "bob") -> set[str]:
    from boards.rights import granted_to

    return set(granted_to(Agent.objects.get(agent_id=agent_id)))


@pytest.fixture
def bob(operator):
    return run("okto_pulse_create_agent", operator, name="Bob")


def test_a_new_agent_holds_everything_published_and_shows_its_key_once(operator, bob):
    assert (bob["id"], bob["role_summary"].split(" | ")[0], len(held())) == ("bob", "Role: Full Control", 270)
    assert bob["api_key"].startswith("dash_")
    assert "api_key" not in run("okto_pulse_get_agent", operator, agent_id="bob")


def test_a_repeat_of_a_creation_makes_no_second_agent_and_shows_no_key(operator):
    for _ in range(2):
        answer = run("okto_pulse_create_agent", operator, name="Bob", idempotency_key="once")
    assert (answer["api_key"], answer["replayed"], Agent.objects.filter(name="Bob").count()) == (None, True, 1)


def test_an_agent_without_an_id_gets_one_from_its_name(operator, bob):
    second = run("okto_pulse_create_agent", operator, name="Bob")
    assert second["id"].startswith("bob-")
    assert run("okto_pulse_create_agent", operator, name="Operator")["id"] == "operator-agent"


def test_an_id_that_exists_is_refused(operator, bob):
    refused = run("okto_pulse_create_agent", operator, name="Other", agent_id="bob")
    assert (refused["code"], refused["details"]["field"]) == ("DUPLICATE", "agent_id")


def test_a_reserved_id_is_refused(operator):
    refused = run("okto_pulse_create_agent", operator, name="Carol", agent_id="human:carol")
    assert refused["code"] == "VALIDATION_ERROR"


def test_a_preset_is_copied(operator):
    made = run("okto_pulse_create_agent", operator, name="Bob", preset_id="board:executor")
    assert (made["preset_id"], made["preset_name"], len(held())) == ("board:executor", "Executor", 78)
    assert made["permission_flags"]["card"]["entity"]["delete"] is False


def test_a_preset_that_is_cleared_gives_everything_back(operator):
    run("okto_pulse_create_agent", operator, name="Bob", preset_id="board:executor")
    changed = run("okto_pulse_update_agent", operator, agent_id="bob", preset_id=None)
    assert (changed["preset_id"], len(held())) == (None, 270)


def test_single_flags_are_laid_over_what_an_agent_has(operator):
    run("okto_pulse_create_agent", operator, name="Bob", preset_id="board:executor")
    flags = {"card": {"entity": {"delete": True}}, "board.read": False}
    changed = run("okto_pulse_update_agent", operator, agent_id="bob", permission_flags=flags)
    assert ("card.entity.delete" in held(), "board.read" in held()) == (True, False)
    assert changed["role_summary"].startswith("Role: Custom")


def test_null_flags_give_those_of_the_preset_back(operator):
    run("okto_pulse_create_agent", operator, name="Bob", preset_id="board:executor")
    run("okto_pulse_update_agent", operator, agent_id="bob", permission_flags={"board.read": False})
    run("okto_pulse_update_agent", operator, agent_id="bob", permission_flags=None)
    assert len(held()) == 78


@pytest.mark.parametrize("flags", [{"cards": {"create": True}}, {"board.read": 1}, {"board": []}])
def test_an_unknown_flag_is_refused(operator, bob, flags):
    refused = run("okto_pulse_update_agent", operator, agent_id="bob", permission_flags=flags)
    assert refused["code"] == "VALIDATION_ERROR"


def test_a_retired_list_stands_for_what_it_means_and_for_reading(operator):
    run("okto_pulse_create_agent", operator, name="Bob", permissions=["cards:create"])
    expected = {*LEGACY["cards:create"], *READS, *(flag for flag in PUBLISHED if ".interact_in." in flag)}
    assert held() == expected


def test_a_retired_list_takes_known_names_alone(operator):
    refused = run("okto_pulse_create_agent", operator, name="Bob", permissions=["cards:paint"])
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "permissions")


def test_flags_for_governing_come_from_somebody_known(operator, bob):
    arguments = {"agent_id": "bob", "permission_flags": {"governance.waive": True}}
    assert run("okto_pulse_update_agent", operator, **arguments)["code"] == "AUTH_REQUIRED"
    run("okto_pulse_update_agent", make_person("carol", "operator"), **arguments)
    assert held() - set(PUBLISHED) == {GOVERNANCE[0]}


def test_no_agent_changes_its_own_flags(operator):
    from pulse_project.core import auth

    root = auth.caller_of_agent(Agent.objects.create(agent_id="root", is_operator=True))
    refused = run("okto_pulse_update_agent", root, agent_id="root", permission_flags={"governance.waive": True})
    assert refused["code"] == "PERMISSION_DENIED"


def test_an_agent_is_found_by_its_uuid(operator, bob):
    assert run("okto_pulse_get_agent", operator, agent_id=bob["uuid"])["id"] == "bob"


def test_an_update_changes_what_is_given(operator, bob):
    changed = run(
        "okto_pulse_update_agent", operator, agent_id="bob", description="Tests", objective="", is_active=False
    )
    assert (changed["description"], changed["is_active"], changed["revision"]) == ("Tests", False, 2)


def test_an_older_revision_of_an_agent_is_not_changed(operator, bob):
    refused = run("okto_pulse_update_agent", operator, agent_id="bob", description="X", expected_version=9)
    assert refused["code"] == "VERSION_CONFLICT"


def test_a_deleted_agent_takes_its_grants_and_keys_along(operator, bob):
    run("okto_pulse_grant_board", operator, agent_id="bob", board_id=str(make_board().pk))
    assert run("okto_pulse_delete_agent", operator, agent_id="bob") == {"success": True, "agent_id": "bob"}
    assert (Agent.objects.count(), ApiKey.objects.count()) == (0, 0)


def test_an_agent_that_holds_work_of_the_bus_is_deleted_by_force_alone(operator, bob):
    from nexus.models import LaneCount

    LaneCount.objects.create(agent_id="bob", unread=2)
    refused = run("okto_pulse_delete_agent", operator, agent_id="bob")
    assert (refused["code"], refused["details"]["held"]) == ("INVALID_TRANSITION", {"undelivered": 2})
    assert run("okto_pulse_delete_agent", operator, agent_id="bob", force=True)["success"] is True


def test_a_new_key_ends_the_ones_before(operator, bob):
    carol = make_person("carol", "operator")
    from dataclasses import replace

    from pulse_project.core import clock

    answer = run("okto_pulse_regenerate_agent_key", replace(carol, confirmed_us=clock.now_us()), agent_id="bob")
    live = ApiKey.objects.filter(revoked_at=None).values_list("prefix", flat=True)
    assert list(live) == [answer["api_key"][:12]]
    assert answer["api_key"].startswith("dash_")


def test_a_local_caller_without_key_gives_only_the_first_key(operator, bob):
    assert run("okto_pulse_regenerate_agent_key", operator, agent_id="bob")["code"] == "AUTH_REQUIRED"


@pytest.mark.parametrize("operation", ["get_agent", "update_agent", "delete_agent", "regenerate_agent_key"])
def test_an_unknown_agent_is_not_found(operator, operation):
    refused = run(f"okto_pulse_{operation}", operator, agent_id="nobody")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "agent_id")


@pytest.mark.parametrize(
    ("operation", "arguments", "flag"),
    [
        ("list_every_agent", {}, "operator.observe"),
        ("get_agent", {"agent_id": "alice"}, "operator.observe"),
        ("create_agent", {"name": "X"}, "agents.manage"),
        ("update_agent", {"agent_id": "alice"}, "agents.manage"),
        ("delete_agent", {"agent_id": "alice"}, "agents.manage"),
        ("regenerate_agent_key", {"agent_id": "alice"}, "operator.keys"),
    ],
)
def test_full_control_manages_no_agents(alice, operation, arguments, flag):
    refused = run(f"okto_pulse_{operation}", alice, **arguments)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_of_agents_takes_the_same_queries_for_any_number(operator, django_assert_num_queries, count):
    board = make_board()
    for number in range(count):
        make_member(board, f"agent-{number}")
    with django_assert_num_queries(3):
        answer = run("okto_pulse_list_every_agent", operator, limit=200)
    assert (answer["total"], answer["agents"][0]["board_ids"]) == (count, [str(board.pk)])


def test_what_changed_is_told_without_values(operator, bob):
    run("okto_pulse_update_agent", operator, agent_id="bob", objective="secret aim")
    event = DomainEvent.objects.get(type="agent.updated")
    assert event.payload["changed"] == ["objective"]
    assert "secret aim" not in str(event.payload)
