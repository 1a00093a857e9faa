"""The three windows of a silent session, and the grace after a sleep of the machine."""

import pytest

from nexus import grace, presence_windows
from nexus.presence_windows import Derived, Presence

NOW = 1_800_000_000_000_000
SECOND = 1_000_000


@pytest.fixture(autouse=True)
def _no_jump():
    grace.watch.record(None)
    yield
    grace.watch.record(None)


@pytest.mark.parametrize(("age", "status"), [(0, Derived.ACTIVE), (60, Derived.ACTIVE), (61, Derived.STALE)])
def test_a_session_reads_stale_only_past_its_window(age, status):
    assert presence_windows.derived_status("active", NOW - age * SECOND, NOW) is status


def test_a_closed_session_reads_closed_however_fresh():
    assert presence_windows.derived_status("closed", NOW, NOW) is Derived.CLOSED


@pytest.mark.parametrize(
    ("age", "presence"),
    [(60, Presence.PRESENT), (61, Presence.STALE), (1800, Presence.STALE), (1801, Presence.OFFLINE)],
)
def test_presence_follows_both_windows(age, presence):
    assert presence_windows.presence_of(NOW - age * SECOND, NOW) is presence


def test_an_agent_that_was_never_seen_is_offline():
    assert presence_windows.presence_of(None, NOW) is Presence.OFFLINE


def test_a_night_of_sleep_keeps_sessions_present_for_one_grace_period():
    eight_hours = 8 * 3600 * SECOND
    grace.watch.record(grace.Jump(NOW, NOW + eight_hours))
    assert presence_windows.present_since_us(NOW + eight_hours) == NOW - 1800 * SECOND
    later = NOW + eight_hours + 1800 * SECOND
    assert presence_windows.present_since_us(later) == later - 1800 * SECOND


def test_the_watch_finds_a_jump_of_the_wall_clock_against_the_steady_clock():
    watch = grace.JumpWatch()
    watch.look(NOW, 0)
    watch.look(NOW + 3600 * SECOND, 5 * SECOND)
    assert watch.cutoff_us(NOW + 3600 * SECOND, 300) == NOW
    assert watch.cutoff_us(NOW + 3900 * SECOND, 300) == NOW + 3900 * SECOND


def test_the_watch_takes_ordinary_time_for_no_jump():
    watch = grace.JumpWatch()
    watch.look(NOW, 0)
    watch.look(NOW + 3600 * SECOND, 3590 * SECOND)
    assert watch.cutoff_us(NOW + 3600 * SECOND, 300) == NOW + 3600 * SECOND


def test_a_lease_that_lapsed_before_the_sleep_stays_lapsed():
    watch = grace.JumpWatch()
    watch.record(grace.Jump(NOW, NOW + 100 * SECOND))
    assert watch.cutoff_us(NOW + 100 * SECOND, 300) > NOW - 1
