"""Stamps of producers whose clock is wrong."""

from typing import Any

import pytest

from telemetry.skew import corrected
from tests.telemetry.events import NOW_US  # 2026-09-01T12:00:00Z


@pytest.mark.parametrize(
    ("stamp", "sent_at", "found"),
    [
        ("2026-09-01T09:59:00Z", "2026-09-01T10:00:00Z", "2026-09-01T11:59:00+00:00"),
        ("2026-09-01T14:00:00+02:00", "2026-09-01T13:00:00+00:00", "2026-09-01T11:00:00+00:00"),
        ("2026-09-01T09:59:00", "2026-09-01T10:00:00", "2026-09-01T11:59:00+00:00"),
    ],
)
def test_a_wrong_clock_is_corrected_by_its_own_account(stamp: str, sent_at: str, found: str) -> None:
    assert corrected(stamp, sent_at, NOW_US) == found


@pytest.mark.parametrize("sent_at", ["2026-09-01T11:59:55Z", "2026-09-01T12:00:05+00:00"])
def test_a_right_clock_keeps_its_stamps_to_the_letter(sent_at: str) -> None:
    assert corrected("2026-09-01T11:00:00.5Z", sent_at, NOW_US) == "2026-09-01T11:00:00.5Z"


@pytest.mark.parametrize(
    ("stamp", "sent_at"),
    [
        ("junk", "2026-09-01T10:00:00Z"),
        ("2026-09-01T10:00:00Z", "junk"),
        ("2026-09-01T10:00:00Z", None),
        (5, "2026-09-01T10:00:00Z"),
        ("0001-01-01T00:00:00+14:00", "2026-09-01T10:00:00Z"),
        ("9999-12-31T23:59:59Z", "2026-09-01T10:00:00Z"),
    ],
)
def test_what_is_no_time_stays_as_it_is(stamp: Any, sent_at: Any) -> None:
    assert corrected(stamp, sent_at, NOW_US) == stamp
