"""The border of a workspace, as database code: every table behind it names its workspace, and every query too.

`Model.objects.of(workspace)` is the way to query. `Model.objects.across_workspaces(reason)` is for the few that serve the whole
installation (the scheduler, the doctor). References between such tables are composite foreign keys on (workspace, id), so that the
database itself refuses a row that points into another workspace, and its cascades run on indexes that begin with the workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, override

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

    from metwith.workspaces.models import Workspace


class ScopedManager[M: models.Model](models.Manager[M]):
    """The only manager of a workspace's table."""

    def of(self, workspace: Workspace | int) -> models.QuerySet[M]:
        """The rows of one workspace. Takes the workspace or its id."""
        return self.get_queryset().filter(workspace_id=workspace if isinstance(workspace, int) else workspace.pk)

    def across_workspaces(self, reason: str) -> models.QuerySet[M]:
        """All rows of all workspaces; `reason` is for the reader, and must not be empty."""
        if not reason:
            raise ValueError("say why this query serves all workspaces")
        return self.get_queryset().filter(workspace_id__gt=0)


class OwnedByWorkspace(models.Model):
    """Base of every table behind the border. `workspace` has no index of its own: it begins every other one."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("workspaces.Workspace", on_delete=models.DB_CASCADE, db_index=False, related_name="+")

    objects: ClassVar[ScopedManager[Self]] = ScopedManager()

    class Meta:
        abstract = True


class Reference[S, G](models.ForeignKey[S, G]):
    """A foreign key inside a workspace. The database's part is done by `SameWorkspace` in the model's constraints."""

    def __init__(self, to: Any, **options: Any) -> None:
        options.setdefault("on_delete", models.DO_NOTHING)  # the database cascades: see SameWorkspace
        options.setdefault("db_constraint", False)
        options.setdefault("db_index", False)
        options.setdefault("related_name", "+")
        super().__init__(to, **options)

    @override
    def get_extra_descriptor_filter(self, instance: models.Model) -> dict[str, Any]:
        """`person.company` asks for the company by its id and the person's workspace (Django's hook for such filters)."""
        return {"workspace_id": instance.workspace_id}  # type: ignore[attr-defined]  # every model with a Reference has one


class SameWorkspace(models.BaseConstraint):
    """`FOREIGN KEY (workspace_id, field_id) REFERENCES target (workspace_id, id)`, with cascade or, for nullable fields, set null.

    The target needs a unique constraint on (workspace, id): see `addressable`.
    """

    def __init__(self, *, field: str, name: str, set_null: bool = False) -> None:
        super().__init__(name=name)
        self.field, self.set_null = field, set_null

    @override
    def constraint_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        model, quote = _given(model, schema_editor)
        field = model._meta.get_field(self.field)
        target = _table(field.related_model)
        column = quote(f"{field.name}_id")
        action = f"SET NULL ({column})" if self.set_null else "CASCADE"
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({quote('workspace_id')}, {column}) "
            f"REFERENCES {quote(target)} ({quote('workspace_id')}, {quote('id')}) ON DELETE {action}"
        )

    @override
    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        model, quote = _given(model, schema_editor)
        return f"ALTER TABLE {quote(_table(model))} ADD {self.constraint_sql(model, schema_editor)}"

    @override
    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        model, quote = _given(model, schema_editor)
        return f"ALTER TABLE {quote(_table(model))} DROP CONSTRAINT {quote(self.name)}"

    @override
    def validate(self, model: type[models.Model], instance: models.Model, exclude: Any = None, using: str = "default") -> None:
        """Nothing to say before the database says it: forms only offer records of their own workspace."""

    @override
    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field, "set_null": self.set_null}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameWorkspace) and (self.name, self.field, self.set_null) == (other.name, other.field, other.set_null)

    def __hash__(self) -> int:
        return hash((self.name, self.field, self.set_null))


def _given(
    model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
) -> tuple[type[models.Model], Callable[[str], str]]:
    """Django's signatures allow None; its migrations always hand both over."""
    if model is None or schema_editor is None:
        raise TypeError("a constraint is made for a model, by a schema editor")
    return model, schema_editor.quote_name


def _table(model: Any) -> str:
    return str(model._meta.db_table)


def addressable(name: str) -> models.UniqueConstraint:
    """What lets `SameWorkspace` point at a table."""
    return models.UniqueConstraint(fields=["workspace", "id"], name=name)
