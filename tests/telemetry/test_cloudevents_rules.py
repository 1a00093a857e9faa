"""CloudEvents against the rules, and the handshake of web hooks."""

import base64
from typing import Any

import pytest

from tests.telemetry.cloud import STRUCTURED, headers, send
from tests.telemetry.senders import events, new_token, stranger


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"specversion": "0.3"}, 'specversion must be "1.0"'),
        ({"specversion": ...}, 'specversion must be "1.0"'),
        ({"id": ""}, "id must be a non-empty string"),
        ({"id": 5}, "id must be a non-empty string"),
        ({"source": ...}, "source must be a non-empty string"),
        ({"type": None}, "type must be a non-empty string"),
        ({"subject": ""}, "subject must be a non-empty string when it is given"),
        ({"time": "yesterday"}, "time must be an RFC 3339 timestamp such as 2026-01-31T10:00:00Z"),
        ({"traceParent": "x"}, "names of attributes consist of lower-case letters and digits"),
        ({"ext": {"a": 1}}, "extension attributes are text, whole numbers or truth values"),
        ({"data": 1, "data_base64": "AA=="}, "a CloudEvent has data or data_base64, not both"),
        ({"data_base64": "?"}, "data_base64 must be base64 text"),
        ({"data_base64": 5}, "data_base64 must be base64 text"),
        ({"version": 2**63}, "version must fit in 64 bits"),
        ({"source": "x" * 257}, "source is longer than 256 bytes"),
        ({"data": "\ud800"}, "text holds half of a surrogate pair"),
    ],
)
async def test_an_event_against_the_rules_is_refused_with_a_sentence(http: Any, over: Any, sentence: str) -> None:
    response = await send(http, **over)
    assert (response.status_code, response.json()["error"]) == (400, sentence)
    assert await events(http) == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b"5", b'{"a":' * 5000])
async def test_a_body_that_is_no_event_is_refused(http: Any, body: bytes) -> None:
    assert (await http.post("/v1/events", content=body, headers=STRUCTURED)).status_code == 400


async def test_binary_data_that_is_not_the_json_it_says_is_refused(http: Any) -> None:
    response = await http.post("/v1/events", content=b"<a>", headers=headers())
    assert (response.status_code, response.json()["error"]) == (
        400, "data is not the JSON that its content type says it is",
    )  # fmt: skip


@pytest.mark.parametrize("value", [b"%ff", b"\xff"])
async def test_a_header_that_is_no_text_is_refused(http: Any, value: bytes) -> None:
    given = [(name.encode(), text.encode()) for name, text in headers().items()] + [(b"ce-subject", value)]
    assert (await http.post("/v1/events", content=b"{}", headers=given)).status_code == 400


async def test_a_ce_header_twice_is_refused(http: Any) -> None:
    given = [*headers().items(), ("ce-id", "another")]
    response = await http.post("/v1/events", content=b"{}", headers=given)
    assert (response.status_code, response.json()["error"]) == (400, "a ce- header is given twice")


async def test_another_format_of_cloud_events_is_an_unknown_media_type(http: Any) -> None:
    response = await http.post("/v1/events", content=b"x", headers={"content-type": "application/cloudevents+avro"})
    assert response.status_code == 415
    assert "application/cloudevents+json" in response.json()["error"]


async def test_an_event_above_a_mebibyte_is_too_large(http: Any) -> None:
    assert (await send(http, data=base64.b64encode(bytes(900_000)).decode())).status_code == 413


async def test_what_was_refused_is_counted(http: Any) -> None:
    from pulse_project.core import db
    from telemetry import collector
    from telemetry.models import Outcome

    await send(http, id="")
    await collector.stop()
    found = await db.in_read(lambda: list(Outcome.objects.values_list("outcome", "n")))
    assert found == [("id must be a non-empty string", 1)]


# the handshake of web hooks


async def test_a_sender_is_allowed_its_deliveries(http: Any) -> None:
    response = await http.options("/v1/events", headers={"webhook-request-origin": "events.example"})
    assert (response.status_code, response.headers["webhook-allowed-rate"]) == (200, "*")
    assert response.headers["webhook-allowed-origin"] == "events.example"


async def test_the_allowed_rate_is_that_of_the_token(http: Any) -> None:
    token = await new_token(events_per_minute=120)
    asked = {"webhook-request-origin": "events.example", "authorization": f"Bearer {token}"}
    async with stranger() as client:
        response = await client.options("/v1/events:batch", headers=asked)
    assert (response.status_code, response.headers["webhook-allowed-rate"]) == (200, "120")


async def test_a_sender_without_key_is_allowed_nothing(http: Any) -> None:
    async with stranger() as client:
        response = await client.options("/v1/events", headers={"webhook-request-origin": "events.example"})
    assert (response.status_code, "webhook-allowed-origin" in response.headers) == (401, False)


async def test_an_origin_that_is_no_name_is_refused(http: Any) -> None:
    response = await http.options("/v1/events", headers={"webhook-request-origin": "x" * 256})
    assert response.status_code == 400
