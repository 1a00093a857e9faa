"""Boards: who makes them, who finds them."""

from tests.boards.making import make_board, make_member
from tests.conftest import run


def test_an_operator_makes_a_board(db, operator):
    made = run("okto_pulse_create_board", operator, name="Payments")
    assert (made["slug"], made["owner_id"], made["settings"]["max_scenarios_per_card"]) == (
        "payments", "local-operator", 3,
    )  # fmt: skip


def test_an_agent_without_the_flag_makes_no_board(alice):
    refused = run("okto_pulse_create_board", alice, name="Payments")
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "board.manage.create")


def test_an_agent_lists_the_boards_it_is_granted(board, alice):
    make_board("Other")
    assert [row["id"] for row in run("okto_pulse_list_my_boards", alice)["boards"]] == [str(board.pk)]


def test_a_stranger_is_told_that_the_board_does_not_exist(board, mallory):
    answer = run("okto_pulse_get_board_summary", mallory, board_id=str(board.pk))
    absent = run("okto_pulse_get_board_summary", mallory, board_id="0" * 32)
    assert (answer["code"], answer) == ("NOT_FOUND", absent)


def test_an_override_takes_a_flag_away_on_its_board(board):
    bob = make_member(board, "bob", overrides=["board.read"])
    refused = run("okto_pulse_get_board_summary", bob, board_id=str(board.pk))
    assert refused["details"]["required_permission"] == "board.read"
