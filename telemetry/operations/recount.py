"""Proving that metrics equal the events."""

from typing import Any, TypedDict

from pydantic import Field

from pulse_project.core import clock, db, outbox
from pulse_project.core.inputs import Input
from pulse_project.core.principals import Caller
from telemetry.catalog import operators
from telemetry.instants import HOUR_US, Level
from telemetry.recount import coarser, days, hours, zones
from telemetry.recount.findings import Difference, Findings
from telemetry.rollups.tables import BUCKET


class Recount(Input):
    repair: bool = Field(False, description="Give cells that differ the figures that the events add up to.")


class DifferenceRow(TypedDict):
    """One cell. `keys` are the columns that name it, names as numbers of labels; null = there is, or should be, none.

    `level` and `begins` (UTC) say which bucket a cell of a calendar is of.
    """

    rollup: str
    level: str | None
    begins: str | None
    keys: dict[str, Any]
    stored: dict[str, Any] | None
    expected: dict[str, Any] | None


class RecountReport(TypedDict):
    """`differences` counts all, `items` lists the first 100. `repaired`: they are put right."""

    events: int
    cells: int
    differences: int
    repaired: bool
    items: list[DifferenceRow]


@operators.operation(
    needs="operator.telemetry", writes=True, own_transactions=True, rest="POST recount", untrusted=("items[].keys",)
)
def telemetry_recount(caller: Caller, data: Recount) -> RecountReport:
    """Recount every event and compare with what metrics read; ingest goes on meanwhile.

    Hours whose events retention has deleted are not compared with events; days, months and years with their hours are.

    Errors: VALIDATION_ERROR.
    Event: telemetry.repaired when something was put right.
    """
    found = Findings(repairs=data.repair)
    for part in (hours, coarser, days, zones):
        part.check(found)
    if data.repair and found.differences:
        with db.write_tx():
            outbox.emit(
                "telemetry.repaired", caller=caller, entity=("store", "telemetry"), differences=found.differences
            )
    return {
        "events": found.events,
        "cells": found.cells,
        "differences": found.differences,
        "repaired": data.repair and found.differences > 0,
        "items": [_row(difference) for difference in found.listed],
    }


def _row(difference: Difference) -> DifferenceRow:
    rollup = difference.rollup
    keys = dict(zip((*rollup.prefix, *rollup.keys), difference.key, strict=True))
    is_bucket = rollup.prefix == BUCKET
    return {
        "rollup": rollup.name,
        "level": Level(keys["level"]).name.lower() if is_bucket and keys["level"] in set(Level) else None,
        "begins": clock.iso(keys["utc"] * HOUR_US) if is_bucket and 0 <= keys["utc"] < coarser.LAST_HOUR else None,
        "keys": keys,
        "stored": _measures(difference, difference.stored),
        "expected": _measures(difference, difference.expected),
    }


def _measures(difference: Difference, values: Any) -> dict[str, Any] | None:
    return None if values is None else dict(zip(difference.rollup.measures, values, strict=True))
