"""The board to look around on."""

from dataclasses import replace

from tests.conftest import run


def test_a_demo_board_holds_an_idea_its_spec_and_cards(db, operator):
    board = run("okto_pulse_create_demo_board", operator)
    seen = run("okto_pulse_get_board", operator, board_id=board["id"])
    assert [len(seen[name]) for name in ("ideations", "specs", "cards")] == [1, 1, 3]


def test_a_second_demo_board_stands_beside_the_first(db, operator):
    slugs = [run("okto_pulse_create_demo_board", operator)["slug"] for _ in range(2)]
    assert slugs == ["demo", "demo-2"]


def test_what_is_on_it_is_found(db, operator):
    run("okto_pulse_create_demo_board", operator)
    assert run("okto_pulse_search", operator, query="declined", board_id="demo")["hits"]


def test_an_agent_makes_no_demo_board(alice):
    agent = replace(alice, flags=alice.flags | {"board.manage.create"})
    assert run("okto_pulse_create_demo_board", agent)["code"] == "PERMISSION_DENIED"
