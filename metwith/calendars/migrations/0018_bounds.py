from django.db import migrations, models


class Migration(migrations.Migration):
    """No row is written: what is stored already has no sieve, and is read as before."""

    dependencies = [("calendars", "0017_own_rows_of_a_feed")]
    operations = [migrations.AddField("entry", "sieve", models.BinaryField(null=True))]
