"""Events as rows and as pages of their own: filters, pages, the drawer, neighbours, text that tries to be markup."""

from typing import Any

import pytest

from pulse_project.core.principals import Caller, Kind
from tests.telemetry.events import event
from tests.telemetry.pages.sights import panel, read

pytestmark = pytest.mark.django_db


def rows_of(page: Any) -> list[str]:
    return [link.words for link in page.all("a") if link.get("data-drawer")]


def test_events_are_listed_in_the_order_of_receipt(page: Any, store: Any) -> None:
    store(event("first", "2026-09-01T10:00:00Z"))
    store(event("second", "2026-08-31T10:00:00Z"))
    assert rows_of(page("/telemetry/events/")) == ["second", "first"]


def test_a_list_goes_on_where_the_page_before_ended(page: Any, store: Any) -> None:
    store(*(event(f"t{number:02}") for number in range(30)))
    first = page("/telemetry/events/?size=25")
    (older,) = [link.get("href") for link in first.all("a") if link.words == "Older"]
    second = page(f"/telemetry/events/{older}")
    assert rows_of(first) + rows_of(second) == [f"t{number:02}" for number in reversed(range(30))]
    assert [link.words for link in second.all("a") if link.words in {"Older", "Newest"}] == ["Newest"]


def test_an_older_page_does_not_follow_live_events(page: Any, store: Any) -> None:
    store(*(event(f"t{number:02}") for number in range(30)))
    (older,) = [link.get("href") for link in page("/telemetry/events/?size=25").all("a") if link.words == "Older"]
    assert [found for found in page(f"/telemetry/events/{older}").all("section") if found.get("hx-get")] == []


def test_a_list_says_how_many_events_the_span_holds(page: Any, store: Any) -> None:
    store(*(event("note", n=number) for number in range(60)), event("note", "2020-01-01T00:00:00Z"))
    assert "60 in this span" in panel(page("/telemetry/events/?range=24h"), "events")


def test_an_export_has_the_filters_of_the_list(page: Any, store: Any) -> None:
    store(event("note"), source="ci")
    links = {link.words: link.get("href") for link in page("/telemetry/events/?range=24h&source=ci&type=note").all("a")}
    expected = "from=2026-08-31T13%3A00%3A00.000000%2B00%3A00&to=2026-09-01T13%3A00%3A00.000000%2B00%3A00"
    assert links["CSV"] == f"/v1/export?format=csv&{expected}&type=note&source=ci"


def test_an_undeclared_payload_key_is_refused_in_its_panel(page: Any, store: Any) -> None:
    store(event("note", colour="red"))
    shown = page("/telemetry/events/?payload.colour=red")
    assert "VALIDATION_ERROR" in panel(shown, "events")
    assert "colour: red Remove" in [link.words for link in shown.all("a")]


def test_a_declared_payload_key_filters_the_list(page: Any, store: Any) -> None:
    from telemetry import attributes
    from telemetry.models import PayloadKey

    PayloadKey.objects.create(name="colour", is_complete=True)
    attributes.forget()
    store(event("red", colour="red"), event("blue", colour="blue"))
    assert rows_of(page("/telemetry/events/?payload.colour=red")) == ["red"]


def test_an_event_shows_its_envelope_and_payload(page: Any, store: Any) -> None:
    (stored,) = store(event("note", "2026-09-01T10:00:00Z", version=3, text="hello"), source="ci")
    shown = page(f"/telemetry/events/{stored.event_id.hex()}/")
    assert shown.one("h1").words == "note"
    assert '{ "text": "hello" }' in shown.text
    assert "Source ci Version 3 Timestamp 2026-09-01T10:00:00Z 2 h ago by the producer" in _facts(shown)


def test_an_event_says_how_often_it_was_sent_again(page: Any, store: Any) -> None:
    for _ in range(3):
        (stored,) = store(event("note"))
    assert "Duplicates seen 2" in _facts(page(f"/telemetry/events/{stored.event_id.hex()}/"))


def test_an_event_leads_to_its_neighbours_of_the_same_source(page: Any, store: Any) -> None:
    first, _, second, _, third = [
        store(event(f"t{number}"), source=source)[0] for number, source in enumerate(("a", "b", "a", "b", "a"))
    ]
    links = {link.get("rel"): link.get("href") for link in page(f"/telemetry/events/{second.event_id.hex()}/").all("a")}
    assert links["prev"] == f"/telemetry/events/{first.event_id.hex()}/"
    assert links["next"] == f"/telemetry/events/{third.event_id.hex()}/"


def test_the_newest_event_says_that_no_later_one_is_there(page: Any, store: Any) -> None:
    (stored,) = store(event("note"), source="ci")
    assert "No later event of ci" in page(f"/telemetry/events/{stored.event_id.hex()}/").text


def test_the_drawer_is_a_part_of_a_page(person: Any, store: Any) -> None:
    (stored,) = store(event("note", text="hello"))
    response = person("auditor").get(f"/telemetry/events/{stored.event_id.hex()}/", headers={"X-Fragment": "drawer"})
    assert b"<html" not in response.content
    assert b"hello" in response.content
    assert "X-Fragment" in response["Vary"]


@pytest.mark.parametrize("event_id", ["0" * 64, "nonsense", "%00", "\N{SNOWMAN}"])
def test_an_unknown_event_is_not_found(person: Any, event_id: str) -> None:
    assert person("auditor").get(f"/telemetry/events/{event_id}/").status_code == 404


def test_hostile_text_stays_text(page: Any, store: Any) -> None:
    hostile = "<script>alert(1)</script><img src=//evil onerror=x>"
    stored = store(event(hostile, text=hostile), event("phase.close", phase=hostile), source=hostile)
    for address in ("/telemetry/", "/telemetry/events/", f"/telemetry/events/{stored[0].event_id.hex()}/"):
        shown = page(address)
        assert shown.offences() == []
        assert shown.all("img") == []


@pytest.mark.parametrize(
    "path", ["/telemetry/", "/telemetry/events/", f"/telemetry/events/{'0' * 64}/", "/telemetry/panel/tiles/"]
)
def test_a_stranger_is_sent_to_the_login(client: Any, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("path", ["/telemetry/", "/telemetry/events/", f"/telemetry/events/{'0' * 64}/"])
def test_who_may_not_read_telemetry_is_told_which_permission_it_needs(client: Any, monkeypatch: Any, path: str) -> None:
    agent = Caller(Kind.AGENT, "coder-1", flags=frozenset())
    monkeypatch.setattr("telemetry.pages.doorway.known_caller", lambda request: agent)
    response = client.get(path)
    assert response.status_code == 403
    assert "telemetry.read" in read(response.content).text


def test_an_unknown_panel_is_not_found(person: Any) -> None:
    assert person("auditor").get("/telemetry/panel/nothing/").status_code == 404


def _facts(page: Any) -> str:
    return " ".join(found.words for found in page.elements if found.tag in {"dt", "dd"})
