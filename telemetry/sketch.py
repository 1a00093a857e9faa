"""Percentiles of durations from logarithmic bins: a sketch that merges by adding, within 1 % of the true value.

The bins are those of DDSketch (Masson, Rim, Lee 2019) for a relative error of 0.01.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

ERROR: Final = 0.01
GAMMA: Final = (1 + ERROR) / (1 - ERROR)
ZERO_BIN: Final = -1_000_000  # durations of exactly nothing
LEAST_MS, MOST_MS = 1e-6, 1e12
_LOG_GAMMA = math.log(GAMMA)


def bin_of(duration_ms: float) -> int:
    """The bin of a duration that is not negative; what lies outside 1e-6..1e12 ms counts as the nearest bound."""
    if duration_ms == 0:
        return ZERO_BIN
    return math.ceil(math.log(min(max(duration_ms, LEAST_MS), MOST_MS)) / _LOG_GAMMA)


def value_of(number: int) -> float:
    """The duration that stands for a bin."""
    return 0.0 if number == ZERO_BIN else 2 * GAMMA**number / (GAMMA + 1)


def duration_of(payload: dict[str, Any]) -> float | None:
    """`duration_ms` of a payload when it is a number that is not negative, else None."""
    found = payload.get("duration_ms")
    if type(found) is not int and type(found) is not float:
        return None
    return min(float(found), MOST_MS) if 0 <= found <= 1e300 else None


def percentiles(bins: Iterable[tuple[int, int]], wanted: Sequence[float]) -> list[float | None]:
    """The value at each share of `wanted` (0..1) of `(bin, count)` pairs by nearest rank; None of nothing."""
    ordered = sorted(bins)
    total = sum(count for _, count in ordered)
    if not total:
        return [None for _ in wanted]
    found: list[float | None] = []
    for share in wanted:
        rank, seen = max(1, math.ceil(share * total)), 0
        for number, count in ordered:
            seen += count
            if seen >= rank:
                found.append(round(value_of(number), 3))
                break
    return found
