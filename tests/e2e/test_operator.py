"""An operator at a running Pulse: gets in, replaces a key, calls off work, watches it happen."""

import re

import pytest
from playwright.sync_api import expect

LONGEST_CHIP = (
    "document.querySelectorAll('[data-live-text]').forEach((e) => e.textContent = 'Offline — data from 12:03:10')"
)
KEY = re.compile(r"nxs_[0-9a-f]{48}")
PAGES = [
    "/",
    "/login/",
    "/api/docs",
    "/admin/",
    "/admin/core/agent/",
    "/admin/nexus/handoff/",
    "/admin/nexus/prune/",
    "/admin/core/agent/new/",
]


def test_a_used_link_lets_nobody_in_again(pulse, chromium, session):
    page = chromium.new_page()
    page.goto(pulse.link)
    expect(page.get_by_role("heading", name="This link cannot be used")).to_be_visible()
    page.close()


def test_a_rotated_key_is_shown_once_and_the_old_one_is_dead(pulse, visit):
    old = pulse.call("admin_agent_create", agent_id="rotated")["api_key"]
    page = visit("/admin/core/agent/?q=rotated")
    page.get_by_role("link", name="rotated", exact=True).click()
    page.get_by_role("button", name="Rotate key").click()
    page.get_by_role("button", name="Rotate key").click()
    new = KEY.search(page.get_by_label("key", exact=True).inner_text()).group()
    page.get_by_role("link", name="I stored it").click()
    assert new not in page.content()
    assert [pulse.status_with_key(old), pulse.status_with_key(new)] == [401, 200]


def test_a_handoff_is_cancelled_with_a_reason(pulse, visit, project):
    pulse.call("admin_agent_create", agent_id="asker")
    made = pulse.call(
        "handoff_create",
        project_root=project,
        from_agent_id="asker",
        visibility="public",
        target={"strategy": "broadcast"},
        payload={"task": "Sort the backlog"},
    )
    page = visit(f"/admin/nexus/handoff/?q={made['handoff_id']}")
    page.get_by_role("link", name="Sort the backlog").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_label("Reason").fill("Done by hand")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancel: done for 1 of 1.")).to_be_visible()
    seen = pulse.call("handoff_get", project_root=project, agent_id="asker", handoff_id=made["handoff_id"])
    assert seen["status"] == "CANCELLED"


def test_an_event_appears_on_home_without_a_reload(pulse, visit, project):
    for name in ("caller", "called"):
        pulse.call("admin_agent_create", agent_id=name)
    page = visit("/")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    pulse.call(
        "message_create",
        project_root=project,
        from_agent_id="caller",
        subject="Fresh from the wire",
        body="x",
        target={"strategy": "direct", "agent_id": "called"},
    )
    expect(page.get_by_role("region", name="Latest events").get_by_text("Fresh from the wire")).to_be_visible(
        timeout=2000
    )


def test_a_parked_message_asks_for_attention_and_its_link_counts_the_same(pulse, visit, project):
    for name in ("parker", "parked"):
        pulse.call("admin_agent_create", agent_id=name)
    page = visit("/")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    pulse.call(
        "message_create",
        project_root=project,
        from_agent_id="parker",
        subject="Poison",
        body="x",
        target={"strategy": "direct", "agent_id": "parked"},
    )
    pulled = pulse.call("inbox_pull", agent_id="parked")
    pulse.call("admin_delivery_park", delivery_id=pulled["messages"][0]["delivery_id"])
    page.get_by_role("link", name="1 parked message").click(timeout=2000)
    expect(page.get_by_text("1 message delivery", exact=True)).to_be_visible()


def test_the_theme_survives_a_reload_and_holds_in_the_admin(visit):
    page = visit("/")
    page.get_by_role("button", name="Theme: automatic").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="Admin", exact=True).click()
    page.wait_for_url("**/admin/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_draws_without_errors_in_both_themes(visit, tmp_path, path, theme):
    page = visit(path, theme=theme)
    page.wait_for_load_state("networkidle")
    picture = page.screenshot(path=tmp_path / f"{theme}.png", full_page=True)
    assert len(picture) > 5000


@pytest.mark.parametrize("path", ["/", "/login/", "/no-such-page/"])
def test_a_phone_scrolls_in_one_direction(pulse, chromium, session, path):
    context = chromium.new_context(storage_state=session, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(pulse.url + path)
    page.evaluate(LONGEST_CHIP)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_the_menu_opens_on_a_phone_and_esc_closes_it(visit):
    page = visit("/", width=360)
    page.get_by_role("button", name="Menu").click()
    menu = page.get_by_role("dialog", name="Menu")
    expect(menu.get_by_role("link", name="Handoffs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_without_scripts_the_page_shows_its_data_and_its_forms_work(pulse, visit):
    pulse.call("admin_agent_create", agent_id="plain")
    page = visit("/", javascript=False)
    expect(page.get_by_text("plain", exact=True)).to_be_visible()
    page.get_by_role("link", name="Codex CLI").click()
    expect(page.get_by_text("bearer_token_env_var")).to_be_visible()


def test_a_copy_button_says_that_it_copied(chromium, pulse, session):
    context = chromium.new_context(storage_state=session, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(pulse.url + "/")
    page.get_by_role("button", name="Copy Claude Code").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert f"{pulse.url}/mcp" in page.evaluate("navigator.clipboard.readText()")
    context.close()
