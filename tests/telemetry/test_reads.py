"""Events are read back as published: order, filters, limits, and the pages and spans that are new."""

import json
from typing import Any

import pytest

from tests.conftest import run
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db
KEYS = {"event_id", "event_type", "version", "timestamp", "received_at", "timestamp_source", "source", "payload"}


def ids(answer: Any) -> list[int]:
    return [found["payload"]["n"] for found in answer["events"]]


def test_an_event_has_exactly_the_published_keys(store: Any, operator: Any) -> None:
    store(event(a=1))
    (found,) = run("events_list", operator)["events"]
    assert found.keys() == KEYS
    assert (found["timestamp"], found["timestamp_source"]) == ("2026-09-01T10:00:00Z", "producer")
    assert found["received_at"].endswith("+00:00")


def test_an_event_without_stamp_says_who_stamped_it(store: Any, operator: Any) -> None:
    store(event(timestamp=None))
    (found,) = run("events_list", operator)["events"]
    assert found["timestamp_source"] == "receiver"
    assert found["timestamp"] == found["received_at"]


def test_the_order_is_that_of_receipt_newest_first(store: Any, operator: Any) -> None:
    store(event(timestamp="2026-09-03T00:00:00Z", n=1), event(timestamp="2026-09-01T00:00:00Z", n=2))
    assert ids(run("events_list", operator)) == [2, 1]


def test_an_event_that_comes_again_does_not_move(store: Any, operator: Any) -> None:
    store(event(n=1), event(n=2))
    (again,) = store(event(n=1), source="elsewhere")
    assert again.is_duplicate
    assert ids(run("events_list", operator)) == [2, 1]


def test_filters_are_exact_stripped_and_combine(store: Any, operator: Any) -> None:
    store(event("a", n=1), event("A", n=2), event("a", n=3), source="ci")
    store(event("a", n=4), source="cd")
    assert ids(run("events_list", operator, type=" a ", source="ci")) == [3, 1]
    assert ids(run("events_list", operator, type="  ")) == [4, 3, 2, 1]
    assert ids(run("events_list", operator, type="b")) == []


STAMPS = ["2026-09-01T10:00:00+00:00", "2026-09-01T10:00:00Z", "2026-09-01T11:00:00+02:00", "2026-09-02", "junk"]


@pytest.mark.parametrize("since", ["2026-09-01T10:00:00Z", "2026-09-01T10:00:00", "2026-09", "2026-09-01T11", "j", "z"])
def test_since_compares_stamps_as_text(store: Any, operator: Any, since: str) -> None:
    store(*(event(timestamp=stamp, n=number) for number, stamp in enumerate(STAMPS)))
    expected = [number for number, stamp in enumerate(STAMPS) if stamp >= since]
    assert ids(run("events_list", operator, since=since)) == expected[::-1]


