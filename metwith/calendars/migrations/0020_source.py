"""Trace, Tally, Channel and Removal call what was read their source, as the engine does. Of the models alone: no table changes."""

from __future__ import annotations

from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models

from metwith.workspaces.scope import Reference, SameWorkspace

ONCE = {"trace": ("item", "part"), "tally": ("day", "what", "reason")}


def renamed(model: str, *, null: bool) -> list[migrations.operations.base.Operation]:
    """The reference of one model, with the constraints that name it."""
    fields = ONCE.get(model)
    calendar = f"{model}_calendar"
    drop = [migrations.RemoveConstraint(model_name=model, name=calendar)]
    make = [
        migrations.AddConstraint(
            model_name=model, constraint=SameWorkspace(field="source", name=calendar, set_null=model == "tally")
        )
    ]
    if fields:
        once = models.UniqueConstraint(fields=("workspace", "source", *fields), name=f"{model}_once")
        drop.append(migrations.RemoveConstraint(model_name=model, name=once.name))
        make.append(migrations.AddConstraint(model_name=model, constraint=once))
    return [
        *drop,
        migrations.RenameField(model_name=model, old_name="calendar", new_name="source"),
        migrations.AlterField(
            model_name=model, name="source", field=Reference(to="calendars.calendar", db_column="calendar_id", null=null)
        ),
        *make,
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("calendars", "0019_what_counts_as_met")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                *renamed("trace", null=False),
                *renamed("tally", null=True),
                *renamed("channel", null=True),
                migrations.RenameField(model_name="removal", old_name="calendars", new_name="sources"),
                migrations.AlterField(
                    model_name="removal",
                    name="sources",
                    field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), db_column="calendars", default=list, size=None
                    ),
                ),
            ]
        )
    ]
