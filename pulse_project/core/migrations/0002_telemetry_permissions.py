"""Stored permission documents learn the group of telemetry: who may leave artifacts may send events, all may read."""

from django.db import migrations


def add_group(apps, schema_editor):
    for model, field in (("Agent", "bus_permissions"), ("PermissionPreset", "flags")):
        for row in apps.get_model("core", model).objects.all():
            document = getattr(row, field)
            if isinstance(document, dict) and "artifacts" in document and "telemetry" not in document:
                may_put = (document["artifacts"] or {}).get("put") is True
                setattr(row, field, {**document, "telemetry": {"read": True, "ingest": may_put}})
                row.save(update_fields=[field])


def remove_group(apps, schema_editor):
    for model, field in (("Agent", "bus_permissions"), ("PermissionPreset", "flags")):
        for row in apps.get_model("core", model).objects.all():
            document = getattr(row, field)
            if isinstance(document, dict) and document.pop("telemetry", None) is not None:
                row.save(update_fields=[field])


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_core"),
    ]

    operations = [
        migrations.RunPython(add_group, remove_group, elidable=False),
    ]
