"""What a recount finds, and how a cell is compared and put right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pulse_project.core import db
from pulse_project.core.pools import progressed
from pulse_project.core.statements import execute
from pulse_project.core.steps import one_step
from telemetry import event_rows, labels
from telemetry.rollups import sheets
from telemetry.rollups.contributions import PHASE_CLOSE, STOP_REASON, TASK_CLOSE, VERIFICATION, Cells
from telemetry.rollups.tables import COUNTS, DURATIONS, PHASES, STOP_REASONS, Rollup, upsert

MOST_LISTED: Final = 100
NO_FLOOR: Final = -(2**63)

_FLOORS = "SELECT l.text, f.utc FROM telemetry_retentionfloor f JOIN telemetry_label l ON l.id = f.type_id"


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose measures are not what the events add up to; None = there is, or should be, none."""

    rollup: Rollup
    key: tuple[Any, ...]  # the columns of `prefix`, then the rollup's keys
    stored: Sequence[Any] | None
    expected: Sequence[Any] | None

    def repair(self) -> None:
        """Give the cell its expected measures, inside the write transaction that compared it."""
        columns = (*self.rollup.prefix, *self.rollup.keys)
        named = " AND ".join(f"{name} = %s" for name in columns)
        execute(f"DELETE FROM {self.rollup.table} WHERE {named}", self.key)  # noqa: S608 - names from the code
        if self.expected is not None:
            upsert({self.rollup: {self.key: self.expected}})


@dataclass(slots=True)
class Findings:
    """What was compared and what differed; only the first `MOST_LISTED` differences are kept."""

    repairs: bool
    events: int = 0
    cells: int = 0
    differences: int = 0
    listed: list[Difference] = field(default_factory=list)

    def check(self, look: Callable[[], tuple[int, list[Difference]]]) -> None:
        """Compare in one snapshot; where something differs and is to be repaired, again in a write transaction.

        `look` answers how many cells it compared, and the differences. It may be called twice.
        """
        with db.read_tx():
            cells, found = look()
        progressed()
        if found and self.repairs:
            found = one_step(lambda: _repaired(look))
        self.cells += cells
        self.differences += len(found)
        self.listed += found[: MOST_LISTED - len(self.listed)]


def _repaired(look: Callable[[], tuple[int, list[Difference]]]) -> list[Difference]:
    event_rows.keep_writers_out()
    _, found = look()
    if found:
        sheets.repaired()
    for difference in found:
        difference.repair()
    return found


def compared(rollup: Rollup, stored: Cells, expected: Cells) -> list[Difference]:
    """The cells that differ, in the order of their keys."""
    keys = sorted(key for key in stored.keys() | expected.keys() if stored.get(key) != expected.get(key))
    return [Difference(rollup, key, stored.get(key), expected.get(key)) for key in keys]


def stored_cells(rollup: Rollup, condition: str, values: Sequence[Any]) -> Cells:
    """The cells of a table that meet a condition, keyed as `Difference.key`."""
    columns = (*rollup.prefix, *rollup.keys)
    names = ", ".join((*columns, *rollup.measures))
    rows = execute(f"SELECT {names} FROM {rollup.table} WHERE {condition}", values).fetchall()  # noqa: S608
    size = len(columns)
    return {tuple(row[:size]): list(row[size:]) for row in rows}


class Floors:
    """From which hour on the events of a type are all there, as retention tells in the open transaction."""

    def __init__(self) -> None:
        self._by_text: dict[str, int] = dict(execute(_FLOORS).fetchall())
        self._by_number: dict[int, int] = {}
        for text, hour in self._by_text.items():
            named = labels.known(text)
            number = named.counted_id if named else 0
            self._by_number[number] = max(hour, self._by_number.get(number, NO_FLOOR))

    def of(self, rollup: Rollup) -> Callable[[tuple[Any, ...]], int]:
        """The floor of a cell by its key; cells that mix types have the highest of theirs."""
        if rollup in (COUNTS, DURATIONS):
            position = len(rollup.prefix) + rollup.keys.index("type_id")
            return lambda key: self._by_number.get(key[position], NO_FLOOR)
        highest = max(self._by_text.get(text, NO_FLOOR) for text in _types_of(rollup))
        return lambda _key: highest


def _types_of(rollup: Rollup) -> tuple[str, ...]:
    if rollup is PHASES:
        return PHASE_CLOSE, TASK_CLOSE
    return (STOP_REASON,) if rollup is STOP_REASONS else (VERIFICATION,)


def above(floor_of: Callable[[tuple[Any, ...]], int], cells: Mapping[tuple[Any, ...], list[Any]]) -> Cells:
    """Hour cells whose events are all there."""
    return {key: measures for key, measures in cells.items() if key[2] >= floor_of(key)}
