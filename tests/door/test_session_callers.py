"""A browser session at the door."""

from typing import Any

import pytest

from tests.door.visits import OWN, scope_of, visit, websocket_of


@pytest.fixture
async def cookie(transactional_db: None) -> tuple[str, str]:
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from pulse_project.core import db

    def enter() -> str:
        client = Client()
        client.force_login(User.objects.create_superuser("root"))
        return client.session.session_key or ""

    return ("cookie", f"theme=dark; {settings.SESSION_COOKIE_NAME}={await db.in_write(enter)}")


async def test_a_session_is_its_user_beyond_this_machine(cookie: Any) -> None:
    caller = (await visit(scope_of(headers=[cookie], peer="10.0.0.9"))).caller
    assert (caller.kind, caller.name, caller.auth) == ("user", "root", "session")
    assert caller.holds("operator.reset")


async def test_a_session_counts_before_local_trust_and_a_key_before_a_session(cookie: Any, new_key: Any) -> None:
    key = ("x-api-key", await new_key("alice"))
    assert (await visit(scope_of(headers=[cookie]))).caller.kind == "user"
    assert (await visit(scope_of(headers=[cookie, key]))).caller.kind == "agent"


async def test_a_session_is_no_key_for_mcp(cookie: Any) -> None:
    assert (await visit(scope_of("/mcp", headers=[cookie]))).status == 401


async def test_a_websocket_takes_a_session_from_its_own_page_only(cookie: Any) -> None:
    own = await visit(websocket_of(headers=[cookie, ("origin", OWN)], peer="10.0.0.9"))
    other = await visit(websocket_of(headers=[cookie], peer="10.0.0.9"))
    assert own.caller.kind == "user"
    assert other.messages == [{"type": "websocket.close", "code": 4403}]


async def test_a_made_up_session_is_nobody(transactional_db: None) -> None:
    from django.conf import settings

    made_up = ("cookie", f"{settings.SESSION_COOKIE_NAME}={'x' * 32}")
    assert (await visit(scope_of(headers=[made_up], peer="10.0.0.9"))).status == 401


async def test_a_link_works_on_this_machine_only() -> None:
    answer = await visit(scope_of("/login/link/x/", peer="10.0.0.9"))
    assert answer.passed is not None
    assert answer.passed["state"]["is_this_machine"] is False
