"""Rollups lie in the order of their hours, so that a span of time is read in one piece, and have cells of five days.

A secondary index by hour led to every cell on its own, and each new cell had to be written twice. Only the counts keep
a second order: by name, for the published `since`. The cells of five days are made from those of their days.
"""

from django.db import migrations

BUCKET = {"level": "smallint", "text": "varchar(13)", "utc": "integer"}
TABLES = {
    "count": ({"type_id": "bigint", "source_id": "bigint", "version": "bigint"}, {"n": ("bigint", "sum")}),
    "stopreason": ({"source_id": "bigint", "reason_id": "bigint"}, {"n": ("bigint", "sum")}),
    "phase": (
        {"source_id": "bigint", "phase_id": "bigint"},
        {
            "closes": ("bigint", "sum"),
            "tasks_done": ("bigint", "max"),
            "task_closes": ("bigint", "sum"),
            "first_ts": ("text", "min"),
            "last_ts": ("text", "max"),
        },
    ),
    "verification": (
        {"source_id": "bigint", "target_id": "bigint"},
        {
            "runs": ("bigint", "sum"),
            "passed": ("bigint", "sum"),
            "checks_total": ("bigint", "sum"),
            "checks_passed": ("bigint", "sum"),
            "last": ("text", "max"),
        },
    ),
    "duration": ({"type_id": "bigint", "source_id": "bigint", "bin": "integer"}, {"n": ("bigint", "sum")}),
}
BY_TEXT, BY_HOUR = ("level", "text", "utc"), ("level", "utc", "text")
DAY, FIVE_DAYS = 10, 5  # levels
NAME = "CASE WHEN length(text) < 10 THEN text WHEN substr(text, 10) < '5' THEN substr(text, 1, 9) || '0'"
NAME += " ELSE substr(text, 1, 9) || '5' END"
IN_MONTH = {
    "sqlite": "CAST(strftime('%d', utc * 3600, 'unixepoch') AS integer)",
    "postgresql": "CAST(extract(day FROM to_timestamp(utc * 3600.0) AT TIME ZONE 'UTC') AS integer)",
}
LAST_HOUR = 24 * 365 * 8000  # what lies beyond names no calendar day


def by_hour(apps, schema_editor):
    for name in TABLES:
        _reorder(schema_editor, name, BY_HOUR)
        _add_five_days(schema_editor, name)
    schema_editor.execute("CREATE INDEX telemetry_count_text ON telemetry_count (level, text)")


def by_text(apps, schema_editor):
    schema_editor.execute("DROP INDEX telemetry_count_text")
    for name in TABLES:
        schema_editor.execute(f"DELETE FROM telemetry_{name} WHERE level = {FIVE_DAYS}")  # noqa: S608 - our names
        _reorder(schema_editor, name, BY_TEXT)
        schema_editor.execute(f"CREATE INDEX telemetry_{name}_utc ON telemetry_{name} (level, utc)")


def _reorder(schema_editor, name, bucket):
    """Give a table another primary key. SQLite keeps such a table in the order of its key and has to write it anew."""
    keys, measures = TABLES[name]
    key = ", ".join((*bucket, *keys))
    schema_editor.execute(f"DROP INDEX IF EXISTS telemetry_{name}_utc")
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute(f"ALTER TABLE telemetry_{name} DROP CONSTRAINT telemetry_{name}_pkey")
        schema_editor.execute(f"ALTER TABLE telemetry_{name} ADD PRIMARY KEY ({key})")
        return
    columns = {**BUCKET, **keys, **{measure: kind for measure, (kind, _) in measures.items()}}
    parts = [f'"{column}" {kind} NOT NULL' for column, kind in columns.items()]
    row_key = " || ':' || ".join(f'"{column}"' for column in (*BUCKET, *keys))
    parts += [f"row_key varchar(600) GENERATED ALWAYS AS ({row_key}) VIRTUAL", f"PRIMARY KEY ({key})"]
    names = ", ".join(f'"{column}"' for column in columns)
    schema_editor.execute(f"CREATE TABLE telemetry_{name}_anew ({', '.join(parts)}) WITHOUT ROWID")
    schema_editor.execute(
        f"INSERT INTO telemetry_{name}_anew ({names}) SELECT {names} FROM telemetry_{name} ORDER BY {key}"  # noqa: S608
    )
    schema_editor.execute(f"DROP TABLE telemetry_{name}")
    schema_editor.execute(f"ALTER TABLE telemetry_{name}_anew RENAME TO telemetry_{name}")


def _add_five_days(schema_editor, name):
    keys, measures = TABLES[name]
    in_month = IN_MONTH[schema_editor.connection.vendor]
    start = f"utc - 24 * (CASE WHEN {in_month} < 5 THEN {in_month} - 1 ELSE {in_month} % 5 END)"
    columns = ", ".join(("level", "text", "utc", *keys, *measures))
    merged = ", ".join(f"{merge}({measure})" for measure, (_, merge) in measures.items())
    selected = f"{FIVE_DAYS}, {NAME}, {start}, {', '.join(keys)}, {merged}"
    schema_editor.execute(
        f"INSERT INTO telemetry_{name} ({columns}) SELECT {selected} FROM telemetry_{name}"  # noqa: S608 - our names
        f" WHERE level = {DAY} AND utc >= 0 AND utc < {LAST_HOUR} GROUP BY 2, 3, {', '.join(keys)}",
        params=None,  # else `%` would have to be doubled
    )


class Migration(migrations.Migration):
    dependencies = [
        ("telemetry", "0003_partitions"),
    ]

    operations = [
        migrations.RunPython(by_hour, by_text, elidable=False),
        *(migrations.AlterModelOptions(name=name, options={"ordering": ["level", "utc", "text"]}) for name in TABLES),
    ]
