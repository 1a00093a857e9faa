"""A board with what is on it."""

import pytest

from pulse_project.core import clock
from tests.boards.making import make_card, make_ideation, make_member, make_spec
from tests.specs.card_making import caller_on


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


def test_a_board_has_the_published_keys(board, act):
    answer = act("get_board")
    published = {
        "id", "name", "description", "owner_id", "created_at", "updated_at", "ideations", "specs", "cards", "agents",
    }  # fmt: skip
    assert published <= set(answer)
    assert (answer["id"], answer["slug"]) == (str(board.pk), board.slug)
    assert [agent["id"] for agent in answer["agents"]] == ["alice"]


def test_archived_plans_are_left_out_and_archived_cards_are_not(board, act):
    spec = make_spec(board, title="Kept")
    make_ideation(board, title="Idea")
    for make in (make_spec, make_ideation):
        make(board, archived_at=clock.now())
    make_card(spec, archived_at=clock.now())
    answer = act("get_board")
    assert [row["title"] for row in (*answer["specs"], *answer["ideations"])] == ["Kept", "Idea"]
    assert [row["archived"] for row in answer["cards"]] == [True]


@pytest.mark.parametrize(
    ("flag", "name"),
    [("ideation.entity.read", "ideations"), ("spec.entity.read", "specs"), ("card.entity.read", "cards")],
)
def test_a_list_that_may_not_be_read_is_empty_and_named(board, flag, name):
    make_card(make_spec(board))
    make_ideation(board)
    answer = caller_on(board, make_member(board, "bob", overrides=[flag]))("get_board")
    assert (answer[name], answer["omitted"]) == ([], [name])


def test_reading_a_board_needs_the_right(board, mallory):
    bob = caller_on(board, make_member(board, "bob", overrides=["board.read"]))
    assert bob("get_board")["details"]["required_permission"] == "board.read"
    assert caller_on(board, mallory)("get_board")["code"] == "NOT_FOUND"


@pytest.mark.parametrize("count", [3, 30])
def test_a_board_takes_the_same_queries_whatever_is_on_it(board, act, count, django_assert_num_queries):
    spec = make_spec(board)
    for number in range(count):
        make_card(spec)
        make_ideation(board)
        make_member(board, f"agent-{number}")
    with django_assert_num_queries(7):
        answer = act("get_board")
    assert len(answer["cards"]) == count
