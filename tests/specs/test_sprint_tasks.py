"""Cards in sprints."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.models import Card
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_board, make_card, make_member, make_spec, make_sprint
from tests.conftest import run

ASSIGN, UNASSIGN = "okto_pulse_assign_tasks_to_sprint", "okto_pulse_unassign_tasks_from_sprint"


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board, status="approved")


@pytest.fixture
def sprint(spec: Any) -> Any:
    return make_sprint(spec)


def _in(sprint: Any) -> set[str]:
    return {str(pk) for pk in Card.objects.filter(sprint=sprint).values_list("pk", flat=True)}


def test_cards_are_put_into_a_sprint_by_id_and_reference(alice, board, spec, sprint):
    first, second = make_card(spec), make_card(spec)
    answer = run(ASSIGN, alice, board_id=str(board.pk), sprint_id="SP-1", card_ids=[str(first.pk), second.ref])
    assert answer == {"success": True, "assigned": 2, "skipped": []}
    assert _in(sprint) == {str(first.pk), str(second.pk)}


def test_unknown_cards_are_skipped_by_name(alice, spec, sprint):
    card = make_card(spec)
    answer = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(card.pk), "C-99", "nonsense"])
    assert (answer["assigned"], [row["card_id"] for row in answer["skipped"]]) == (1, ["C-99", "nonsense"])


def test_only_unknown_cards_assign_none(alice, sprint):
    answer = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids="C-99")
    assert (answer["success"], answer["assigned"]) == (True, 0)
    assert not DomainEvent.objects.exists()


def test_cards_of_another_board_are_unknown(alice, sprint):
    elsewhere = make_card(make_spec(make_board("Other")))
    answer = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(elsewhere.pk)])
    assert answer["skipped"] == [{"card_id": str(elsewhere.pk), "reason": "not_found"}]


def test_a_card_of_another_spec_refuses_the_whole_call(alice, board, spec, sprint):
    own, foreign = make_card(spec), make_card(make_spec(board))
    refused = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(own.pk), str(foreign.pk)])
    assert (refused["code"], refused["details"]["cards"][0]["id"]) == ("VALIDATION_ERROR", str(foreign.pk))
    assert _in(sprint) == set()


def test_no_cards_are_refused(alice, sprint):
    refused = [run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=ids) for ids in ("", [], "a,b")]
    assert [one["code"] for one in refused] == ["VALIDATION_ERROR"] * 3


def test_an_archived_card_refuses_the_whole_call(alice, spec, sprint):
    own, gone = make_card(spec), make_card(spec)
    run("okto_pulse_archive_tree", alice, entity_type="card", entity_id=str(gone.pk))
    refused = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(own.pk), str(gone.pk)])
    assert (refused["code"], refused["details"]["unmet"][0]["subject"]["id"]) == ("GATE_BLOCKED", str(gone.pk))
    assert _in(sprint) == set()


def test_an_archived_sprint_takes_no_cards(alice, spec, sprint):
    run("okto_pulse_archive_tree", alice, entity_type="sprint", entity_id=str(sprint.pk))
    refused = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(make_card(spec).pk)])
    assert refused["code"] == "GATE_BLOCKED"


def test_a_card_moves_from_one_sprint_to_another(alice, spec, sprint):
    other = make_sprint(spec)
    card = make_card(spec, sprint=other)
    run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(card.pk)])
    event = DomainEvent.objects.get(type="sprint_tasks.assigned")
    assert (_in(sprint), event.payload["from_sprint_ids"]) == ({str(card.pk)}, [str(other.pk)])


def test_putting_cards_in_again_changes_nothing(alice, spec, sprint):
    card = make_card(spec, sprint=sprint)
    answer = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(card.pk)])
    assert (answer["assigned"], Card.objects.get(pk=card.pk).revision) == (1, 1)


@pytest.mark.parametrize("status", ["active", "review"])
def test_a_sprint_takes_cards_until_it_is_closed(alice, spec, status):
    sprint, card = make_sprint(spec, status=status), make_card(spec)
    assert run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(card.pk)])["assigned"] == 1


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_a_finished_sprint_takes_finished_cards_only(alice, spec, status):
    sprint = make_sprint(spec, status=status)
    finished, begun = make_card(spec, status="done"), make_card(spec)
    assert run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(finished.pk)])["assigned"] == 1
    refused = run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(begun.pk)])
    assert (refused["code"], refused["details"]["accepted_in"]) == ("INVALID_TRANSITION", ["draft", "active", "review"])


def test_cards_are_taken_out_and_others_named(alice, spec, sprint):
    inside, outside = make_card(spec, sprint=sprint), make_card(spec)
    answer = run(UNASSIGN, alice, sprint_id=str(sprint.pk), card_ids=[str(inside.pk), str(outside.pk), "C-99"])
    assert (answer["unassigned"], _in(sprint)) == (1, set())
    assert [row["reason"] for row in answer["skipped"]] == ["not_found", "not_in_sprint"]


@pytest.mark.parametrize("name", [ASSIGN, UNASSIGN])
def test_assigning_needs_the_flag(board, spec, sprint, name):
    bob = make_member(board, "bob", "Executor")
    refused = run(name, bob, sprint_id=str(sprint.pk), card_ids=[str(make_card(spec).pk)])
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", "sprint.entity.assign")


@pytest.mark.parametrize("name", [ASSIGN, UNASSIGN])
def test_a_stranger_finds_no_sprint_to_fill(mallory, spec, sprint, name):
    assert run(name, mallory, sprint_id=str(sprint.pk), card_ids=[str(make_card(spec).pk)])["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", [ASSIGN, UNASSIGN])
def test_an_unknown_sprint_takes_no_cards(alice, board, name):
    refused = run(name, alice, board_id=str(board.pk), sprint_id="SP-7", card_ids="C-1")
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "sprint_id")


def test_many_cards_take_as_many_statements_as_few(alice, spec):
    counts = []
    for size in (3, 30):
        sprint = make_sprint(spec)
        ids = [str(make_card(spec).pk) for _ in range(size)]
        run("okto_pulse_get_board_summary", alice, board_id=str(spec.board_id))  # remembers the rights
        with CaptureQueriesContext(connection) as seen:
            run(ASSIGN, alice, sprint_id=str(sprint.pk), card_ids=ids)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 25