@pytest.mark.parametrize(("very_few", "ends"), [(500, 2), (0, 0), (0, 2)])
def test_spans_compare_instants_whatever_the_plan(
    store: Any, operator: Any, very_few: int, ends: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pulse_project.core import db
    from telemetry import event_plans
    from telemetry.rollups.windows import Window

    monkeypatch.setattr(event_plans, "VERY_FEW", very_few)
    monkeypatch.setattr(event_plans, "MOST_ENDS", ends)
    store(*(event(timestamp=stamp, n=number) for number, stamp in enumerate(STAMPS[:4])))
    span = {"from": "2026-09-01T09:00:00Z", "to": "2026-09-01T10:00:00Z"}
    assert ids(run("events_list", operator, **span)) == [2]
    assert ids(run("events_list", operator, since="2026-09-01T10:00:00Z")) == [3, 2, 1]
    with db.read_tx():
        assert bool(event_plans.plan_for(Window(since="2026")).numbers) == ((very_few, ends) == (0, 2))


def test_since_and_a_span_exclude_each_other(operator: Any) -> None:
    refused = run("events_list", operator, since="2026", **{"from": "2026-01-01"})
    assert (refused["code"], refused["details"]["field"]) == ("VALIDATION_ERROR", "since")


def test_pages_meet_every_event_once(store: Any, operator: Any) -> None:
    store(*(event(n=number) for number in range(7)))
    page = run("events_list", operator, limit=3, cursor="")
    seen = ids(page)
    while "next_cursor" in page:
        store(event(n=100 + len(seen)))
        page = run("events_list", operator, limit=3, cursor=page["next_cursor"])
        seen += ids(page)
    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_a_cursor_of_somebody_else_is_refused(operator: Any) -> None:
    assert run("events_list", operator, cursor="x1")["code"] == "VALIDATION_ERROR"


def test_one_event_by_its_id(store: Any, operator: Any) -> None:
    (stored,) = store(event(n=1))
    found = run("events_show", operator, event_id=stored.event_id.hex())
    assert found.keys() == KEYS
    assert found["payload"] == {"n": 1}


@pytest.mark.parametrize("event_id", ["", "abc", "A" * 64, "z" * 64, "0" * 64, "\x1b[31m"])
def test_an_id_that_nothing_has_is_not_found(store: Any, operator: Any, event_id: str) -> None:
    refused = run("events_show", operator, event_id=event_id)
    assert refused["code"] == "NOT_FOUND"
    assert refused["error"].startswith("event not found: ")
    assert "\x1b" not in refused["error"]


def test_payloads_come_back_value_for_value(store: Any, operator: Any) -> None:
    payload = {"f": 1e20, "i": 10**30, "u": "é\u2028", "nested": [{"a": None, "b": [True, 0.1]}], "": ""}
    store(event(payload=payload))
    assert run("events_list", operator)["events"][0]["payload"] == json.loads(json.dumps(payload))


class TestOverHttp:
    """Addresses, statuses and shapes."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.mark.parametrize(("limit", "kind"), [("0", "greater_than_equal"), ("-1", "greater_than_equal"),
                                                 ("x", "int_parsing"), ("1.5", "int_parsing")])  # fmt: skip
    async def test_a_wrong_limit_is_refused_as_published(self, http: Any, limit: str, kind: str) -> None:
        answer = await http.get("/v1/events", params={"limit": limit})
        (problem,) = answer.json()["detail"]
        assert (answer.status_code, problem["type"], problem["loc"]) == (422, kind, ["query", "limit"])
        assert problem["input"] == limit

    async def test_unknown_parameters_are_passed_over(self, http: Any) -> None:
        assert (await http.get("/v1/events?nope=1&limit=2000")).json() == {"events": [], "count": 0}

    async def test_a_wrong_grouping_counts_as_type(self, http: Any) -> None:
        assert (await http.get("/v1/metrics/counts?by=SOURCE")).json()["by"] == "type"

    async def test_what_is_not_there_has_the_published_body(self, http: Any) -> None:
        answer = await http.get("/v1/events/abc")
        assert (answer.status_code, answer.json()) == (404, {"detail": "event not found: abc"})

    @pytest.mark.parametrize("path", ["counts", "phases", "stop-reasons", "verification"])
    async def test_since_is_echoed_stripped_or_null(self, http: Any, path: str) -> None:
        since = [
            (await http.get(f"/v1/metrics/{path}", params=params)).json()["since"]
            for params in ({}, {"since": " 2026-01 "}, {"since": " "})
        ]
        assert since == [None, "2026-01", None]

    @pytest.mark.parametrize("path", ["counts", "phases", "stop-reasons", "verification"])
    async def test_the_same_figures_over_http_mcp_and_the_operations_address(self, http: Any, path: str) -> None:
        await http.post("/v1/events:batch", json=[
            event("phase.close", phase="3", tasks_done=2), event("task.close", phase="3"),
            event("workflow.next.stop_reason", stop_reason="blocked"),
            event("verification.completed", target="api", passed=True, checks_total=2, checks_passed=1),
        ])  # fmt: skip
        name = f"metrics_{path.replace('-', '_')}"
        direct = (await http.get(f"/v1/metrics/{path}")).json()
        plain = (await http.post("/mcp/call", json={"tool": name})).json()["result"]
        assert direct == plain == (await http.post(f"/api/v1/ops/{name}", json={})).json()
