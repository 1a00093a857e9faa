"""Numbers that a log gave out and lost when its store went back in time: a cursor among them belongs to nobody now."""

import json
from typing import Any

from pulse_project.core.models import StoreMark

MAX_RANGES = 64

Range = tuple[int, int]  # first and last lost number


def mark_name(log_name: str) -> str:
    """The store mark that keeps the lost ranges of a log."""
    return f"lost:{log_name}"


def add(log_name: str, first: int, last: int) -> None:
    """Remember a lost range, inside a write transaction. The oldest two become one when there are too many."""
    known = [*_stored(log_name), (first, last)]
    if len(known) > MAX_RANGES:
        known[:2] = [(known[0][0], known[1][1])]
    StoreMark.objects.update_or_create(name=mark_name(log_name), defaults={"value": known})


def end_of(log_name: str, seq: int) -> int | None:
    """The number after which the log goes on when `seq` lies in a lost range, else None. Blocks: one look-up by key."""
    return end_in(_stored(log_name), seq)


def end_in_text(text: str | None, seq: int) -> int | None:
    """The same for a mark's value as the store keeps it; None = no mark."""
    return None if text is None else end_in(_ranges(json.loads(text)), seq)


def end_in(ranges: list[Range], seq: int) -> int | None:
    return next((last + 1 for first, last in ranges if first <= seq <= last), None)


def _stored(log_name: str) -> list[Range]:
    value = StoreMark.objects.filter(name=mark_name(log_name)).values_list("value", flat=True).first()
    return _ranges(value or [])


def _ranges(value: Any) -> list[Range]:
    return sorted((int(first), int(last)) for first, last in value)
