"""An operator at the boards of a running Pulse: moves cards, is told what is in the way, and follows it."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def card(pulse):
    """A card of a spec in draft; answers it with its spec."""
    call = {name: f"okto_pulse_{name}" for name in ("create_board", "create_spec", "move_spec", "create_card")}
    board = {"board_id": pulse.answer(call["create_board"], name="Payments")["id"]}
    spec = {**board, "spec_id": pulse.answer(call["create_spec"], **board, title="Retries")["spec"]["id"]}
    for status in ("review", "approved"):
        pulse.answer(call["move_spec"], **spec, status=status)
    return {**spec, "card_id": pulse.answer(call["create_card"], **spec, title="Back off")["card"]["id"]}


def move(page, status):
    page.get_by_role("button", name="Move").click()
    page.get_by_label("Status").select_option(status)
    page.get_by_role("button", name="Move").click()


def test_a_card_that_a_gate_holds_says_why_and_goes_once_that_is_done(pulse, visit, card):
    address = f"/admin/boards/card/{card['card_id']}/change/"
    page = visit(address)
    move(page, "started")
    expect(page.get_by_text("S-1 is in approved; normal cards are worked on from in_progress on.")).to_be_visible()
    for status in ("validated", "in_progress"):
        page.goto(f"{pulse.url}/admin/specs/spec/{card['spec_id']}/change/")
        move(page, status)
        expect(page.get_by_text("Move: done for 1 of 1.")).to_be_visible()
    page.goto(pulse.url + address)
    move(page, "started")
    expect(page.get_by_text("Move: done for 1 of 1.")).to_be_visible()


def test_the_list_of_cards_shows_its_titles_at_a_glance(visit, card):
    page = visit("/admin/boards/card/")
    row = page.get_by_role("row").filter(has_text="Back off").first
    assert page.locator(".results").evaluate("list => list.scrollWidth - list.clientWidth") == 0
    reference, title = (row.locator(f".field-{name}").bounding_box() for name in ("reference", "named"))
    assert reference["width"] < title["width"]
    expect(row.get_by_role("link", name=re.compile("C-1"))).to_be_visible()


def chosen(page, action):
    """Every record of the list, for an action."""
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option(label=action)
    page.get_by_role("button", name="Go").click()


def test_cards_are_put_into_a_sprint_and_all_taken_out_again(pulse, visit, card):
    spec = {name: card[name] for name in ("board_id", "spec_id")}
    pulse.answer("okto_pulse_create_sprint", **spec, title="First week")
    page = visit(f"/admin/boards/card/?board__id__exact={card['board_id']}")
    chosen(page, "Assign sprint")
    page.get_by_label("Sprint").select_option(index=1)
    page.get_by_role("button", name="Assign sprint").click()
    expect(page.get_by_text("Assign sprint: done for 1 of 1.")).to_be_visible()
    page.goto(f"{pulse.url}/admin/specs/sprint/?board__id__exact={card['board_id']}")
    chosen(page, "Close check")
    expect(page.get_by_text("It is in draft; active comes before closed.")).to_be_visible()
    page.get_by_role("link", name="SP-1 First week").click()
    page.get_by_role("button", name="Unassign all cards").click()
    expect(page.get_by_text("1 card will lie in no sprint.")).to_be_visible()
    page.get_by_role("button", name="Unassign all cards").click()
    expect(page.get_by_text("Unassign all cards: done for 1 of 1.")).to_be_visible()


def test_a_spec_is_taken_along_as_a_document(visit, card):
    page = visit(f"/admin/specs/spec/{card['spec_id']}/change/")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Export Markdown").click()
    assert taken.value.suggested_filename == "S-1.md"
    assert taken.value.path().read_text().startswith("# S-1 Retries")
