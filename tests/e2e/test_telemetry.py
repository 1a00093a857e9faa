"""A reader at /telemetry/ in a browser: figures that move, rows that wait, the drawer, the chart."""

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.running import Running

MOST_LINES = "document.querySelectorAll('[data-rows] tbody tr').length"
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
TEST_ID = re.compile(r"[\d,]+")


def send(pulse: Running, *events: dict[str, Any], source: str) -> None:
    """Send events as a local producer."""
    body = "\n".join(json.dumps({"version": 1, **one}) for one in events).encode()
    request = urllib.request.Request(f"{pulse.url}/v1/events:batch?source={source}", body)
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["accepted"] == len(events)


def note(number: int, **payload: Any) -> dict[str, Any]:
    return {"event_type": "note", "payload": {"number": number, **payload}}


def a_busy_day() -> list[dict[str, Any]]:
    """Events of every kind that a panel shows, some of them long ago."""
    start = datetime.now(UTC) - timedelta(hours=20)
    stamps = [(start + timedelta(minutes=13 * n)).isoformat() for n in range(90)]
    kinds = [
        ("phase.close", lambda n: {"phase": str(n % 4), "tasks_done": n % 7}),
        ("workflow.next.stop_reason", lambda n: {"stop_reason": f"reason {n % 3}"}),
        ("verification.completed", lambda n: {"target": f"target-{n % 3}", "passed": n % 5 > 0, "checks_total": 3}),
        ("http.request", lambda n: {"duration_ms": 5 * n, "path": "/a/" + "very-long-" * 12}),
    ]
    return [
        {"event_type": name, "timestamp": stamp, "payload": {"n": n, **build(n)}}
        for n, stamp in enumerate(stamps)
        for name, build in kinds
    ]


@pytest.fixture(scope="session")
def filled(pulse: Running) -> str:
    """The source of a busy day."""
    send(pulse, *a_busy_day(), source="busy")
    return "busy"


def is_live(page: Page) -> None:
    expect(page.locator("#live-chip")).to_contain_text("Live")


def test_a_posted_event_raises_the_total_within_a_second(pulse, visit):
    send(pulse, note(1), source="raising")
    page = visit("/telemetry/?source=raising")
    is_live(page)
    send(pulse, note(2), source="raising")
    expect(page.get_by_test_id("total")).to_have_text("2", timeout=1000)


def test_a_burst_ends_with_the_right_total(pulse, visit):
    page = visit("/telemetry/?source=burst")
    is_live(page)
    for start in range(0, 500, 50):
        send(pulse, *(note(number) for number in range(start, start + 50)), source="burst")
    expect(page.get_by_test_id("total")).to_have_text("500", timeout=5000)


def test_a_paused_page_stands_still_and_catches_up(pulse, visit):
    send(pulse, note(1), source="pausing")
    page = visit("/telemetry/?source=pausing")
    is_live(page)
    page.get_by_role("button", name="Pause").click()
    send(pulse, note(2), source="pausing")
    expect(page.get_by_text("Showing data from")).to_be_visible()
    expect(page.get_by_test_id("total")).to_have_text("1")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_test_id("total")).to_have_text("2", timeout=5000)


def test_new_rows_are_announced_and_shown_when_asked_for(pulse, visit):
    send(pulse, note(1), source="rows")
    page = visit("/telemetry/events/?source=rows")
    is_live(page)
    send(pulse, note(2), note(3), source="rows")
    offer = page.get_by_role("button", name="2 new — show")
    expect(offer).to_be_visible()
    assert page.evaluate(MOST_LINES) == 1
    offer.click()
    expect(page.get_by_role("link", name="note")).to_have_count(3)


def test_the_first_event_of_an_empty_list_needs_no_click(pulse, visit):
    page = visit("/telemetry/events/?source=first")
    is_live(page)
    send(pulse, note(1), source="first")
    expect(page.get_by_role("link", name="note")).to_be_visible()


def test_an_event_opens_in_a_drawer_with_an_address_of_its_own(pulse, visit):
    send(pulse, note(1, text="hello from the drawer"), source="drawer")
    page = visit("/telemetry/events/?source=drawer")
    page.get_by_role("link", name="note").click()
    drawer = page.get_by_role("dialog", name="Event note")
    expect(drawer.get_by_text("hello from the drawer")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/telemetry/events/[0-9a-f]{64}/$"))
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page).to_have_url(re.compile(r"source=drawer$"))


