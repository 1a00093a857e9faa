"""The live chip tells the truth while the server goes away and comes back, and nothing is missed."""

import re

from playwright.sync_api import expect

from tests.e2e.running import Running


def test_the_chip_follows_a_restart_and_missed_events_are_shown(chromium, tmp_path):
    running = Running(tmp_path / "home")
    running.start()
    page = chromium.new_page()
    page.goto(running.url)
    chip = page.locator("#live-chip")
    expect(chip).to_contain_text("Live")
    running.stop()
    expect(chip).to_contain_text(re.compile("Reconnecting|Offline"), timeout=5000)
    running.start()
    running.call("admin_agent_create", agent_id="returner")
    running.call("channel_list", project_root=str(tmp_path))
    running.call(
        "message_create",
        project_root=str(tmp_path),
        from_agent_id="returner",
        subject="While you were away",
        body="x",
        target={"strategy": "direct", "agent_id": "returner"},
    )
    expect(chip).to_contain_text("Live", timeout=20_000)
    expect(page.get_by_text("While you were away")).to_be_visible()
    page.close()
    running.stop()
