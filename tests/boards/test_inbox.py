"""The inbox: exact counts per board, marks that stay, nothing of what one may not read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from boards.models import BoardGrant, SeenItem
from pulse_project.core import auth
from pulse_project.core.models import DomainEvent
from tests.boards.making import make_board, make_card, make_member, make_spec
from tests.conftest import run


@pytest.fixture
def ann(board):
    return make_member(board, "ann")


@pytest.fixture
def card(board):
    return make_card(make_spec(board))


def comment_on(caller, card, content="@ann look"):
    return run("okto_pulse_add_comment", caller, card_id=str(card.pk), content=content)["comment"]["id"]


def inbox(caller, board, **over):
    return run("okto_pulse_list_my_mentions", caller, board_id=str(board.pk), **over)


def seen(caller, board, item_ids):
    return run("okto_pulse_mark_as_seen", caller, board_id=str(board.pk), item_ids=item_ids)


def summary(caller, board):
    return run("okto_pulse_get_unseen_summary", caller, board_id=str(board.pk))


def test_mentions_come_newest_first(board, alice, ann, card):
    first, second = comment_on(alice, card), comment_on(alice, card)
    found = inbox(ann, board)
    assert [row["item_id"] for row in found["mentions"]] == [second, first]
    assert (found["agent_name"], found["unseen_count"], found["filter"]) == ("Ann", 2, "unseen")


def test_a_seen_text_leaves_the_inbox_until_all_are_asked_for(board, alice, ann, card):
    first, second = comment_on(alice, card), comment_on(alice, card)
    seen(ann, board, [first])
    found = inbox(ann, board, include_seen="true")
    assert [row["item_id"] for row in inbox(ann, board)["mentions"]] == [second]
    assert [(row["item_id"], row["seen"]) for row in found["mentions"]] == [(second, False), (first, True)]
    assert (found["unseen_count"], found["total"]) == (1, 2)


def test_the_unseen_count_is_exact_however_short_the_page(board, alice, ann, card):
    for _ in range(4):
        comment_on(alice, card)
    found = inbox(ann, board, limit=2)
    rest = inbox(ann, board, limit=2, cursor=found["next_cursor"])
    assert (found["unseen_count"], len(found["mentions"]), len(rest["mentions"])) == (4, 2, 2)
    assert rest["next_cursor"] is None


def test_what_was_seen_elsewhere_does_not_count_here(board, alice, ann, card):
    other = make_board("Other")
    BoardGrant.objects.create(agent_id=ann.agent_pk, board=other)
    BoardGrant.objects.create(agent_id=alice.agent_pk, board=other)
    auth.forget()
    elsewhere = comment_on(alice, make_card(make_spec(other)))
    comment_on(alice, card)
    seen(ann, other, elsewhere)
    assert summary(ann, board)["unseen_mentions"] == 1
    assert summary(ann, other)["unseen_mentions"] == 0


def test_the_summary_counts_what_names_the_caller(board, alice, ann, card):
    first = comment_on(alice, card)
    comment_on(alice, card)
    seen(ann, board, first)
    found = summary(ann, board)
    assert (found["total_mentions"], found["unseen_mentions"], found["seen_count"]) == (2, 1, 1)
    assert found["recent_activity_24h"] == DomainEvent.objects.filter(board_id=board.pk).count()


def test_a_text_is_marked_once(board, alice, ann, card):
    item = comment_on(alice, card)
    assert seen(ann, board, [item, item]) == {"success": True, "marked_count": 1, "total_requested": 2}
    assert seen(ann, board, item)["marked_count"] == 0


def test_ids_of_anything_else_are_ignored(board, alice, ann, card):
    unnamed = comment_on(alice, card, "nobody")
    marked = seen(ann, board, [unnamed, str(card.pk), "0" * 32, "no id"])
    assert (marked["marked_count"], SeenItem.objects.count()) == (0, 0)


def test_a_mark_of_another_boards_text_is_ignored(board, alice, ann, card):
    other = make_board("Other")
    BoardGrant.objects.create(agent_id=ann.agent_pk, board=other)
    auth.forget()
    assert seen(ann, other, comment_on(alice, card))["marked_count"] == 0


@pytest.mark.parametrize("item_ids", ["", [], "a,b", "[broken"])
def test_marking_nothing_or_unreadable_ids_is_refused(board, ann, item_ids):
    assert seen(ann, board, item_ids)["code"] == "VALIDATION_ERROR"


def test_a_mark_is_told_once_an_object(board, alice, ann, card):
    items = [comment_on(alice, card), comment_on(alice, card)]
    qa = run("okto_pulse_ask_spec_question", alice, spec_id=str(card.spec_id), question="@ann?")["qa"]["id"]
    seen(ann, board, [*items, qa])
    events = DomainEvent.objects.filter(type__endswith=".seen").order_by("type")
    assert [(event.type, len(event.payload["item_ids"])) for event in events] == [
        ("items.seen", 2),
        ("spec_qa.seen", 1),
    ]


def test_texts_that_the_caller_may_not_read_are_neither_shown_nor_counted(board, alice, card):
    ann = make_member(board, "ann", overrides=["card.comments.read"])
    item = comment_on(alice, card)
    assert (inbox(ann, board)["mentions"], summary(ann, board)["total_mentions"]) == ([], 0)
    assert seen(ann, board, item)["marked_count"] == 0


def test_people_have_an_empty_inbox(board, operator, alice, card):
    comment_on(alice, card)
    found = inbox(operator, board)
    assert (found["mentions"], found["unseen_count"]) == ([], 0)


def test_a_card_shows_who_has_seen_what(board, alice, ann, card):
    item, other = comment_on(alice, card), comment_on(alice, card)
    seen(ann, board, item)
    found = run("okto_pulse_get_card_seen", alice, card_id=str(card.pk))["items"]
    assert [(row["agent_id"], row["agent_name"]) for row in found[item]] == [("ann", "Ann")]
    assert other not in found


@pytest.mark.parametrize(
    ("tool", "flag"),
    [
        ("list_my_mentions", "board.mentions_read"),
        ("get_unseen_summary", "board.mentions_read"),
        ("mark_as_seen", "board.mentions_mark_seen"),
    ],
)
def test_each_operation_asks_for_its_flag_and_hides_the_board(board, mallory, tool, flag):
    given = {"item_ids": "x"} if tool == "mark_as_seen" else {}
    bob = make_member(board, "bob", overrides=[flag])
    refused = run(f"okto_pulse_{tool}", bob, board_id=str(board.pk), **given)
    assert refused["details"]["required_permission"] == flag
    assert run(f"okto_pulse_{tool}", mallory, board_id=str(board.pk), **given)["code"] == "NOT_FOUND"


def test_the_readers_of_a_card_are_hidden_with_it(board, mallory, card):
    bob = make_member(board, "bob", overrides=["card.entity.read"])
    answers = [run("okto_pulse_get_card_seen", caller, card_id=str(card.pk)) for caller in (bob, mallory)]
    assert [one["code"] for one in answers] == ["PERMISSION_DENIED", "NOT_FOUND"]


@pytest.mark.parametrize("count", [3, 30])
def test_a_list_of_any_length_costs_the_same_queries(board, alice, ann, card, count):
    for _ in range(count):
        comment_on(alice, card)
    with CaptureQueriesContext(connection) as queries:
        found = inbox(ann, board)
    assert (len(found["mentions"]), len(queries) <= 12) == (count, True)
