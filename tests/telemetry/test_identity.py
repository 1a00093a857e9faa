"""The id that producers compute themselves: the SHA-256 of texts that are written out here, not computed."""

import hashlib
from typing import Any

import pytest

from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)

# the body as sent; the text that is hashed, its four parts divided by |
EXAMPLES = {
    "empty payload": ('{"event_type":"a","version":1,"timestamp":"t"}', "a|1|t|{}"),
    "null payload": ('{"event_type":"a","version":1,"timestamp":"t","payload":null}', "a|1|t|{}"),
    "type as sent": ('{"event_type":" a ","version":1,"timestamp":"t"}', " a |1|t|{}"),
    "stamp stripped": ('{"event_type":"a","version":1,"timestamp":"  2026-09-01 \\n"}', "a|1|2026-09-01|{}"),
    "negative version": ('{"event_type":"a","version":-7,"timestamp":"t"}', "a|-7|t|{}"),
    "largest version": ('{"event_type":"a","version":9223372036854775807,"timestamp":"t"}',
                        "a|9223372036854775807|t|{}"),
    "key order": ('{"payload":{"b":1,"a":2,"B":3},"timestamp":"t","version":1,"event_type":"a"}',
                  'a|1|t|{"B":3,"a":2,"b":1}'),
    "nested": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"z":[{"y":null,"x":[true,false]},[]],"a":{}}}',
               'a|1|t|{"a":{},"z":[{"x":[true,false],"y":null},[]]}'),
    "exponents": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"n":[1e20,1e-7,1E16,1e15,123456.789e3]}}',
                  'a|1|t|{"n":[1e+20,1e-07,1e+16,1000000000000000.0,123456789.0]}'),
    "zeros": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"n":[0,-0,0.0,-0.0,1.0,1.50]}}',
              'a|1|t|{"n":[0,0,0.0,-0.0,1.0,1.5]}'),
    "fractions": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"n":[0.1,5e-324,1.7976931348623157e308]}}',
                  'a|1|t|{"n":[0.1,5e-324,1.7976931348623157e+308]}'),
    "long integers": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"n":123456789012345678901234567890}}',
                      'a|1|t|{"n":123456789012345678901234567890}'),
    "unicode as it is": ('{"event_type":"é","version":1,"timestamp":"t","payload":{"ключ":"日本 \\ud83d\\ude00"}}',
                         'é|1|t|{"ключ":"日本 😀"}'),
    "separators in strings": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"s":"\\u2028\u2029\x85"}}',
                              'a|1|t|{"s":"\u2028\u2029\x85"}'),
    "escapes": ('{"event_type":"a","version":1,"timestamp":"t",'
                '"payload":{"s":"\\u0001\\u001f\\n\\t\\b\\f\\r\\"\\\\\\/\x7f"}}',
                'a|1|t|{"s":"\\u0001\\u001f\\n\\t\\b\\f\\r\\"\\\\/\x7f"}'),
    "repeated key": ('{"event_type":"a","version":1,"timestamp":"t","payload":{"k":1,"k":2}}', 'a|1|t|{"k":2}'),
    "other keys": ('{"event_type":"a","version":1,"timestamp":"t","source":"s","event_id":"x","n":1}', "a|1|t|{}"),
}  # fmt: skip


def sha256(parts: str) -> str:
    return hashlib.sha256(parts.replace("|", "\x1f").encode()).hexdigest()


@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_id_is_the_hash_of_type_version_stamp_and_canonical_payload(http: Any, name: str) -> None:
    body, parts = EXAMPLES[name]
    answer = await http.post("/v1/events", content=body.encode())
    assert answer.json() == {"stored": True, "event_id": sha256(parts), "deduplicated": False}


async def test_a_program_without_our_code_finds_the_same_id(http: Any) -> None:
    """`printf 'a\\0371\\037t\\037{}' | sha256sum`"""
    answer = await http.post("/v1/events", json={"event_type": "a", "version": 1, "timestamp": "t"})
    assert answer.json()["event_id"] == "7ae8f7d7378faa634555a238e3e33c7ed0a317a909ba181a138c4caec07175bc"


@pytest.mark.parametrize("how", ["other source", "other key order", "other whitespace", "in a batch", "as a line"])
async def test_the_same_event_is_a_duplicate_however_it_is_sent(http: Any, how: str) -> None:
    first = (await http.post("/v1/events?source=first", json=event(a=1, b=[1, 2]))).json()
    body = b'{ "payload": {"b":[1, 2],"a":1}, "version":1,\t"timestamp":"2026-09-01T10:00:00Z", "event_type":"note"}'
    path, content = {
        "other source": ("/v1/events?source=second", body),
        "other key order": ("/v1/events", body),
        "other whitespace": ("/v1/events", b"\r\n " + body + b"\n\n"),
        "in a batch": ("/v1/events:batch?results=1", b"[" + body + b"]"),
        "as a line": ("/v1/events:batch?results=1", body + b"\n"),
    }[how]
    answer = (await http.post(path, content=content)).json()
    told = answer["results"][0] if "results" in answer else answer
    assert (told["event_id"], told["deduplicated"]) == (first["event_id"], True)


async def test_the_first_source_and_receipt_of_an_event_stay(http: Any) -> None:
    await http.post("/v1/events?source=first", json=event())
    (before,) = await events(http)
    await http.post("/v1/events?source=second", json=event())
    assert await events(http) == [before]
    assert before["source"] == "first"


DIFFERENT = {
    "number and fraction": ({"payload": {"n": 1}}, {"payload": {"n": 1.0}}),
    "number and truth": ({"payload": {"n": 1}}, {"payload": {"n": True}}),
    "order of a list": ({"payload": {"n": [1, 2]}}, {"payload": {"n": [2, 1]}}),
    "composed and decomposed": ({"payload": {"n": "\u00e9"}}, {"payload": {"n": "e\u0301"}}),
    "names of one zone": ({"timestamp": "2026-09-01T10:00:00Z"}, {"timestamp": "2026-09-01T10:00:00+00:00"}),
    "blanks around the type": ({"event_type": "note"}, {"event_type": "note "}),
    "version": ({"version": 1}, {"version": 2}),
}


@pytest.mark.parametrize("name", DIFFERENT)
async def test_events_that_differ_at_all_are_two(http: Any, name: str) -> None:
    ids = [(await http.post("/v1/events", json=event() | over)).json()["event_id"] for over in DIFFERENT[name]]
    assert ids[0] != ids[1]
    assert len(await events(http)) == 2


@pytest.mark.parametrize("stamp", [None, "", "   ", "\n"])
async def test_an_event_that_we_stamp_never_repeats_another(http: Any, stamp: str | None) -> None:
    answers = [(await http.post("/v1/events", json=event(timestamp=stamp))).json() for _ in range(2)]
    assert answers[0]["event_id"] != answers[1]["event_id"]
    assert {found["timestamp_source"] for found in await events(http)} == {"receiver"}


async def test_the_id_of_an_event_that_we_stamp_is_the_hash_with_our_stamp(http: Any) -> None:
    told = (await http.post("/v1/events", json={"event_type": "a", "version": 1})).json()["event_id"]
    (found,) = await events(http)
    assert told == sha256(f"a|1|{found['timestamp']}|{{}}")
    assert found["timestamp"].endswith("+00:00")
