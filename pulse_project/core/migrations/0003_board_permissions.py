from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_telemetry_permissions")]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="board_permissions",
            field=models.JSONField(
                blank=True,
                help_text="The granted board flags; empty = those of the preset, or all without one.",
                null=True,
            ),
        ),
    ]
