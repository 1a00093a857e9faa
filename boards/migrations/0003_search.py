"""Full-text indexes over the search documents: FTS5 on SQLite, a generated tsvector on PostgreSQL.

Both follow every change of a document in its own transaction, and both hold board and kind as words, so that a search
on one board reads no postings of the others.
"""

from django.db import migrations

SQLITE = (
    "CREATE VIRTUAL TABLE boards_searchindex USING fts5(scope, title, body, content='boards_searchdocument',"
    " content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')",
    "INSERT INTO boards_searchindex(boards_searchindex) VALUES ('rebuild')",
    "CREATE TRIGGER boards_searchdocument_added AFTER INSERT ON boards_searchdocument BEGIN"
    " INSERT INTO boards_searchindex(rowid, scope, title, body) VALUES (new.id, new.scope, new.title, new.body);"
    " END",
    "CREATE TRIGGER boards_searchdocument_removed AFTER DELETE ON boards_searchdocument BEGIN"
    " INSERT INTO boards_searchindex(boards_searchindex, rowid, scope, title, body)"
    " VALUES ('delete', old.id, old.scope, old.title, old.body);"
    " END",
    "CREATE TRIGGER boards_searchdocument_changed AFTER UPDATE OF scope, title, body ON boards_searchdocument BEGIN"
    " INSERT INTO boards_searchindex(boards_searchindex, rowid, scope, title, body)"
    " VALUES ('delete', old.id, old.scope, old.title, old.body);"
    " INSERT INTO boards_searchindex(rowid, scope, title, body) VALUES (new.id, new.scope, new.title, new.body);"
    " END",
)
SQLITE_BACK = (
    "DROP TRIGGER boards_searchdocument_added",
    "DROP TRIGGER boards_searchdocument_removed",
    "DROP TRIGGER boards_searchdocument_changed",
    "DROP TABLE boards_searchindex",
)
POSTGRES = (
    "ALTER TABLE boards_searchdocument ADD COLUMN words tsvector GENERATED ALWAYS AS ("
    " setweight(to_tsvector('simple', scope), 'D') || setweight(to_tsvector('english', title), 'A')"
    " || setweight(to_tsvector('english', body), 'B')) STORED",
    "CREATE INDEX boards_searchdocument_words ON boards_searchdocument USING gin (words)",
)
POSTGRES_BACK = ("ALTER TABLE boards_searchdocument DROP COLUMN words",)


def forward(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


def back(apps, schema_editor):
    for statement in SQLITE_BACK if schema_editor.connection.vendor == "sqlite" else POSTGRES_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("boards", "0002_cards")]

    operations = [migrations.RunPython(forward, back)]
