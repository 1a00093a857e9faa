from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("stumbling", "0002_half")]
    operations = [migrations.RunSQL("CREATE TABLE stumbling_last (id integer)", "DROP TABLE stumbling_last")]
