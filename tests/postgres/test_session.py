"""How a session on PostgreSQL plans, and many rows in one statement."""

from enum import StrEnum
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from pulse_project import settings as declared
from pulse_project.core import db
from pulse_project.core.statements import array_columns, execute, execute_many, execute_together
from pulse_project.core.transactions import POSTGRES_CHANNEL, take_numbers
from telemetry.models import Stamp

INSERT = "INSERT INTO telemetry_label (text, is_counted, created_day) VALUES (%s, %s, %s) ON CONFLICT (text) DO NOTHING"
INSERT_KEY = "INSERT INTO telemetry_payloadkey (name, is_complete, indexed_to) VALUES (%s, %s, %s)"


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


@pytest.mark.django_db
def test_the_statement_of_many_rows_is_prepared_once_whatever_the_size_of_its_numbers() -> None:
    with db.write_tx():
        for day in (1, 40_000, 2**31 - 1):
            execute_many(INSERT, [(f"day {day}", True, day)])
        found = execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            ("INSERT INTO telemetry_label %",),
        ).fetchall()
    assert [tuple(row) for row in found] == [(3,)]


@pytest.mark.django_db
def test_inserts_together_reach_the_rows_of_each() -> None:
    with db.write_tx():
        execute_together([(INSERT, [("one", True, 1), ("two", True, 2)]), (INSERT_KEY, [("k", False, 0)])])
        labels = execute("SELECT text, created_day FROM telemetry_label ORDER BY text").fetchall()
        keys = execute("SELECT name FROM telemetry_payloadkey").fetchall()
    assert ([tuple(row) for row in labels], [tuple(row) for row in keys]) == ([("one", 1), ("two", 2)], [("k",)])


class Stop(StrEnum):
    NEVER = ""


STRANGE = {
    "text": [
        "",
        "NULL",
        "null",
        '"',
        "\\",
        '\\"',
        "{",
        "}",
        ",",
        "a,b",
        " a ",
        "\n\t\x01",
        "☃\U0010ffff",
        "'",
        Stop.NEVER,
        None,
    ],
    "bytea": [b"", b"\x00\xff", bytes(range(256)), None],
    "int8": [0, -1, 2**63 - 1, -(2**63), None],
    "bool": [True, False, None],
    "uuid": [UUID(int=7), None],
    "int2": [Stamp.DATED, None],
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", STRANGE)
def test_values_of_an_array_come_back_as_they_were(kind: str) -> None:
    (column,) = array_columns([(value,) for value in STRANGE[kind]])
    with db.write_tx():
        found = execute(f"SELECT value FROM unnest(%s::{kind}[]) AS value", (column,)).fetchall()  # noqa: S608
    assert [row[0] for row in found] == STRANGE[kind]


def test_what_has_no_spelling_is_refused() -> None:
    with pytest.raises(TypeError):
        array_columns([(memoryview(b"bytes"),)])


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_stored_wakes_nobody_who_follows_the_logs() -> None:
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as listener:
        listener.execute(f"LISTEN {POSTGRES_CHANNEL}")
        with db.write_tx():
            take_numbers("telemetry", 3)
        listener.execute(f"NOTIFY {POSTGRES_CHANNEL}, 'the only one'")
        heard = [note.payload for note in listener.notifies(timeout=10, stop_after=1)]
    assert heard == ["the only one"]
