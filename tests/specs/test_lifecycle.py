"""The way from an idea to done cards answers the same over MCP, REST and the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulse_project.core.operations import REGISTRY
from tests.contract.programs import Server
from tests.contract.test_foreign_client import over_http
from tests.contract.test_parity import over_cli, over_rest, shape
from tests.specs.lifecycle import story


def play(board_id: str, call: Callable[[str, dict[str, Any]], Any]) -> list[Any]:
    """Run the story; the shape of every answer."""
    telling, answer, shapes = story(board_id), None, []
    try:
        while True:
            name, given, code = telling.send(answer)
            answer = call(f"okto_pulse_{name}", given)
            assert answer.get("code", "") == code, (name, answer)
            shapes.append((name, code, shape(answer)))
    except StopIteration:
        return shapes


@pytest.fixture
def told(transactional_db: None) -> Callable[[Any], list[Any]]:
    """`told(over_rest)` plays the story on a new board as a new agent, over that transport."""
    from tests.boards.making import make_board, make_member

    def tell(way: Any) -> list[Any]:
        board = make_board(way.__name__)
        teller = make_member(board, way.__name__)
        return play(str(board.pk), lambda name, given: way(teller, REGISTRY[name], given))

    return tell


def test_the_story_is_the_same_over_rest_and_on_the_command_line(told: Any) -> None:
    assert told(over_rest) == told(over_cli)


async def test_the_official_client_plays_the_story(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        key = server.key_of("builder")
        board = server.board_for("builder")
        async with over_http(server, key) as session:
            telling, answer, count = story(board), None, 0
            while True:
                try:
                    name, given, code = telling.send(answer)
                except StopIteration:
                    break
                result = await session.call_tool(f"okto_pulse_{name}", given)
                answer, count = result.structuredContent, count + 1
                assert (answer.get("code", ""), result.isError) == (code, bool(code)), (name, answer)
    assert count > 80
