"""Verifications by day lie in the order of their targets: every read asks for one target, or for the sum of all.

In the order of days it passed over the cells of all other targets, two hundred times as many.
"""

from django.db import migrations

TABLE = "telemetry_verificationday"
COLUMNS = {"day": "text", "source_id": "bigint", "target_id": "bigint", "runs": "bigint", "passed": "bigint"}
BY_DAY, BY_TARGET = ("day", "source_id", "target_id"), ("target_id", "day", "source_id")


def by_target(apps, schema_editor):
    _reorder(schema_editor, BY_TARGET)


def by_day(apps, schema_editor):
    _reorder(schema_editor, BY_DAY)


def _reorder(schema_editor, key):
    """Give the table another primary key. SQLite keeps it in the order of its key and has to write it anew."""
    names = ", ".join(key)
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {TABLE}_pkey")
        schema_editor.execute(f"ALTER TABLE {TABLE} ADD PRIMARY KEY ({names})")
        return
    parts = [f'"{column}" {kind} NOT NULL' for column, kind in COLUMNS.items()]
    row_key = " || ':' || ".join(f'"{column}"' for column in BY_DAY)
    parts += [f"row_key varchar(600) GENERATED ALWAYS AS ({row_key}) VIRTUAL", f"PRIMARY KEY ({names})"]
    columns = ", ".join(f'"{column}"' for column in COLUMNS)
    schema_editor.execute(f"CREATE TABLE {TABLE}_anew ({', '.join(parts)}) WITHOUT ROWID")
    schema_editor.execute(f"INSERT INTO {TABLE}_anew ({columns}) SELECT {columns} FROM {TABLE} ORDER BY {names}")  # noqa: S608
    schema_editor.execute(f"DROP TABLE {TABLE}")
    schema_editor.execute(f"ALTER TABLE {TABLE}_anew RENAME TO {TABLE}")


class Migration(migrations.Migration):
    dependencies = [
        ("telemetry", "0004_rollups_by_hour"),
    ]

    operations = [migrations.RunPython(by_target, by_day, elidable=False)]
