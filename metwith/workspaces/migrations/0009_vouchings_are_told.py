from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workspaces", "0008_digest_key")]

    operations = [
        migrations.AddIndex(
            "auditline",
            models.Index(condition=models.Q(("action", "ours")), fields=["workspace", "at"], name="audit_of_us"),
        ),
    ]
