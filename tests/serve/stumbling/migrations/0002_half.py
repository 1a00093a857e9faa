from django.db import migrations


def _stumble(apps, schema_editor):
    raise RuntimeError("the second step stumbles")


class Migration(migrations.Migration):
    dependencies = [("stumbling", "0001_first")]
    operations = [
        migrations.RunSQL("CREATE TABLE stumbling_half (id integer)", "DROP TABLE stumbling_half"),
        migrations.RunPython(_stumble, migrations.RunPython.noop),
    ]
