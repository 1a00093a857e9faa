"""What cards wait for."""

from itertools import pairwise

import pytest

from boards.models import CardDependency
from pulse_project.core import clock
from tests.boards.making import make_card, make_member
from tests.specs.card_making import caller_on, events, open_spec, unmet


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def chain(board, act):
    """Three cards, each waiting for the next."""
    spec = open_spec(board)
    cards = [make_card(spec, title=f"Card {place}") for place in range(3)]
    for card, other in pairwise(cards):
        act("add_card_dependency", card_id=str(card.pk), depends_on_id=str(other.pk))
    return cards


def test_a_dependency_is_told_on_the_card_that_waits(chain):
    [event] = events(chain[0])
    assert (event.type, event.payload["depends_on_id"]) == ("card.dependency_added", str(chain[1].pk))


def test_a_card_does_not_wait_for_itself(act, chain):
    refused = act("add_card_dependency", card_id=str(chain[0].pk), depends_on_id=str(chain[0].pk))
    assert (refused["code"], refused["details"]["cycle"]) == ("DEPENDENCY_CYCLE", [chain[0].ref] * 2)


def test_two_cards_do_not_wait_for_each_other(act, chain):
    refused = act("add_card_dependency", card_id=str(chain[1].pk), depends_on_id=str(chain[0].pk))
    assert refused["details"]["cycle"] == [chain[1].ref, chain[0].ref, chain[1].ref]


def test_a_chain_does_not_close(act, chain):
    first, second, third = (card.ref for card in chain)
    refused = act("add_card_dependency", card_id=str(chain[2].pk), depends_on_id=str(chain[0].pk))
    assert refused["details"]["cycle"] == [third, first, second, third]
    assert CardDependency.objects.count() == 2


def test_the_same_dependency_twice_is_a_duplicate(act, chain):
    refused = act("add_card_dependency", card_id=str(chain[0].pk), depends_on_id=str(chain[1].pk))
    assert (refused["code"], refused["details"]["field"]) == ("DUPLICATE", "depends_on_id")


@pytest.mark.parametrize("name", ["add_card_dependency", "remove_card_dependency"])
@pytest.mark.parametrize("field", ["card_id", "depends_on_id"])
def test_a_card_of_another_board_is_not_found(board, mallory, act, chain, name, field):
    elsewhere = make_card(open_spec(type(board).objects.exclude(pk=board.pk).get()))
    arguments = {"card_id": str(chain[0].pk), "depends_on_id": str(chain[2].pk), field: str(elsewhere.pk)}
    refused = act(name, **arguments)
    assert (refused["code"], refused["details"]["field"]) == ("NOT_FOUND", field)


def test_a_removed_dependency_is_gone(act, chain):
    assert act("remove_card_dependency", card_id=str(chain[0].pk), depends_on_id=str(chain[1].pk)) == {"success": True}
    assert act("get_card_dependencies", card_id=str(chain[0].pk))["can_advance"] is True
    assert events(chain[0])[-1].type == "card.dependency_removed"


def test_removing_what_is_not_there_says_so(act, chain):
    assert act("remove_card_dependency", card_id=str(chain[0].pk), depends_on_id=str(chain[2].pk)) == {"success": False}


def test_both_sides_are_shown(act, chain):
    answer = act("get_card_dependencies", card_id=str(chain[1].pk))
    assert (answer["can_advance"], answer["blocking_titles"]) == (False, ["Card 2"])
    assert [row["id"] for row in answer["depends_on"]] == [str(chain[2].pk)]
    assert [row["id"] for row in answer["dependents"]] == [str(chain[0].pk)]


def test_an_archived_card_takes_no_dependency(board, act, chain):
    archived = make_card(chain[0].spec, archived_at=clock.now())
    refused = act("add_card_dependency", card_id=str(archived.pk), depends_on_id=str(chain[0].pk))
    assert unmet(refused) == ["archived.archived"]


def test_changing_dependencies_needs_the_right(board, chain):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.manage_dependencies"]))
    refused = bob("add_card_dependency", card_id=str(chain[0].pk), depends_on_id=str(chain[2].pk))
    assert refused["details"]["required_permission"] == "card.entity.manage_dependencies"


@pytest.mark.parametrize("name", ["add_card_dependency", "remove_card_dependency"])
def test_a_stranger_changes_nothing(board, chain, mallory, name):
    refused = caller_on(board, mallory)(name, card_id=str(chain[0].pk), depends_on_id=str(chain[2].pk))
    assert refused["code"] == "NOT_FOUND"
    assert CardDependency.objects.count() == 2


def test_a_stranger_reads_no_dependencies(board, chain, mallory):
    assert caller_on(board, mallory)("get_card_dependencies", card_id=str(chain[0].pk))["code"] == "NOT_FOUND"


@pytest.mark.parametrize("count", [3, 30])
def test_reading_takes_the_same_queries_for_any_number(board, act, chain, count, django_assert_max_num_queries):
    card = make_card(chain[0].spec)
    for _ in range(count):
        CardDependency.objects.create(card=card, depends_on=make_card(chain[0].spec))
    with django_assert_max_num_queries(5):
        answer = act("get_card_dependencies", card_id=str(card.pk))
    assert len(answer["depends_on"]) == count


def test_one_side_is_read_alone_and_whether_a_card_may_go_on_all_the_same(act, chain):
    middle = str(chain[1].pk)
    answer = act("get_card_dependencies", card_id=middle, side="dependents", limit=1)
    assert ([row["id"] for row in answer["dependents"]], answer["depends_on"]) == ([str(chain[0].pk)], [])
    assert (answer["blocking_titles"], answer["next_cursor"]) == (["Card 2"], None)
