"""What was closed in each phase."""

from functools import lru_cache
from typing import TypedDict

from telemetry import labels
from telemetry.metrics.counts import unsupported
from telemetry.rollups.contributions import PHASE_CLOSE, TASK_CLOSE
from telemetry.rollups.reading import Reading
from telemetry.rollups.tables import NEVER, PHASES

TYPES = (PHASE_CLOSE, TASK_CLOSE)


class PhaseRow(TypedDict):
    """`first_closed_at` and `last_closed_at` are stamps as sent, "" while the phase was never closed."""

    phase: str
    closes: int
    tasks_done: int
    task_closes: int
    first_closed_at: str
    last_closed_at: str


class Phases(TypedDict):
    since: str | None
    phase_count: int
    total_tasks_done: int
    unsupported_versions: int
    phases: list[PhaseRow]


def phases(reading: Reading) -> Phases:
    """Phases in the published order: those that are numbers by value, then text, then the nameless one."""
    found = reading.totals(PHASES, ["phase_id"])
    texts = labels.texts_of([key for (key,) in found])
    named = {texts[key]: measures for (key,), measures in found.items()}
    rows: list[PhaseRow] = []
    for phase in _in_order(tuple(named)):
        closes, tasks_done, task_closes, first, last = named[phase]
        rows.append(
            {  # a literal: a thousand calls of the type took as long as the whole query
                "phase": phase,
                "closes": closes,
                "tasks_done": tasks_done,
                "task_closes": task_closes,
                "first_closed_at": "" if first == NEVER else first,
                "last_closed_at": last,
            }
        )
    return Phases(
        since=reading.window.since,
        phase_count=len(rows),
        total_tasks_done=sum(row["tasks_done"] for row in rows),
        unsupported_versions=unsupported(reading),
        phases=rows,
    )


@lru_cache(maxsize=4)
def _in_order(phases: tuple[str, ...]) -> list[str]:
    """Mostly the same phases are asked for, and sorting a thousand takes as long as merging their cells."""
    return sorted(phases, key=_place)


def _place(phase: str) -> tuple[int, int, str]:
    if not phase:
        return 2, 0, ""
    try:
        return 0, int(phase), phase
    except ValueError:
        return 1, 0, phase
