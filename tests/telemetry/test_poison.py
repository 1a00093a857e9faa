"""Events that broke collectors: each is refused with a sentence or stored, and every read afterwards is right."""

import json
from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)
NOT_JSON = "request body is not valid JSON"
DEPTH = "payload nests deeper than 64 levels"
NUMBER = "payload holds a number that JSON cannot represent"
SURROGATE = "text holds half of a surrogate pair"
READS = (
    "/v1/events?limit=1000",
    "/v1/events?since=2026",
    "/v1/events?from=2026-01-01T00:00:00Z",
    "/v1/metrics/counts",
    "/v1/metrics/counts?by=version",
    "/v1/metrics/counts?by=source&since=2026-09-01T10:30",
    "/v1/metrics/phases",
    "/v1/metrics/stop-reasons",
    "/v1/metrics/verification",
    "/v1/metrics/verification?since=2026-09-01T10:30",
    "/v1/metrics/durations",
    "/v1/health",
    "/metrics",
)
MEASURED = ("phase.close", "task.close", "verification.completed", "workflow.next.stop_reason")


def body(payload: str = "{}", event_type: str = '"a"', version: str = "1", stamp: str = '"t"') -> str:
    """The text of an event, part by part."""
    return f'{{"event_type":{event_type},"version":{version},"timestamp":{stamp},"payload":{payload}}}'


def nested(levels: int, opening: str = '{"k":', closing: str = "}") -> str:
    """A payload of that many levels, itself the first."""
    return f'{{"k":{opening * (levels - 2)}{{}}{closing * (levels - 2)}}}'


REFUSED = {
    "NaN": (body('{"n":NaN}'), NUMBER),
    "Infinity": (body('{"n":Infinity}'), NUMBER),
    "-Infinity": (body('{"n":[-Infinity]}'), NUMBER),
    "1e999": (body('{"n":1e999}'), NUMBER),
    "-1e999": (body('{"n":{"m":-1e999}}'), NUMBER),
    "version 1e999": (body(version="1e999"), "version must be an integer"),
    "version NaN": (body(version="NaN"), "version must be an integer"),
    "version of 65 bits": (body(version="9223372036854775808"), "version must fit in 64 bits"),
    "version below 64 bits": (body(version="-9223372036854775809"), "version must fit in 64 bits"),
    "version of 5000 digits": (body(version="9" * 5000), NOT_JSON),
    "integer of 5000 digits": (body(f'{{"n":{"9" * 5000}}}'), NOT_JSON),
    "65 objects deep": (body(nested(65)), DEPTH),
    "65 lists deep": (body(nested(65, "[", "]")), DEPTH),
    "900 deep": (body(nested(900)), DEPTH),
    "10,000 deep": (body(nested(10_000)), NOT_JSON),
    "10,000 lists deep": (body(nested(10_000, "[", "]")), NOT_JSON),
    "10,000 open brackets": ("[" * 10_000, NOT_JSON),
    "surrogate in the payload": (body('{"s":"\\ud800"}'), SURROGATE),
    "surrogate in a key": (body('{"\\udfff":1}'), SURROGATE),
    "surrogate in the type": (body(event_type='"a\\ud800"'), SURROGATE),
    "surrogate in the stamp": (body(stamp='"\\udc00"'), SURROGATE),
    "pair the wrong way round": (body('{"s":"\\ude00\\ud83d"}'), SURROGATE),
    "surrogate as bytes": (body('{"s":"\ud800"}'), SURROGATE),
    "NUL in the payload": (body('{"s":"a\\u0000b"}'), "payload holds the NUL character"),
    "NUL in a key": (body('{"\\u0000":1}'), "payload holds the NUL character"),
    "NUL deep inside": (body('{"s":[{"t":["\\u0000"]}]}'), "payload holds the NUL character"),
    "NUL in the type": (body(event_type='"a\\u0000"'), "event_type holds the NUL character"),
    "NUL in the stamp": (body(stamp='"\\u0000"'), "timestamp holds the NUL character"),
    "raw NUL": (body('{"s":"\x00"}'), NOT_JSON),
    "type of 257 bytes": (body(event_type=f'"{"x" * 257}"'), "event_type is longer than 256 bytes"),
    "type of 129 letters of two bytes": (body(event_type=f'"{"é" * 129}"'), "event_type is longer than 256 bytes"),
    "stamp of 257 bytes": (body(stamp=f'"{"x" * 257}"'), "timestamp is longer than 256 bytes"),
}


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", REFUSED)
async def test_poison_alone_is_refused_with_a_constant_sentence(http: Any, name: str) -> None:
    text, sentence = REFUSED[name]
    answer = await http.post("/v1/events", content=encoded(text))
    assert (answer.status_code, answer.json()) == (400, {"stored": False, "error": sentence})
    assert await events(http) == []


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "10,000 open brackets"])
async def test_poison_among_lines_costs_its_line_only(http: Any, name: str) -> None:
    good = [json.dumps(event(n=number)) for number in (1, 3)]
    answer = (
        await http.post("/v1/events:batch", content=encoded("\n".join([good[0], REFUSED[name][0], good[1]])))
    ).json()
    assert (answer["accepted"], [error["index"] for error in answer["errors"]]) == (2, [2])
    assert [found["payload"]["n"] for found in await events(http)] == [3, 1]


