"""Time of events: the instant behind a verbatim stamp, and the calendar buckets that rollups are kept in."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Final

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
_EPOCH_DAY = date(1970, 1, 1)


class Level(IntEnum):
    """How wide a bucket is, from wide to narrow.

    The number is the length of the stamp's prefix that names it: `2026-01-31T23`. Only five days have none: they are
    named by the prefix of their ten days and `0` or `5`, the least last digit of a day in them.
    """

    YEAR = 4
    MONTH = 7
    TEN_DAYS = 9
    FIVE_DAYS = 5
    DAY = 10
    HOUR = 13


LEVELS: Final = tuple(Level)


def instant(stamp: str, received_us: int) -> tuple[int, bool]:
    """The instant of a stamp in microseconds and True; without a readable one the receipt and False.

    A stamp without zone is UTC. What lies before 1970 or more than a day ahead of the receipt is no instant here, so
    that no producer makes buckets of the year 9999.
    """
    try:
        moment = datetime.fromisoformat(stamp)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        us = round(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return received_us, False
    return (us, True) if 0 <= us <= received_us + DAY_US else (received_us, False)


def hour_of(us: int) -> int:
    """Hours since 1970: the number of an hour bucket."""
    return us // HOUR_US


def name_of(level: Level, text: str) -> str:
    """The name of the bucket that holds stamps beginning with `text`; names are ordered as the stamps in them are."""
    if level is Level.FIVE_DAYS:
        return text[: Level.TEN_DAYS] + (
            ("5" if text[Level.TEN_DAYS] >= "5" else "0") if text[Level.TEN_DAYS :] else ""
        )
    return text[:level]


@lru_cache(maxsize=65_536)
def starts_of(hour: int) -> tuple[int, ...]:
    """The hours at which the buckets that hold an hour begin, as in `LEVELS`; the last is the hour itself."""
    day = _EPOCH_DAY + timedelta(days=hour // 24)
    days = (date(day.year, 1, 1), day.replace(day=1), _first_of(day, 10), _first_of(day, 5))
    return (*map(_hours, days), hour - hour % 24, hour)


def next_start(level: Level, hour: int) -> int:
    """The hour at which the bucket of `level` that holds `hour` ends."""
    if level is Level.HOUR:
        return hour + 1
    if level is Level.DAY:
        return hour - hour % 24 + 24
    day = _EPOCH_DAY + timedelta(days=hour // 24)
    if level is Level.YEAR:
        return _hours(date(day.year + 1, 1, 1))
    if level is not Level.MONTH:
        width = 10 if level is Level.TEN_DAYS else 5
        following = day.day // width * width + width
        if following <= monthrange(day.year, day.month)[1]:
            return _hours(day.replace(day=following))
    return _hours(date(day.year + day.month // 12, day.month % 12 + 1, 1))


def _first_of(day: date, width: int) -> date:
    """The first day of the month's days whose number has the same multiple of `width`."""
    return day.replace(day=max(1, day.day // width * width))


def _hours(day: date) -> int:
    return (day - _EPOCH_DAY).days * 24
