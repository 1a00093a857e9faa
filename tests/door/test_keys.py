"""Presented keys: where they are read, that they decide, that a wrong one is always the same 401."""

from typing import Any

import pytest

from tests.door.visits import scope_of, visit

WRONG = "nxs_" + "0" * 48
ALWAYS_401 = {"ok": False, "error": {"code": "AUTH_FAILED"}}


def bearer(key: str, scheme: str = "Bearer") -> list[tuple[str, str]]:
    return [("authorization", f"{scheme} {key}")]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_a_bearer_key_is_its_agent(new_key: Any, scheme: str) -> None:
    caller = (await visit(scope_of("/mcp", headers=bearer(await new_key("alice"), scheme)))).caller
    assert (caller.kind, caller.agent_id, caller.auth) == ("agent", "alice", "key")


@pytest.mark.parametrize("prefix", ["nxs_", "dash_"])
async def test_either_kind_of_key_opens_every_surface(new_key: Any, prefix: str) -> None:
    key = await new_key("alice", prefix=prefix)
    paths = ["/mcp", "/mcp/x/nexus/readonly", "/api/v1/nexus/agents", "/", "/metrics"]
    assert [(await visit(scope_of(path, headers=[("x-api-key", key)]))).status for path in paths] == [200] * 5


async def test_the_query_wins_over_the_header_and_that_over_bearer(new_key: Any) -> None:
    first, second, third = await new_key("a"), await new_key("b"), await new_key("c")
    both = [("x-api-key", second), *bearer(third)]
    assert (await visit(scope_of(f"/mcp?api_key={first}", headers=both))).caller.agent_id == "a"
    assert (await visit(scope_of("/mcp", headers=both))).caller.agent_id == "b"


@pytest.mark.parametrize("path", ["/mcp", "/api/v1/nexus/agents", "/api/v1/stream", "/"])
@pytest.mark.parametrize(
    "headers",
    [
        bearer(WRONG),
        bearer(""),
        bearer("nxs_short"),
        bearer(WRONG.upper()),
        [("x-api-key", WRONG)],
        [("x-api-key", "")],
        [("x-api-key", WRONG), ("x-api-key", WRONG)],
        [("authorization", WRONG)],
        [("authorization", "Token " + WRONG)],
        [("x-api-key", "\xff\xfe")],
    ],
)
@pytest.mark.usefixtures("transactional_db")
async def test_a_wrong_key_is_the_same_401_even_on_loopback(path: str, headers: Any) -> None:
    answer = await visit(scope_of(path, headers=headers))
    assert answer.status == 401
    assert answer.json["error"].pop("message")
    assert {"ok": False, "error": {"code": answer.code}} == ALWAYS_401


async def test_missing_rotated_revoked_and_expired_keys_read_alike(new_key: Any, system: Any) -> None:
    from datetime import timedelta

    from pulse_project.core import clock, db, identity
    from pulse_project.core.models import Agent, ApiKey

    expired = await new_key("bob", expires_at=clock.now() - timedelta(seconds=1))
    rotated, revoked = await new_key("carol"), await new_key("dave")

    def end() -> None:
        with db.write_tx():
            identity.rotate_key(system, Agent.objects.get(agent_id="carol"))
            identity.revoke_key(system, ApiKey.objects.get(agent__agent_id="dave").pk)

    await db.in_write(end)
    bodies = [(await visit(scope_of("/mcp", headers=bearer(key)))).json for key in (WRONG, expired, rotated, revoked)]
    bodies.append((await visit(scope_of("/mcp"))).json)
    assert all(body == bodies[0] for body in bodies)


async def test_mcp_needs_a_key_even_on_loopback() -> None:
    answer = await visit(scope_of("/mcp", method="POST", headers=[("content-type", "application/json")]))
    assert (answer.status, answer.code) == (401, "AUTH_FAILED")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_login_of_a_proxy_is_no_key() -> None:
    assert (await visit(scope_of(headers=[("authorization", "Basic dXNlcjpwdw==")]))).caller.kind == "local"


