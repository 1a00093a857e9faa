"""`POST /v1/events:batch`: arrays and lines, which records are refused and why, and what the answer tells of each."""

import json
from dataclasses import replace
from typing import Any

import pytest
from django.db import DataError, OperationalError

from pulse_project.core.errors import busy
from tests.telemetry.events import event
from tests.telemetry.senders import events

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/v1/events:batch"
BAD_TYPE = "event_type must be a non-empty string"


def line(**over: Any) -> str:
    return json.dumps(event(**over))


async def numbers(http: Any) -> list[int]:
    """What is stored, in order of receipt."""
    return [found["payload"]["n"] for found in reversed(await events(http))]


FORMS = {
    "array": "[@0,@1,@2]",
    "array in lines": "[\n  @0,\n  @1,\n  @2\n]\n",
    "lines": "@0\n@1\n@2",
    "lines that end": "@0\n@1\n@2\n",
    "lines of Windows": "@0\r\n@1\r\n@2\r\n",
    "blank lines": "\n\n@0\n\n  \n@1\n\t\n@2\n\n",
    "array after a mark": "\ufeff[@0,@1,@2]",
    "lines after a mark": "\ufeff@0\n@1\n@2",
    "blanks around": "  @0  \n\t@1\n @2 ",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", [PATH, "/v1/events%3Abatch"])
async def test_the_first_character_says_what_the_body_is(http: Any, form: str, path: str) -> None:
    body = FORMS[form]
    for place in range(3):
        body = body.replace(f"@{place}", line(n=place))
    answer = await http.post(path, content=body.encode())
    assert (answer.status_code, answer.json()) == (200, {"accepted": 3, "skipped": 0, "errors": []})
    assert await numbers(http) == [0, 1, 2]


@pytest.mark.parametrize("body", ["", " ", "\n\r\n", "[]", " [ ] ", "\ufeff"])
async def test_a_batch_of_nothing_is_accepted(http: Any, body: str) -> None:
    answer = await http.post(PATH, content=body.encode())
    assert (answer.status_code, answer.json()) == (200, {"accepted": 0, "skipped": 0, "errors": []})


async def test_duplicates_count_as_accepted(http: Any) -> None:
    await http.post("/v1/events", json=event(n=1))
    answer = await http.post(PATH, json=[event(n=1), event(n=2), event(n=2)])
    assert answer.json() == {"accepted": 3, "skipped": 0, "errors": []}
    assert await numbers(http) == [1, 2]


async def test_bad_elements_are_counted_from_one_and_the_others_are_stored(http: Any) -> None:
    answer = await http.post(PATH, json=[event(n=1), {}, event(n=3), event() | {"version": "1"}, 5, event(n=6)])
    assert answer.json() == {
        "accepted": 3,
        "skipped": 3,
        "errors": [
            {"index": 2, "error": BAD_TYPE},
            {"index": 4, "error": "version must be an integer"},
            {"index": 5, "error": "event must be a JSON object"},
        ],
    }
    assert await numbers(http) == [1, 3, 6]


async def test_a_batch_without_one_good_record_is_answered_with_200(http: Any) -> None:
    answer = await http.post(PATH, json=[{}])
    assert (answer.status_code, answer.json()["accepted"], answer.json()["skipped"]) == (200, 0, 1)


async def test_blank_lines_inside_are_counted_and_silent(http: Any) -> None:
    answer = await http.post(PATH, content=f"{line(n=1)}\n\n\n{{}}\n{line(n=5)}".encode())
    assert answer.json() == {"accepted": 2, "skipped": 1, "errors": [{"index": 4, "error": BAD_TYPE}]}


async def test_a_line_that_is_no_json_is_told_with_the_parsers_words(http: Any) -> None:
    answer = await http.post(PATH, content=f"{line(n=1)}\n{{\n".encode())
    (error,) = answer.json()["errors"]
    assert (error["index"], error["error"]) == (
        2,
        "invalid JSON: Expecting property name enclosed in double quotes",
    )


async def test_an_object_over_many_lines_is_many_bad_lines(http: Any) -> None:
    answer = await http.post(PATH, content=json.dumps(event(), indent=1).encode())
    assert answer.json()["accepted"] == 0
    assert all(error["error"].startswith("invalid JSON: ") for error in answer.json()["errors"])


async def test_a_string_in_an_array_is_no_event(http: Any) -> None:
    answer = await http.post(PATH, json=[line(n=1)])
    assert answer.json()["errors"] == [{"index": 1, "error": "event must be a JSON object"}]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x1c", "\x0b", "\x0c"])
async def test_only_a_line_feed_ends_a_line(http: Any, separator: str) -> None:
    text = f"before{separator}after"
    body = json.dumps(event(text=text), ensure_ascii=separator < "\x20")
    answer = await http.post(PATH, content=body.encode())
    assert answer.json()["accepted"] == 1
    assert (await events(http))[0]["payload"] == {"text": text}


async def test_bytes_that_are_no_utf8_cost_their_line_only(http: Any) -> None:
    body = b"\n".join([line(n=1).encode(), b'{"event_type":"\xff","version":1}', line(n=3).encode()])
    answer = await http.post(PATH, content=body)
    assert answer.json()["errors"] == [{"index": 2, "error": "invalid JSON: not UTF-8 text"}]
    assert await numbers(http) == [1, 3]


@pytest.mark.parametrize("body", [b"[", b'[{"event_type":"a","version":1}', b"[1,]", b"[]x", b'["\xff"]', b"[" * 9999])
async def test_a_broken_array_is_refused_whole(http: Any, body: bytes) -> None:
    answer = await http.post(PATH, content=body)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["accepted"], answer.json()["skipped"], error["index"]) == (400, 0, 0, 0)
    assert error["error"].startswith("malformed batch body: ")


