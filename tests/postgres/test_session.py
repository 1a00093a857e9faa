"""How a session on PostgreSQL plans, and many rows in one statement."""

import pytest
from django.db import connection

from pulse_project import settings as declared
from pulse_project.core import db
from pulse_project.core.statements import execute, execute_many

INSERT = "INSERT INTO telemetry_label (text, is_counted, created_day) VALUES (%s, %s, %s) ON CONFLICT (text) DO NOTHING"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "value"), [("jit", "off"), ("max_parallel_workers_per_gather", "0")])
def test_small_reads_pay_for_neither_compilation_nor_workers(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone() == (value,)


def test_the_operators_own_options_of_a_session_come_last() -> None:
    options = declared._postgres("postgresql://pulse@/pulse?options=-c%20jit%3Don")["OPTIONS"]["options"]
    assert options.endswith("random_page_cost=1.1 -c jit=on")


@pytest.mark.django_db
def test_many_rows_are_inserted_together_and_counted() -> None:
    with db.write_tx():
        assert execute_many(INSERT, [("one", True, 1), ("two", False, 40_000)]) == 2
        assert execute_many(INSERT, [("two", True, 1), ("three", True, 1)]) == 1
        found = execute("SELECT text, is_counted, created_day FROM telemetry_label ORDER BY text").fetchall()
    assert [tuple(row) for row in found] == [("one", True, 1), ("three", True, 1), ("two", False, 40_000)]
