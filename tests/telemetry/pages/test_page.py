"""The page /telemetry/: figures that equal the API, panels that fail alone, states that are told apart."""

import re
from dataclasses import replace
from typing import Any

import pytest

from pulse_project.core import clock
from pulse_project.core.operations import REGISTRY
from telemetry.pages.lines import delta, grade
from telemetry.pages.panels import OVERVIEW
from telemetry.templatetags.figures import rate
from tests.conftest import run
from tests.telemetry.events import NOW_US, event
from tests.telemetry.pages.sights import BASE, panel, read, rows, runs, statements_of, total

pytestmark = pytest.mark.django_db

HOUR = 3_600_000_000
SPAN = {"from": clock.iso(NOW_US - (7 * 24 - 1) * HOUR), "to": clock.iso(NOW_US + HOUR)}
PANEL_NAMES = [panel.name for panel in OVERVIEW]


def test_an_empty_store_renders_with_a_dash_for_the_pass_rate(page: Any) -> None:
    shown = page()
    assert "Pass rate —" in panel(shown, "verification")
    assert not re.search(r"NaN|None|inf\b", shown.text)


def test_an_empty_store_shows_three_ways_in_with_the_address_of_this_server(page: Any) -> None:
    snippets = [code.text for code in page().all("code") if "pre" in code.ancestors]
    assert len(snippets) == 3
    assert f"curl {BASE}/v1/events" in snippets[0]
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT={BASE}" in snippets[1]


def test_an_empty_store_says_that_a_token_is_needed(page: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("telemetry.pages.first_steps._needs_token", lambda request: True)
    shown = page()
    assert "Producers need an ingest token." in shown.text
    assert "Authorization: Bearer $PULSE_INGEST_TOKEN" in shown.text


async def test_a_local_program_without_shared_token_is_told_that_it_needs_none(http: Any) -> None:
    answer = await http.get("/telemetry/", headers={"accept": "text/html"})
    assert "Programs on this machine need no token." in read(answer.content).text


def test_a_filled_store_shows_no_first_steps(page: Any, store: Any) -> None:
    store(event("note", "2020-01-01T00:00:00Z"))
    assert "No events yet" not in page().text


def test_every_figure_of_a_filtered_span_equals_the_api(page: Any, store: Any, operator: Any) -> None:
    store(*runs(3, 1), event("check.completed", n=1), source="assay")
    store(*runs(0, 5, target="web"), event("phase.close", phase="1"), source="other")
    shown = page("?range=7d&source=assay")
    counts = run("metrics_counts", operator, **SPAN, source="assay")
    figures = run("metrics_verification", operator, **SPAN, source="assay")
    assert total(shown) == str(counts["total"]) == "5"
    assert all(f"{group['key']} {group['count']} " in panel(shown, "by-type") for group in counts["groups"])
    assert f"Runs {figures['runs']} Pass rate {rate(figures['pass_rate'])}" in panel(shown, "verification")


def test_a_source_restricts_every_panel(page: Any, store: Any) -> None:
    store(*runs(1, 0, target="theirs"), event("phase.close", phase="theirs"), source="other")
    store(event("workflow.next.stop_reason", stop_reason="theirs"), source="other")
    store(event("note", text="ours"), source="assay")
    shown = page("?source=assay")
    assert "theirs" not in shown.text
    assert "ours" in panel(shown, "recent")


def test_the_json_links_of_the_panels_name_the_same_span(page: Any, store: Any) -> None:
    store(event("note"), source="assay")
    links = [link for link in page("?range=7d&source=assay").links if link.startswith("/v1/metrics/")]
    assert len(links) >= 5
    assert all("from=2026-08-25T13%3A00" in link and "source=assay" in link for link in links)


@pytest.mark.parametrize("name", ["metrics_phases", "metrics_verification", "metrics_stop_reasons", "metrics_series"])
def test_a_failing_panel_shows_its_error_while_others_render(
    page: Any, store: Any, monkeypatch: Any, name: str, caplog: Any
) -> None:
    def broken(caller: Any, data: Any) -> None:
        raise RuntimeError(name)

    store(event("phase.close", phase="1"), event("workflow.next.stop_reason", stop_reason="done"), *runs(1, 0))
    assert "INTERNAL_ERROR" not in page().text  # and the addresses are made of what does not fail
    monkeypatch.setitem(REGISTRY, name, replace(REGISTRY[name], function=broken))
    shown = page()
    failed = [name for name in PANEL_NAMES if "INTERNAL_ERROR" in panel(shown, name)]
    assert len(failed) == 1
    assert total(shown) == "3"


@pytest.mark.parametrize("name", PANEL_NAMES)
def test_a_panel_comes_alone_for_a_refetch(person: Any, store: Any, name: str) -> None:
    store(event("note"))
    response = person("auditor").get(f"/telemetry/panel/{name}/?range=24h")
    assert response.status_code == 200
    assert b"<html" not in response.content


def test_a_panel_fetches_itself_with_the_filters_of_the_page(page: Any, store: Any) -> None:
    store(event("note"), source="ci")
    sections = [found for found in page("?range=30d&source=ci").all("section") if found.get("hx-get")]
    assert {found.get("hx-get").partition("?")[2] for found in sections} == {"range=30d&source=ci"}


@pytest.mark.parametrize(
    ("value", "word"),
    [(1.0, "good"), (0.992, "good"), (0.95, "good"), (0.9499, "watch"), (0.8, "watch"), (0.7999, "failing")],
)  # fmt: skip
def test_a_pass_rate_is_graded_by_its_thresholds(value: float, word: str) -> None:
    found = grade(value)
    assert found is not None
    assert found.word == word


def test_a_rate_of_99_2_percent_is_good(page: Any, store: Any) -> None:
    store(*runs(124, 1))
    words = panel(page(), "verification")
    assert "99.2 % good" in words
    assert "failing" not in words


@pytest.mark.parametrize(
    ("value", "text"), [(0.9499, "94.9 %"), (0.9996, "99.9 %"), (1.0, "100.0 %"), (0.29, "29.0 %")]
)
def test_a_rate_below_a_threshold_never_reads_as_reaching_it(value: float, text: str) -> None:
    assert rate(value) == text


def test_the_latest_runs_of_a_target_are_told_in_words(page: Any, store: Any) -> None:
    store(*runs(2, 1))
    strips = [drawing.get("aria-label") for drawing in page().all("svg") if drawing.get("class") == "strip"]
    assert strips == ["Latest runs, oldest first: passed, passed, failed"]


def test_a_chart_has_a_table_with_the_same_numbers(page: Any, store: Any) -> None:
    store(*(event("note", "2026-09-01T10:20:00Z", n=n) for n in range(3)), event("other", "2026-09-01T09:00:00Z"))
    shown = page("?range=24h")
    assert "2026-09-01 10:00 3 0 3" in rows(shown)
    assert "2026-09-01 09:00 0 1 1" in rows(shown)


def test_the_count_of_the_span_before_is_compared_with(page: Any, store: Any) -> None:
    store(event("note", "2026-09-01T10:00:00Z", n=1), event("note", "2026-09-01T10:00:00Z", n=2))
    store(event("note", "2026-08-31T11:00:00Z"))
    assert "+100 % against the span before" in panel(page("?range=24h"), "tiles")


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (5, None, ""),
        (5, 0, "none in the span before"),
        (5, 5, "as in the span before"),
        (3, 4, "\N{MINUS SIGN}25 % against the span before"),
        (2_000, 200, "200 in the span before"),
    ],
)
def test_a_change_is_told_in_words(now: int, before: int | None, words: str) -> None:
    assert delta(now, before) == words


