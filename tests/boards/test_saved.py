"""Searches and views that people keep."""

import pytest

from tests.boards.making import make_member
from tests.conftest import run


@pytest.fixture
def saved(board, alice):
    return run("okto_pulse_create_saved_search", alice, board_id=board.slug, name="Mine", query="ledger")


def test_a_saved_search_is_listed(board, alice, saved):
    listed = run("okto_pulse_list_saved_searches", alice, board_id=board.slug)
    assert [(row["name"], row["query"]) for row in listed["saved_searches"]] == [("Mine", "ledger")]


@pytest.mark.parametrize(("shared", "named"), [(True, "Ours"), (False, None)])
def test_what_a_view_is_called_is_told_to_whom_it_concerns(board, operator, shared, named):
    from pulse_project.core.models import DomainEvent

    given = {"board_id": board.slug, "name": "Ours", "view": {}, "shared": shared}
    assert run("okto_pulse_create_saved_view", operator, **given)["name"] == "Ours"
    assert DomainEvent.objects.get(type="saved_view.created").payload.get("name") == named


def test_a_name_is_taken_once_on_a_board(board, alice, saved):
    assert run("okto_pulse_create_saved_search", alice, board_id=board.slug, name="Mine")["code"] == "DUPLICATE"


def test_only_what_is_given_changes(board, alice, saved):
    changed = run(
        "okto_pulse_update_saved_search", alice, board_id=board.slug, saved_search_id=saved["id"], query="journal"
    )
    assert (changed["name"], changed["query"]) == ("Mine", "journal")


def test_somebody_elses_search_stays(board, saved):
    bob = make_member(board, "bob")
    refused = run("okto_pulse_delete_saved_search", bob, board_id=board.slug, saved_search_id=saved["id"])
    assert refused["details"]["required_permission"] == "board.manage.edit"


def test_a_deleted_search_is_gone(board, alice, saved):
    assert run("okto_pulse_delete_saved_search", alice, board_id=board.slug, saved_search_id=saved["id"])["success"]
    again = run("okto_pulse_delete_saved_search", alice, board_id=board.slug, saved_search_id=saved["id"])
    assert again["code"] == "NOT_FOUND"


def test_a_board_keeps_a_bounded_number(board, alice, monkeypatch):
    monkeypatch.setattr("boards.keeping.MOST", 1)
    run("okto_pulse_create_saved_search", alice, board_id=board.slug, name="One")
    refused = run("okto_pulse_create_saved_search", alice, board_id=board.slug, name="Two")
    assert refused["code"] == "LIMIT_EXCEEDED"


def test_a_view_of_ones_own_is_nobody_elses(board, alice):
    run("okto_pulse_create_saved_view", alice, board_id=board.slug, name="Mine", view={"columns": ["done"]})
    bob = make_member(board, "bob")
    assert run("okto_pulse_list_saved_views", bob, board_id=board.slug)["count"] == 0


def test_a_shared_view_needs_the_right_to_change_the_board(board, alice):
    refused = run("okto_pulse_create_saved_view", alice, board_id=board.slug, name="All", view={}, shared=True)
    assert refused["details"]["required_permission"] == "board.manage.edit"


def test_a_stale_change_of_a_view_is_refused(board, alice):
    view = run("okto_pulse_create_saved_view", alice, board_id=board.slug, name="Mine", view={})
    given = {"board_id": board.slug, "saved_view_id": view["id"], "name": "Other"}
    run("okto_pulse_update_saved_view", alice, **given)
    assert run("okto_pulse_update_saved_view", alice, **given, expected_version=1)["code"] == "VERSION_CONFLICT"


def test_a_view_is_bounded(board, alice):
    view = {"filter": "x" * 30_000}
    refused = run("okto_pulse_create_saved_view", alice, board_id=board.slug, name="Huge", view=view)
    assert refused["code"] == "CONTENT_TOO_LARGE"


def test_a_view_is_forgotten(board, alice):
    view = run("okto_pulse_create_saved_view", alice, board_id=board.slug, name="Mine", view={})
    run("okto_pulse_delete_saved_view", alice, board_id=board.slug, saved_view_id=view["id"])
    assert run("okto_pulse_list_saved_views", alice, board_id=board.slug)["count"] == 0


def test_a_stranger_keeps_nothing_here(board, mallory):
    assert run("okto_pulse_create_saved_view", mallory, board_id=board.slug, name="x", view={})["code"] == "NOT_FOUND"
