"""What monitoring reads of telemetry, through the official parser."""

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pulse_project.core import readiness
from telemetry import collector, health
from tests.telemetry.events import event
from tests.telemetry.senders import newest


async def scraped(http: Any) -> dict[str, Any]:
    """The families of the exposition by name."""
    text = (await http.get("/metrics")).text
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(family: Any, label: str) -> dict[str, float]:
    return {sample.labels[label]: sample.value for sample in family.samples}


async def test_events_are_counted_in_all_by_type_and_by_source(http: Any) -> None:
    for number in range(3):
        await http.post("/v1/events?source=ci", json=event("build.done", n=number))
    await http.post("/v1/events", json=event("note"))
    found = await scraped(http)
    assert found["pulse_telemetry_events"].samples[0].value == 4
    assert values(found["pulse_telemetry_events_by_type"], "type") == {"build.done": 3, "note": 1}
    assert values(found["pulse_telemetry_events_by_source"], "source") == {"ci": 3, "unknown": 1}


async def test_duplicates_and_refusals_have_figures_of_their_own(http: Any) -> None:
    before = values((await scraped(http))["pulse_telemetry_records"], "outcome")
    for body in (event("x"), event("x"), {}):
        await http.post("/v1/events", json=body)
    after = values((await scraped(http))["pulse_telemetry_records"], "outcome")
    assert {name: after[name] - before.get(name, 0) for name in after} == {"accepted": 1, "duplicate": 1, "rejected": 1}


async def test_only_the_most_frequent_names_are_labels(http: Any) -> None:
    lines = [event(f"type-{number}", n=copy) for number in range(25) for copy in range(number + 1)]
    await http.post("/v1/events:batch", json=lines)
    found = values((await scraped(http))["pulse_telemetry_events_by_type"], "type")
    assert (len(found), found["other"], found["type-24"]) == (21, 1 + 2 + 3 + 4 + 5, 25)


async def test_paths_and_ids_are_no_labels(http: Any) -> None:
    for source in ("/srv/builds", "https://x.example/y", "9d1c5f1e-9c1b", "0af7651916cd43dd", "job-20260901", "other"):
        await http.post("/v1/events", json=event(n=source), headers={"x-pulse-source": source})
    found = await scraped(http)
    assert values(found["pulse_telemetry_events_by_source"], "source") == {"other": 6}
    assert (await newest(http))["source"] == "other"


@pytest.mark.parametrize("text", ["phase.close", "$pageview", "sübj", "posthog-python", "Order Completed", "ns::op"])
def test_names_are_labels(text: str) -> None:
    assert health.is_name(text)


@pytest.mark.parametrize("text", ["", "__other__", "a/b", "a\\b", "a\nb", 'a"b', "deadbeef-0000-4000", "x" * 101, "1"])
def test_what_is_no_name_is_no_label(text: str) -> None:
    assert not health.is_name(text)


async def test_the_queue_and_the_alerts_are_figures(http: Any) -> None:
    from pulse_project.core import db
    from telemetry.models import AlertRule

    rules = [
        AlertRule(name=name, metric="count", is_firing=is_firing, is_enabled=is_enabled)
        for name, is_firing, is_enabled in (("a", True, True), ("b", True, False), ("c", False, True))
    ]
    await db.in_write(AlertRule.objects.bulk_create, rules)
    found = await scraped(http)
    assert found["pulse_telemetry_alerts_firing"].samples[0].value == 1
    assert found["pulse_telemetry_queue"].samples[0].value == 0


@pytest.mark.parametrize(("waiting", "severity"), [(0, None), (9_999, None), (10_000, "error")])
@pytest.mark.django_db
def test_a_full_queue_makes_a_process_not_ready(monkeypatch: Any, waiting: int, severity: str | None) -> None:
    monkeypatch.setattr(collector, "waiting", lambda: waiting)
    found = {item["name"]: item["severity"] for item in readiness.run_all()}
    assert found.get("telemetry_queue") == severity
