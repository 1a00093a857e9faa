"""Oneself, and who else works on a board."""

import pytest

from boards.models import BoardGrant
from pulse_project.core.models import Agent
from tests.boards.making import make_board, make_member, make_person, share
from tests.conftest import run


def test_an_agent_reads_its_own_profile(alice):
    profile = run("okto_pulse_get_my_profile", alice)
    assert (profile["id"], profile["name"], profile["is_active"], profile["permissions"]) == (
        "alice",
        "Alice",
        True,
        None,
    )
    assert set(profile) >= {"description", "objective", "role_summary", "created_at", "last_used_at", "revision"}


def test_a_person_reads_a_profile_by_the_id_that_records_use(db):
    profile = run("okto_pulse_get_my_profile", make_person("carol"))
    assert (profile["id"], profile["name"], profile["role_summary"].split(" | ")[0]) == (
        "human:carol", "carol", "Role: User",
    )  # fmt: skip


@pytest.mark.parametrize("preset", ["Full Control", "Executor", "Validator"])
def test_a_summary_names_the_preset_that_the_flags_are(board, preset):
    bob = make_member(board, "bob", preset)
    assert run("okto_pulse_get_my_profile", bob)["role_summary"].startswith(f"Role: {preset} | Owns: ")


def test_a_summary_says_what_an_executor_owns_and_cannot(board):
    line = run("okto_pulse_get_my_profile", make_member(board, "bob", "Executor"))["role_summary"]
    parts = dict(part.split(": ", 1) for part in line.split(" | "))
    assert "card work" in parts["Owns"]
    assert "test cards" in parts["Cannot"]
    assert "\n" not in line


def test_an_agent_without_flags_of_its_own_is_in_full_control(board):
    make_member(board, "bob")
    Agent.objects.update(board_permissions=None)
    from pulse_project.core import auth

    line = run("okto_pulse_get_my_profile", auth.caller_of_agent(Agent.objects.get()))["role_summary"]
    assert line.startswith("Role: Full Control | Owns: ")
    assert "Cannot: " not in line


def test_a_summary_of_no_flags_leaves_empty_parts_out(board):
    make_member(board, "bob")
    Agent.objects.update(board_permissions=[])
    line = run("okto_pulse_list_agents", make_member(board, "alice"), board_id=board.slug)["result"][0]["role_summary"]
    assert line.startswith("Role: Custom | Cannot: ideations, ")


def test_an_agent_changes_its_words(alice):
    answer = run("okto_pulse_update_my_profile", alice, description="Builds", objective="Ship")
    assert (answer["success"], answer["profile"]["description"], answer["profile"]["revision"]) == (True, "Builds", 2)


def test_an_empty_text_leaves_words_and_null_clears_them(alice):
    run("okto_pulse_update_my_profile", alice, description="Builds", objective="Ship")
    profile = run("okto_pulse_update_my_profile", alice, description="", objective=None)["profile"]
    assert (profile["description"], profile["objective"]) == ("Builds", "")


def test_an_agent_without_any_board_changes_its_words(db):
    bob = make_member(None, "bob")
    assert run("okto_pulse_update_my_profile", bob, description="Builds")["success"] is True


def test_an_agent_without_the_flag_keeps_its_words(board):
    make_member(board, "bob")
    Agent.objects.update(board_permissions=["board.read"])
    from pulse_project.core import auth

    refused = run("okto_pulse_update_my_profile", auth.caller_of_agent(Agent.objects.get()), description="X")
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "profile.update")


def test_an_older_revision_of_a_profile_is_not_changed(alice):
    refused = run("okto_pulse_update_my_profile", alice, description="X", expected_version=5)
    assert refused["code"] == "VERSION_CONFLICT"


def test_people_have_no_profile_to_change(operator, db):
    assert run("okto_pulse_update_my_profile", operator, description="X")["code"] == "NOT_FOUND"


def test_words_have_a_bound(alice):
    assert run("okto_pulse_update_my_profile", alice, description="x" * 20_001)["code"] == "VALIDATION_ERROR"


def test_the_agents_of_a_board_are_listed_oldest_first_with_what_they_may_do_there(board, alice):
    make_member(board, "bob", overrides=["card.entity.delete"])
    make_member(None, "elsewhere")
    rows = run("okto_pulse_list_agents", alice, board_id=board.slug)["result"]
    assert [row["id"] for row in rows] == ["alice", "bob"]
    assert "Cannot: card deletion" in rows[1]["role_summary"]
    assert rows[1]["permission_overrides"] == {"card": {"entity": {"delete": False}}}


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_of_members_takes_the_same_queries_for_any_number(board, alice, django_assert_num_queries, count):
    agents = Agent.objects.bulk_create(Agent(agent_id=f"a{number}") for number in range(count))
    BoardGrant.objects.bulk_create(BoardGrant(agent=agent, board=board) for agent in agents)
    with django_assert_num_queries(4):
        assert len(run("okto_pulse_list_agents", alice, board_id=str(board.pk))["result"]) == count + 1


def test_the_members_of_a_board_are_its_owner_its_agents_and_its_people(db):
    board = make_board(owner_id=make_person("carol").user_pk)
    alice = make_member(board, "alice")
    share(board, "dave", "editor")
    members = run("okto_pulse_list_board_members", alice, board_id=board.slug)
    assert members["owner"] == {"id": "human:carol", "name": "carol", "type": "user"}
    assert members["agents"] == [{"id": "alice", "name": "Alice", "type": "agent"}]
    assert members["people"] == [{"id": "human:dave", "name": "dave", "type": "user", "permission": "editor"}]


@pytest.mark.parametrize("operation", ["list_agents", "list_board_members"])
def test_members_are_told_to_whoever_reads_the_board(board, mallory, operation):
    bob = make_member(board, "bob", overrides=["board.read"])
    refused = run(f"okto_pulse_{operation}", bob, board_id=board.slug)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "board.read")
    assert run(f"okto_pulse_{operation}", mallory, board_id=board.slug)["code"] == "NOT_FOUND"


def test_names_of_records_are_found_in_two_queries(board, alice, django_assert_num_queries):
    from boards.queries.people import names_of

    make_person("carol", first_name="Carol", last_name="Jones")
    with django_assert_num_queries(2):
        names = names_of(["alice", "human:carol", "human:gone", "deleted-agent", "local-operator", "system", ""])
    assert names == {
        "alice": "Alice", "human:carol": "Carol Jones", "human:gone": "human:gone", "deleted-agent": "deleted-agent",
        "local-operator": "Local operator", "system": "Pulse",
    }  # fmt: skip
