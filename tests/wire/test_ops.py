"""`POST /api/v1/ops/<name>`: bodies, refusals, headers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

OPS = "/api/v1/ops/"


async def test_an_operation_answers_its_envelope(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).post(OPS + "demo_echo", json={"text": "a"})
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "data": {"text": "a", "nothing": None}})
    assert answer.headers["content-type"] == "application/json"


async def test_an_operation_without_arguments_takes_an_empty_body(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).post(OPS + "demo_whoami")
    assert answer.json()["data"] == {"name": "alice", "transport": "rest", "read_only": False}


@pytest.mark.parametrize("raw", [b"{x", b"[]", b'{"text":"\\u0000"}', b'{"text":1}', b'{"text":"a","more":1}'])
async def test_a_bad_body_is_refused_in_the_envelope(http: Callable[..., Any], agent: Any, raw: bytes) -> None:
    answer = await http(agent).post(OPS + "demo_echo", content=raw)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_refusal_takes_the_envelope_of_its_catalogue(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).post(OPS + "plain_echo", json={})
    assert (answer.status_code, answer.json()["error"]) == (422, "text is required.")


async def test_a_body_above_the_bound_is_too_large(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).post(OPS + "demo_echo", content=b" " * (1 << 20) + b"{}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "CONTENT_TOO_LARGE")


@pytest.mark.parametrize("name", ["nope", "", "demo_echo/", "plain_echo"])
async def test_unknown_and_unselected_operations_are_not_found(http: Callable[..., Any], agent: Any, name: str) -> None:
    answer = await http(replace(agent, toolsets=frozenset({"demo"}))).post(OPS + name, json={"text": "a"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_only_post_is_answered(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).get(OPS + "demo_echo")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_nobody_needs_to_log_in_first(http: Callable[..., Any]) -> None:
    answer = await http(None).post(OPS + "demo_echo", json={"text": "a"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTH_REQUIRED")


async def test_a_wait_answers_like_any_call(http: Callable[..., Any], agent: Any) -> None:
    assert (await http(agent).post(OPS + "demo_wait", json={})).json() == {"ok": True, "data": {"waited": 0.0}}


@pytest.mark.django_db(transaction=True)
async def test_a_busy_store_says_when_to_come_back(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).post(OPS + "demo_write", json={"name": "busy"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")


@pytest.mark.django_db(transaction=True)
async def test_the_idempotency_header_is_the_argument(http: Callable[..., Any], agent: Any) -> None:
    client, headers = http(agent), {"Idempotency-Key": "k1"}
    await client.post(OPS + "demo_write", json={"name": "a"}, headers=headers)
    answer = await client.post(OPS + "demo_write", json={"name": "b"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "IDEMPOTENCY_CONFLICT")


async def test_an_idempotency_header_that_contradicts_the_body_is_refused(http: Callable[..., Any], agent: Any) -> None:
    body = {"name": "a", "idempotency_key": "k1"}
    answer = await http(agent).post(OPS + "demo_write", json=body, headers={"Idempotency-Key": "k2"})
    assert answer.json()["error"]["details"] == {"field": "idempotency_key"}
