"""Looking ahead at the steps of an object."""

import pytest

from pulse_project.core import clock
from pulse_project.core.models import DomainEvent
from specs import states
from tests.boards.making import make_card, make_ideation, make_member, make_refinement, make_spec, make_sprint
from tests.specs.card_making import caller_on, open_spec


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def objects(board):
    ideation = make_ideation(board, status="done")
    spec = open_spec(board)
    return {
        "ideation": ideation,
        "refinement": make_refinement(ideation),
        "spec": spec,
        "sprint": make_sprint(spec),
        "card": make_card(spec),
    }


@pytest.mark.parametrize("kind", states.TABLES)
def test_every_legal_step_is_one_row(act, objects, kind):
    entity = objects[kind]
    answer = act("get_allowed_transitions", entity_type=kind, entity_id=str(entity.pk))
    assert (answer["entity_type"], answer["entity_id"], answer["ref"]) == (kind, str(entity.pk), entity.ref)
    card_type = "normal" if kind == "card" else ""
    assert [row["to"] for row in answer["transitions"]] == list(states.steps_of(kind, entity.status, card_type))


def test_a_free_step_is_allowed(act, objects):
    answer = act("get_allowed_transitions", entity_type="card", entity_id=objects["card"].ref)
    assert answer["transitions"][0] == {
        "to": "started", "allowed": True, "flag_missing": None, "needs": [], "unmet": [],
    }  # fmt: skip


def test_a_condition_is_shown_with_its_fix(board, act):
    card = make_card(make_spec(board, status="validated"))
    rows = act("get_allowed_transitions", entity_type="card", entity_id=str(card.pk))["transitions"]
    [condition] = rows[0]["unmet"]
    assert (rows[0]["allowed"], condition["code"]) == (False, "spec_state.too_early")
    assert condition["fix"]["params"]["status"] == "in_progress"


def test_a_missing_right_is_named(board, objects):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.move.not_started_to_started"]))
    answer = bob("get_allowed_transitions", entity_type="card", entity_id=str(objects["card"].pk))
    assert answer["transitions"][0]["flag_missing"] == "card.move.not_started_to_started"
    assert answer["transitions"][0]["allowed"] is False


def test_an_archived_object_shows_its_restore(board, act):
    card = make_card(open_spec(board), archived_at=clock.now())
    rows = act("get_allowed_transitions", entity_type="card", entity_id=str(card.pk))["transitions"]
    assert {row["unmet"][0]["code"] for row in rows} == {"archived.archived"}


def test_looking_ahead_leaves_no_trace(act, objects):
    act("get_allowed_transitions", entity_type="card", entity_id=str(objects["card"].pk))
    assert not DomainEvent.objects.exists()


@pytest.mark.parametrize("kind", states.TABLES)
def test_looking_ahead_needs_the_right_to_read(board, objects, kind):
    bob = caller_on(board, make_member(board, "bob", overrides=[f"{kind}.entity.read"]))
    refused = bob("get_allowed_transitions", entity_type=kind, entity_id=str(objects[kind].pk))
    assert refused["details"]["required_permission"] == f"{kind}.entity.read"


def test_an_object_of_another_kind_is_not_found(act, objects):
    refused = act("get_allowed_transitions", entity_type="card", entity_id=str(objects["spec"].pk))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "entity_id")


def test_a_kind_that_does_not_exist_is_refused(act, objects):
    assert act("get_allowed_transitions", entity_type="epic", entity_id="C-1")["code"] == "VALIDATION_ERROR"


def test_a_stranger_looks_nowhere(board, objects, mallory):
    refused = caller_on(board, mallory)("get_allowed_transitions", entity_type="card", entity_id="C-1")
    assert refused["code"] == "NOT_FOUND"
