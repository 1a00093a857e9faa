"""Prepared questions."""

import pytest

from tests.conftest import run


@pytest.fixture(autouse=True)
def _seeded(db):
    from boards.discovery import ensure_intents

    ensure_intents()


def test_only_questions_with_a_tool_are_listed(alice):
    listed = run("okto_pulse_list_discovery_intents", alice)["intents"]
    assert {"recent_activity", "dependencies_of_card"} <= {row["name"] for row in listed}
    assert not [row for row in listed if row["tool_binding"].startswith("okto_pulse_kg_")]


def test_a_question_is_answered_by_its_tool(board, alice):
    answer = run("okto_pulse_execute_discovery_intent", alice, intent_id="my_mentions", board_id=board.slug)
    assert (answer["tool"], answer["result"]["mentions"]) == ("okto_pulse_list_my_mentions", [])


def test_a_question_takes_its_tools_arguments(board, alice):
    refused = run("okto_pulse_execute_discovery_intent", alice, intent_id="dependencies_of_card", board_id=board.slug)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "card_id")


def test_a_stranger_learns_nothing_by_a_question(board, mallory):
    answer = run("okto_pulse_execute_discovery_intent", mallory, intent_id="my_mentions", board_id=str(board.pk))
    assert answer["code"] == "NOT_FOUND"


def test_a_question_asks_the_rights_of_its_tool(board, alice):
    from boards.models import DiscoveryIntent

    DiscoveryIntent.objects.filter(name="my_mentions").update(tool_binding="okto_pulse_get_agent")
    given = {"intent_id": "my_mentions", "board_id": board.slug}
    without_board = run("okto_pulse_execute_discovery_intent", alice, **given, params={"agent_id": "alice"})
    assert without_board["code"] == "VALIDATION_ERROR"
    DiscoveryIntent.objects.filter(name="my_mentions").update(tool_binding="okto_pulse_get_system_flags")
    assert run("okto_pulse_execute_discovery_intent", alice, **given)["code"] == "VALIDATION_ERROR"


def test_an_unknown_question_is_not_found(board, alice):
    answer = run("okto_pulse_execute_discovery_intent", alice, intent_id="nonsense", board_id=board.slug)
    assert answer["code"] == "NOT_FOUND"
