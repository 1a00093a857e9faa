"""The rollup tables as data: keys, measures and how two values of a measure become one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from operator import add
from typing import Any, Final

from pulse_project.core import db
from pulse_project.core.statements import execute_together

BUCKET: Final = ("level", "text", "utc")
NEVER: Final = "\U0010ffff"  # a stamp above all stamps: the earliest of none


class Merge(Enum):
    """How values of one measure become one: the operators in Python, and as aggregate and scalar in SQL."""

    SUM = "sum"
    MAX = "max"
    MIN = "min"

    @property
    def of_two(self) -> Callable[[Any, Any], Any]:
        return _OF_TWO[self]

    @property
    def of_many(self) -> Callable[[Iterable[Any]], Any]:
        return _OF_MANY[self]


_OF_TWO: Mapping[Merge, Callable[[Any, Any], Any]] = {Merge.SUM: add, Merge.MAX: max, Merge.MIN: min}
_OF_MANY: Mapping[Merge, Callable[[Iterable[Any]], Any]] = {Merge.SUM: sum, Merge.MAX: max, Merge.MIN: min}
_SCALAR = {"sqlite": {Merge.MAX: "max", Merge.MIN: "min"}, "postgresql": {Merge.MAX: "greatest", Merge.MIN: "least"}}


@dataclass(frozen=True, eq=False)
class Rollup:
    """One table. A cell is `{key values: measure values}`; `prefix` names the columns that place it in time.

    `absent` are the values of measures that change no other; where nothing is said it is 0. `order` is how the cells
    lie where it is not by prefix and keys.
    """

    name: str
    keys: tuple[str, ...]
    measures: Mapping[str, Merge]
    prefix: tuple[str, ...] = BUCKET
    absent: Mapping[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return f"telemetry_{self.name}"

    @property
    def primary_key(self) -> tuple[str, ...]:
        """The order in which the cells lie."""
        if self.order:
            return self.order
        return (*(("level", "utc", "text") if self.prefix == BUCKET else self.prefix), *self.keys)

    @cached_property
    def nothing(self) -> tuple[Any, ...]:
        """Measures of no event; no cell has them."""
        return tuple(self.absent.get(name, 0) for name in self.measures)

    @cached_property
    def merges(self) -> tuple[Callable[[Any, Any], Any], ...]:
        return tuple(merge.of_two for merge in self.measures.values())

    @cached_property
    def upsert_statement(self) -> str:
        """One cell: inserted, or merged into the one that is there."""
        key = (*self.prefix, *self.keys)
        columns = (*key, *self.measures)
        scalar = _SCALAR[db.vendor()]
        merged = ", ".join(
            f"{name} = {self.table}.{name} + excluded.{name}"
            if merge is Merge.SUM
            else f"{name} = {scalar[merge]}({self.table}.{name}, excluded.{name})"
            for name, merge in self.measures.items()
        )
        return (
            f"INSERT INTO {self.table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {merged}"
        )


def upsert(found: Mapping[Rollup, Mapping[tuple[Any, ...], Sequence[Any]]]) -> None:
    """Merge cells into their tables, in key order, inside the open write transaction of one writer at a time."""
    execute_together(
        [
            (rollup.upsert_statement, [(*key, *cells[key]) for key in sorted(cells)])
            for rollup, cells in found.items()
            if cells
        ]
    )


COUNTS = Rollup("count", ("type_id", "source_id", "version"), {"n": Merge.SUM})
STOP_REASONS = Rollup("stopreason", ("source_id", "reason_id"), {"n": Merge.SUM})
PHASES = Rollup(
    "phase",
    ("source_id", "phase_id"),
    {
        "closes": Merge.SUM,
        "tasks_done": Merge.MAX,
        "task_closes": Merge.SUM,
        "first_ts": Merge.MIN,
        "last_ts": Merge.MAX,
    },
    absent={"first_ts": NEVER, "last_ts": ""},
)
VERIFICATIONS = Rollup(
    "verification",
    ("source_id", "target_id"),
    {
        "runs": Merge.SUM,
        "passed": Merge.SUM,
        "checks_total": Merge.SUM,
        "checks_passed": Merge.SUM,
        "last": Merge.MAX,
    },
    absent={"last": ""},
)
DURATIONS = Rollup("duration", ("type_id", "source_id", "bin"), {"n": Merge.SUM})
VERIFICATION_DAYS = Rollup(
    "verificationday",
    ("source_id", "target_id"),
    {"runs": Merge.SUM, "passed": Merge.SUM},
    prefix=("day",),
    order=("target_id", "day", "source_id"),
)

ZONE_NUMBERS: Final = 4096
ZONES = Rollup("zone", ("zone",), {"first_us": Merge.MIN, "last_us": Merge.MAX}, prefix=())

BUCKETED: Final = (COUNTS, STOP_REASONS, PHASES, VERIFICATIONS, DURATIONS)
EVERY: Final = (*BUCKETED, VERIFICATION_DAYS)
