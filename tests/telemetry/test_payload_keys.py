"""Events are filtered by payload keys that operators declared, also those that were stored before."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import run
from tests.telemetry.events import event

KEYS = "/api/v1/telemetry/payload-keys"


@pytest.fixture
def backfill(frozen: Any) -> Callable[[], None]:
    """Rounds of the leader until every key is complete."""
    from telemetry.payload_index import Backfill

    def rounds() -> None:
        work = Backfill()
        work.work()
        frozen.advance(5)
        work.work()

    return rounds


@pytest.fixture
def declare(db: None, operator: Any) -> Callable[[str], dict[str, Any]]:
    return lambda name: run("telemetry_payload_key_create", operator, name=name)


def found(operator: Any, **payload: str) -> list[Any]:
    """`n` of the events with these values, newest first."""
    body = run("events_list", operator, payload=payload)
    return [item["payload"]["n"] for item in body["events"]]


def test_earlier_and_later_events_are_found_by_a_declared_key(
    store: Callable[..., Any], declare: Any, backfill: Callable[[], None], operator: Any
) -> None:
    store(event(n=1, target="api"), event(n=2, target="web"), event(n=3), event(n=4, nested={"target": "api"}))
    declare("target")
    store(event(n=5, target="api"), event(n=6, target="web"))
    backfill()
    assert found(operator, target="api") == [5, 1]


@pytest.mark.parametrize(
    ("value", "text"), [(True, "True"), (7, "7"), (1.5, "1.5"), (None, ""), ([1], "[1]"), ("ü\"\n", "ü\"\n")], ids=str
)  # fmt: skip
def test_a_value_has_the_same_text_before_and_after_the_declaration(
    store: Callable[..., Any], declare: Any, backfill: Callable[[], None], operator: Any, value: Any, text: str
) -> None:
    store(event(n=1, **{'kéy "x"': value}))
    declare('kéy "x"')
    store(event(n=2, **{'kéy "x"': value}))
    backfill()
    assert found(operator, **{'kéy "x"': text}) == [2, 1]


def test_two_keys_combine(
    store: Callable[..., Any], declare: Any, backfill: Callable[[], None], operator: Any
) -> None:  # fmt: skip
    store(event(n=1, a="x", b="x"), event(n=2, a="x", b="y"), event(n=3, a="y", b="x"))
    declare("a")
    declare("b")
    backfill()
    assert found(operator, a="x", b="x") == [1]


def test_a_key_filters_nothing_before_it_is_complete(store: Callable[..., Any], declare: Any, operator: Any) -> None:
    store(event(n=1, target="api"))
    declare("target")
    refused = run("events_list", operator, payload={"target": "api"})
    assert refused["code"] == "VALIDATION_ERROR"
    assert "Ready: none" in refused["error"]


def test_a_key_is_complete_only_once_every_process_knows_it(
    store: Callable[..., Any], declare: Any, operator: Any, frozen: Any
) -> None:
    from telemetry.payload_index import Backfill

    work = Backfill()
    declare("target")
    work.work()
    (seen_first,) = run("telemetry_payload_key_list", operator)["items"]
    frozen.advance(5)
    work.work()
    (seen_later,) = run("telemetry_payload_key_list", operator)["items"]
    assert (seen_first["is_complete"], seen_later["is_complete"]) == (False, True)


def test_a_backfill_goes_on_where_its_round_ended(
    store: Callable[..., Any], declare: Any, operator: Any, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry import payload_index

    monkeypatch.setattr(payload_index, "SLICE_ROWS", 2)
    store(*(event(n=n, target="api") for n in range(5)))
    declare("target")
    work, reached = payload_index.Backfill(), []
    for _ in range(4):
        work.work()
        frozen.advance(5)
        reached.append(run("telemetry_payload_key_list", operator)["items"][0]["is_complete"])
    assert reached == [False, False, True, True]
    assert found(operator, target="api") == [4, 3, 2, 1, 0]


def test_what_another_process_stored_without_knowing_the_key_is_indexed(
    store: Callable[..., Any], declare: Any, backfill: Callable[[], None], operator: Any
) -> None:
    from telemetry.models import Attribute

    declare("target")
    store(event(n=1, target="api"))
    Attribute.objects.all().delete()
    backfill()
    assert found(operator, target="api") == [1]


def test_deleting_a_key_takes_its_index_and_leaves_the_events(
    store: Callable[..., Any], declare: Any, backfill: Callable[[], None], operator: Any
) -> None:
    from telemetry.models import Attribute, Event

    key = declare("target")
    store(*(event(n=n, target="api") for n in range(150)))
    backfill()
    run("telemetry_payload_key_delete", operator, key_id=key["key_id"])
    assert (Attribute.objects.count(), Event.objects.count()) == (0, 150)
    assert run("telemetry_payload_key_list", operator)["items"] == []


def test_storing_goes_on_while_a_key_that_it_knew_is_gone(
    store: Callable[..., Any], declare: Any, operator: Any
) -> None:  # fmt: skip
    from telemetry.models import Attribute, PayloadKey

    declare("target")
    store(event(n=1, target="api"))
    Attribute.objects.all().delete()
    PayloadKey.objects.all().delete()
    store(event(n=2, target="api"))
    assert run("events_list", operator)["count"] == 2


def test_twenty_keys_are_the_most(declare: Any) -> None:
    made = [declare(f"k{number}") for number in range(21)]
    assert [body.get("code") for body in made] == [None] * 20 + ["CONFLICT"]


def test_a_key_is_declared_once(declare: Any) -> None:
    declare("target")
    assert declare("target")["code"] == "CONFLICT"


def test_an_unknown_key_is_not_deleted(db: None, operator: Any) -> None:
    assert run("telemetry_payload_key_delete", operator, key_id=1)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", ["", "x" * 101, "a\x00", "a\nb", "\ud800", " a", None, 5], ids=str)
def test_a_wrong_name_is_refused(declare: Any, operator: Any, name: Any) -> None:
    assert declare(name)["code"] == "VALIDATION_ERROR"
    assert run("telemetry_payload_key_list", operator)["items"] == []


async def test_over_http_a_declared_key_is_part_of_the_query(
    http: httpx.AsyncClient, backfill: Callable[[], None]
) -> None:
    from pulse_project.core import db

    await http.post("/v1/events:batch", json=[event(n=1, target="api"), event(n=2, target="web")])
    assert (await http.post(KEYS, json={"name": "target"})).status_code == 200
    await db.in_write(backfill)
    answer = (await http.get("/v1/events", params={"payload.target": "web"})).json()
    assert [item["payload"]["n"] for item in answer["events"]] == [2]
