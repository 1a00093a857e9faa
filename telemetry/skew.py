"""Clocks of producers that say when they sent: the event's time as this server's clock would have given it."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pulse_project.core import clock

TOLERATED_SECONDS: Final = 5.0  # what a network may take; a clock within it keeps its stamps as they are


def corrected(stamp: Any, sent_at: Any, received_us: int) -> Any:
    """`stamp` moved by the time between `sent_at` and the receipt, as ISO 8601 in UTC.

    It stays verbatim when the clocks agree, so that what is sent again stays the same event, and when either of the two
    is no time.
    """
    stamped, sent = _moment(stamp), _moment(sent_at)
    if stamped is None or sent is None:
        return stamp
    skew_us = received_us - clock.to_us(sent)
    if abs(skew_us) <= TOLERATED_SECONDS * 1_000_000:
        return stamp
    try:
        return (stamped + timedelta(microseconds=skew_us)).isoformat()
    except OverflowError:
        return stamp


def _moment(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
