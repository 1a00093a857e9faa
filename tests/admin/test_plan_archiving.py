"""Archiving and restoring from the admin: the page before counts what goes along, and nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from boards.models import Card, Entity
from tests.admin.acting import act, ask, text, told
from tests.boards.making import make_board, make_card, make_ideation, make_refinement, make_spec, make_sprint

BOARDS, CARDS = "/admin/boards/board/", "/admin/boards/card/"
IDEATIONS, REFINEMENTS, SPECS, SPRINTS = (
    f"/admin/specs/{name}/" for name in ("ideation", "refinement", "spec", "sprint")
)  # fmt: skip


@pytest.fixture
def board(db: None) -> Any:
    return make_board()


@pytest.fixture
def client(browser: Callable[..., Any]) -> Any:
    return browser("superuser")


@pytest.fixture
def tree(board: Any) -> dict[str, Any]:
    """An ideation, its refinement, a spec with a sprint, and two cards of which one is archived."""
    ideation = make_ideation(board)
    refinement = make_refinement(ideation)
    spec = make_spec(board, ideation=ideation, refinement=refinement, status="in_progress")
    sprint = make_sprint(spec, status="active")
    card = make_card(spec, sprint=sprint)
    make_card(spec, archived_at="2026-01-01T00:00:00Z")
    return {IDEATIONS: ideation, REFINEMENTS: refinement, SPECS: spec, SPRINTS: sprint, CARDS: card}


def archived() -> int:
    return Entity.objects.exclude(archived_at=None).count()


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        (IDEATIONS, "1 ideation, 1 refinement, 1 spec, 1 sprint and 1 card"),
        (REFINEMENTS, "1 refinement, 1 spec, 1 sprint and 1 card"),
        (SPECS, "1 spec, 1 sprint and 1 card"),
        (SPRINTS, "1 sprint and 1 card"),
        (CARDS, "1 card"),
    ],
)
def test_the_page_before_archiving_counts_what_goes_along(client: Any, tree: Any, address: str, counted: str) -> None:
    page = text(ask(client, address, "archive", tree[address]))
    assert f"This archives {counted}: what you chose, with everything below it." in page
    assert archived() == 1


def test_what_lies_below_two_records_is_counted_once(client: Any, tree: Any, board: Any) -> None:
    make_card(tree[SPECS])
    page = text(ask(client, CARDS, "archive", *Card.objects.filter(archived_at=None)))
    assert "This archives 2 cards:" in page


@pytest.mark.parametrize("address", [IDEATIONS, REFINEMENTS, SPECS, SPRINTS, CARDS])
def test_what_was_archived_is_restored_with_what_went_along(client: Any, tree: Any, address: str) -> None:
    assert told(act(client, address, "archive", tree[address])) == ["Archive: done for 1 of 1."]
    gone = archived()
    assert "This restores" in text(ask(client, address, "restore", tree[address]))
    assert told(act(client, address, "restore", tree[address])) == ["Restore: done for 1 of 1."]
    assert (gone > 1, archived() <= 1) == (True, True)


def test_the_page_before_archiving_a_board_counts_its_objects(client: Any, tree: Any, board: Any) -> None:
    page = text(ask(client, BOARDS, "archive_board", board))
    assert "On it: 2 cards, 1 ideation, 1 refinement, 1 spec, 1 sprint." in page
    board.refresh_from_db()
    assert board.archived_at is None
