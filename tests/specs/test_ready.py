"""What can be worked on now."""

import pytest

from boards.models import CardDependency
from pulse_project.core import clock
from specs.operations import ready
from tests.boards.making import make_card, make_member, make_spec, make_sprint
from tests.specs.card_making import caller_on, open_spec


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


def titles(answer):
    return [entry["card"]["title"] for entry in answer["cards"]]


@pytest.mark.parametrize(
    ("status", "to"), [("not_started", "started"), ("started", "in_progress"), ("on_hold", "in_progress")]
)
def test_a_card_without_conditions_is_ready_for_its_next_step(act, spec, status, to):
    make_card(spec, status=status)
    [entry] = act("list_ready_cards")["cards"]
    assert entry["next"] == {"status": to, "allowed": True, "flag_missing": None, "needs": []}


@pytest.mark.parametrize("status", ["in_progress", "validation", "done", "cancelled"])
def test_cards_in_work_or_finished_are_not_listed(act, spec, status):
    make_card(spec, status=status)
    assert act("list_ready_cards")["cards"] == []


def test_what_waits_is_not_ready(board, act, spec):
    waiting, other = make_card(spec, title="waiting"), make_card(spec, title="other")
    CardDependency.objects.create(card=waiting, depends_on=other)
    make_card(make_spec(board), title="early")
    make_card(spec, title="gone", archived_at=clock.now())
    assert titles(act("list_ready_cards")) == ["other"]


def test_the_most_urgent_and_then_the_oldest_come_first(act, spec):
    for title, priority in (("a", "low"), ("b", "critical"), ("c", "none"), ("d", "critical")):
        make_card(spec, title=title, priority=priority)
    assert titles(act("list_ready_cards")) == ["b", "d", "a", "c"]


def test_a_list_is_filtered(board, act, spec):
    sprint = make_sprint(spec)
    make_card(spec, title="mine", assignee_id="alice", sprint=sprint, card_type="test")
    make_card(open_spec(board), title="other")
    for given in ({"assignee_id": "alice"}, {"sprint_id": sprint.ref}, {"spec_id": spec.ref}, {"card_type": "test"}):
        assert titles(act("list_ready_cards", **given)) == ["mine"]


def test_a_list_ends_at_its_limit_and_counts_on(act, spec):
    for _ in range(3):
        make_card(spec)
    answer = act("list_ready_cards", limit=2)
    assert (len(answer["cards"]), answer["ready_total"], answer["looked_at"], answer["has_more"]) == (2, 3, 3, False)


def test_a_step_says_which_right_is_missing(board, spec):
    make_card(spec)
    bob = caller_on(board, make_member(board, "bob", overrides=["card.move.not_started_to_started"]))
    [entry] = bob("list_ready_cards")["cards"]
    assert (entry["next"]["allowed"], entry["next"]["flag_missing"]) == (False, "card.move.not_started_to_started")


def test_what_is_listed_can_be_moved(act, spec):
    make_card(spec)
    [entry] = act("list_ready_cards")["cards"]
    assert act("move_card", card_id=entry["card"]["id"], status=entry["next"]["status"])["success"]


@pytest.mark.parametrize("given", [{"limit": 0}, {"card_type": "epic"}])
def test_filters_that_do_not_exist_are_refused(act, given):
    assert act("list_ready_cards", **given)["code"] == "VALIDATION_ERROR"


def test_a_spec_of_another_board_is_not_found(board, mallory, act):
    elsewhere = open_spec(type(board).objects.exclude(pk=board.pk).get())
    assert act("list_ready_cards", spec_id=str(elsewhere.pk))["code"] == "NOT_FOUND"


def test_the_list_is_for_those_who_may_read_cards(board, mallory):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.read"]))
    assert bob("list_ready_cards")["details"]["required_permission"] == "card.entity.read"
    assert caller_on(board, mallory)("list_ready_cards")["code"] == "NOT_FOUND"


@pytest.mark.parametrize("count", [3, 30])
def test_the_list_takes_the_same_queries_for_any_number(act, spec, count, django_assert_num_queries):
    cards = [make_card(spec) for _ in range(count)]
    CardDependency.objects.create(card=cards[0], depends_on=cards[1])
    with django_assert_num_queries(8):
        answer = act("list_ready_cards", limit=100)
    assert answer["ready_total"] == count - 1


def test_a_list_goes_on_after_its_last_card(act, spec):
    for title, priority in (("a", "low"), ("b", "critical"), ("c", "low")):
        make_card(spec, title=title, priority=priority)
    first = act("list_ready_cards", limit=2)
    rest = act("list_ready_cards", limit=2, cursor=first["next_cursor"])
    assert (titles(first), titles(rest), rest["next_cursor"]) == (["b", "a"], ["c"], None)


def test_a_page_ends_with_what_it_looks_at_and_the_next_goes_on_there(act, spec, monkeypatch):
    monkeypatch.setattr(ready, "TOGETHER", 1)
    monkeypatch.setattr(ready, "MOST_LOOKED_AT", 2)
    cards = [make_card(spec, title=title) for title in "abcd"]
    for waiting in cards[:2]:
        CardDependency.objects.create(card=waiting, depends_on=cards[3])
    first = act("list_ready_cards")
    rest = act("list_ready_cards", cursor=first["next_cursor"])
    assert (titles(first), first["has_more"], titles(rest)) == ([], True, ["c", "d"])
