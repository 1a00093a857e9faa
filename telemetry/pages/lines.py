"""Rows of the pages: bars, grades, deltas, and events as one line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pulse_project.core import clock
from telemetry.instants import instant

GOOD, WARNING = 0.95, 0.80  # pass rates from which on a target counts as good, or as one to watch
LATE_US: Final = 60_000_000  # receipts this much later than their event are shown beside it
MANIFOLD: Final = 10  # from this growth on, percents say less than the number itself
SHOWN, MOST = 10, 200  # rows at once, and after "more"
BRIEF_VALUES, BRIEF_CHARACTERS = 4, 28


@dataclass(frozen=True)
class Grade:
    """A pass rate as word, tone and icon."""

    word: str
    tone: str
    icon: str


def grade(rate: float | None) -> Grade | None:
    """None without runs. The rate counts, not its rounded text."""
    if rate is None:
        return None
    if rate >= GOOD:
        return Grade("good", "success", "circle-check")
    return Grade("watch", "warning", "triangle-alert") if rate >= WARNING else Grade("failing", "danger", "circle-x")


@dataclass(frozen=True)
class Bar:
    """A named count with its share of the total, and its width against the largest, both in percent."""

    key: str
    count: int
    share: float
    width: float

    @property
    def name(self) -> str:
        return self.key or "(none)"


@dataclass(frozen=True)
class Bars:
    """The first rows, those behind "more", and how many are on neither list."""

    first: Sequence[Bar]
    more: Sequence[Bar]
    left_out: int


def bars(counts: Iterable[tuple[str, int]]) -> Bars:
    """Bars in the given order, which is by count."""
    pairs = list(counts)
    total, largest = sum(count for _, count in pairs), max((count for _, count in pairs), default=0)
    rows = [Bar(key, count, percent(count, total), percent(count, largest)) for key, count in pairs[:MOST]]
    return Bars(rows[:SHOWN], rows[SHOWN:], max(0, len(pairs) - MOST))


def percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def delta(now: int, before: int | None) -> str:
    """The change against the span before in words; "" when there is nothing to compare with."""
    if before is None:
        return ""
    if not before:
        return "none in the span before"
    if now >= MANIFOLD * before:
        return f"{before:,d} in the span before"
    change = f"{round(100 * (now - before) / before):+,d} %".replace("-", "\N{MINUS SIGN}")
    return "as in the span before" if now == before else f"{change} against the span before"


@dataclass(frozen=True)
class EventLine:
    """An event as one row. `at_us` is None when its stamp names no instant; `received_us` is set when it was late."""

    event_id: str
    type: str
    source: str
    stamp: str
    at_us: int | None
    received_us: int
    is_late: bool
    brief: str


def event_line(item: Mapping[str, Any]) -> EventLine:
    received_us = received(item)
    at_us, is_dated = instant(item["timestamp"], received_us)
    return EventLine(
        event_id=item["event_id"],
        type=item["event_type"],
        source=item["source"],
        stamp=item["timestamp"],
        at_us=at_us if is_dated else None,
        received_us=received_us,
        is_late=not is_dated or abs(received_us - at_us) > LATE_US,
        brief=_brief(item["payload"]),
    )


def received(item: Mapping[str, Any]) -> int:
    return clock.to_us(datetime.fromisoformat(item["received_at"]))


def _brief(payload: Mapping[str, Any]) -> str:
    """The first plain values of a payload: what tells one event of a type from another."""
    plain = [(name, value) for name, value in payload.items() if isinstance(value, str | int | float) and value != ""]
    return " · ".join(f"{_cut(name)} {_cut(_word(value))}" for name, value in plain[:BRIEF_VALUES])


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= BRIEF_CHARACTERS else text[: BRIEF_CHARACTERS - 1] + "…"


def seconds_between(first: str, last: str) -> float | None:
    """Seconds from one stamp to another, None when one of them names no instant."""
    if not first or not last:
        return None
    (start, is_start), (end, is_end) = (instant(stamp, clock.now_us()) for stamp in (first, last))
    return (end - start) / 1_000_000 if is_start and is_end and end >= start else None