def test_an_open_span_is_compared_with_nothing(page: Any, store: Any) -> None:
    store(event("note"))
    assert "span before" not in panel(page("?range=all"), "tiles")


def test_refused_records_and_duplicates_of_the_span_are_told(page: Any, store: Any) -> None:
    from telemetry.models import Outcome

    hour = NOW_US // HOUR - 1
    for outcome, count in (("duplicate", 4), ("version must be an integer", 2)):
        Outcome.objects.create(utc=hour, source="ci", outcome=outcome, n=count)
    words = panel(page("?range=24h"), "tiles")
    assert "Duplicates 4" in words
    assert "Rejected 2" in words
    assert "2 \N{MULTIPLICATION SIGN} version must be an integer" in words


def test_the_duration_of_a_phase_lies_between_its_closes(page: Any, store: Any) -> None:
    store(*(event("phase.close", f"2026-08-{day}T10:00:00Z", phase="2", tasks_done=4) for day in (27, 30)))
    assert "2 2 4 0 2026-08-27 10:00 2026-08-30 10:00 3 d" in rows(page())


def test_stop_reasons_lead_to_their_events(page: Any, store: Any) -> None:
    store(event("workflow.next.stop_reason", stop_reason="budget & time"))
    links = [link for link in page().all("a") if link.words == "budget & time"]
    assert "type=workflow.next.stop_reason" in links[0].get("href")


def test_a_late_receipt_is_shown_beside_the_event(page: Any, store: Any) -> None:
    store(event("note", "2026-09-01T11:00:00Z"))
    assert "1 h ago received just now" in panel(page(), "recent")


def test_a_prompt_receipt_is_not_repeated(page: Any, store: Any) -> None:
    store(event("note", "2026-09-01T11:59:30Z"))
    assert "received" not in panel(page(), "recent")


def test_a_stamp_that_names_no_instant_is_shown_as_sent(page: Any, store: Any) -> None:
    store(event("note", "once upon a time"))
    assert "once upon a time" in panel(page(), "recent")


@pytest.mark.parametrize(
    "address", ["/telemetry/", "/telemetry/?source=ci", "/telemetry/?range=all", "/telemetry/events/"]
)
def test_a_page_needs_few_statements_whatever_the_store_holds(
    person: Any, store: Any, monkeypatch: Any, address: str
) -> None:
    client = person("auditor")
    for number in range(60):
        store(
            event(f"type-{number}", None),
            event("phase.close", None, phase=str(number)),
            event("workflow.next.stop_reason", None, stop_reason=f"reason-{number}"),
            event("verification.completed", None, target=f"target-{number}", passed=True),
            event("request", None, duration_ms=number),
            source="ci",
        )
    client.get(address)
    assert 3 < statements_of(lambda: client.get(address), monkeypatch) <= 28
