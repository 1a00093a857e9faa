"""The order of cards in a column."""

import pytest

from boards.models import Card
from boards.models.entity import STATUSES
from pulse_project.core import clock
from specs.cards.columns import GAP
from tests.boards.making import make_board, make_card, make_member
from tests.specs.card_making import caller_on, events, open_spec


@pytest.fixture
def act(board, alice):
    return caller_on(board, alice)


@pytest.fixture
def spec(board):
    return open_spec(board)


@pytest.fixture
def column(spec):
    """Four cards in one column."""
    return [make_card(spec, title=letter) for letter in "abcd"]


def titles(act, status="not_started"):
    return "".join(row["title"] for row in act("get_columns")["columns"][status])


def test_cards_made_in_a_row_are_numbered_on(act, spec):
    made = [act("create_card", title="X", spec_id=str(spec.pk))["card"]["position"] for _ in range(4)]
    assert made == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("position", "order"), [(0, "cabd"), (1, "acbd"), (2, "abcd"), (3, "abdc"), (-1, "abdc"), (99, "abdc")]
)
def test_a_card_moves_to_a_place_in_its_column(act, column, position, order):
    moved = act("move_card", card_id=str(column[2].pk), status="not_started", position=position)
    assert (titles(act), moved["card"]["position"]) == (order, order.index("c"))


@pytest.mark.parametrize(("position", "order"), [(0, "xabcd"), (2, "abxcd"), (4, "abcdx"), (-1, "abcdx"), (7, "abcdx")])
def test_a_card_enters_another_column_at_a_place(act, spec, column, position, order):
    card = make_card(spec, title="x", status="started")
    moved = act("move_card", card_id=str(card.pk), status="not_started", position=position)
    assert (titles(act), moved["card"]["position"]) == (order, order.index("x"))


def test_a_move_writes_no_other_card(act, column):
    before = {card.pk: (card.rank, card.revision) for card in column[:3]}
    act("move_card", card_id=str(column[3].pk), status="not_started", position=1)
    after = {card.pk: (card.rank, card.revision) for card in Card.objects.filter(pk__in=before)}
    assert after == before


def test_a_column_without_gaps_is_numbered_anew(act, column):
    for place, card in enumerate(column):
        Card.objects.filter(pk=card.pk).update(rank=place)
    act("move_card", card_id=str(column[3].pk), status="not_started", position=1)
    ranks = list(Card.objects.order_by("rank").values_list("rank", flat=True))
    assert titles(act) == "adbc"
    assert ranks == [0, GAP // 2, GAP, 2 * GAP]


def test_a_place_can_be_taken_again_and_again(act, column):
    for _ in range(40):
        for card in (column[2], column[3]):
            act("move_card", card_id=str(card.pk), status="not_started", position=1)
    assert titles(act) == "adcb"


def test_archived_cards_have_no_place(act, column):
    Card.objects.filter(pk=column[1].pk).update(archived_at=clock.now())
    act("move_card", card_id=str(column[3].pk), status="not_started", position=1)
    assert titles(act) == "adc"
    assert act("get_card", card_id=str(column[1].pk))["position"] == -1


def test_the_same_place_on_two_boards_does_not_meet(act, column, operator):
    other = make_board("Other")
    make_card(open_spec(other), title="z")
    act("move_card", card_id=str(column[3].pk), status="not_started", position=0)
    assert titles(caller_on(other, operator)) == "z"


def test_another_place_is_told_apart_from_a_move(act, column):
    act("move_card", card_id=str(column[0].pk), status="not_started", position=2)
    [event] = events(column[0])
    assert (event.type, event.from_status, event.payload["status"]) == ("card.reordered", "", "not_started")


def test_ordering_needs_a_right_to_enter_the_column_or_to_edit(board, column):
    flags = ["card.move.not_started_to_started", "card.move.any_to_cancelled", "card.entity.edit_fields"]
    nobody = caller_on(board, make_member(board, "nobody", overrides=flags))
    mover = caller_on(board, make_member(board, "mover", overrides=flags[1:]))
    assert nobody("move_card", card_id=str(column[0].pk), status="not_started")["code"] == "PERMISSION_DENIED"
    assert mover("move_card", card_id=str(column[0].pk), status="not_started")["success"]


def test_every_column_is_there(act, column):
    assert list(act("get_columns")["columns"]) == list(STATUSES["card"])


def test_columns_show_archived_cards_only_when_asked(act, column):
    Card.objects.filter(pk=column[1].pk).update(archived_at=clock.now())
    assert titles(act) == "acd"
    assert len(act("get_columns", include_archived=True)["columns"]["not_started"]) == 4


@pytest.mark.parametrize("place", [-2, 1_000_001, "first"])
def test_a_place_that_is_none_is_refused(act, column, place):
    refused = act("move_card", card_id=str(column[0].pk), status="not_started", position=place)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "position")


