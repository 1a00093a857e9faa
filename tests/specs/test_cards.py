"""Reading, linking and deleting cards."""

import pytest

from boards.models import BugRegressionTest, Card, CardDependency
from pulse_project.core import clock
from specs.models import ItemTask
from tests.boards.making import make_card, make_member, make_spec, make_sprint
from tests.conftest import run
from tests.specs.card_making import caller_on, events, link, make_scenario, open_spec, unmet


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


def test_a_card_is_read_with_what_hangs_on_it(act, spec):
    answer = act("get_card", card_id=str(make_card(spec, description="Text").pk))
    published = {
        "id", "board_id", "spec_id", "title", "description", "details", "status", "priority", "position",
        "assignee_id", "created_by", "created_at", "updated_at", "due_date", "labels", "attachments", "qa_items",
        "comments",
    }  # fmt: skip
    assert published <= set(answer)
    assert (answer["description"], answer["comments"], answer["omitted"]) == ("Text", [], [])


def test_a_part_that_may_not_be_read_is_empty_and_named(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.qa.read"]))
    answer = bob("get_card", card_id=str(make_card(spec).pk))
    assert (answer["qa_items"], answer["omitted"]) == ([], ["qa_items"])


def test_only_the_keys_that_are_asked_for_come_back(act, spec):
    card = make_card(spec)
    assert set(act("get_card", card_id=str(card.pk), fields=["status", "ref"])) == {"id", "status", "ref"}
    assert "description" not in act("get_card", card_id=str(card.pk), detail="summary")
    assert act("get_card", card_id=str(card.pk), fields=["nope"])["code"] == "VALIDATION_ERROR"


def test_reading_a_card_needs_the_right(board, spec):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.read"]))
    refused = bob("get_card", card_id=str(make_card(spec).pk))
    assert refused["details"]["required_permission"] == "card.entity.read"


def test_a_card_tells_its_board(alice, spec):
    card = make_card(spec)
    assert run("okto_pulse_get_card", alice, card_id=str(card.pk))["id"] == str(card.pk)


def test_a_card_that_may_not_be_seen_is_like_one_that_does_not_exist(spec, mallory):
    seen = run("okto_pulse_get_card", mallory, card_id=str(make_card(spec).pk))
    absent = run("okto_pulse_get_card", mallory, card_id="0" * 32)
    assert (seen["code"], seen) == ("NOT_FOUND", absent)


@pytest.mark.parametrize("status", ["draft", "review", "approved", "validated", "in_progress", "done", "cancelled"])
def test_a_card_is_linked_to_a_spec_from_approved_on(board, act, spec, status):
    card, other = make_card(spec), make_spec(board, status=status)
    answer = act("link_card_to_spec", spec_id=str(other.pk), card_id=str(card.pk))
    if status in {"approved", "validated", "in_progress", "done"}:
        assert answer == {"success": True, "spec_id": str(other.pk), "card_id": str(card.pk)}
    else:
        assert unmet(answer) == ["card_spec_state.not_accepting"]


def test_leaving_a_spec_ends_what_the_card_did_there(board, act):
    old, new = make_spec(board, status="validated"), open_spec(board)
    card = make_card(old, card_type="test", sprint=make_sprint(old))
    link(make_scenario(old), card)
    act("link_card_to_spec", spec_id=str(new.pk), card_id=str(card.pk))
    card.refresh_from_db()
    old.refresh_from_db()
    assert (card.spec_id, card.sprint_id, old.status) == (new.pk, None, "approved")
    assert not ItemTask.objects.exists()


def test_linking_is_told_once(board, act, spec):
    card, other = make_card(spec), open_spec(board)
    for _ in range(2):
        act("link_card_to_spec", spec_id=str(other.pk), card_id=str(card.pk))
    [event] = events(card)
    assert (event.type, event.payload["former_spec_id"]) == ("card.linked_to_spec", str(spec.pk))


def test_a_card_is_unlinked_from_its_spec(act, spec):
    card = make_card(spec)
    assert act("unlink_card_from_spec", spec_id=str(spec.pk), card_id=str(card.pk))["success"]
    card.refresh_from_db()
    assert (card.spec_id, [event.type for event in events(card)]) == (None, ["card.unlinked_from_spec"])


def test_a_card_is_unlinked_only_from_its_own_spec(board, act, spec):
    refused = act("unlink_card_from_spec", spec_id=str(open_spec(board).pk), card_id=str(make_card(spec).pk))
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", "card_id")


@pytest.mark.parametrize("flag", ["card.entity.link_spec", "spec.entity.link_card"])
@pytest.mark.parametrize("name", ["link_card_to_spec", "unlink_card_from_spec"])
def test_linking_needs_rights_over_both(board, spec, name, flag):
    bob = caller_on(board, make_member(board, "bob", overrides=[flag]))
    refused = bob(name, spec_id=str(spec.pk), card_id=str(make_card(spec).pk))
    assert refused["details"]["required_permission"] == flag


@pytest.mark.parametrize("name", ["link_card_to_spec", "unlink_card_from_spec"])
def test_an_archived_card_stays_where_it_is(act, spec, name):
    card = make_card(spec, archived_at=clock.now())
    assert unmet(act(name, spec_id=str(spec.pk), card_id=str(card.pk))) == ["archived.archived"]


def test_a_deleted_card_is_gone_with_all_its_links(board, act, spec):
    card, other = make_card(spec, card_type="test"), make_card(spec)
    bug = make_card(spec, card_type="bug", severity="minor", origin_task=card)
    link(make_scenario(spec), card)
    CardDependency.objects.create(card=other, depends_on=card)
    BugRegressionTest.objects.create(bug=bug, test_card=card)
    assert act("delete_card", card_id=str(card.pk)) == {"success": True}
    assert (ItemTask.objects.count(), CardDependency.objects.count(), BugRegressionTest.objects.count()) == (0, 0, 0)
    assert act("get_card", card_id=str(bug.pk))["origin_task_id"] is None


def test_a_deleted_card_is_told(act, spec):
    card = make_card(spec, title="Gone")
    act("delete_card", card_id=str(card.pk))
    [event] = events(card)
    assert (event.type, event.payload["title"], event.payload["ref"]) == ("card.deleted", "Gone", card.ref)


def test_a_card_without_spec_is_deleted(act, spec):
    card = make_card(spec)
    Card.objects.update(spec=None)
    assert act("delete_card", card_id=str(card.pk))["success"]


@pytest.mark.parametrize(("status", "left"), [("not_started", "approved"), ("cancelled", "validated")])
def test_deleting_a_card_that_counts_takes_its_validated_spec_back(board, act, status, left):
    spec = make_spec(board, status="validated")
    act("delete_card", card_id=str(make_card(spec, status=status).pk))
    spec.refresh_from_db()
    assert spec.status == left


def test_a_deleted_card_is_not_found(act, spec):
    card = make_card(spec)
    act("delete_card", card_id=str(card.pk))
    assert act("delete_card", card_id=str(card.pk))["code"] == "NOT_FOUND"


def test_an_archived_card_is_not_deleted(act, spec):
    assert unmet(act("delete_card", card_id=str(make_card(spec, archived_at=clock.now()).pk))) == ["archived.archived"]


def test_an_older_revision_deletes_nothing(act, spec):
    refused = act("delete_card", card_id=str(make_card(spec, revision=2).pk), expected_version=1)
    assert refused["code"] == "VERSION_CONFLICT"


def test_deleting_needs_the_right(board, spec):
    bob = caller_on(board, make_member(board, "bob", "Spec"))
    refused = bob("delete_card", card_id=str(make_card(spec).pk))
    assert refused["details"]["required_permission"] == "card.entity.delete"


@pytest.mark.parametrize("name", ["update_card", "delete_card", "get_card"])
def test_a_stranger_touches_no_card(board, spec, mallory, name):
    card = make_card(spec)
    assert caller_on(board, mallory)(name, card_id=str(card.pk))["code"] == "NOT_FOUND"
    assert Card.objects.filter(pk=card.pk).exists()
