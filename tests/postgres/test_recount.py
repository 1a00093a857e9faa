"""A repair of rollups and ingest take turns: what is compared and put right is one state of the store."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from pulse_project.core import db
from telemetry import event_rows
from telemetry.recount.findings import Difference, Findings
from telemetry.rollups.tables import ZONES

pytestmark = pytest.mark.django_db(transaction=True)


def can_number_events() -> bool:
    """Whether another session may give an event a number now."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        try:
            other.execute("SELECT head FROM core_logcounter WHERE name = 'telemetry' FOR UPDATE NOWAIT")
        except psycopg.errors.LockNotAvailable:
            return False
    return True


def test_nobody_stores_events_while_a_repair_compares_and_writes() -> None:
    with db.write_tx():
        event_rows.keep_writers_out()  # makes the counter of a new store
    seen = []

    def look() -> tuple[int, list[Any]]:
        seen.append(can_number_events())
        return 1, [Difference(ZONES, (7,), None, [1, 2])]

    Findings(repairs=True).check(look)
    assert seen == [True, False]