# --- lists


def test_a_list_is_ordered_by_status_and_place(act, spec, column):
    make_card(spec, title="z", status="done")
    answer = act("list_cards_by_status")
    assert [row["title"] for row in answer["cards"]] == ["z", *"abcd"]
    assert (answer["total_all"], answer["filtered_count"], answer["offset"], answer["limit"]) == (5, 5, 0, 50)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"status": "open"}, "abcd"),
        ({"status": "done"}, "z"),
        ({"priority": "high"}, "z"),
        ({"assignee_id": "bob"}, "z"),
        ({"card_type": "test"}, "z"),
    ],
)
def test_a_list_is_filtered(act, spec, column, given, found):
    make_card(spec, title="z", status="done", priority="high", assignee_id="bob", card_type="test")
    answer = act("list_cards_by_status", **given)
    assert "".join(row["title"] for row in answer["cards"]) == found
    assert (answer["total_all"], answer["filtered_count"]) == (5, len(found))


def test_a_list_of_one_spec_holds_its_cards_only(board, act, column):
    other = open_spec(board)
    make_card(other, title="z")
    assert [row["title"] for row in act("list_cards_by_status", spec_id=other.ref)["cards"]] == ["z"]


def test_a_list_goes_on_from_page_to_page(act, column):
    seen, cursor = [], ""
    for _ in range(4):
        page = act("list_cards_by_status", limit=1, cursor=cursor)
        seen, cursor = [*seen, *[row["title"] for row in page["cards"]]], page["next_cursor"]
    assert (seen, cursor) == (list("abcd"), None)
    assert [row["title"] for row in act("list_cards_by_status", limit=2, offset=1)["cards"]] == ["b", "c"]


def test_rows_of_a_list_are_whole_when_asked(act, column):
    assert "description" not in act("list_cards_by_status")["cards"][0]
    assert "description" in act("list_cards_by_status", detail="full")["cards"][0]
    assert set(act("list_cards_by_status", fields=["title"])["cards"][0]) == {"id", "title"}


@pytest.mark.parametrize("given", [{"status": "parked"}, {"limit": 201}, {"limit": 0}, {"offset": -1}, {"cursor": "x"}])
def test_filters_that_do_not_exist_are_refused(act, column, given):
    refused = act("list_cards_by_status", **given)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", next(iter(given)))


@pytest.mark.parametrize("name", ["list_cards_by_status", "get_columns"])
def test_lists_are_for_those_who_may_read_cards(board, column, mallory, name):
    bob = caller_on(board, make_member(board, "bob", overrides=["card.entity.read"]))
    assert bob(name)["details"]["required_permission"] == "card.entity.read"
    assert caller_on(board, mallory)(name)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("count", [3, 30])
@pytest.mark.parametrize(("name", "queries"), [("list_cards_by_status", 7), ("get_columns", 5)])
def test_lists_take_the_same_queries_for_any_number(act, spec, count, name, queries, django_assert_num_queries):
    for _ in range(count):
        make_card(spec)
    with django_assert_num_queries(queries):
        act(name)


def test_the_first_page_of_columns_shows_the_top_of_each(act, spec):
    for status, rank in (("not_started", 9), ("done", 1)):
        for place, letter in enumerate("abc"):
            make_card(spec, title=letter, status=status, rank=rank * GAP + place)
    columns = act("get_columns", limit=4)["columns"]
    assert [[row["title"] for row in columns[status]] for status in ("not_started", "done")] == [["a", "b"]] * 2


def test_a_card_that_moves_meanwhile_shifts_no_other_column(act, spec, column):
    begun = [make_card(spec, title=letter, status="started") for letter in "xyz"]
    first = act("get_columns", limit=4)
    act("move_card", card_id=str(begun[0].pk), status="not_started")
    rest = act("get_columns", limit=4, cursor=first["next_cursor"])["columns"]
    assert [[row["title"] for row in rest[name]] for name in ("not_started", "started")] == [["c", "d", "x"], ["z"]]


def test_one_column_is_read_alone(act, spec, column):
    make_card(spec, title="z", status="done")
    columns = act("get_columns", status="done")["columns"]
    assert {status: len(rows) for status, rows in columns.items() if rows} == {"done": 1}
