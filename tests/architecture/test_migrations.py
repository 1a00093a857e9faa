"""Migrations match the models, are named by hand and can be read back one step."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import migrations
from django.db.migrations.loader import MigrationLoader

OURS = ("core", "boards", "specs", "nexus", "telemetry")


def _ours():
    loader = MigrationLoader(None)
    return {key: migration for key, migration in loader.disk_migrations.items() if key[0] in OURS}


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_migrations_are_named_by_hand():
    names = [name for _, name in _ours()]
    assert [name for name in names if re.search(r"_auto_|_alter_|_and_more|\d{4}_\d+", name)] == []


def test_steps_in_python_can_be_undone():
    irreversible = [
        key
        for key, migration in _ours().items()
        for step in migration.operations
        if isinstance(step, migrations.RunPython | migrations.RunSQL) and not step.reversible
    ]
    assert irreversible == []


def test_every_migration_folder_is_seen_by_the_start():
    from pulse_project.core import migrating

    loader = MigrationLoader(None)
    assert migrating.on_disk() == set(loader.disk_migrations)


@pytest.mark.parametrize("label", OURS)
def test_one_migration_of_each_app_has_no_successor(label):
    loader = MigrationLoader(None)
    assert len(loader.graph.leaf_nodes(label)) == 1
    assert Path(apps.get_app_config(label).path, "migrations", "__init__.py").is_file()
