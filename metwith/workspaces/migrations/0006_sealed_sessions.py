from __future__ import annotations

from django.db import migrations

from metwith.lib import secrets

# workspaces.sessions.kept_as, in SQL.
HASHED = "UPDATE django_session SET session_key = left(encode(sha256(convert_to(session_key, 'UTF8')), 'hex'), 40)"
# Of allauth's second factors. What a passkey's row holds is no secret.
SECRETS = ("secret", "seed")


def seal_sessions(apps, _schema_editor):
    """Whoever is signed in stays so: a cookie's word is looked for by its hash from now on."""
    Session = apps.get_model("sessions", "Session")
    for row in Session.objects.iterator():
        Session.objects.filter(pk=row.pk).update(session_data=secrets.encrypt_for(secrets.SESSIONS, row.session_data))


def seal_second_factors(apps, _schema_editor):
    Authenticator = apps.get_model("mfa", "Authenticator")
    for row in Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).iterator():
        for name in SECRETS:
            if name in row.data:
                row.data[name] = secrets.encrypt_for(secrets.SECOND_FACTORS, row.data[name])
        if codes := row.data.get("migrated_codes"):
            row.data["migrated_codes"] = [secrets.encrypt_for(secrets.SECOND_FACTORS, code) for code in codes]
        row.save(update_fields=["data"])


def open_second_factors(apps, _schema_editor):
    Authenticator = apps.get_model("mfa", "Authenticator")
    for row in Authenticator.objects.filter(type__in=["totp", "recovery_codes"]).iterator():
        for name in SECRETS:
            if name in row.data:
                row.data[name] = secrets.decrypt_for(secrets.SECOND_FACTORS, row.data[name])
        if codes := row.data.get("migrated_codes"):
            row.data["migrated_codes"] = [secrets.decrypt_for(secrets.SECOND_FACTORS, code) for code in codes]
        row.save(update_fields=["data"])


class Migration(migrations.Migration):
    """Backups open no door: of cookies a hash, second factors and what sessions hold encrypted."""

    dependencies = [
        ("workspaces", "0005_addresses"),
        ("sessions", "0001_initial"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [
        migrations.RunPython(seal_sessions, migrations.RunPython.noop, elidable=True),
        # Backwards nobody's hash becomes a word again: everybody signs in anew.
        migrations.RunSQL(HASHED, "DELETE FROM django_session", elidable=True),
        migrations.RunPython(seal_second_factors, open_second_factors, elidable=True),
    ]
