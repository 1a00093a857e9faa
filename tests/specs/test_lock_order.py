"""Objects of several kinds are locked in one order, so that two calls never wait for each other in a circle."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.boards.making import make_board, make_card, make_spec, make_sprint
from tests.conftest import run
from tests.specs.card_making import make_scenario

CARD, SPEC = '"boards_card"', '"specs_spec"'


def _statements(name: str, caller: Any, **arguments: Any) -> list[str]:
    """What a call asks the store for, up to its conditions."""
    with CaptureQueriesContext(connection) as queries:
        answer = run(f"okto_pulse_{name}", caller, **arguments)
    assert "code" not in answer, answer
    return [query["sql"].split("WHERE")[0] for query in queries]


@pytest.mark.parametrize("name", ["link_task_to_scenario", "unlink_task"])
def test_a_card_is_locked_before_the_spec_that_it_is_linked_with(board, alice, name):
    spec = make_spec(board)
    scenario, card = make_scenario(spec), make_card(spec)
    item = {"item_id" if name == "unlink_task" else "scenario_id": scenario.public_id}
    statements = _statements(name, alice, spec_id=str(spec.pk), card_id=str(card.pk), **item)
    first = next(sql for sql in statements if f"FROM {CARD}" in sql or f"FROM {SPEC}" in sql)
    assert f"FROM {CARD}" in first


def test_cards_are_locked_before_the_spec_that_is_deleted(board, alice):
    spec = make_spec(board)
    make_card(spec)
    statements = _statements("delete_spec", alice, spec_id=str(spec.pk))
    cards_at = next(place for place, sql in enumerate(statements) if f"FROM {CARD}" in sql)
    assert f"FROM {SPEC}" in statements[cards_at + 1]


@pytest.mark.parametrize("kind", ["card", "spec", "sprint"])
def test_steps_on_a_board_take_turns_before_they_look_at_their_object(board, alice, kind):
    spec = make_spec(board)
    entity = {"card": lambda: make_card(spec), "spec": lambda: spec, "sprint": lambda: make_sprint(spec)}[kind]()
    given = {f"{kind}_id": str(entity.pk), "status": "cancelled"}
    statements = _statements(f"move_{kind}", alice, board_id=str(board.pk), **given)
    place = next(at for at, sql in enumerate(statements) if 'FROM "boards_refcounter"' in sql)
    assert not any(f"FROM {table}" in sql for sql in statements[:place] for table in (CARD, SPEC, '"specs_sprint"'))


def test_a_tree_is_locked_kind_by_kind(board, alice):
    from boards.call import open_on
    from specs import archive_trees

    spec = make_spec(board)
    for _ in range(3):
        make_card(spec)
        make_sprint(spec)
    found = archive_trees._locked(open_on(alice, board), spec)
    assert [entity.kind for entity in found] == ["sprint"] * 3 + ["card"] * 3 + ["spec"]


def test_a_card_of_another_board_is_no_card_to_be_linked(board, alice):
    spec, foreign = make_spec(board), make_card(make_spec(make_board("Other")))
    arguments = {"scenario_id": make_scenario(spec).public_id, "card_id": str(foreign.pk)}
    refused = run("okto_pulse_link_task_to_scenario", alice, spec_id=str(spec.pk), **arguments)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "card_id")
