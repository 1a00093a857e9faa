"""The published addresses of questions, comments, mentions and activity."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from pulse_project.core import db
from tests.boards.making import make_board, make_card, make_ideation, make_refinement, make_spec, make_sprint
from tests.boards.serving import local_client


@pytest.fixture
async def http(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    async with local_client() as client:
        client.base_url = f"{client.base_url}/api/v1/"
        yield client


def _make_objects() -> dict[str, Any]:
    board = make_board()
    ideation, spec = make_ideation(board), make_spec(board)
    return {
        "ideations": ideation, "refinements": make_refinement(ideation), "specs": spec, "sprints": make_sprint(spec),
        "card": make_card(spec),
    }  # fmt: skip


@pytest.fixture
async def objects(http: httpx.AsyncClient) -> dict[str, Any]:
    return await db.in_write(_make_objects)


@pytest.mark.parametrize("kind", ["ideations", "refinements", "specs", "sprints"])
async def test_questions_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any], kind: str) -> None:
    address = f"{kind}/{objects[kind].pk}/qa"
    asked = await http.post(address, json={"question": "Why?"})
    answered = await http.post(f"{address}/{asked.json()['id']}/answer", json={"answer": "Because."})
    deleted = await http.delete(f"{address}/{asked.json()['id']}")
    assert (asked.status_code, answered.json()["answer"], deleted.status_code) == (201, "Because.", 200)


async def test_a_choice_question_is_asked_at_the_same_address(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    address = f"specs/{objects['specs'].pk}/qa"
    given = {"question": "Which?", "question_type": "choice", "choices": [{"label": "a, b"}, {"label": "c"}]}
    asked = (await http.post(address, json=given)).json()
    await http.post(f"{address}/{asked['id']}/answer", json={"selected": ["opt_1"]})
    listed = (await http.get(address)).json()["result"]
    assert [(qa["id"], qa["selected"]) for qa in listed] == [(asked["id"], ["opt_1"])]


async def test_questions_of_cards_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    asked = await http.post(f"qa/card/{objects['card'].pk}", json={"question": "Why?"})
    answered = await http.post(f"qa/{asked.json()['id']}/answer", json={"answer": "Because."})
    deleted = await http.delete(f"qa/{asked.json()['id']}")
    assert (asked.status_code, answered.json()["answer"], deleted.status_code) == (201, "Because.", 200)


async def test_comments_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    address = f"comments/card/{objects['card'].pk}"
    made = await http.post(address, json={"content": "one"})
    edited = await http.patch(f"comments/{made.json()['id']}", json={"content": "two"})
    listed = await http.get(address)
    deleted = await http.delete(f"comments/{made.json()['id']}")
    assert (made.status_code, edited.json()["content"], deleted.status_code) == (201, "two", 200)
    assert [row["content"] for row in listed.json()["result"]] == ["two"]


async def test_polls_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    given = {"question": "Which?", "options": ["a", "b"]}
    poll = (await http.post(f"comments/card/{objects['card'].pk}/polls", json=given)).json()
    voted = await http.post(f"comments/{poll['id']}/respond", json={"selected": ["opt_0"]})
    found = await http.get(f"comments/{poll['id']}/responses")
    assert (voted.status_code, found.json()["response_count"]) == (200, 1)


async def test_activity_and_seen_marks_have_their_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    card = objects["card"]
    await http.post(f"comments/card/{card.pk}", json={"content": "one"})
    answers = [await http.get(f"{place}/activity") for place in (f"cards/{card.pk}", f"boards/{card.board_id}")]
    assert [answer.json()["result"][0]["action"] for answer in answers] == ["comment_added"] * 2
    assert (await http.get(f"cards/{card.pk}/seen")).json() == {"items": {}, "next_cursor": None}


async def test_an_inbox_has_its_addresses(http: httpx.AsyncClient, objects: dict[str, Any]) -> None:
    board = f"boards/{objects['card'].board_id}"
    answers = [await http.get(f"{board}/mentions"), await http.get(f"{board}/unseen")]
    answers.append(await http.post(f"{board}/mentions/seen", json={"item_ids": ["x"]}))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
