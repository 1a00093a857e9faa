"""A websocket needs a key, or its own page's Origin together with a session or local trust."""

from typing import Any

import pytest

from tests.door.visits import OWN, visit, websocket_of

DENIAL = {"websocket.http.response": {}}


def opened(*headers: tuple[str, str], **over: Any) -> dict[str, Any]:
    return websocket_of(headers=headers, **over)


async def test_our_own_page_on_this_machine_connects() -> None:
    answer = await visit(opened(("origin", OWN)))
    assert answer.messages == [{"type": "websocket.accept"}]
    assert answer.caller.kind == "local"


@pytest.mark.parametrize(
    "origin", [None, "null", "http://127.0.0.1:3000", "http://localhost:8100", "http://evil.example"]
)
async def test_without_key_any_other_origin_is_refused(origin: str | None) -> None:
    answer = await visit(opened(*([("origin", origin)] if origin else [])))
    assert answer.messages == [{"type": "websocket.close", "code": 4403}]
    assert answer.passed is None


async def test_a_program_with_a_key_needs_no_origin(new_key: Any) -> None:
    answer = await visit(opened(("x-api-key", await new_key("alice")), peer="10.0.0.9"))
    assert answer.caller.agent_id == "alice"


async def test_a_wrong_key_is_401_where_the_server_can_say_so(transactional_db: None) -> None:
    answer = await visit(opened(("origin", OWN), ("x-api-key", "nxs_" + "0" * 48), extensions=DENIAL))
    assert answer.messages[0]["type"] == "websocket.http.response.start"
    assert (answer.status, answer.code) == (401, "AUTH_FAILED")


async def test_a_key_in_the_address_is_not_taken(new_key: Any) -> None:
    scope = websocket_of(f"/ws/live/?api_key={await new_key()}")
    answer = await visit(scope)
    assert answer.messages == [{"type": "websocket.close", "code": 4403}]
    assert scope["query_string"] == b""


async def test_beyond_this_machine_the_own_origin_is_not_enough() -> None:
    answer = await visit(opened(("origin", OWN), peer="10.0.0.9"))
    assert answer.messages == [{"type": "websocket.close", "code": 4401}]


async def test_the_process_holds_a_bounded_number(monkeypatch: Any) -> None:
    from pulse_project.core import ratelimit

    monkeypatch.setattr(ratelimit.sockets, "total", 0)
    answer = await visit(opened(("origin", OWN), extensions=DENIAL))
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
