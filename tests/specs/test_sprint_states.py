"""Moving sprints: every pair of statuses, conditions, and what happens to open cards."""

from typing import Any

import pytest

from boards.models import Card
from pulse_project.core.models import DomainEvent
from specs import states
from tests.boards.making import make_card, make_member, make_spec, make_sprint
from tests.conftest import run

MOVE = "okto_pulse_move_sprint"
LEGAL = {
    "draft": {"active", "cancelled"},
    "active": {"draft", "review", "cancelled"},
    "review": {"active", "closed", "cancelled"},
    "closed": {"draft"},
    "cancelled": {"draft"},
}
PAIRS = [(frm, to) for frm in LEGAL for to in LEGAL]


@pytest.fixture
def spec(board: Any) -> Any:
    return make_spec(board, status="in_progress")


@pytest.mark.parametrize(("frm", "to"), PAIRS)
def test_every_pair_is_decided(alice, spec, frm, to):
    sprint = make_sprint(spec, status=frm)
    make_card(spec, sprint=sprint)
    answer = run(MOVE, alice, sprint_id=str(sprint.pk), status=to)
    sprint.refresh_from_db()
    if to in LEGAL[frm]:
        assert (answer["success"], sprint.status, sprint.revision) == (True, to, 2)
    else:
        assert (answer["code"], sprint.status) == ("INVALID_TRANSITION", frm)


def test_a_refused_pair_tells_the_way(alice, spec):
    sprint = make_sprint(spec)
    refused = run(MOVE, alice, sprint_id=str(sprint.pk), status="closed")
    assert refused["details"]["path"] == ["draft", "active", "review", "closed"]
    assert refused["details"]["allowed"] == ["active", "cancelled"]


def test_an_unknown_status_is_no_transition(alice, spec):
    assert run(MOVE, alice, sprint_id=str(make_sprint(spec).pk), status="done")["code"] == "VALIDATION_ERROR"


def test_a_sprint_without_cards_does_not_begin(alice, spec):
    sprint = make_sprint(spec)
    refused = run(MOVE, alice, sprint_id=str(sprint.pk), status="active")
    (unmet,) = refused["details"]["unmet"]
    assert (refused["code"], unmet["code"]) == ("GATE_BLOCKED", "sprint_cards.no_cards")
    assert (unmet["fix"]["operation"], unmet["fix"]["needs"]) == ("okto_pulse_assign_tasks_to_sprint", ["card_ids"])


def test_the_fix_of_an_empty_sprint_works_when_it_is_followed(alice, spec):
    sprint, card = make_sprint(spec), make_card(spec)
    refused = run(MOVE, alice, sprint_id=str(sprint.pk), status="active")
    fix = refused["details"]["unmet"][0]["fix"]
    run(fix["operation"], alice, **fix["params"], card_ids=[str(card.pk)])
    assert run(MOVE, alice, sprint_id=str(sprint.pk), status="active")["sprint"]["status"] == "active"


def test_cancelled_and_archived_cards_are_nothing_to_begin_with(alice, spec):
    sprint = make_sprint(spec)
    make_card(spec, sprint=sprint, status="cancelled")
    gone = make_card(spec, sprint=sprint)
    run("okto_pulse_archive_tree", alice, entity_type="card", entity_id=str(gone.pk))
    assert run(MOVE, alice, sprint_id=str(sprint.pk), status="active")["code"] == "GATE_BLOCKED"


@pytest.mark.parametrize(("frm", "to"), [("review", "closed"), ("active", "cancelled"), ("draft", "cancelled")])
def test_closing_and_cancelling_take_open_cards_out(alice, spec, frm, to):
    sprint = make_sprint(spec, status=frm)
    done, cancelled = (make_card(spec, sprint=sprint, status=status) for status in ("done", "cancelled"))
    started = make_card(spec, sprint=sprint, status="started")
    answer = run(MOVE, alice, sprint_id=str(sprint.pk), status=to)
    assert [card["id"] for card in answer["carried_over"]] == [str(started.pk)]
    assert set(Card.objects.filter(sprint=sprint)) == {done, cancelled}
    assert Card.objects.get(pk=started.pk).revision == 2


def test_a_closed_sprint_goes_round_again(alice, spec):
    sprint = make_sprint(spec, status="closed")
    make_card(spec, sprint=sprint, status="done")
    seen = [run(MOVE, alice, sprint_id=str(sprint.pk), status=status)["sprint"]["status"]
            for status in ("draft", "active", "review", "closed")]  # fmt: skip
    assert seen == ["draft", "active", "review", "closed"]


def test_an_archived_sprint_does_not_move(alice, spec):
    sprint = make_sprint(spec)
    run("okto_pulse_archive_tree", alice, entity_type="sprint", entity_id=str(sprint.pk))
    refused = run(MOVE, alice, sprint_id=str(sprint.pk), status="cancelled")
    assert refused["details"]["unmet"][0]["fix"]["params"]["entity_type"] == "sprint"


@pytest.mark.parametrize(("frm", "to"), [(frm, to) for frm, to in PAIRS if to in LEGAL[frm]])
def test_every_step_needs_its_flag(board, spec, frm, to):
    flag = str(states.SPRINT[frm][to].needs)
    sprint = make_sprint(spec, status=frm)
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(MOVE, bob, sprint_id=str(sprint.pk), status=to)
    assert (refused["code"], refused["details"]["required_permission"]) == ("PERMISSION_DENIED", flag)


def test_roles_begin_and_close_sprints_as_published(board, spec):
    sprint = make_sprint(spec, status="active")
    validator, executor = make_member(board, "vera", "Validator"), make_member(board, "eve", "Executor")
    assert run(MOVE, executor, sprint_id=str(sprint.pk), status="review")["code"] == "PERMISSION_DENIED"
    assert run(MOVE, validator, sprint_id=str(sprint.pk), status="review")["sprint"]["status"] == "review"


def test_a_move_is_one_event_with_both_statuses(alice, spec):
    sprint = make_sprint(spec, status="review")
    card = make_card(spec, sprint=sprint)
    run(MOVE, alice, sprint_id=str(sprint.pk), status="closed")
    event = DomainEvent.objects.get(entity_id=str(sprint.pk))
    assert (event.type, event.from_status, event.to_status) == ("sprint.moved", "review", "closed")
    assert event.payload["carried_over"] == [str(card.pk)]


def test_a_move_of_an_old_revision_is_refused(alice, spec):
    sprint = make_sprint(spec)
    refused = run(MOVE, alice, sprint_id=str(sprint.pk), status="cancelled", expected_version=9)
    assert refused["code"] == "VERSION_CONFLICT"


def test_a_stranger_moves_nothing(mallory, spec):
    assert run(MOVE, mallory, sprint_id=str(make_sprint(spec).pk), status="cancelled")["code"] == "NOT_FOUND"
