"""The published addresses of sprints, the archive, architecture and copies."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from pulse_project.core import db
from tests.boards.making import make_board, make_card, make_ideation, make_refinement, make_spec
from tests.boards.serving import local_client
from tests.specs.sprinting import design


@pytest.fixture
async def http(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    async with local_client() as client:
        client.base_url = f"{client.base_url}/api/v1/"
        yield client


def _make_objects() -> dict[str, Any]:
    board = make_board()
    ideation, spec = make_ideation(board), make_spec(board)
    return {
        "board": board, "ideations": ideation, "refinements": make_refinement(ideation), "specs": spec,
        "cards": make_card(spec),
    }  # fmt: skip


@pytest.fixture
async def objects(http: httpx.AsyncClient) -> dict[str, Any]:
    return await db.in_write(_make_objects)


@pytest.fixture
async def sprint(http: httpx.AsyncClient, objects: dict[str, Any]) -> str:
    address = f"boards/{objects['board'].pk}/specs/{objects['specs'].pk}/sprints"
    made = await http.post(address, json={"title": "First"})
    assert made.status_code == 201
    return str(made.json()["id"])


async def test_a_sprint_has_its_addresses(http: httpx.AsyncClient, sprint: str) -> None:
    changed = await http.patch(f"sprints/{sprint}", json={"title": "Second"})
    read = await http.get(f"sprints/{sprint}")
    history = await http.get(f"sprints/{sprint}/history")
    assert (changed.json()["title"], read.json()["cards"]) == ("Second", [])
    assert [row["action"] for row in history.json()["result"]] == ["sprint_updated", "sprint_created"]


async def test_cards_of_a_sprint_have_their_addresses(
    http: httpx.AsyncClient, objects: dict[str, Any], sprint: str
) -> None:
    given = {"card_ids": [str(objects["cards"].pk)]}
    assigned = await http.post(f"sprints/{sprint}/assign-tasks", json=given)
    moved = await http.post(f"sprints/{sprint}/move", json={"status": "active"})
    released = await http.post(f"sprints/{sprint}/unassign-tasks", json=given)
    assert (assigned.json()["assigned"], released.json()["unassigned"]) == (1, 1)
    assert (moved.json()["status"], moved.json()["carried_over"]) == ("active", [])


async def test_sprints_are_listed_below_board_and_spec(
    http: httpx.AsyncClient, objects: dict[str, Any], sprint: str
) -> None:
    board, spec = objects["board"].pk, objects["specs"].pk
    listed = [
        await http.get(f"boards/{board}/sprints?status=draft"),
        await http.get(f"boards/{board}/specs/{spec}/sprints"),
    ]
    deleted = await http.delete(f"sprints/{sprint}")
    assert [[row["id"] for row in one.json()["result"]] for one in listed] == [[sprint], [sprint]]
    assert (deleted.status_code, (await http.get(f"sprints/{sprint}")).status_code) == (200, 404)


async def test_a_tree_is_archived_and_restored_at_its_addresses(
    http: httpx.AsyncClient, objects: dict[str, Any]
) -> None:
    board, spec = objects["board"].pk, objects["specs"].pk
    archived = await http.post(f"boards/{board}/archive/spec/{spec}")
    restored = await http.post(f"boards/{board}/restore/spec/{spec}")
    assert (archived.json()["archived_count"]["cards"], restored.json()["restored_count"]["specs"]) == (1, 1)


@pytest.mark.parametrize("kind", ["ideations", "refinements", "specs", "cards"])
async def test_designs_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any], kind: str) -> None:
    address = f"{kind}/{objects[kind].pk}/architecture"
    made = await http.post(address, json=design())
    listed = (await http.get(address)).json()["result"]
    whole = (await http.get(f"{address}?include_payloads=true")).json()["result"]
    assert (made.status_code, [row["id"] for row in listed]) == (201, [made.json()["id"]])
    assert len(whole[0]["diagram_payloads"]) == 1


async def test_one_design_has_its_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    made = (await http.post(f"specs/{objects['specs'].pk}/architecture", json=design())).json()["id"]
    address = f"architecture/{made}"
    changed = await http.patch(address, json={"title": "New"})
    diff = await http.get(f"{address}/diff?from_version=1&to_version=2")
    deleted = await http.delete(address)
    assert (changed.json()["version"], diff.json()["changed_fields"]) == (2, ["title"])
    assert (deleted.status_code, (await http.get(address)).status_code) == (200, 404)


async def test_drawings_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    made = (await http.post(f"specs/{objects['specs'].pk}/architecture", json=design())).json()["id"]
    address = f"architecture/{made}/diagrams"
    given = {"elements": [{"id": "x"}]}
    imported = await http.post(f"{address}/import-excalidraw", json={"title": "More", "payload_json": given})
    put = await http.put(f"{address}/over/payload", json={"payload": given})
    read = await http.get(f"{address}/over/payload")
    assert (len(imported.json()["diagrams"]), put.json()["version"], read.json()["payload"]) == (2, 3, given)


async def test_a_bad_design_answers_with_the_places_of_its_issues(
    http: httpx.AsyncClient, objects: dict[str, Any]
) -> None:
    given = design(entities=[{"id": "a", "name": "App", "entity_type": "app"}])
    refused = await http.post(f"specs/{objects['specs'].pk}/architecture", json=given)
    checked = await http.post("architecture/validate", json={**given, "parent_type": "spec",
                                                              "parent_id": str(objects["specs"].pk)})  # fmt: skip
    assert (refused.status_code, refused.json()["details"]["issues"][0]["path"]) == (422, "$.entities[0].name")
    assert (checked.status_code, checked.json()["valid"]) == (200, False)


async def test_the_schema_of_designs_has_an_address(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    assert (await http.get("architecture/schema")).json()["schema"]["schema_version"] == "2026-05-04"


async def test_copying_designs_to_a_card_has_an_address(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    spec, card = objects["specs"].pk, objects["cards"].pk
    await http.post(f"specs/{spec}/architecture", json=design())
    copied = await http.post(f"cards/{card}/copy-architecture-from-spec/{spec}")
    assert (copied.status_code, copied.json()["copied"]) == (200, 1)