async def test_a_query_key_is_gone_before_anybody_can_log_it(new_key: Any) -> None:
    key = await new_key("alice")
    scope = scope_of(f"/mcp?a=1&api_key={key}&b=2")
    answer = await visit(scope)
    assert answer.passed is scope
    assert scope["query_string"] == b"a=1&b=2"
    assert answer.headers["deprecation"].startswith("@")


@pytest.mark.parametrize("name", ["api_key", "API_KEY", "api%5Fkey", "%61pi_key"])
@pytest.mark.parametrize("path", ["/mcp", "/", "/v1/events", "/livez"])
async def test_every_spelling_is_removed_on_every_path(name: str, path: str) -> None:
    scope = scope_of(f"{path}?{name}=secret&x=1")
    await visit(scope)
    assert scope["query_string"] == b"x=1"


@pytest.mark.parametrize("path", ["/", "/admin/", "/v1/events"])
async def test_pages_and_producers_never_take_a_query_key(path: str) -> None:
    answer = await visit(scope_of(f"{path}?api_key={WRONG}"))
    assert answer.caller.kind == "local"
    assert "deprecation" not in answer.headers


async def test_two_query_keys_are_no_key(new_key: Any) -> None:
    assert (await visit(scope_of(f"/mcp?api_key={await new_key()}&api_key={WRONG}"))).status == 401


async def test_a_key_restricts_its_caller(new_key: Any) -> None:
    key = await new_key("alice", toolsets="nexus, telemetry", is_read_only=True)
    caller = (await visit(scope_of("/mcp", headers=bearer(key)))).caller
    assert caller.toolsets == {"nexus", "telemetry"}
    assert caller.read_only


async def test_flags_come_from_the_agent(new_key: Any, system: Any) -> None:
    from pulse_project.core import db, identity

    key = await new_key("alice")
    before = (await visit(scope_of("/mcp", headers=bearer(key)))).caller

    def forbid() -> None:
        with db.write_tx():
            identity.set_permissions(system, "alice", {"handoffs": {"create": False}})

    await db.in_write(forbid)
    after = (await visit(scope_of("/mcp", headers=bearer(key)))).caller
    assert before.flags - after.flags == {"handoffs.create"}
    assert not any(flag.startswith("operator.") for flag in before.flags)


async def test_a_monitor_key_observes_and_nothing_else(system: Any, transactional_db: None) -> None:
    from pulse_project.core import db, identity

    def issue() -> str:
        with db.write_tx():
            return identity.issue_key(system, None, scope="monitor", label="wall").plaintext

    caller = (await visit(scope_of(headers=bearer(await db.in_write(issue))))).caller
    assert (caller.kind, caller.name, caller.read_only, caller.agent_id) == ("monitor", "wall", True, None)
    assert caller.flags == {"operator.observe", "operator.metrics", "telemetry.read"}


async def test_guessing_is_slowed_and_good_keys_are_not(new_key: Any) -> None:
    from pulse_project.core import ratelimit

    key = await new_key("alice")
    guesses = [await visit(scope_of("/mcp", headers=bearer(WRONG))) for _ in range(ratelimit.FAILURES_PER_MINUTE + 1)]
    assert [answer.status for answer in guesses[-2:]] == [401, 429]
    assert int(guesses[-1].headers["retry-after"]) >= 1
    assert (await visit(scope_of("/mcp", headers=bearer(key)))).status == 200


def test_an_ipv6_network_is_one_guesser() -> None:
    from pulse_project.core.peers import peer_at

    assert peer_at("2001:db8:1:2::1").bucket == peer_at("2001:db8:1:2:ffff::9").bucket
    assert peer_at("2001:db8:1:3::1").bucket != peer_at("2001:db8:1:2::1").bucket
    assert peer_at("::ffff:10.0.0.9").bucket == "10.0.0.9"