@pytest.mark.parametrize("name", [name for name, (_, sentence) in REFUSED.items() if sentence != NOT_JSON])
async def test_poison_in_an_array_costs_its_record_only(http: Any, name: str) -> None:
    good = [json.dumps(event(n=number)) for number in (1, 3)]
    content = encoded(f"[{good[0]},{REFUSED[name][0]},{good[1]}]")
    answer = (await http.post("/v1/events:batch", content=content)).json()
    assert answer["accepted"] == 2
    assert answer["errors"] == [{"index": 2, "error": REFUSED[name][1]}]


async def test_no_refusal_repeats_what_was_sent(http: Any) -> None:
    for text, _ in REFUSED.values():
        answer = await http.post("/v1/events:batch", content=encoded(text.replace('"a"', '"needle"')))
        assert "needle" not in answer.text


TAKEN = {
    "64 objects deep": nested(64),
    "64 lists deep": nested(64, "[", "]"),
    "integer of 4300 digits": f'{{"n":{"9" * 4300}}}',
    "1e308": '{"n":1e308,"duration_ms":1e308}',
    "negative zero": '{"n":-0.0,"duration_ms":-0.0}',
    "emoji": '{"s":"\\ud83d\\ude00"}',
    "controls": '{"s":"\\u0001\\u007f\\u0085\\u2028\\u202e\\ufeff"}',
    "spelled NUL": '{"s":"\\\\u0000"}',
    "empty keys": '{"":{"":[]}}',
    "markup": '{"s":"<script>alert(1)</script>"}',
}


@pytest.mark.parametrize("name", TAKEN)
async def test_what_is_strange_and_valid_comes_back_as_it_was_sent(http: Any, name: str) -> None:
    answer = await http.post("/v1/events", content=body(TAKEN[name]))
    assert answer.status_code == 202
    found = await http.get(f"/v1/events/{answer.json()['event_id']}")
    assert json.loads(found.content)["payload"] == json.loads(TAKEN[name])


async def test_a_stamp_of_any_text_is_stored_and_read(http: Any) -> None:
    stamps = (
        "☃",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "-",
        "T",
        "2026-13-45",
        "1e999",
        "NaN",
        "\U0010ffff" * 64,
    )
    for stamp in stamps:
        assert (await http.post("/v1/events", json=event("verification.completed", stamp))).status_code == 202
    answers = [await http.get(path) for path in READS]
    assert {answer.status_code for answer in answers} == {200}


ODD = [None, True, False, 0, -1, 1.5, -0.0, 1e308, 10**40, "", " 3 ", "02", "1e999", "NaN", "inf", "٣", "x" * 300, [],
       [1], {}, {"a": 1}, "9" * 5000]  # fmt: skip
FIELDS = ("phase", "tasks_done", "stop_reason", "target", "passed", "checks_total", "checks_passed", "duration_ms")


@pytest.mark.parametrize("field", FIELDS)
async def test_no_value_of_a_measured_field_breaks_a_later_read(http: Any, field: str) -> None:
    batch = [event(event_type, n=place) for event_type in MEASURED for place in range(len(ODD))]
    for place, sent in enumerate(batch):
        sent["payload"] |= {field: ODD[place % len(ODD)]}
    stored = (await http.post("/v1/events:batch", json=batch)).json()
    answers = [await http.get(path) for path in READS]
    assert (stored["accepted"], stored["errors"]) == (len(batch), [])
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("version", [0, -1, 2, 2**63 - 1, -(2**63)])
async def test_no_version_breaks_a_later_read(http: Any, version: int) -> None:
    await http.post("/v1/events:batch", json=[event(name, version=version, phase="p") for name in MEASURED])
    answers = [await http.get(path) for path in READS]
    assert {answer.status_code for answer in answers} == {200}
    assert (await http.get("/v1/metrics/phases")).json()["unsupported_versions"] == 2


async def test_answers_are_json_that_every_parser_reads(http: Any) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    for event_type in MEASURED:
        await http.post("/v1/events", json=event(event_type, passed="false", checks_total="1e999", tasks_done="inf"))
    for path in (read for read in READS if read != "/metrics"):
        json.loads((await http.get(path)).content, parse_constant=refuse)
