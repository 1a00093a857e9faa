"""Published addresses: path, query and body as arguments; the operation's own statuses and errors."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import httpx
import pytest
from django.test import override_settings
from django.urls import clear_url_caches

from tests.wire import clients


@pytest.fixture(autouse=True)
def _addresses(demo: Any, tmp_path: Any) -> Any:
    """A urlconf of the operations of this test."""
    urls = ModuleType("demo_urls")
    urls.urlpatterns = clients.urlpatterns()  # type: ignore[attr-defined]
    with override_settings(ROOT_URLCONF=urls, STATIC_ROOT=str(tmp_path)):
        clear_url_caches()
        yield
    clear_url_caches()


@pytest.fixture(params=[False, True], ids=["in front of Django", "through Django"])
async def http(request: pytest.FixtureRequest) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """Clients of both ways to a published address."""
    opened: list[httpx.AsyncClient] = []

    def connect(caller: Any) -> httpx.AsyncClient:
        opened.append(clients.client(caller, through_django=request.param))
        return opened[-1]

    yield connect
    for one in opened:
        await one.aclose()


async def test_a_query_is_read_by_the_types_of_the_arguments(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).get("/api/v1/demo/echoes/ab?times=2&loud=true&words=x&words=y")
    assert (answer.status_code, answer.json()["data"]["text"]) == (200, "ABAB")


@pytest.mark.parametrize("query", ["times=two", "times=2.0", "loud=maybe", "more=1", "times=", "text=", "times=99"])
async def test_an_unfit_query_is_refused(http: Callable[..., Any], agent: Any, query: str) -> None:
    answer = await http(agent).get(f"/api/v1/demo/echoes/ab?{query}")
    expected = 200 if query == "text=" else 422
    assert answer.status_code == expected
    assert answer.headers["content-type"] == "application/json"


async def test_path_values_win_over_the_body(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).request("GET", "/api/v1/demo/echoes/path", json={"text": "body"})
    assert answer.json()["data"]["text"] == "path"


async def test_a_suffix_is_not_swallowed_by_a_path_value(http: Callable[..., Any], operator: Any) -> None:
    answer = await http(operator).get("/api/v1/demo/secrets/a/b%2Fc")
    assert answer.json()["data"] == {"name": "a/b/c"}


@pytest.mark.django_db(transaction=True)
async def test_two_verbs_of_one_address_are_two_operations(http: Callable[..., Any], agent: Any) -> None:
    client = http(agent)
    archived = await client.post("/api/v1/demo/things/a/b/archive")
    deleted = await client.delete("/api/v1/demo/things/a/b")
    assert (archived.status_code, archived.json()["data"]) == (200, {"written": "a/b"})
    assert (deleted.status_code, deleted.json()["data"]) == (202, {"written": "a/b"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("name", "status"), [("busy", 503), ("wrong", 409)])
async def test_the_status_is_the_code_s(http: Callable[..., Any], agent: Any, name: str, status: int) -> None:
    answer = await http(agent).delete(f"/api/v1/demo/things/{name}")
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == ("3" if status == 503 else None)


async def test_another_verb_is_refused_naming_those_that_answer(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).put("/api/v1/demo/things/a")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE")
    assert answer.json()["error"]["details"] == {"allowed": ["DELETE"]}


@pytest.mark.parametrize("address", ["/api/", "/api/v1/nope", "/api/v1/demo/echoes/a/b/c", "/api/v1/demo/echoes/"])
async def test_an_unknown_address_is_a_json_refusal(http: Callable[..., Any], agent: Any, address: str) -> None:
    answer = await http(agent).get(address)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_view_may_answer_plain_text(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(agent).get("/api/v1/plain/hello/text")
    assert (answer.text, answer.headers["content-type"]) == ("hello", "text/plain; charset=utf-8")


async def test_an_old_address_leads_to_the_same_operation(http: Callable[..., Any], agent: Any) -> None:
    assert (await http(agent).get("/api/v1/old/a")).json()["data"]["text"] == "a"


async def test_an_operation_outside_the_key_s_toolsets_is_not_found(http: Callable[..., Any], agent: Any) -> None:
    answer = await http(replace(agent, toolsets=frozenset({"plain"}))).get("/api/v1/demo/echoes/a")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_nobody_and_the_unpermitted_are_told_apart(http: Callable[..., Any], agent: Any) -> None:
    assert (await http(None).get("/api/v1/demo/secrets/a")).status_code == 401
    assert (await http(agent).get("/api/v1/demo/secrets/a")).status_code == 403


async def test_the_schema_needs_an_identity(http: Callable[..., Any], agent: Any) -> None:
    assert (await http(None).get("/api/schema")).status_code == 401
    assert (await http(agent).get("/api/schema")).json()["openapi"] == "3.1.0"
