"""Whom a member meets and does not want among the records, by a keyed digest of the address."""

from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from metwith.workspaces.scope import Reference, SameWorkspace


class Migration(migrations.Migration):
    dependencies: ClassVar = [("calendars", "0020_source"), ("workspaces", "0011_no_claims_kept")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="NotAContact",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to="workspaces.workspace",
                    ),
                ),
                ("member", Reference(to="workspaces.member")),
                ("digest", models.CharField(max_length=32)),
            ],
            options={
                "verbose_name_plural": "not contacts",
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "member", "digest"), name="not_a_contact_once"),
                    SameWorkspace(field="member", name="not_a_contact_member"),
                ],
            },
        ),
    ]
