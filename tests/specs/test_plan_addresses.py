"""Addresses of ideations, refinements, knowledge and mockups, through the whole application."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from specs.models import Mockup
from tests.boards.making import make_board, make_card, make_spec, make_sprint
from tests.specs.planning import make_done_ideation

BASE = "http://127.0.0.1:8100"


@pytest.fixture(autouse=True)
def bound() -> Any:
    from pulse_project.core import binding

    binding.publish(binding.Binding(hosts=("127.0.0.1",), port=8100))
    yield
    binding.publish(binding.Binding())


@pytest.fixture
async def http(transactional_db: None) -> AsyncIterator[httpx.AsyncClient]:
    """A local program without key, in front of the whole application."""
    from pulse_project.asgi import application
    from pulse_project.core import auth, background, hub, presence, ratelimit

    transport = httpx.ASGITransport(app=application, client=("127.0.0.1", 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    await hub.hub().stop()
    await background.stop()
    for memory in (auth, presence, ratelimit.failed_logins, ratelimit.calls):
        memory.forget()


def _make_screen() -> tuple[str, str]:
    spec = make_spec(make_board())
    Mockup.objects.create(
        entity_id=spec.pk, public_id="sm_00000001", title="S", html_content="<p onclick=x()>hi</p><script>x()</script>"
    )
    return str(spec.pk), str(make_sprint(spec).pk)


@pytest.fixture
async def ids(http: httpx.AsyncClient) -> tuple[str, str]:
    """A spec with a mockup as older rules left it, and a sprint."""
    from pulse_project.core import db

    return await db.in_write(_make_screen)


def _make_done() -> str:
    return str(make_done_ideation(make_board(), problem_statement="p").pk)


@pytest.fixture
async def ideation(http: httpx.AsyncClient) -> str:
    """The address of a done ideation."""
    from pulse_project.core import db

    return f"/api/v1/ideations/{await db.in_write(_make_done)}"


async def test_what_is_made_answers_the_object_alone(http: httpx.AsyncClient, ideation: str) -> None:
    board_id = (await http.get(ideation)).json()["board_id"]
    made = await http.post(f"/api/v1/boards/{board_id}/ideations", json={"title": "Retry"})
    refined = await http.post(f"{ideation}/refinements", json={"title": "Backoff", "in_scope": ["A"]})
    spec = await http.post(f"{ideation}/derive-spec")
    assert [answer.status_code for answer in (made, refined, spec)] == [201, 201, 201]
    assert [answer.json()["ref"] for answer in (made, refined, spec)] == ["I-2", "R-1", "S-1"]


async def test_an_ideation_is_read_changed_moved_and_deleted(http: httpx.AsyncClient, ideation: str) -> None:
    await http.post(f"{ideation}/move", json={"status": "draft"})
    changed = await http.patch(ideation, json={"title": "New", "scope_assessment": {"domains": 2}})
    for status in ("review", "approved", "evaluating"):
        moved = await http.post(f"{ideation}/move", json={"status": status})
    scored = await http.post(f"{ideation}/evaluate")
    assert (changed.json()["title"], moved.json()["to_status"]) == ("New", "evaluating")
    assert (scored.status_code, scored.json()["complexity"]) == (200, "medium")
    assert [(await http.delete(ideation)).status_code, (await http.get(ideation)).status_code] == [200, 404]


async def test_snapshots_have_addresses_by_version(http: httpx.AsyncClient, ideation: str) -> None:
    await http.post(f"{ideation}/move", json={"status": "draft"})
    for status in ("review", "approved", "evaluating", "done"):
        await http.post(f"{ideation}/move", json={"status": status})
    found = [await http.get(f"{ideation}/snapshots{rest}") for rest in ("", "/2", "/1", "/x")]
    assert [answer.status_code for answer in found] == [200, 200, 404, 422]
    assert found[1].json()["problem_statement"] == "p"


async def test_a_refused_move_says_why(http: httpx.AsyncClient, ideation: str) -> None:
    refused = await http.post(f"{ideation}/move", json={"status": "review"})
    assert (refused.status_code, refused.json()["code"]) == (409, "INVALID_TRANSITION")
    refused = await http.patch(ideation, json={"description": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "GATE_BLOCKED")


def _make_card() -> str:
    return str(make_card(make_spec(make_board())).pk)


async def test_knowledge_of_a_card_is_downloaded_as_text(http: httpx.AsyncClient) -> None:
    from pulse_project.core import db

    base = f"/api/v1/cards/{await db.in_write(_make_card)}/knowledge"
    made = await http.post(base, json={"title": "K", "content": "# <b>"})
    found = await http.get(f"{base}/{made.json()['id']}/download")
    assert (made.status_code, found.text) == (201, "# <b>")
    assert (found.headers["content-type"], found.headers["x-content-type-options"]) == (
        "text/plain; charset=utf-8", "nosniff",
    )  # fmt: skip


def address(entity_id: str, screen_id: str = "sm_00000001") -> str:
    return f"/api/v1/mockups/{entity_id}/{screen_id}/frame"


async def test_a_frame_shows_the_mockup_cleaned_again(http: httpx.AsyncClient, ids: tuple[str, str]) -> None:
    found = await http.get(address(ids[0]))
    assert (found.status_code, found.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert found.text.endswith("<body><p>hi</p>")


async def test_a_frame_runs_and_loads_nothing(http: httpx.AsyncClient, ids: tuple[str, str]) -> None:
    headers = (await http.get(address(ids[0]))).headers
    policy = headers["content-security-policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "img-src data:", "form-action 'none'", "frame-ancestors 'self'"} < set(
        policy
    )
    assert "script-src" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "SAMEORIGIN")


async def test_what_has_no_frame_is_not_found(http: httpx.AsyncClient, ids: tuple[str, str]) -> None:
    wrong = [address(ids[0], "sm_0"), address(ids[1]), address("0" * 32), f"/api/v1/mockups/{ids[0]}/sm_00000001"]
    answers = [await http.get(path) for path in wrong]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "NOT_FOUND")] * 4


async def test_a_frame_is_only_read(http: httpx.AsyncClient, ids: tuple[str, str]) -> None:
    assert (await http.post(address(ids[0]), json={})).status_code == 404


def test_a_member_needs_the_flag_and_a_stranger_finds_nothing(board: Any, alice: Any, mallory: Any) -> None:
    from tests.boards.making import make_member
    from tests.conftest import run

    spec = make_spec(board)
    screen = run("okto_pulse_add_screen_mockup", alice, entity_id=str(spec.pk), title="S")["screen"]
    at = {"entity_id": str(spec.pk), "screen_id": screen["id"]}
    bob = make_member(board, "bob", overrides=["spec.mockups.read"])
    codes = [run("okto_pulse_get_screen_mockup", caller, **at).get("code") for caller in (alice, bob, mallory)]
    assert codes == [None, "PERMISSION_DENIED", "NOT_FOUND"]
