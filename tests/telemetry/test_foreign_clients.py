"""The client libraries of other products, unchanged, against a running server that asks for its token."""

import logging
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1.conversion import to_binary as old_to_binary
from cloudevents.v1.http import CloudEvent as OldCloudEvent
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from posthog import Posthog
from prometheus_client.parser import text_string_to_metric_families
from segment.analytics import Client as Segment

from tests.serve.conftest import Install, Server

TOKEN = "sesame"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: Any) -> Iterator[Server]:
    started = Install(tmp_path_factory.mktemp("foreign") / "home").start(PULSE_INGEST_TOKEN=TOKEN)
    yield started.wait_until_ready()
    started.close()


@pytest.fixture
def stored(server: Server) -> Callable[..., list[dict[str, Any]]]:
    """`stored("type")`: the events of a type, oldest first; every test has types of its own."""

    def ask(event_type: str) -> list[dict[str, Any]]:
        status, body = server.ask(f"/v1/events?type={event_type}")
        assert status == 200, body
        return list(reversed(body["events"]))

    return ask


# OpenTelemetry


def exported(server: Server, *records: LogRecord, token: str = TOKEN, compression: Compression) -> None:
    exporter = OTLPLogExporter(
        f"{server.base}/v1/logs", headers={"authorization": f"Bearer {token}"}, compression=compression, timeout=10
    )
    provider = LoggerProvider(Resource.create({"service.name": "checkout"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    for record in records:
        provider.get_logger("shop").emit(record)
    provider.shutdown()


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_the_open_telemetry_sdk_exports_its_events(server: Server, stored: Any, compression: Compression) -> None:
    name = f"otel.{compression.value}"
    record = LogRecord(
        timestamp=1_788_256_800_123_456_789,
        event_name=name,
        severity_number=SeverityNumber.INFO,
        severity_text="INFO",
        body="went well",
        attributes={"region": "eu", "tries": 3, "tags": ["a", "b"]},
    )
    exported(server, record, compression=compression)
    (event,) = stored(name)
    assert (event["timestamp"], event["source"]) == ("2026-09-01T10:00:00.123456789Z", "checkout")
    assert event["payload"] == {
        "region": "eu", "tries": 3, "tags": ["a", "b"], "body": "went well", "severity": "INFO", "severity_number": 9,
    }  # fmt: skip


def test_the_open_telemetry_sdk_exports_many_events_in_batches(server: Server, stored: Any) -> None:
    records = [LogRecord(timestamp=1_788_256_800_000_000_000 + number, event_name="otel.many") for number in range(900)]
    exported(server, *records, compression=Compression.Gzip)
    _, counts = server.ask("/v1/metrics/counts?by=type")
    assert {group["key"]: group["count"] for group in counts["groups"]}["otel.many"] == 900


def test_the_open_telemetry_sdk_is_told_of_a_wrong_token(server: Server, stored: Any, caplog: Any) -> None:
    with caplog.at_level(logging.ERROR):
        exported(server, LogRecord(event_name="otel.wrong"), token="wrong", compression=Compression.Gzip)
    assert "401" in caplog.text
    assert stored("otel.wrong") == []


# CloudEvents


def sent(server: Server, message: HTTPMessage) -> httpx.Response:
    return httpx.post(f"{server.base}/v1/events", content=message.body, headers={**message.headers, **BEARER})


@pytest.mark.parametrize("form", [to_structured, to_binary])
def test_the_cloudevents_package_sends_its_events(server: Server, stored: Any, form: Any) -> None:
    name = f"cloud.{form.__name__}"
    attributes = {
        "id": name, "source": "/builds", "type": name, "time": datetime(2026, 9, 1, 10, tzinfo=UTC),
        "subject": "größe", "specversion": "1.0", "datacontenttype": "application/json", "sequence": "7",
    }  # fmt: skip
    answers = [sent(server, form(CloudEvent(attributes, {"n": 1}), JSONFormat())).json() for _ in range(2)]
    (event,) = stored(name)
    assert [answer["deduplicated"] for answer in answers] == [False, True]
    assert (event["payload"], event["source"]) == ({"n": 1, "subject": "größe", "sequence": "7"}, "/builds")
    assert datetime.fromisoformat(event["timestamp"]) == attributes["time"]


def test_the_cloudevents_package_sends_bytes(server: Server, stored: Any) -> None:
    attributes = {"id": "b-1", "source": "/s", "type": "cloud.bytes", "specversion": "1.0"}
    event = CloudEvent(attributes | {"datacontenttype": "application/octet-stream"}, b"\x00\xff")
    sent(server, to_structured(event, JSONFormat()))
    assert stored("cloud.bytes")[0]["payload"]["data_base64"] == "AP8="


def test_the_older_interface_of_the_package_sends_without_content_type(server: Server, stored: Any) -> None:
    event = OldCloudEvent({"type": "cloud.old", "source": "/old"}, {"n": 1})
    headers, body = old_to_binary(event)
    response = httpx.post(f"{server.base}/v1/events", content=body, headers={**headers, **BEARER})
    assert "content-type" not in headers
    assert (response.status_code, stored("cloud.old")[0]["payload"]) == (202, {"n": 1})


# PostHog


@pytest.mark.parametrize("gzip", [False, True])
def test_the_posthog_client_sends_its_events(server: Server, stored: Any, gzip: bool) -> None:
    name, identifier = f"posthog.{gzip}", str(uuid.uuid4())
    failures: list[Any] = []
    client = Posthog(
        TOKEN, host=server.base, gzip=gzip, flush_interval=0.05, on_error=lambda error, _: failures.append(error)
    )
    for _ in range(2):
        client.capture(
            name, distinct_id="u-1", properties={"plan": "pro"}, uuid=identifier,
            timestamp=datetime(2026, 9, 1, 10, tzinfo=UTC),
        )  # fmt: skip
    client.shutdown()
    (event,) = stored(name)
    assert failures == []
    assert (event["payload"]["plan"], event["payload"]["distinct_id"]) == ("pro", "u-1")
    assert (event["source"], event["timestamp"]) == ("posthog-python", "2026-09-01T10:00:00+00:00")


def test_the_posthog_client_is_told_of_a_wrong_key_at_once(server: Server, stored: Any) -> None:
    failures: list[Any] = []
    client = Posthog("phc_wrong", host=server.base, on_error=lambda error, _: failures.append(error))
    client.capture("posthog.wrong", distinct_id="u-1")
    client.shutdown()
    assert [failure.status for failure in failures] == [401]
    assert stored("posthog.wrong") == []


# Segment


@pytest.mark.parametrize("gzip", [False, True])
def test_the_segment_client_sends_its_messages(server: Server, stored: Any, gzip: bool) -> None:
    name = f"segment.{gzip}"
    failures: list[Any] = []
    client = Segment(
        TOKEN, host=server.base, gzip=gzip, upload_interval=0.05, on_error=lambda error, _: failures.append(error)
    )
    for _ in range(2):
        client.track("u-1", name, {"n": 1}, timestamp=datetime(2026, 9, 1, 10, tzinfo=UTC), message_id=f"m-{gzip}")
    client.identify("u-1", {"plan": "pro"})
    client.flush()
    client.join()
    (event,) = stored(name)
    assert failures == []
    assert (event["payload"]["n"], event["payload"]["userId"], event["source"]) == (1, "u-1", "analytics-python")
    assert stored("identify")[-1]["payload"]["plan"] == "pro"


def test_the_segment_client_is_told_of_a_wrong_key_at_once(server: Server, stored: Any) -> None:
    failures: list[Any] = []
    client = Segment("wrong", host=server.base, upload_interval=0.05, on_error=lambda error, _: failures.append(error))
    client.track("u-1", "segment.wrong")
    client.flush()
    client.join()
    assert [failure.status for failure in failures] == [401]
    assert stored("segment.wrong") == []


# Prometheus


def test_the_prometheus_parser_reads_the_exposition_of_a_running_server(server: Server) -> None:
    status, text = server.ask("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert status == 200
    assert {"pulse_telemetry_events", "pulse_telemetry_queue", "pulse_telemetry_records"} <= families.keys()
