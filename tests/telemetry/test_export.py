"""An export is the whole of a filter, once and in order, safe to open, and never looks complete when it is not."""

import csv
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from django.db import OperationalError

from tests.telemetry.events import event
from tests.telemetry.streaming import Streaming

pytestmark = pytest.mark.django_db(transaction=True)
EXPORT = "/v1/export"
MIXED = [
    event("a", n=1, text='é\u2028"\n,'),
    event("=1+1", "2026-09-01T12:00:00+02:00", n=2),
    event("-5", None, n=3),
    event("a", "2026-08-01T00:00:00Z", n=4, nested={"x": [None, 1e20, 10**30]}),
]


async def exported(http: httpx.AsyncClient, form: str = "ndjson", **query: str) -> bytes:
    answer = await http.get(EXPORT, params={"format": form, **query})
    assert answer.status_code == 200, answer.text
    return answer.content


def lines_of(content: bytes) -> list[Any]:
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


async def numbers(http: httpx.AsyncClient, **query: str) -> list[int]:
    return [found["payload"]["n"] for found in lines_of(await exported(http, **query))]


async def listed(http: httpx.AsyncClient) -> list[Any]:
    """What the list shows, oldest first."""
    found: list[Any] = (await http.get("/v1/events", params={"limit": 1000})).json()["events"]
    return found[::-1]


async def test_ndjson_has_the_events_as_the_list_shows_them(http: httpx.AsyncClient) -> None:
    await http.post("/v1/events:batch", json=MIXED)
    assert lines_of(await exported(http)) == await listed(http)


async def test_csv_has_the_same_values_as_text(http: httpx.AsyncClient) -> None:
    await http.post("/v1/events:batch", json=[MIXED[0], MIXED[3]])
    header, *rows = csv.reader(io.StringIO((await exported(http, "csv")).decode(), newline=""))
    found = [dict(zip(header, row, strict=True)) for row in rows]
    shown = await listed(http)
    assert [json.loads(row.pop("payload")) for row in found] == [one.pop("payload") for one in shown]
    assert found == [{name: str(value) for name, value in one.items()} for one in shown]


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
     ("\r=1", "'\r=1"), ("-inf", "'-inf"), ("-5", "-5"), ("+1.5e-3", "+1.5e-3"), ("a=b", "a=b"), ("", ""), (-5, -5),
     ("-\u0665", "'-\u0665")],
)  # fmt: skip
def test_no_cell_begins_a_formula(text: Any, cell: Any) -> None:
    from telemetry import export_formats

    assert export_formats.cell(text) == cell


async def test_csv_cells_go_through_that_rule(http: httpx.AsyncClient) -> None:
    await http.post("/v1/events:batch", json=MIXED)
    rows = list(csv.DictReader(io.StringIO((await exported(http, "csv")).decode(), newline="")))
    assert [row["event_type"] for row in rows] == ["a", "'=1+1", "-5", "a"]


async def test_parquet_reads_back_typed(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyarrow import parquet

    from telemetry import export_parquet

    monkeypatch.setattr(export_parquet, "GROUP_EVENTS", 3)
    monkeypatch.setattr("telemetry.endpoints.export.PAGE_EVENTS", 1)
    await http.post("/v1/events:batch", json=MIXED)
    file = parquet.ParquetFile(io.BytesIO(await exported(http, "parquet")))
    rows = file.read().to_pylist()
    assert file.num_row_groups == 2
    assert [row.pop("received_at").isoformat() for row in rows] == [
        one.pop("received_at") for one in await listed(http)
    ]
    assert [json.loads(row["payload"]) for row in rows] == [one["payload"] for one in MIXED]


async def test_parquet_of_nothing_is_a_table_without_rows(http: httpx.AsyncClient) -> None:
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(await exported(http, "parquet")))
    assert (table.num_rows, table.num_columns) == (0, 8)


