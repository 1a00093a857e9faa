"""Sizes and forms of bodies, and the headers of every answer."""

from typing import Any

import pytest

from tests.door.visits import scope_of, visit

MIB = 1024 * 1024
JSON = ("content-type", "application/json")


def post(path: str, *headers: tuple[str, str]) -> dict[str, Any]:
    return scope_of(path, method="POST", headers=headers)


@pytest.mark.parametrize("path", ["/api/v1/ops/inbox_count", "/", "/login/", "/v1/anything"])
async def test_a_body_over_a_mebibyte_is_413_by_its_length(path: str) -> None:
    answer = await visit(post(path, JSON, ("content-length", str(MIB + 1))))
    assert (answer.status, answer.code) == (413, "CONTENT_TOO_LARGE")
    assert answer.passed is None


@pytest.mark.parametrize("headers", [[JSON], [JSON, ("transfer-encoding", "chunked")], [JSON, ("content-length", "x")]])
async def test_chunks_are_counted_when_the_length_is_not_told(headers: Any) -> None:
    chunk = b"x" * (MIB // 2)
    assert (await visit(post("/api/v1/ops/x", *headers), chunk, chunk)).status == 200
    assert (await visit(post("/api/v1/ops/x", *headers), chunk, chunk, b"x")).status == 413


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
async def test_a_method_that_needs_no_body_takes_no_larger_one(method: str) -> None:
    long = scope_of("/login/", method=method, headers=[("content-length", str(MIB + 1))])
    endless = scope_of("/login/", method=method, headers=[("transfer-encoding", "chunked")])
    assert (await visit(long)).status == 413
    assert (await visit(endless, b"x" * MIB, b"x")).status == 413


async def test_two_content_types_are_none() -> None:
    doubled = post("/api/v1/nexus/admin/reset", JSON, ("content-type", "text/plain"), ("content-length", "2"))
    assert (await visit(doubled, b"{}")).status == 415


async def test_batch_routes_take_sixteen_mebibytes() -> None:
    lengths = [str(16 * MIB), str(16 * MIB + 1)]
    answers = [await visit(post("/v1/batch", JSON, ("content-length", length))) for length in lengths]
    assert [answer.status for answer in answers] == [200, 413]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_json_routes_demand_json(content_type: str, method: str) -> None:
    headers = [("content-length", "2"), *([("content-type", content_type)] if content_type else [])]
    answer = await visit(scope_of("/api/v1/nexus/admin/reset", method=method, headers=headers), b"{}")
    assert (answer.status, answer.code) == (415, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "headers", [[("content-type", "application/json; charset=utf-8"), ("content-length", "2")], []]
)
async def test_json_and_no_body_at_all_pass(headers: Any) -> None:
    assert (await visit(post("/api/v1/nexus/admin/prune", *headers))).status == 200


async def test_forms_of_pages_and_producers_pass() -> None:
    form = ("content-type", "application/x-www-form-urlencoded")
    assert (await visit(post("/login/", form, ("content-length", "3")), b"a=b")).body_seen == b"a=b"
    assert (await visit(post("/v1/events", ("content-type", "text/plain")))).status == 200


@pytest.mark.parametrize(
    ("path", "headers"), [("/mcp", []), ("/api/v1/nexus/agents", []), ("/livez", []), ("/x", [("origin", "null")])]
)
async def test_every_answer_forbids_sniffing_and_framing(path: str, headers: Any) -> None:
    answer = await visit(scope_of(path, headers=headers))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_pages_get_the_whole_policy() -> None:
    headers = (await visit(scope_of("/"))).headers
    assert "connect-src 'self';" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("path", "rule"), [("/", "private, no-cache"), ("/login/", "private, no-cache"), ("/api/v1/info", "no-store")]
)
async def test_nobody_in_between_keeps_an_answer(path: str, rule: str) -> None:
    assert (await visit(scope_of(path))).headers["cache-control"] == rule


def test_django_answers_get_the_policy_once(client: Any) -> None:
    response = client.get("/login/")
    assert response["Content-Security-Policy"].startswith("default-src 'self'")
    assert response["X-Frame-Options"] == "DENY"
