"""What must be true of a store before anything is served."""

import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.serve.conftest import URL

STUMBLING = {"DJANGO_SETTINGS_MODULE": "tests.serve.stumbling.settings"}


def _tables(install):
    if install.database_url:
        import psycopg

        with psycopg.connect(install.database_url) as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    else:
        with sqlite3.connect(install.database) as connection:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {name for (name,) in rows}


def _execute(install, statement):
    if install.database_url:
        import psycopg

        with psycopg.connect(install.database_url) as connection:
            connection.execute(statement)
    else:
        with sqlite3.connect(install.database) as connection:
            connection.execute(statement)
        connection.close()


def test_a_command_prepares_an_empty_store(install):
    done = install.run("admin", "link")
    assert done.returncode == 0, done.stderr
    assert "/login/link/" in done.stdout
    assert {"django_migrations", "core_agent", "core_domainevent"} <= _tables(install)


def test_two_first_starts_at_once_agree(install):
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: install.run("admin", "link"), range(2)))
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]


def test_a_failing_update_serves_nothing_and_names_the_way_back(install):
    assert install.run("admin", "link").returncode == 0
    failed = install.run("admin", "link", **STUMBLING)
    assert failed.returncode == 1
    assert "MIGRATION_ERROR" in failed.stderr
    assert not {"stumbling_half", "stumbling_last"} & _tables(install)


def test_the_copy_made_before_an_update_restores_the_store(sqlite_install):
    install = sqlite_install
    install.run("admin", "link")
    failed = install.run("admin", "link", **STUMBLING)
    (copy,) = (install.home / "backups").iterdir()
    assert f"cp {copy} {install.database}" in failed.stderr
    shutil.copy(copy, install.database)
    assert install.run("admin", "link").returncode == 0


def test_three_copies_are_kept(sqlite_install):
    sqlite_install.run("admin", "link")
    folder = sqlite_install.home / "backups"
    folder.mkdir()
    for number in range(4):
        (folder / f"pre-0.0.{number}-x.sqlite3").touch()
    sqlite_install.run("admin", "link", **STUMBLING)
    assert len(list(folder.iterdir())) == 3


def test_a_store_of_a_newer_pulse_is_not_touched(install):
    install.run("admin", "link")
    _execute(
        install,
        "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_later', '2030-01-01 00:00:00+00')",
    )
    refused = install.run("admin", "link")
    assert refused.returncode == 1
    assert "MIGRATION_ERROR" in refused.stderr
    assert "core.9999_later" in refused.stderr


@pytest.mark.parametrize("table", ["schema_migrations", "events"])
def test_a_database_of_another_program_is_refused_unchanged(install, table):
    install.home.mkdir(mode=0o700)
    _execute(install, f"CREATE TABLE {table} (id integer)")
    refused = install.run("admin", "link")
    assert refused.returncode == 1
    assert "CONFIG_ERROR" in refused.stderr
    assert _tables(install) == {table}


def test_a_file_that_is_no_database_is_refused(sqlite_install):
    sqlite_install.home.mkdir(mode=0o700)
    sqlite_install.database.write_text("diary " * 1000)
    refused = sqlite_install.run("admin", "link")
    assert refused.returncode == 1
    assert "no SQLite database" in refused.stderr
    assert sqlite_install.database.read_text().startswith("diary")


def test_a_missing_folder_of_the_database_is_named(sqlite_install):
    refused = sqlite_install.run("--db", "/nowhere/at/all/pulse.sqlite3", "admin", "link")
    assert refused.returncode == 1
    assert "/nowhere/at/all" in refused.stderr


def test_the_engine_under_test_is_the_one_meant(install):
    assert bool(URL) == bool(install.database_url)
