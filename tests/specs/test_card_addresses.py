"""The published addresses of cards."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from pulse_project.core import db
from tests.boards.making import make_board, make_card
from tests.boards.serving import local_client
from tests.specs.card_making import open_spec


@pytest.fixture
async def http(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    async with local_client() as client:
        client.base_url = f"{client.base_url}/api/v1/"
        yield client


def _make_objects() -> dict[str, str]:
    board = make_board()
    spec = open_spec(board)
    bug = make_card(spec, title="Bug", card_type="bug", severity="minor")
    cards = {"card": make_card(spec, title="Card"), "other": make_card(spec, title="Other"), "bug": bug}
    return {"board": str(board.pk), "spec": str(spec.pk), **{name: str(card.pk) for name, card in cards.items()}}


@pytest.fixture
async def ids(http: httpx.AsyncClient) -> dict[str, str]:
    return await db.in_write(_make_objects)


async def test_a_card_is_made_changed_and_deleted(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    made = await http.post(f"boards/{ids['board']}/cards", json={"title": "New", "spec_id": ids["spec"]})
    address = f"cards/{made.json()['id']}"
    changed = await http.patch(address, json={"title": "Newer"})
    assert (made.status_code, changed.json()["title"]) == (201, "Newer")
    assert [(await http.delete(address)).status_code, (await http.get(address)).status_code] == [200, 404]


async def test_a_card_is_moved(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    moved = await http.post(f"cards/{ids['card']}/move", json={"status": "started"})
    refused = await http.post(f"cards/{ids['card']}/move", json={"status": "validation"})
    assert (moved.status_code, moved.json()["status"], refused.status_code) == (200, "started", 409)


async def test_a_change_of_status_is_refused(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    refused = await http.patch(f"cards/{ids['card']}", json={"status": "done"})
    assert (refused.status_code, refused.json()["details"]["operation"]) == (422, "okto_pulse_move_card")


async def test_dependencies_are_lists(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    added = await http.post(f"cards/{ids['card']}/dependencies/{ids['other']}")
    waits_for: Any = (await http.get(f"cards/{ids['card']}/dependencies")).json()["result"]
    waiting: Any = (await http.get(f"cards/{ids['other']}/dependents")).json()["result"]
    back = await http.post(f"cards/{ids['other']}/dependencies/{ids['card']}")
    assert (added.status_code, {"id", "card_id", "depends_on_id"} <= set(added.json())) == (201, True)
    assert ([row["title"] for row in waits_for], [row["title"] for row in waiting]) == (["Other"], ["Card"])
    assert (back.status_code, back.json()["code"]) == (409, "DEPENDENCY_CYCLE")


async def test_a_bare_list_is_walked_by_the_cursor_beside_it(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    for card in (ids["other"], ids["bug"]):
        await http.post(f"cards/{ids['card']}/dependencies/{card}")
    address = f"cards/{ids['card']}/dependencies?limit=1"
    first = (await http.get(address)).json()
    rest = (await http.get(f"{address}&cursor={first['next_cursor']}")).json()
    assert [row["title"] for row in first["result"] + rest["result"]] == ["Bug", "Other"]
    assert rest["next_cursor"] is None


async def test_tests_of_a_bug_have_their_addresses(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    linked = await http.post(f"cards/{ids['bug']}/test-tasks", json={"test_task_id": ids["other"]})
    ended = await http.delete(f"cards/{ids['bug']}/test-tasks/{ids['other']}")
    assert (linked.status_code, linked.json()["test_task_id"], ended.json()) == (201, ids["other"], {"success": True})


async def test_a_card_leaves_and_enters_its_spec(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    for verb, spec in (("unlink", None), ("link", ids["spec"])):
        answer = await http.post(f"specs/{ids['spec']}/{verb}-card/{ids['card']}")
        assert answer.json()["success"]
        assert (await http.get(f"cards/{ids['card']}")).json()["spec_id"] == spec


async def test_a_board_is_read_as_a_whole_and_by_column(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    board = await http.get(f"boards/{ids['board']}")
    columns = await http.get(f"boards/{ids['board']}/columns")
    assert [row["title"] for row in columns.json()["columns"]["not_started"]] == ["Bug", "Card", "Other"]
    assert (len(board.json()["cards"]), columns.json()["board_id"]) == (3, ids["board"])


async def test_looking_ahead_has_addresses(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    ahead = await http.get(f"boards/{ids['board']}/transitions/card/{ids['card']}")
    ready = await http.get(f"boards/{ids['board']}/ready-cards")
    context = await http.get(f"cards/{ids['card']}/context")
    assert ahead.json()["transitions"][0]["to"] == "started"
    assert (ready.json()["ready_total"], context.json()["card"]["title"]) == (3, "Card")


async def test_a_move_is_taken_back(http: httpx.AsyncClient, ids: dict[str, str]) -> None:
    moves = {"moves": [{"card_id": ids["card"], "status": "started"}]}
    moved = await http.post(f"boards/{ids['board']}/cards/bulk-move", json=moves)
    seq = moved.json()["results"][0]["event_seq"]
    undone = await http.post(f"boards/{ids['board']}/moves/{seq}/undo")
    assert undone.json()["card"]["status"] == "not_started"
