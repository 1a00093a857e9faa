"""Which rule gives or denies a flag."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.presets import ensure_builtin_presets
from pulse_project.core import auth
from pulse_project.core.models import Agent, PermissionPreset
from tests.boards.making import make_board, make_member, make_person, share
from tests.conftest import run


def ask(caller, board, **asked):
    return run("okto_pulse_explain_permission", caller, board_id=board.slug, **asked)


def ruling(caller, board, flag, **asked):
    row = ask(caller, board, flag=flag, **asked)["flags"][0]
    return row["granted"], row["rule"], row["source"]


def test_an_operation_with_many_flags_costs_no_more_than_one_flag(board, alice):
    counts = []
    for asked in ({"flag": "card.entity.read"}, {"operation": "add_screen_mockup"}):
        with CaptureQueriesContext(connection) as queries:
            assert ask(alice, board, **asked)["flags"]
        counts.append(len(queries))
    assert counts[1] <= counts[0]  # what somebody may do is remembered after the first


def use_preset(agent_id, name, *, without=()):
    ensure_builtin_presets()
    preset = PermissionPreset.objects.get(scope="board", name=name)
    flags = [flag for flag in preset.flags if flag not in without]
    Agent.objects.filter(agent_id=agent_id).update(board_preset=preset, board_permissions=flags)


def test_a_preset_decides_for_an_agent_that_copied_it(board, alice):
    use_preset("alice", "Executor")
    auth.forget()
    assert ruling(alice, board, "card.entity.create") == (True, "preset", "Executor")
    assert ruling(alice, board, "card.entity.delete") == (False, "preset", "Executor")


def test_flags_of_the_agent_decide_where_they_differ_from_its_preset(board, alice):
    use_preset("alice", "Executor", without=["card.entity.create"])
    assert ruling(alice, board, "card.entity.create") == (False, "agent_flags", "")


def test_an_agent_without_flags_of_its_own_holds_the_published_ones(board, alice):
    Agent.objects.update(board_permissions=None)
    assert ruling(alice, board, "card.entity.delete") == (True, "default", "")
    assert ruling(alice, board, "governance.waive") == (False, "default", "")


def test_an_override_decides_against_what_the_agent_holds(board):
    bob = make_member(board, "bob", overrides=["card.entity.delete"])
    assert ruling(bob, board, "card.entity.delete") == (False, "override", "")


def test_an_agent_without_a_grant_holds_nothing(board, operator):
    make_member(None, "bob")
    assert ruling(operator, board, "board.read", agent_id="bob") == (False, "no_grant", "")


@pytest.mark.parametrize(("level", "granted"), [("viewer", False), ("editor", True), ("admin", True)])
def test_the_level_of_a_share_decides_for_a_person(board, level, granted):
    dave = share(board, "dave", level)
    assert ruling(dave, board, "card.entity.create") == (granted, "share_level", level)


def test_owner_operator_and_auditor_are_named(db):
    board = make_board(owner_id=make_person("carol").user_pk)
    assert ruling(make_person("carol"), board, "board.manage.delete") == (True, "owner", "")
    assert ruling(make_person("olga", "operator"), board, "board.manage.delete") == (True, "operator", "")
    assert ruling(make_person("eve", "auditor"), board, "card.entity.create") == (False, "auditor", "")


def test_the_loopback_is_named_where_it_denies(board, operator):
    assert ruling(operator, board, "card.validation.submit") == (False, "loopback", "")
    assert ruling(operator, board, "card.entity.create") == (True, "local", "")


def test_flags_that_concern_every_board_are_the_operators(board, alice):
    assert ruling(alice, board, "agents.manage") == (False, "operator", "")


def test_an_operation_is_explained_flag_by_flag(board):
    bob = make_member(board, "bob", overrides=["guidelines.create"])
    answer = ask(bob, board, operation="create_guideline")
    assert (answer["operation"], answer["allowed"]) == ("okto_pulse_create_guideline", False)
    assert [(row["flag"], row["rule"]) for row in answer["flags"]] == [("guidelines.create", "override")]


def test_an_operation_that_asks_no_flag_is_allowed(board, alice):
    answer = ask(alice, board, operation="okto_pulse_get_my_profile")
    assert (answer["allowed"], answer["flags"]) == (True, [])


def test_an_operation_whose_object_decides_is_neither_allowed_nor_denied(board, alice):
    assert ask(alice, board, operation="end_board_share")["allowed"] is None


def test_the_restrictions_of_a_key_are_told(board, alice):
    from dataclasses import replace

    narrowed = replace(alice, read_only=True, toolsets=frozenset({"boards"}))
    assert ask(narrowed, board, flag="board.read")["restrictions"] == {"read_only": True, "toolsets": ["boards"]}


@pytest.mark.parametrize(
    "asked", [{}, {"flag": "board.read", "operation": "get_board"}, {"flag": "no.such"}, {"operation": "inbox_pull"}]
)
def test_one_known_thing_is_asked(board, alice, asked):
    assert ask(alice, board, **asked)["code"] == "VALIDATION_ERROR"


def test_of_others_it_tells_only_who_decides_about_access(board, alice, operator):
    make_member(board, "bob", "Reporter")
    refused = ask(alice, board, flag="board.read", agent_id="bob")
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "board.manage.share")
    assert ruling(share(board, "dave", "admin"), board, "card.entity.delete", agent_id="bob")[0] is False


def test_asking_about_oneself_by_name_needs_nothing(board, alice):
    assert ask(alice, board, flag="board.read", agent_id="alice")["subject_id"] == "alice"


def test_an_unknown_agent_is_not_found(board, operator):
    assert ask(operator, board, flag="board.read", agent_id="nobody")["code"] == "NOT_FOUND"


def test_a_stranger_is_told_of_no_board(board, mallory):
    assert ask(mallory, board, flag="board.read")["code"] == "NOT_FOUND"
    assert run("okto_pulse_get_my_permissions", mallory, board_id=board.slug)["code"] == "NOT_FOUND"


def test_own_permissions_are_told_complete_and_after_overrides(board):
    bob = make_member(board, "bob", "QA", overrides=["card.entity.create"])
    answer = run("okto_pulse_get_my_permissions", bob, board_id=board.slug)
    assert (answer["preset_name"], answer["role"]) == ("QA", "agent")
    assert answer["flags"]["card"]["entity"]["create"] is False


def test_own_system_flags_are_told(alice, operator):
    assert not any(run("okto_pulse_get_system_flags", alice)["flags"].values())
    assert run("okto_pulse_get_system_flags", operator)["flags"]["agents.manage"] is True
