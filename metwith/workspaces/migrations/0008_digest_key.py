from django.db import migrations, models


class Migration(migrations.Migration):
    """Keyed hashes outlive the key that makes them (workspaces.rotation)."""

    dependencies = [("workspaces", "0007_sign_in_addresses")]
    operations = [
        migrations.AddField("installation", "digest_key", models.TextField(blank=True, default="")),
    ]
