"""A board, its full member `alice`, a stranger `mallory` with a board of her own, and empty memories."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _forget_rights() -> Iterator[None]:
    from pulse_project.core import auth

    auth.forget()
    yield
    auth.forget()


@pytest.fixture
def board(db: None) -> Any:
    from tests.boards.making import make_board

    return make_board()


@pytest.fixture
def alice(board: Any) -> Any:
    """An agent with every published flag on the board."""
    from tests.boards.making import make_member

    return make_member(board, "alice")


@pytest.fixture
def mallory(board: Any) -> Any:
    """An agent with every published flag, on another board only."""
    from tests.boards.making import make_board, make_member

    return make_member(make_board("Elsewhere"), "mallory")
