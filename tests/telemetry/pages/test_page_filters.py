"""Spans and filters of the telemetry pages: read from the address, rounded to whole hours, refused in words."""

from typing import Any

import pytest
from django.http import QueryDict

from telemetry.pages.filters import parse
from telemetry.templatetags.figures import lasting, milliseconds
from tests.telemetry.events import NOW_US, event
from tests.telemetry.pages.sights import panel, read, runs

pytestmark = pytest.mark.django_db

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    "query",
    ["range=1y", "since=junk", "until=2026-13-01", "since=2026-02-01&until=2026-01-01",
     "since=0001-01-01T00:00Z%2B",
     "source=" + "x" * 257, "type=%00", "size=7", "payload.%00=1"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/telemetry/", "/telemetry/events/", "/telemetry/panel/tiles/"])
def test_an_address_that_makes_no_sense_is_refused_with_a_sentence(person: Any, path: str, query: str) -> None:
    response = person("auditor").get(f"{path}?{query}")
    assert response.status_code == 422
    assert "VALIDATION_ERROR" in read(response.content).text


def test_a_custom_span_is_widened_to_whole_hours(frozen: Any) -> None:
    found = parse({"since": "2026-08-01T10:20", "until": "2026-08-02T00:01"})
    assert found.label == "2026-08-01 10:00 to 2026-08-02 01:00 UTC"
    assert found.range == "custom"


@pytest.mark.parametrize("name", ["24h", "7d", "30d", "90d"])
def test_a_range_is_made_of_whole_hours_and_holds_this_one(frozen: Any, name: str) -> None:
    frozen.advance(61)
    found = parse({"range": name})
    assert found.start_us is not None
    assert found.end_us is not None
    assert (found.start_us % HOUR, found.end_us) == (0, NOW_US + HOUR)


@pytest.mark.parametrize(
    "query", ["range=24h", "since=2026-08-01T10:00&until=2026-08-02T00:00&type=a", "payload.k=v&range=all"]
)
def test_the_query_of_a_view_opens_the_same_view(frozen: Any, query: str) -> None:
    found = parse(QueryDict(query))
    assert parse(QueryDict(found.query)) == found


def test_filters_in_force_can_be_taken_away_one_by_one(page: Any) -> None:
    links = {link.words: link.get("href") for link in page("?range=24h&type=note&source=ci").all("a")}
    assert links["type: note Remove"] == "?range=24h&source=ci"
    assert links["source: ci Remove"] == "?range=24h&type=note"
    assert links["Clear filters"] == "?range=24h"


def test_filters_that_match_nothing_say_so(page: Any, store: Any) -> None:
    store(event("note"), source="ci")
    assert "Nothing matches Active filters: source elsewhere." in panel(page("?source=elsewhere"), "recent")


def test_a_span_without_events_is_not_called_a_mismatch(page: Any, store: Any) -> None:
    store(event("note", "2020-01-01T00:00:00Z"))
    words = panel(page("?range=24h"), "by-type")
    assert "No event in this span (last 24 hours)." in words
    assert "Nothing matches" not in words


def test_a_type_leaves_out_panels_about_other_types(page: Any, store: Any) -> None:
    store(event("phase.close", phase="7"), event("note"))
    assert "Nothing matches" in panel(page("?type=note"), "phases")


def test_a_target_narrows_the_verifications(page: Any, store: Any) -> None:
    store(*runs(1, 0, target="api"), *runs(0, 1, target="web"))
    assert "Runs 1 Pass rate 100.0 %" in panel(page("?target=api"), "verification")


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "—"), (0, "0 s"), (75, "1 min 15 s"), (90_061, "1 d 1 h"), (3_600, "1 h")]
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert lasting(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "—"), (0.25, "0.25 ms"), (82.14, "82.1 ms"), (1_500, "1.5 s"), (90_000, "1 min 30 s")]
)
def test_milliseconds_keep_three_digits(value: float | None, text: str) -> None:
    assert milliseconds(value) == text
