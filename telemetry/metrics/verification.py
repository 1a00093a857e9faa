"""How verifications went: in all, by target and by day."""

from typing import TypedDict

from pulse_project.core import clock
from telemetry import labels
from telemetry.instants import HOUR_US, Level
from telemetry.metrics.counts import unsupported
from telemetry.rollups.contributions import ALL_TARGETS, VERIFICATION, parse_latest
from telemetry.rollups.reading import Reading
from telemetry.rollups.tables import VERIFICATIONS
from telemetry.rollups.windows import Range

TYPES = (VERIFICATION,)
LONGEST_CUT_DAY = 12  # an hour's bucket names 13 characters: a longer spelling of a day is not cut, but left out


class TargetRow(TypedDict):
    target: str
    runs: int
    passed: int
    pass_rate: float | None
    checks_total: int
    checks_passed: int
    last_run_at: str
    last_passed: bool


class DayRow(TypedDict):
    day: str
    runs: int
    passed: int
    pass_rate: float | None


class VerificationFigures(TypedDict):
    """Rates are rounded to four places and null without runs; `over_time` has the days with runs only."""

    since: str | None
    runs: int
    passed: int
    pass_rate: float | None
    checks_total: int
    checks_passed: int
    unsupported_versions: int
    per_target: list[TargetRow]
    over_time: list[DayRow]


def rate(passed: int, runs: int) -> float | None:
    """A pass rate as published."""
    return round(passed / runs, 4) if runs else None


def verification(reading: Reading, target: str | None = None) -> VerificationFigures:
    """Figures of version 1 events; `target` restricts all of them to one target."""
    target_id = ALL_TARGETS
    if target is not None:
        found = labels.known(target)
        target_id = found.counted_id if found else -1
    rows = _targets(reading, target_id)
    runs, passed = sum(row["runs"] for row in rows), sum(row["passed"] for row in rows)
    return VerificationFigures(
        since=reading.window.since,
        runs=runs,
        passed=passed,
        pass_rate=rate(passed, runs),
        checks_total=sum(row["checks_total"] for row in rows),
        checks_passed=sum(row["checks_passed"] for row in rows),
        unsupported_versions=unsupported(reading),
        per_target=rows,
        over_time=_days(reading, target_id),
    )


def _targets(reading: Reading, target_id: int) -> list[TargetRow]:
    where = {} if target_id == ALL_TARGETS else {"target_id": target_id}
    found = reading.totals(VERIFICATIONS, ["target_id"], **where)
    found.pop((ALL_TARGETS,), None)
    texts = labels.texts_of([key for (key,) in found])
    rows = []
    for (key,), (runs, passed, checks_total, checks_passed, last) in found.items():
        stamp, was_passed = parse_latest(last)
        rows.append(
            TargetRow(
                target=texts[key],
                runs=runs,
                passed=passed,
                pass_rate=rate(passed, runs),
                checks_total=checks_total,
                checks_passed=checks_passed,
                last_run_at=stamp,
                last_passed=was_passed,
            )
        )
    return sorted(rows, key=lambda row: row["target"])


def _days(reading: Reading, target_id: int) -> list[DayRow]:
    if reading.is_empty:
        return []
    found = _utc_days(reading, target_id) if reading.window.is_utc else _text_days(reading, target_id)
    return [
        DayRow(day=day, runs=runs, passed=passed, pass_rate=rate(passed, runs))
        for day, (runs, passed) in sorted(found.items())
    ]


def _utc_days(reading: Reading, target_id: int) -> dict[str, tuple[int, int]]:
    found = reading.series(VERIFICATIONS, [], Level.DAY, target_id=target_id)
    return {(clock.iso(hour * HOUR_US) or "")[:10]: (measures[0], measures[1]) for (hour,), measures in found.items()}


def _text_days(reading: Reading, target_id: int) -> dict[str, tuple[int, int]]:
    """Days as the stamps spell them: whole ones, and that part of a day that `since` cuts."""
    since = reading.window.since or ""
    whole = reading.days(">= %s", [since], target_id=target_id)
    found = {day: (runs, passed) for (day,), (runs, passed) in whole.items()}
    cut = [since[:length] for length in range(min(len(since), LONGEST_CUT_DAY + 1))]
    marks = ", ".join(["%s"] * len(cut)) or "NULL"
    for (day,) in reading.days(f"IN ({marks})", cut, target_id=target_id):
        runs, passed = _rest_of_day(reading, day, since, target_id)
        if runs:
            found[day] = (runs, passed)
    return found


def _rest_of_day(reading: Reading, day: str, since: str, target_id: int) -> tuple[int, int]:
    """Runs and passes of a day that begins before `since`: its hours after the one that is cut, and that one's rest."""
    if since[len(day)] > "T":
        return 0, 0
    is_cut = since.startswith(day + "T")
    is_hour_cut = is_cut and len(since) > Level.HOUR
    lower = since[: Level.HOUR] if is_cut else day + "T"
    span = Range(Level.HOUR, lower, day + "U", is_text=True, without_first=is_hour_cut)
    parts = list(reading.within(span, VERIFICATIONS, [], target_id=target_id).values())
    if is_hour_cut:
        parts += [cell for _, cell in reading.edges(VERIFICATIONS, [], target_id=target_id)]
    return sum(cell[0] for cell in parts), sum(cell[1] for cell in parts)
