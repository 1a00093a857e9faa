"""Lists in pages: what comes in as a cursor, an offset or a number may be anything."""

import base64
import json
from typing import Any

import pytest

from tests.boards.making import make_card, make_spec
from tests.conftest import run


def cursor_of(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.fixture
def cards(board):
    spec = make_spec(board)
    return [make_card(spec) for _ in range(3)]


def listed(caller, board, **over):
    return run("okto_pulse_list_cards_by_status", caller, board_id=board.slug, **over)


def test_a_cursor_goes_on_where_a_page_ended(board, alice, cards):
    first = listed(alice, board, limit=2)
    rest = listed(alice, board, limit=2, cursor=first["next_cursor"])
    assert [row["id"] for row in first["cards"] + rest["cards"]] == [str(card.pk) for card in cards]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        cursor_of(),
        cursor_of("not_started", 0),
        cursor_of("not_started", "first", 1),
        cursor_of("not_started", True, 1),
        cursor_of("not_started", None, 1),
        cursor_of("not_started", [0], 1),
        cursor_of("\x00", 0, 1),
        cursor_of("\ud800", 0, 1),
        cursor_of("not_started", 10**30, 1),
    ],
)
def test_a_cursor_that_no_page_gave_is_refused(board, alice, cards, cursor):
    refused = listed(alice, board, cursor=cursor)
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "cursor")


@pytest.mark.parametrize(
    "moment", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", 5, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00Z"]
)
def test_a_moment_that_no_page_gave_shows_nothing_or_is_refused(board, alice, moment):
    answer = run("okto_pulse_list_specs", alice, board_id=board.slug, cursor=cursor_of(moment, str(board.pk)))
    assert answer.get("code") == "VALIDATION_ERROR" or answer["specs"] == []


def test_an_offset_beyond_every_list_shows_nothing(board, alice, cards):
    assert listed(alice, board, offset=10**19)["cards"] == []
    assert run("okto_pulse_get_activity_log", alice, board_id=board.slug, offset=10**19)["result"] == []


@pytest.mark.parametrize("name", ["limit", "offset"])
def test_true_is_no_number(board, alice, name):
    refused = listed(alice, board, **{name: True})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", name)


def test_the_text_of_a_number_is_one(board, alice, cards):
    assert len(listed(alice, board, limit="2", offset="1")["cards"]) == 2


def test_rows_that_come_and_go_neither_repeat_nor_hide_others(board, alice, cards):
    first = listed(alice, board, limit=2)
    cards[0].delete()
    make_card(cards[1].spec, rank=-1)
    rest = listed(alice, board, limit=2, cursor=first["next_cursor"])
    assert [row["id"] for row in rest["cards"]] == [str(cards[2].pk)]


def test_a_long_title_makes_a_cursor_that_is_taken(board, alice):
    for letter in "ab":
        name = letter + "\U0001f4b3" * 499
        run("okto_pulse_create_guideline", alice, board_id=board.slug, title=name, content="c", scope="global")
    first = run("okto_pulse_list_guidelines", alice, board_id=board.slug, limit=1)
    rest = run("okto_pulse_list_guidelines", alice, board_id=board.slug, limit=1, cursor=first["next_cursor"])
    assert [row["title"][0] for row in first["guidelines"] + rest["guidelines"]] == ["a", "b"]
