"""Which agents may come to a board, and what it takes away from them."""

import pytest

from boards.models import BoardGrant
from pulse_project.core import auth
from pulse_project.core.models import Agent, DomainEvent
from tests.boards.making import make_board, make_member, make_person, share
from tests.conftest import run


@pytest.fixture
def bob(db):
    """An agent on no board."""
    return make_member(None, "bob")


def test_an_operator_grants_a_board(board, operator, bob):
    overrides = {"card": {"entity": {"delete": False, "read": True}}, "board.read": False}
    made = run("okto_pulse_grant_board", operator, agent_id="bob", board_id=board.slug, permission_overrides=overrides)
    assert made["permission_overrides"] == {"board": {"read": False}, "card": {"entity": {"delete": False}}}
    assert BoardGrant.objects.get().overrides == ["board.read", "card.entity.delete"]


def test_an_override_never_adds_a_flag(board, operator):
    reporter = make_member(board, "rita", "Reporter")
    overrides = {"card.entity.delete": True, "board.manage.share": True}
    run("okto_pulse_update_grant", operator, agent_id="rita", board_id=board.slug, permission_overrides=overrides)
    auth.forget()
    flags = run("okto_pulse_get_my_permissions", reporter, board_id=board.slug)["flags"]
    assert (flags["card"]["entity"]["delete"], flags["board"]["manage"]["share"]) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_an_override_takes_effect_at_once_over_a_running_cache(board, operator, alice):
    arguments = {"board_id": str(board.pk)}
    assert "error" not in run("okto_pulse_get_board_summary", alice, **arguments)
    off = {"board": {"read": False}}
    run("okto_pulse_update_grant", operator, agent_id="alice", permission_overrides=off, **arguments)
    assert run("okto_pulse_get_board_summary", alice, **arguments)["code"] == "PERMISSION_DENIED"


@pytest.mark.django_db(transaction=True)
def test_a_revoked_agent_finds_the_board_no_longer(board, operator, alice):
    arguments = {"board_id": str(board.pk)}
    assert "error" not in run("okto_pulse_get_board_summary", alice, **arguments)
    assert run("okto_pulse_revoke_board", operator, agent_id="alice", **arguments) == {"success": True}
    assert run("okto_pulse_get_board_summary", alice, **arguments)["code"] == "NOT_FOUND"


@pytest.mark.django_db(transaction=True)
def test_a_change_of_flags_takes_effect_at_once(board, operator, alice):
    arguments = {"board_id": str(board.pk)}
    assert "error" not in run("okto_pulse_get_board_summary", alice, **arguments)
    run("okto_pulse_update_agent", operator, agent_id="alice", permission_flags={"board.read": False})
    assert run("okto_pulse_get_board_summary", alice, **arguments)["code"] == "PERMISSION_DENIED"


def test_a_second_grant_is_a_duplicate(board, operator, alice):
    refused = run("okto_pulse_grant_board", operator, agent_id="alice", board_id=board.slug)
    assert (refused["code"], BoardGrant.objects.count()) == ("DUPLICATE", 1)


def test_null_takes_nothing_away(board, operator):
    make_member(board, "bea", overrides=["board.read"])
    answer = run("okto_pulse_update_grant", operator, agent_id="bea", board_id=board.slug, permission_overrides=None)
    assert (answer["permission_overrides"], answer["revision"]) == ({}, 2)


def test_an_older_revision_of_a_grant_is_not_changed(board, operator, alice):
    refused = run(
        "okto_pulse_update_grant", operator, agent_id="alice", board_id=board.slug, permission_overrides={},
        expected_version=3,
    )  # fmt: skip
    assert refused["code"] == "VERSION_CONFLICT"


@pytest.mark.parametrize("overrides", [{"no.such": False}, {"board.read": "false"}, {"board": 0}])
def test_overrides_take_known_flags(board, operator, bob, overrides):
    refused = run(
        "okto_pulse_grant_board", operator, agent_id="bob", board_id=board.slug, permission_overrides=overrides
    )
    assert (refused["code"], BoardGrant.objects.count()) == ("VALIDATION_ERROR", 0)


def test_the_owner_of_a_board_grants_it(db, bob):
    board = make_board(owner_id=make_person("carol").user_pk)
    made = run("okto_pulse_grant_board", make_person("carol"), agent_id="bob", board_id=board.slug)
    assert made["granted_by"] == "human:carol"


@pytest.mark.parametrize(("level", "code"), [("admin", None), ("editor", "PERMISSION_DENIED")])
def test_only_an_admin_share_grants_a_board(board, bob, level, code):
    carol = share(board, "carol", level)
    assert run("okto_pulse_grant_board", carol, agent_id="bob", board_id=board.slug).get("code") == code


@pytest.mark.parametrize("operation", ["grant_board", "update_grant", "revoke_board"])
def test_an_agent_with_full_control_decides_about_no_access(board, alice, bob, operation):
    refused = run(f"okto_pulse_{operation}", alice, agent_id="bob", board_id=board.slug)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "board.manage.share")


@pytest.mark.parametrize("operation", ["grant_board", "update_grant", "revoke_board"])
def test_a_stranger_is_told_of_no_board(board, mallory, operation):
    refused = run(f"okto_pulse_{operation}", mallory, agent_id="mallory", board_id=board.slug)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "board_id")


def test_no_agent_grants_itself(board):
    root = auth.caller_of_agent(Agent.objects.create(agent_id="root", is_operator=True))
    refused = run("okto_pulse_grant_board", root, agent_id="root", board_id=board.slug)
    assert (refused["code"], BoardGrant.objects.count()) == ("PERMISSION_DENIED", 0)


def test_no_agent_lifts_what_a_board_takes_away_from_it(board):
    make_member(board, "root", overrides=["board.read"])
    Agent.objects.update(is_operator=True)
    root = auth.caller_of_agent(Agent.objects.get())
    refused = run("okto_pulse_update_grant", root, agent_id="root", board_id=board.slug, permission_overrides=None)
    assert (refused["code"], BoardGrant.objects.get().overrides) == ("PERMISSION_DENIED", ["board.read"])


def test_an_operator_agent_grants_boards_that_it_is_not_on(board, bob):
    root = auth.caller_of_agent(Agent.objects.create(agent_id="root", is_operator=True))
    assert run("okto_pulse_grant_board", root, agent_id="bob", board_id=board.slug)["agent_id"] == "bob"


@pytest.mark.parametrize(
    ("operation", "agent"), [("update_grant", "bob"), ("revoke_board", "bob"), ("grant_board", "x")]
)
def test_what_is_not_granted_is_not_found(board, operator, bob, operation, agent):
    assert run(f"okto_pulse_{operation}", operator, agent_id=agent, board_id=board.slug)["code"] == "NOT_FOUND"


def test_each_change_of_a_grant_is_one_event_of_the_board(board, operator, bob):
    arguments = {"agent_id": "bob", "board_id": board.slug}
    run("okto_pulse_grant_board", operator, **arguments)
    run("okto_pulse_update_grant", operator, permission_overrides={"board.read": False}, **arguments)
    run("okto_pulse_revoke_board", operator, **arguments)
    events = DomainEvent.objects.filter(board_id=board.pk).order_by("pk").values_list("type", flat=True)
    assert list(events) == ["grant.created", "grant.updated", "grant.deleted"]