async def test_without_its_extra_parquet_is_refused_with_what_to_do(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = await http.get(EXPORT, params={"format": "parquet"})
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert "extra `parquet`" in answer.json()["detail"]


async def test_filters_are_those_of_the_list(http: httpx.AsyncClient) -> None:
    await http.post("/v1/events:batch", json=MIXED[:2], headers={"X-Pulse-Source": "ci"})
    await http.post("/v1/events:batch", json=MIXED[2:])
    span = {"from": "2026-09-01T10:00:00Z", "to": "2026-09-01T10:00:01Z"}
    queries: list[dict[str, str]] = [{"type": "a"}, {"type": "a", "source": "ci"}, {"since": "2026-09-01T11"}, span]
    assert [await numbers(http, **query) for query in queries] == [[1, 4], [1], [2, 3], [1, 2]]


async def test_nothing_is_an_empty_file(http: httpx.AsyncClient) -> None:
    assert await exported(http, type="nobody") == b""
    assert await exported(http, "csv") == (
        b"event_id,event_type,version,timestamp,received_at,timestamp_source,source,payload\r\n"
    )


async def test_a_file_is_offered_for_download(http: httpx.AsyncClient) -> None:
    answer = await http.head(EXPORT, params={"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith('attachment; filename="pulse-events-')
    assert answer.headers["content-disposition"].endswith('Z.csv"')


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """`small_pages(before)`: pages of two events, `before(index)` runs ahead of each; answers what was asked for."""
    from telemetry import event_reads
    from telemetry.endpoints import export

    following = event_reads.following

    def install(before: Callable[[int], None] = lambda _index: None) -> list[Any]:
        asked: list[Any] = []

        def read(wanted: Any, limit: int, **more: Any) -> Any:
            before(len(asked))
            asked.append(wanted)
            return following(wanted, limit, **more)

        monkeypatch.setattr(export, "PAGE_EVENTS", 2)
        monkeypatch.setattr(event_reads, "following", read)
        return asked

    return install


async def ten(http: httpx.AsyncClient) -> None:
    await http.post("/v1/events:batch", json=[event(n=number) for number in range(10)])


async def test_pages_follow_each_other_without_gap(http: httpx.AsyncClient, small_pages: Any) -> None:
    asked = small_pages()
    await ten(http)
    assert await numbers(http) == list(range(10))
    assert len(asked) == 6


async def test_a_page_ends_where_its_payloads_fill_it(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, small_pages: Any
) -> None:
    from telemetry.endpoints import export

    asked = small_pages()
    monkeypatch.setattr(export, "PAGE_EVENTS", 100)
    monkeypatch.setattr(export, "PAGE_TEXT", 1)
    await ten(http)
    assert await numbers(http) == list(range(10))
    assert len(asked) == 11


async def test_what_is_stored_meanwhile_is_not_part_of_the_file(http: httpx.AsyncClient, small_pages: Any) -> None:
    from pulse_project.core import clock, db
    from telemetry import store
    from telemetry.record import record_of

    def one_more(index: int) -> None:
        record = record_of(event(n=100 + index), received_us=clock.now_us(), source="")
        db.run_on_loop(db.in_write, store.write, [record])

    await ten(http)
    small_pages(one_more)
    assert await numbers(http) == list(range(10))
    assert len(await listed(http)) == 16


async def test_a_fault_before_the_first_byte_is_a_refusal(http: httpx.AsyncClient, small_pages: Any) -> None:
    def fail(_index: int) -> None:
        raise OperationalError("the store is away")

    small_pages(fail)
    answer = await http.get(EXPORT)
    assert (answer.status_code, answer.json()["code"]) == (503, "DB_ERROR")


async def test_an_export_that_a_stopping_server_cannot_begin_is_refused(http: httpx.AsyncClient) -> None:
    from pulse_project.core import hub

    await hub.hub().stop()
    answer = await http.get(EXPORT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_a_fault_later_leaves_the_file_without_its_end(http: httpx.AsyncClient, small_pages: Any) -> None:
    def fail(index: int) -> None:
        if index > 1:
            raise OperationalError("the store is away")

    await ten(http)
    small_pages(fail)
    client = await Streaming(EXPORT).open()
    assert len(lines_of(await client.rest())) == 4
    assert not client.is_complete


async def test_a_dead_key_cuts_the_file_short(http: httpx.AsyncClient, small_pages: Any) -> None:
    from pulse_project.core import auth

    await ten(http)
    small_pages()
    client = await Streaming(EXPORT, buffered=1).open()
    await client.read()
    for state in auth.sessions._loops.values():
        for connection in list(state.open):
            connection.close()
    await client.rest()
    assert not client.is_complete


async def test_a_client_that_leaves_ends_the_work(http: httpx.AsyncClient, small_pages: Any) -> None:
    from pulse_project.core import hub
    from telemetry.endpoints import export

    await ten(http)
    asked = small_pages()
    client = await Streaming(EXPORT, buffered=1).open()
    await client.read()
    await client.leave()
    assert len(asked) < 6
    assert (export.slots.count, hub.hub().stats().streams) == (0, 0)


async def test_one_key_exports_two_files_at_once(http: httpx.AsyncClient) -> None:
    from pulse_project.core import auth
    from telemetry.endpoints import export

    made = (await http.post("/api/v1/nexus/agents", json={"agent_id": "alice"})).json()["data"]["api_key"]
    caller = auth.remembered(auth.digest(made)) or await auth.find(auth.digest(made))
    assert caller is not None
    with export.slots.hold(caller), export.slots.hold(replace(caller)):
        answer = await http.get(EXPORT, headers={"Authorization": f"Bearer {made}"})
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
    assert (await http.get(EXPORT, headers={"Authorization": f"Bearer {made}"})).status_code == 200


@pytest.mark.parametrize(
    "query",
    ["format=xml", "format=", "since=1&from=2026-01-01", "from=x", "payload.a=b", "type=%ff", "type=%00",
     "source=" + "x" * 257, "&".join(f"payload.{number}=1" for number in range(6))],
)  # fmt: skip
async def test_a_wrong_argument_is_refused(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"{EXPORT}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")


async def test_unknown_parameters_are_passed_over(http: httpx.AsyncClient) -> None:
    assert await exported(http, nope="1", by="x") == b""


async def test_only_reading_is_answered(http: httpx.AsyncClient) -> None:
    answer = await http.post(EXPORT, json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
