"""The published plain-JSON tools answer as they did, from the registry."""

from typing import Any

import pytest

from tests.telemetry.events import event

pytestmark = pytest.mark.django_db(transaction=True)


async def call(http: Any, tool: Any, **given: Any) -> Any:
    answer = await http.post("/mcp/call", json={"tool": tool, "input": given})
    assert answer.status_code == 200
    return answer.json()


async def test_the_published_tools_are_listed_with_their_address(http: Any) -> None:
    tools = {tool["name"]: tool for tool in (await http.get("/mcp/tools")).json()["tools"]}
    published = {"events_list", "events_show", "metrics_counts", "metrics_phases", "metrics_stop_reasons"}
    assert published | {"metrics_verification"} <= tools.keys()
    assert tools["events_show"]["http"] == {"method": "POST", "path": "/mcp/call", "tool": "events_show"}
    assert tools["metrics_counts"]["input_schema"]["properties"]["by"]["enum"] == ["type", "source", "version"]


async def test_the_manifest_names_the_published_reads_and_itself(http: Any) -> None:
    manifest = (await http.get("/mcp/manifest")).json()
    assert manifest.keys() == {"contract_version", "service", "description", "auth", "tools", "endpoints"}
    assert (manifest["contract_version"], manifest["service"], manifest["auth"]["header"]) == ("1", "pulse", None)
    assert len(manifest["endpoints"]) == 9


async def test_a_call_answers_what_rest_answers(http: Any) -> None:
    await http.post("/v1/events", json=event("phase.close", phase="3", tasks_done=2))
    for tool, path in (("metrics_phases", "/v1/metrics/phases"), ("events_list", "/v1/events")):
        assert await call(http, tool) == {"result": (await http.get(path)).json(), "error": None}


async def test_limits_are_brought_into_range(http: Any) -> None:
    for number in range(3):
        await http.post("/v1/events", json=event(n=number))
    counts = [
        (await call(http, "events_list", limit=limit))["result"]["count"] for limit in (0, "2", "junk", 1e9, None)
    ]
    assert counts == [1, 2, 3, 3, 3]


async def test_loose_arguments_are_read_as_published(http: Any) -> None:
    await http.post("/v1/events", json=event("7"))
    assert (await call(http, "events_list", type=7, unknown=[1]))["result"]["count"] == 1
    assert (await call(http, "metrics_counts", by="TYPE"))["result"]["by"] == "type"


@pytest.mark.parametrize(
    ("tool", "given", "error"),
    [
        ("nope", {}, "Unknown tool: nope"),
        ("events_show", {}, "events_show requires 'event_id'"),
        ("events_show", {"event_id": "abc"}, "event not found: abc"),
        ("agent_list", {}, "Unknown tool: agent_list"),
    ],
)
async def test_what_goes_wrong_is_said_in_the_published_words(http: Any, tool: str, given: Any, error: str) -> None:
    assert await call(http, tool, **given) == {"result": None, "error": error}


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"{", "json_invalid"), (b"[]", "model_attributes_type"), (b"{}", "missing"), (b'{"tool":1}', "string_type"),
     (b'{"tool":"events_list","input":null}', "dict_type"), (b'{"tool":"events_list","input":[]}', "dict_type")],
)  # fmt: skip
async def test_a_malformed_call_is_refused_with_the_published_detail(http: Any, content: bytes, kind: str) -> None:
    answer = await http.post("/mcp/call", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["detail"][0]["type"]) == (422, kind)


async def test_a_form_is_no_call(http: Any) -> None:
    answer = await http.post("/mcp/call", data={"tool": "events_list"})
    assert answer.status_code == 422


async def test_health_counts_without_looking_at_events(http: Any) -> None:
    from pulse_project.core import db
    from telemetry.models import Event

    await http.post("/v1/events", json=event())
    await db.in_write(Event.objects.all().delete)
    found = (await http.get("/v1/health")).json()
    assert found == {"status": "ok", "version": found["version"], "events": 1, "auth": False}


async def test_the_event_contract_is_published_and_valid(http: Any) -> None:
    import jsonschema

    answer = await http.get("/v1/schema/event.v1.json")
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(event(), schema)
    assert answer.headers["content-type"] == "application/schema+json"


async def test_a_slash_too_many_is_led_to_the_list(http: Any) -> None:
    answer = await http.get("/v1/events/?limit=1")
    assert (answer.status_code, answer.headers["location"]) == (307, "/v1/events?limit=1")