def test_back_closes_the_drawer(pulse, visit):
    send(pulse, note(1), source="back")
    page = visit("/telemetry/events/?source=back")
    page.get_by_role("link", name="note").click()
    drawer = page.get_by_role("dialog", name="Event note")
    expect(drawer).to_be_visible()
    page.go_back()
    expect(drawer).to_be_hidden()


def test_the_address_of_a_drawer_is_a_page(pulse, visit):
    send(pulse, note(1, text="hello from the page"), source="reloaded")
    page = visit("/telemetry/events/?source=reloaded")
    page.get_by_role("link", name="note").click()
    expect(page.get_by_role("dialog", name="Event note")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="note", level=1)).to_be_visible()
    expect(page.get_by_text("hello from the page")).to_be_visible()


def test_back_from_a_reloaded_drawer_shows_the_list_and_forward_the_event(pulse, visit):
    send(pulse, note(1), source="returning")
    page = visit("/telemetry/events/?source=returning")
    page.get_by_role("link", name="note").click()
    expect(page.get_by_role("dialog", name="Event note")).to_be_visible()
    page.reload()
    page.go_back()
    expect(page.get_by_role("heading", name="Events", level=1)).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="note", level=1)).to_be_visible()


def test_a_chart_is_drawn_and_its_table_opens(visit, filled):
    page = visit(f"/telemetry/?range=24h&source={filled}")
    expect(page.locator("#chart-over-time canvas")).to_be_visible()
    page.get_by_role("region", name="Events over time").get_by_text("Show data").click()
    expect(page.get_by_role("region", name="Events over time as a table").get_by_role("row").nth(1)).to_be_visible()


def test_a_drag_across_the_chart_chooses_a_span_of_whole_hours(visit, filled):
    page = visit(f"/telemetry/?range=24h&source={filled}")
    expect(page.locator("#chart-over-time canvas")).to_be_visible()
    page.locator("#chart-over-time").scroll_into_view_if_needed()
    box = page.locator("#chart-over-time .u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, middle, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile(r"range=custom&since=[^&]+%3A00&until=[^&]+%3A00"))
    expect(page.get_by_label("Since (UTC)")).to_have_value(re.compile(r"T\d\d:00$"))


def test_what_was_opened_stays_open_when_its_panel_is_fetched_again(pulse, visit):
    send(pulse, note(1), source="opened")
    page = visit("/telemetry/?range=24h&source=opened")
    is_live(page)
    table = page.get_by_role("region", name="Events over time as a table")
    page.get_by_role("region", name="Events over time").get_by_text("Show data").click()
    send(pulse, note(2), source="opened")
    expect(table.get_by_role("cell", name="2", exact=True).first).to_be_visible(timeout=6000)
    expect(page.locator("#chart-over-time canvas")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_filled_page_draws_without_errors(visit, filled, theme, tmp_path):
    page = visit(f"/telemetry/?source={filled}", theme=theme)
    expect(page.locator("#chart-over-time canvas")).to_be_visible()
    assert len(page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)) > 20_000


@pytest.mark.parametrize(
    "path", ["/telemetry/", "/telemetry/events/", "/telemetry/?range=all&type=http.request&target=x"]
)
def test_a_phone_scrolls_in_one_direction(visit, filled, path):
    page = visit(path, width=360)
    page.wait_for_load_state("networkidle")
    assert not page.evaluate(SIDEWAYS)


def test_an_event_fits_a_phone(pulse, visit, filled):
    page = visit(f"/telemetry/events/?source={filled}&type=http.request", width=360)
    page.get_by_role("link", name="http.request", exact=True).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert not page.evaluate(SIDEWAYS)


def test_without_scripts_the_filters_work_and_the_data_is_there(pulse, visit, filled):
    page = visit("/telemetry/", javascript=False)
    page.get_by_role("combobox", name="Source").fill(filled)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_test_id("total")).to_have_text(TEST_ID)
    expect(page.get_by_role("link", name="phase.close").first).to_be_visible()
    page.get_by_role("link", name="phase.close").first.click()
    expect(page.get_by_text("type: phase.close")).to_be_visible()


def test_the_home_page_tells_the_last_day_in_short(visit, filled):
    page = visit("/")
    tile = page.get_by_role("region", name="Telemetry, last 24 hours")
    expect(tile.get_by_text("events")).to_be_visible()
    tile.get_by_role("link", name="Telemetry").click()
    expect(page.get_by_role("heading", name="Telemetry", level=1)).to_be_visible()
