"""By which outside server an account is read, so that one server cannot hold all that read calendars (engine/slots.py)."""

from urllib.parse import urlsplit

from django.db import migrations, models

from metwith.lib import secrets


def _host(row):
    """As calendars/providers/catalogue.py: host_of."""
    if row.provider in {"google", "microsoft"}:
        return row.provider
    url = row.server
    if row.provider == "ics" and row.secret:
        url = secrets.decrypt(row.workspace_id, row.secret)
    try:
        parts = urlsplit(url)
        usual = {"https": 443, "webcal": 443, "http": 80}.get(parts.scheme)
        return f"{parts.hostname}:{parts.port}" if parts.port and parts.port != usual else parts.hostname or ""
    except ValueError:
        return ""


def note(apps, _editor):
    accounts = apps.get_model("accounts", "Account").objects
    # Of all workspaces.
    for row in accounts.filter(workspace_id__gt=0, disconnected_at=None).exclude(provider__in=["file", "memory"]).iterator():
        try:
            host = _host(row)
        except secrets.KeyProblem:
            continue
        if host:
            accounts.filter(workspace_id=row.workspace_id, pk=row.pk).update(host=secrets.keyed_digest(0, 0, f"host {host.lower()}"))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_address_at_provider'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='host',
            field=models.CharField(blank=True, db_default='', default='', max_length=32),
        ),
        migrations.RunPython(note, migrations.RunPython.noop, elidable=True),
    ]
