"""Telemetry in the admin: tokens shown once, decisions through operations, long tables without long waits."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pulse_project.core import auth, clock
from telemetry.models import AlertRule, Count, Event, IngestGrant, Outcome, PayloadKey, RetentionRule
from tests.admin.test_actions import act, key_on, offered
from tests.markup import parse
from tests.telemetry.events import event

pytestmark = pytest.mark.django_db

ADMIN = "/admin/telemetry/"
TOKENS, RULES, KEYS, ALERTS = (
    f"{ADMIN}{name}/" for name in ("ingestgrant", "retentionrule", "payloadkey", "alertrule")
)  # fmt: skip
PAGES = [f"{address}new/" for address in (TOKENS, RULES, KEYS, ALERTS)] + [f"{ADMIN}prune/", f"{ADMIN}recount/"]
OLD, NOW = "2020-01-01T00:00:00Z", None


@pytest.fixture
def put(db: None) -> Callable[..., list[str]]:
    """Store events; answers their ids."""
    from pulse_project.core import db as database
    from telemetry import attributes, journal, labels, store
    from telemetry.record import record_of
    from telemetry.rollups import sheets

    for memory in (attributes, journal, labels, sheets):
        memory.forget()

    def stored(*values: dict[str, Any]) -> list[str]:
        records = [record_of(value, received_us=clock.now_us(), source="") for value in values]
        return [one.event_id.hex() for one in database.write_here(store.write, records)]

    return stored


@pytest.fixture
def token(operator: Any, call: Callable[..., Any]) -> str:
    secret: str = call("telemetry_token_create", operator, source="ci", label="laptop")["token"]
    return secret


def rows_on(response: Any) -> int:
    return len([row for row in parse(response.content).all("tr") if "tbody" in row.ancestors])


def test_rotating_a_token_shows_the_new_one_once_and_ends_the_old(browser: Any, token: str) -> None:
    client = browser("operator")
    response = act(client, TOKENS, "rotate", IngestGrant.objects.get())
    (fresh,) = key_on(response)
    assert "no-store" in response["Cache-Control"]
    assert (auth.resolve_key(token), fresh in client.get(TOKENS).content.decode()) == (None, False)
    assert auth.resolve_key(fresh) is not None


def test_an_old_login_is_asked_before_a_token_is_rotated(browser: Any, token: str) -> None:
    client = browser("operator", fresh=False, password="a long password")
    refused = act(client, TOKENS, "rotate", IngestGrant.objects.get(), password="wrong")
    assert "That is not your password." in parse(refused.content).text
    assert auth.resolve_key(token) is not None


def test_revoking_a_token_ends_it_and_offers_no_more_for_it(browser: Any, token: str) -> None:
    client = browser("operator")
    act(client, TOKENS, "revoke", IngestGrant.objects.get())
    assert auth.resolve_key(token) is None
    assert (
        "None of the selected records" in parse(act(client, TOKENS, "rotate", IngestGrant.objects.get()).content).text
    )


def test_the_terms_of_a_token_are_changed(browser: Any, token: str) -> None:
    answers = {"source": "cd", "durability": "relaxed", "events_per_minute": 5}
    act(browser("operator"), TOKENS, "change", IngestGrant.objects.get(), **answers)
    grant = IngestGrant.objects.get()
    assert (grant.source, grant.durability, grant.events_per_minute, grant.revision) == ("cd", "relaxed", 5, 2)


def test_a_new_token_is_shown_once_and_opens_ingest(browser: Any) -> None:
    answers = {"label": "build server", "durability": "full", "events_per_minute": 0, "expires_at": "2999-01-01 12:00"}
    (secret,) = key_on(browser("operator").post(f"{TOKENS}new/", answers))
    caller = auth.resolve_key(secret)
    assert caller is not None
    assert caller.holds("telemetry.ingest")
    assert clock.to_us(IngestGrant.objects.get().key.expires_at) == clock.to_us(clock.from_us(32_472_187_200_000_000))


@pytest.mark.parametrize("state", ["live", "expired", "revoked"])
def test_tokens_are_listed_by_state(browser: Any, operator: Any, call: Any, state: str) -> None:
    with clock.frozen_at(1_000_000):
        call("telemetry_token_create", operator, expires_at="1970-01-01T00:00:09Z")
    call("telemetry_token_revoke", operator, token_id=call("telemetry_token_create", operator)["token_id"])
    call("telemetry_token_create", operator)
    assert rows_on(browser("auditor").get(TOKENS, {"state": state})) == 1


def test_a_rule_is_made_changed_and_deleted(browser: Any) -> None:
    client = browser("operator")
    client.post(f"{RULES}new/", {"event_type": "note", "keep_days": 3})
    act(client, RULES, "change", RetentionRule.objects.get(), keep_days=5)
    assert RetentionRule.objects.values_list("event_type", "keep_days").get() == ("note", 5)
    act(client, RULES, "delete", RetentionRule.objects.get())
    assert not RetentionRule.objects.exists()


def test_a_key_is_declared_and_deleted(browser: Any) -> None:
    client = browser("operator")
    client.post(f"{KEYS}new/", {"name": "target"})
    assert PayloadKey.objects.get().name == "target"
    act(client, KEYS, "delete", PayloadKey.objects.get())
    assert not PayloadKey.objects.exists()


def test_an_alert_is_made_changed_switched_and_deleted(browser: Any) -> None:
    client = browser("operator")
    condition = {"comparison": "above", "threshold": 3, "window_minutes": 5}
    client.post(f"{ALERTS}new/", {"name": "errors", "metric": "count", "event_type": "error", **condition})
    act(client, ALERTS, "condition", AlertRule.objects.get(), **{**condition, "threshold": 9})
    act(client, ALERTS, "disable", AlertRule.objects.get())
    rule = AlertRule.objects.get()
    assert (rule.threshold, rule.event_type, rule.is_enabled) == (9, "error", False)
    act(client, ALERTS, "delete", rule)
    assert not AlertRule.objects.exists()


def test_a_refused_record_says_why(browser: Any) -> None:
    client = browser("operator")
    client.post(f"{KEYS}new/", {"name": "target"})
    again = client.post(f"{KEYS}new/", {"name": "target"})
    assert again.status_code == 409
    assert "declared already" in parse(again.content).text


@pytest.mark.parametrize("address", PAGES)
def test_a_page_for_operators_answers_them_and_nobody_else(browser: Any, address: str) -> None:
    page = parse(browser("operator").get(address).content)
    assert page.offences() + page.nameless() == []
    auditor = browser("auditor")
    assert [auditor.get(address).status_code, auditor.post(address, {}).status_code] == [403, 403]


@pytest.mark.parametrize("address", [TOKENS, RULES, KEYS, ALERTS])
def test_a_list_leads_operators_to_its_page_and_actions(browser: Any, telemetry: None, address: str) -> None:
    operator, auditor = browser("operator"), browser("auditor")
    links = [f"{address}new/" in parse(client.get(address).content).links for client in (operator, auditor)]
    assert links == [True, False]
    assert (offered(operator, address) != set(), offered(auditor, address)) == (True, set())


def test_a_confirmed_prune_deletes_what_was_simulated(browser: Any, put: Any, operator: Any, call: Any) -> None:
    put(event("note", OLD), event("note", NOW))
    call("telemetry_retention_create", operator, event_type="note", keep_days=30)
    client = browser("operator")
    simulated = client.post(f"{ADMIN}prune/", {"step": "simulate"})
    assert (simulated.context["total"], Event.objects.count()) == (1, 2)
    done = client.post(f"{ADMIN}prune/", {"step": "delete", "simulation": simulated.context["simulation"]})
    assert (done.context["report"]["types"], Event.objects.count()) == (simulated.context["report"]["types"], 1)


def test_a_prune_without_simulation_only_simulates(browser: Any, put: Any, operator: Any, call: Any) -> None:
    put(event("note", OLD))
    call("telemetry_retention_create", operator, event_type="note", keep_days=30)
    response = browser("operator").post(f"{ADMIN}prune/", {"step": "delete", "simulation": "forged"})
    assert (response.context["report"]["dry_run"], Event.objects.count()) == (True, 1)


def test_a_recount_shows_what_differs_and_puts_it_right(browser: Any, put: Any) -> None:
    put(event("note", OLD))
    Count.objects.filter(level=4).update(n=5)
    client, address = browser("operator"), f"{ADMIN}recount/"
    assert "1 difference" in parse(client.post(address, {"step": "look"}).content).text
    assert "put right" in parse(client.post(address, {"step": "repair"}).content).text
    assert Count.objects.filter(level=4).get().n == 1


@pytest.mark.parametrize("digits", [64, 20, 9, 8])
def test_an_event_is_found_by_its_id_or_how_it_begins(browser: Any, put: Any, digits: int) -> None:
    wanted, *_ = put(*(event("note", OLD, n=n) for n in range(5)))
    assert rows_on(browser("auditor").get(f"{ADMIN}event/", {"q": f" {wanted[:digits].upper()} "})) == 1


@pytest.mark.parametrize("words", ["note", "0" * 7, "0" * 65, "z" * 64])
def test_what_is_no_event_id_finds_nothing(browser: Any, put: Any, words: str) -> None:
    put(event("note", OLD))
    assert rows_on(browser("auditor").get(f"{ADMIN}event/", {"q": words})) == 0


def test_events_are_listed_by_the_time_of_their_stamp(browser: Any, put: Any) -> None:
    now = clock.now_us()
    ages = {0.5: "1", 20: "24", 100: "168", 700: "720", 800: ""}
    put(*(event("note", clock.iso(now - int(hours * 3_600_000_000))) for hours in ages))
    client = browser("auditor")
    found = [rows_on(client.get(f"{ADMIN}event/", {"time": span} if span else {})) for span in ages.values()]
    assert found == [1, 2, 3, 4, 5]


def test_many_recent_events_are_listed_by_time_too(browser: Any, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry import event_plans

    monkeypatch.setattr(event_plans, "VERY_FEW", 1)
    put(event("note", OLD), *(event("note", NOW, n=n) for n in range(4)), event("log", OLD))
    assert rows_on(browser("auditor").get(f"{ADMIN}event/", {"time": "24"})) == 4


def test_events_are_listed_by_type_source_and_version(browser: Any, put: Any) -> None:
    put(event("note", OLD), event("log", OLD), event("log", OLD, version=2), event("phase.close", OLD, phase=1))
    client, row = browser("auditor"), Event.objects.get(type__text="log", version=2)
    wanted = [{"type_id": row.type_id}, {"source_id": row.source_id}, {"version": 2}, {"type_id": 99}]
    assert [rows_on(client.get(f"{ADMIN}event/", query)) for query in wanted] == [2, 3, 1, 4]


def test_an_event_shows_its_payload_indented_and_hostile_text_as_text(browser: Any, put: Any) -> None:
    put(event("<script>x</script>", "<i>junk", b=1, a="<script>alert(1)</script>"))
    page = parse(browser("auditor").get(f"{ADMIN}event/{Event.objects.get().pk}/change/").content)
    assert page.offences() == []
    assert '{\n  "a": "<script>alert(1)</script>",\n  "b": 1\n}' in [element.text for element in page.all("pre")]


def test_selected_events_are_exported_as_they_were_sent(browser: Any, put: Any) -> None:
    (sent, _) = put(event("note", OLD, n=1), event("note", OLD, n=2))
    data = {"action": "export", "_selected_action": [Event.objects.order_by("id").first().pk], "index": 0}  # type: ignore[union-attr]
    response = browser("auditor").post(f"{ADMIN}event/", data)
    (line,) = response.content.decode().splitlines()
    assert json.loads(line) == {**event("note", OLD, n=1), "event_id": sent, "source": "unknown"}


@pytest.mark.parametrize("name", ["event", "count", "verification", "outcome", "attribute"])
def test_a_long_list_needs_no_more_queries_than_a_short_one(
    browser: Any, put: Any, operator: Any, call: Any, name: str
) -> None:
    from telemetry import journal

    client, counts = browser("auditor"), []
    call("telemetry_payload_key_create", operator, name="target")
    for first in (0, 100):
        numbers = range(first, first + first + 2)
        put(*(event("verification.completed", OLD, target=f"t{n}", passed=True) for n in numbers))
        put(*(event(f"type {n}", OLD) for n in numbers))
        for n in numbers:
            journal.refuse("payload must be an object", source=f"s{n}")
        journal.write()
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{ADMIN}{name}/")
        counts.append(len(queries))
    assert counts[1] <= min(counts[0], 12)


@pytest.mark.parametrize("name", ["event", "count", "phase", "verification"])
def test_a_list_has_fifty_rows_a_page(browser: Any, put: Any, name: str) -> None:
    for kind in ("phase.close", "verification.completed"):
        put(*(event(kind, OLD, phase=n, target=n) for n in range(60)))
    assert rows_on(browser("auditor").get(f"{ADMIN}{name}/")) == (50 if name != "count" else 12)


def test_counting_rows_ends_somewhere(put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telemetry.admin import lists

    monkeypatch.setattr(lists, "MOST_COUNTED", 3)
    put(*(event("note", OLD, n=n) for n in range(5)))
    assert lists.BoundedPaginator(Event.objects.all(), 2).count == 3


@pytest.mark.parametrize("stamp", ["20260110T10:1", "::::", OLD, "x"])
def test_a_counter_is_found_whatever_its_stamp(browser: Any, put: Any, stamp: str) -> None:
    put(event("note", stamp))
    client = browser("auditor")
    answers = [client.get(f"{ADMIN}count/{row.pk}/change/").status_code for row in Count.objects.all()]
    assert answers == [200] * 6


@pytest.mark.parametrize("wrong", ["1", "13:2020-01-01T00:438288:1:1:x", f"13:a:{2**70}:1:1:1", "a:b:c:d:e:f"])
def test_what_is_no_counter_is_not_found(browser: Any, put: Any, wrong: str) -> None:
    put(event("note", OLD))
    response = browser("auditor").get(f"{ADMIN}count/{wrong}/change/", follow=True)
    assert "exist" in parse(response.content).text


def test_the_front_page_counts_what_came_in_and_was_refused(browser: Any, put: Any) -> None:
    from telemetry import journal

    put(event("note", OLD), event("note", NOW))
    journal.refuse("payload must be an object", count=3)
    journal.write()
    client = browser("auditor")
    counters = {counter.what: counter.value for counter in client.get("/admin/").context["counters"]}
    assert (counters["events in 24 hours"], counters["refused in 24 hours"]) == (2, 3)
    assert rows_on(client.get("/admin/telemetry/outcome/?utc__since=24&became=refused")) == 1
    assert Outcome.objects.count() == 2
