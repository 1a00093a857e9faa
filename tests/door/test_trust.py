"""When a caller without key is the local operator, and what that may do."""

from typing import Any

import pytest

from tests.door.visits import scope_of, visit

FORWARDING = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-original-url",
    "cf-connecting-ip",
    "true-client-ip",
    "tailscale-user-login",
]


async def test_a_local_caller_without_key_is_the_local_operator() -> None:
    caller = (await visit(scope_of())).caller
    assert (caller.kind, caller.name, caller.auth) == ("local", "local-operator", "loopback")
    assert caller.holds("operator.keys")
    assert not caller.read_only


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
async def test_loopback_peers_are_local(peer: str) -> None:
    assert (await visit(scope_of(peer=peer))).status == 200


@pytest.mark.parametrize(
    "peer", ["10.0.0.9", "172.17.0.1", "192.168.1.7", "::ffff:10.0.0.9", "fe80::1%eth0", "", "unix:"]
)
async def test_other_peers_need_a_key(peer: str) -> None:
    answer = await visit(scope_of(peer=peer))
    assert (answer.status, answer.code) == (401, "AUTH_FAILED")


@pytest.mark.parametrize("header", FORWARDING)
async def test_any_forwarding_header_ends_trust(header: str) -> None:
    assert (await visit(scope_of(headers=[(header, "127.0.0.1")]))).status == 401


async def test_http_1_0_ends_trust() -> None:
    assert (await visit(scope_of(http_version="1.0"))).status == 401


async def test_a_host_that_is_not_loopback_ends_trust(in_force: Any) -> None:
    in_force(allowed_hosts="pulse.example")
    hosts = ["192.168.1.7:8100", "pulse.example", "localhost:8100"]
    assert [(await visit(scope_of(host=host))).status for host in hosts] == [401, 401, 200]


EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - never loopback


@pytest.mark.parametrize("hosts", [(EVERY_ADDRESS,), ("::",), ("127.0.0.1", "192.168.1.7"), ("pulse.lan",), ()])
async def test_a_bind_beyond_loopback_or_unknown_ends_trust(bound_to: Any, hosts: tuple[str, ...]) -> None:
    bound_to(*hosts)
    assert (await visit(scope_of())).status == 401


@pytest.mark.parametrize("values", [{"behind_proxy": True}, {"loopback_trust": "off"}])
async def test_trust_can_be_switched_off(in_force: Any, values: dict[str, Any]) -> None:
    in_force(**values)
    assert (await visit(scope_of())).status == 401


@pytest.mark.parametrize("values", [{"loopback_trust": "read"}, {"trust_mode": "strict"}])
async def test_trust_can_be_narrowed_to_reading(in_force: Any, values: dict[str, Any]) -> None:
    in_force(**values)
    assert (await visit(scope_of())).caller.read_only


async def test_the_address_behind_a_trusted_proxy_is_its_last_untrusted_hop(in_force: Any) -> None:
    in_force(trusted_proxies="127.0.0.0/8, 10.0.0.0/8", allowed_hosts="*")
    scope = scope_of("/api/v1/info", headers=[("x-forwarded-for", "1.1.1.1, 203.0.113.5, 10.1.1.1")])
    answer = await visit(scope)
    assert answer.passed is not None
    assert answer.passed["state"]["peer"] == "203.0.113.5"
    assert answer.passed["client"] == ("203.0.113.5", 0)


async def test_nobody_else_may_claim_an_address(in_force: Any) -> None:
    in_force(trusted_proxies="10.0.0.0/8")
    answer = await visit(scope_of("/api/v1/info", peer="192.168.1.7", headers=[("x-forwarded-for", "127.0.0.1")]))
    assert answer.passed is not None
    assert answer.passed["state"]["peer"] == "192.168.1.7"


def test_a_wrong_list_of_proxies_stops_the_start() -> None:
    from pulse_project.core import conf, peers

    with pytest.raises(conf.ConfigError, match="trusted_proxies"):
        peers.trusted_networks("10.0.0.0/99")


OPEN = [
    "/livez",
    "/healthz",
    "/static/app.css",
    "/login/",
    "/api/v1/nexus/info",
    "/api/v1/nexus/license",
    "/api/v1/info",
    "/api/v1/license",
]
CLOSED = [
    "/readyz",
    "/metrics",
    "/api/schema",
    "/api/docs",
    "/api/v1/nexus/agents",
    "/api/v1/stream",
    "/v1/events",
    "/mcp",
    "/admin/",
    "/",
]


@pytest.mark.parametrize("path", OPEN)
async def test_beyond_loopback_this_is_open(bound_to: Any, path: str) -> None:
    bound_to("192.168.1.7")
    answer = await visit(scope_of(path, peer="10.0.0.9"))
    assert answer.caller.kind == "anonymous"


@pytest.mark.parametrize("path", CLOSED)
async def test_beyond_loopback_everything_else_is_closed(bound_to: Any, path: str) -> None:
    bound_to("192.168.1.7")
    answer = await visit(scope_of(path, peer="10.0.0.9"))
    assert (answer.status, answer.code) == (401, "AUTH_FAILED")
    assert answer.passed is None


async def test_a_browser_without_identity_is_sent_to_the_login_page(bound_to: Any) -> None:
    bound_to("192.168.1.7")
    answer = await visit(scope_of("/boards/7?tab=a&b=c", peer="10.0.0.9", headers=[("accept", "text/html,*/*")]))
    assert answer.status == 302
    assert answer.headers["location"] == "/login/?next=%2Fboards%2F7%3Ftab%3Da%26b%3Dc"


async def test_the_second_port_has_mcp_and_health_only(bound_to: Any) -> None:
    bound_to("127.0.0.1", mcp_port=8101)
    paths = ["/livez", "/healthz", "/readyz", "/", "/api/v1/nexus/agents", "/admin/", "/login/"]
    answers = [await visit(scope_of(path, server=("127.0.0.1", 8101))) for path in paths]
    assert [answer.status for answer in answers] == [200, 200, 200, 404, 404, 404, 404]
