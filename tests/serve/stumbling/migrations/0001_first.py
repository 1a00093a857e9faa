from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    operations = [migrations.RunSQL("CREATE TABLE stumbling_first (id integer)", "DROP TABLE stumbling_first")]
