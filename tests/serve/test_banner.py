"""What a starting server says."""

import pytest

from pulse_project.core import banner, conf
from pulse_project.core.binding import Binding

LOOPBACK = Binding(hosts=("127.0.0.1",), port=8100)


def test_the_four_lines_come_in_order_and_without_art_when_asked(capsys):
    banner.announce(conf.Settings(no_banner=True), Binding(hosts=("127.0.0.1",), port=8100, mcp_port=8101))
    assert capsys.readouterr().err.splitlines() == [
        "[pulse] MCP Server answers on http://127.0.0.1:8101/mcp",
        "[pulse] API Server answers on http://127.0.0.1:8100/api/v1",
        "[pulse] Dashboard answers on http://127.0.0.1:8100",
        "[pulse] Startup complete - Pulse is ready",
    ]


def test_addresses_are_numbers_never_localhost():
    assert banner.address(Binding(hosts=("::1",), port=1)) == "http://[::1]:1"
    assert banner.address(Binding(hosts=("0.0.0.0",), port=1)) == "http://127.0.0.1:1"  # noqa: S104 - a value


@pytest.mark.parametrize(
    ("values", "trust"),
    [
        ({}, "full"),
        ({"loopback_trust": "off"}, "off"),
        ({"trust_mode": "strict"}, "read"),
        ({"trust_mode": "strict", "loopback_trust": "off"}, "off"),
        ({"behind_proxy": True}, "off"),
        ({"uds": "/x"}, "off"),
    ],
)
def test_loopback_trust_in_force(values, trust):
    assert banner.effective_trust(conf.Settings(**values)) == trust


def test_a_forgotten_proxy_is_warned_of_on_loopback_only(monkeypatch):
    monkeypatch.setattr(banner, "other_people", list)
    assert any("--behind-proxy" in line for line in banner.notes(conf.Settings(), LOOPBACK))
    assert banner.notes(conf.Settings(behind_proxy=True), LOOPBACK) == []


def test_other_users_of_the_machine_are_named_by_number(monkeypatch):
    monkeypatch.setattr(banner, "other_people", lambda: ["ann", "ben"])
    assert any(line.startswith("2 other login user(s)") for line in banner.notes(conf.Settings(), LOOPBACK))
