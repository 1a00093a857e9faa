"""Whatever stands in a request of a foreign protocol, the answer is one of that protocol, and reads go on working."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.test_wrong_input import NASTY
from tests.telemetry.otlp_requests import FULL, PROTOBUF, full_log, protobuf, request

CLOUD = {
    "specversion": "1.0", "id": "1", "source": "/s", "type": "t", "time": "2026-09-01T10:00:00Z", "subject": "x",
    "datacontenttype": "application/json", "dataschema": "https://x.example/v1", "data": {"n": 1}, "extension": "y",
}  # fmt: skip
POSTHOG = {
    "api_key": "phc_any", "sent_at": "2026-09-01T10:00:00Z",
    "batch": [{"event": "e", "distinct_id": "u", "properties": {"$lib": "l"}, "timestamp": "2026-09-01", "uuid": "1"}],
}  # fmt: skip
SEGMENT = {
    "writeKey": "wk", "sentAt": "2026-09-01T10:00:00Z",
    "batch": [
        {"type": "track", "event": "e", "userId": "u", "properties": {"n": 1}, "timestamp": "2026-09-01",
         "context": {"library": {"name": "l"}}, "messageId": "1"},
    ],
}  # fmt: skip
REQUESTS = {
    "cloudevent": ("/v1/events", "application/cloudevents+json", CLOUD),
    "cloudevents": ("/v1/events:batch", "application/cloudevents-batch+json", [CLOUD]),
    "otlp": ("/v1/logs", "application/json", request(FULL)),
    "posthog": ("/batch/", "application/json", POSTHOG),
    "capture": ("/i/v0/e/", "application/json", {**POSTHOG["batch"][0], "api_key": "phc_any"}),
    "segment": ("/v1/batch", "application/json", SEGMENT),
    "track": ("/v1/track", "application/json", {**SEGMENT["batch"][0], "writeKey": "wk"}),
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    changed = copy.deepcopy(value)
    parent = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = by
    return changed


@pytest.mark.parametrize("name", REQUESTS)
async def test_no_value_anywhere_is_too_much(http: Any, name: str) -> None:
    path, kind, body = REQUESTS[name]
    found = set()
    for place in places(body):
        for value in NASTY:
            content = json.dumps(replaced(body, place, value))
            found.add((await http.post(path, content=content, headers={"content-type": kind})).status_code)
    assert found <= {200, 202, 400, 413}
    assert (await http.get("/v1/events?limit=1000")).status_code == 200


async def test_no_change_of_a_byte_of_protobuf_is_too_much(http: Any) -> None:
    chance, whole = random.Random(7), protobuf(full_log())
    found = set()
    for _ in range(1500):
        body = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        cut = bytes(body[: chance.randrange(len(body))]) if chance.random() < 0.2 else bytes(body)
        found.add((await http.post("/v1/logs", content=cut, headers=PROTOBUF)).status_code)
    assert found == {200, 400}
    assert (await http.get("/v1/events?limit=1000")).status_code == 200


@pytest.mark.parametrize("value", ["%", "%zz", '"', '""', '"\\', "\x7f", "x" * 5000])
@pytest.mark.parametrize("name", ["id", "source", "type", "time", "subject", "specversion", "version", "UPPER", ""])
async def test_no_value_of_a_header_is_too_much(http: Any, name: str, value: str) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t", f"ce-{name}": value}
    response = await http.post("/v1/events", content=b"{}", headers=headers)
    assert response.status_code in {202, 400, 413}