@pytest.mark.parametrize("form", ["array", "lines"])
async def test_more_records_than_a_batch_takes_are_refused_whole(http: Any, form: str) -> None:
    from telemetry.batches import MOST_RECORDS

    records = ["{}"] * (MOST_RECORDS + 1)
    body = f"[{','.join(records)}]" if form == "array" else "\n".join(records)
    answer = await http.post(PATH, content=body)
    assert answer.status_code == 413
    assert answer.json()["errors"] == [{"index": 0, "error": "malformed batch body: more than 10000 records"}]


@pytest.mark.parametrize("count", [999, 1000, 1001, 2500])
async def test_a_batch_of_several_transactions_is_stored_whole_and_in_order(http: Any, count: int) -> None:
    from pulse_project.core import db
    from telemetry.models import Event

    def stored() -> list[int]:
        return [json.loads(text)["n"] for text in Event.objects.order_by("id").values_list("payload", flat=True)]

    answer = await http.post(PATH, json=[event(n=number) for number in range(count)])
    assert answer.json()["accepted"] == count
    assert await db.in_read(stored) == list(range(count))


async def test_results_tell_of_every_record_what_became_of_it(http: Any) -> None:
    known = (await http.post("/v1/events", json=event(n=1))).json()["event_id"]
    answer = await http.post(f"{PATH}?results=1", json=[event(n=2), {}, event(n=1)])
    fresh, bad, again = answer.json()["results"]
    assert (fresh["index"], fresh["deduplicated"], len(fresh["event_id"])) == (1, False, 64)
    assert bad == {"index": 2, "error": BAD_TYPE}
    assert again == {"index": 3, "event_id": known, "deduplicated": True}


@pytest.mark.parametrize("query", ["", "?results=0", "?results=", "?results=10", "?source=results=1"])
async def test_results_are_told_to_those_who_ask(http: Any, query: str) -> None:
    answer = await http.post(f"{PATH}{query}", json=[event()])
    assert set(answer.json()) == {"accepted", "skipped", "errors"}


async def test_the_labels_of_the_request_are_those_of_every_record(http: Any) -> None:
    await http.post(f"{PATH}?source=ci", json=[event("phase.close"), event("note")])
    assert {found["source"] for found in await events(http)} == {"ci"}


async def test_without_a_label_every_record_has_that_of_its_type(http: Any) -> None:
    await http.post(PATH, json=[event("phase.close"), event("check.completed"), event("note")])
    assert [found["source"] for found in await events(http)] == ["unknown", "assay", "grain"]


async def test_only_the_record_that_the_database_refuses_is_skipped(db: None) -> None:
    from telemetry import batches

    batch = batches.parse(json.dumps([event(n=number) for number in range(4)]).encode(), "", "")
    batch.records[1] = replace(batch.records[1], version=None)  # type: ignore[arg-type] - what no check lets through
    await batches.store_records(batch)
    assert batch.summary() == {
        "accepted": 3,
        "skipped": 1,
        "errors": [{"index": 2, "error": "store failed: the database refuses this record"}],
    }


async def test_a_store_that_fails_at_once_is_told_and_the_batch_may_come_again(
    http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import store

    def fail(*_: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", fail)
        answer = await http.post(PATH, json=[event()])
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert (await http.post(PATH, json=[event()])).json()["accepted"] == 1


@pytest.mark.parametrize("error", [OperationalError("database is locked"), busy()])
async def test_a_store_that_fails_on_the_way_names_what_is_missing(
    http: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from telemetry import store

    calls, write = [], store.write

    def fail_later(records: Any, *others: Any) -> Any:
        calls.append(len(records))
        if len(calls) > 1:
            raise error
        return write(records, *others)

    monkeypatch.setattr(store, "write", fail_later)
    answer = (await http.post(PATH, json=[event(n=number) for number in range(1200)])).json()
    assert (answer["accepted"], answer["skipped"]) == (1000, 200)
    assert [told["index"] for told in answer["errors"]] == list(range(1001, 1201))


async def test_a_store_that_fails_behind_a_refused_record_names_what_is_missing(
    http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import store

    write = store.write

    def fail_sometimes(records: Any, *others: Any) -> Any:
        if len(records) > 1 or records[0].payload["n"] == 0:
            raise DataError("refused")
        if records[0].payload["n"] == 2:
            raise OperationalError("locked")
        return write(records, *others)

    monkeypatch.setattr(store, "write", fail_sometimes)
    answer = (await http.post(PATH, json=[event(n=number) for number in range(4)])).json()
    assert answer["accepted"] == 1
    assert [told["index"] for told in answer["errors"]] == [1, 3, 4]
