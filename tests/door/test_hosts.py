"""Names that the server answers to (DNS rebinding), and pages that may speak to it (cross-site requests)."""

from typing import Any

import pytest

from tests.door.visits import OWN, scope_of, visit

ACCEPTED = [
    "127.0.0.1",
    "127.0.0.1:9999",
    "localhost:8100",
    "LOCALHOST",
    "pulse.localhost",
    "[::1]:8100",
    "192.168.1.7:8100",
]
REFUSED = [
    "evil.example",
    "localhost.evil.example",
    "0.0.0.0:8100",
    "[::]",
    "127.0.0.1:99999",
    "a@127.0.0.1",
    "127.0.0.1/x",
    "",
    "127.0.0.1:8100,evil.example",
    "[::1",
]


@pytest.mark.parametrize("host", ACCEPTED)
async def test_an_ip_literal_or_a_name_of_loopback_is_our_host(host: str) -> None:
    assert (await visit(scope_of("/livez", host=host))).status == 200


@pytest.mark.parametrize("host", REFUSED)
async def test_another_host_is_400_on_every_path(host: str) -> None:
    answers = [await visit(scope_of(path, host=host)) for path in ("/livez", "/mcp", "/api/v1/nexus/agents", "/")]
    assert [answer.status for answer in answers] == [400] * 4
    assert not any(answer.passed for answer in answers)


@pytest.mark.parametrize(
    "scope",
    [
        scope_of("/livez", host=None),
        scope_of("/livez", headers=[("host", "127.0.0.1")]),
        scope_of("http://127.0.0.1:8100/livez"),
    ],
)
async def test_a_missing_a_double_and_an_absolute_host_are_400(scope: dict[str, Any]) -> None:
    answer = await visit(scope)
    assert (answer.status, answer.code) == (400, "INVALID_PARAM")


async def test_listed_names_are_hosts(in_force: Any) -> None:
    in_force(allowed_hosts="pulse.example,.team.example")
    hosts = ["pulse.example:443", "a.team.example", "team.example", "evil.example"]
    assert [(await visit(scope_of("/livez", host=host))).status for host in hosts] == [200, 200, 400, 400]


async def test_a_star_allows_every_name(in_force: Any) -> None:
    in_force(allowed_hosts="*")
    assert (await visit(scope_of("/livez", host="any.example"))).status == 200


async def test_the_bound_name_is_a_host(bound_to: Any) -> None:
    bound_to("pulse.lan")
    assert (await visit(scope_of("/livez", host="pulse.lan:8100"))).status == 200


CASES = [
    ("GET", {"sec-fetch-site": "same-origin"}, 200),
    ("POST", {"sec-fetch-site": "same-origin"}, 200),
    ("GET", {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
    ("GET", {"sec-fetch-site": "none", "sec-fetch-mode": "cors"}, 403),
    ("POST", {"sec-fetch-site": "none"}, 403),
    ("GET", {"sec-fetch-site": "same-site"}, 403),
    ("GET", {"sec-fetch-site": "cross-site"}, 403),
    ("POST", {"sec-fetch-site": "cross-site", "origin": OWN}, 403),
    ("GET", {"origin": OWN}, 200),
    ("POST", {"origin": OWN}, 200),
    ("POST", {"origin": "https://127.0.0.1:8100"}, 200),
    ("GET", {"origin": "null"}, 403),
    ("POST", {"origin": "http://127.0.0.1:3000"}, 403),
    ("POST", {"origin": "http://localhost:8100"}, 403),
    ("POST", {"origin": "http://127.0.0.1:8100.evil.example"}, 403),
    ("POST", {"origin": "http://evil.example"}, 403),
    ("POST", {"referer": OWN + "/boards/"}, 200),
    ("POST", {"referer": "http://evil.example/" + OWN}, 403),
    ("GET", {"referer": "http://evil.example/"}, 200),
    ("POST", {}, 200),
]


@pytest.mark.parametrize(("method", "headers", "status"), CASES)
async def test_only_our_own_pages_may_speak_to_us(method: str, headers: dict[str, str], status: int) -> None:
    answer = await visit(scope_of(method=method, headers=headers.items()))
    assert answer.status == status
    assert (answer.passed is None) == (status == 403)


@pytest.mark.parametrize(
    "path", ["/mcp", "/api/v1/ops/inbox_count", "/v1/events", "/login/", "/static/app.css", "/livez"]
)
async def test_the_rule_holds_on_every_route(path: str) -> None:
    answer = await visit(scope_of(path, method="POST", headers=[("origin", "http://evil.example")]))
    assert (answer.status, answer.code) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize("name", ["origin", "sec-fetch-site", "referer"])
async def test_a_header_that_tells_the_page_and_comes_twice_is_foreign(name: str) -> None:
    value = "same-origin" if name == "sec-fetch-site" else OWN
    for second in (value, "http://evil.example"):
        assert (await visit(scope_of(headers=[(name, value), (name, second)]))).status == 403


async def test_a_foreign_page_on_a_loopback_peer_hints_at_a_forgotten_proxy() -> None:
    from pulse_project.core import guard

    before = guard.refused["foreign_on_loopback"]
    await visit(scope_of(headers=[("origin", "https://pulse.example")]))
    await visit(scope_of(headers=[("origin", "https://pulse.example")], peer="10.0.0.9"))
    assert guard.refused["foreign_on_loopback"] == before + 1
