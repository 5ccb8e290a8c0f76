"""The border of a workspace, as database code: every table behind it names its workspace, and every query too.

`Model.objects.of(workspace)` is the way to query. `Model.objects.across_workspaces(reason)` is for the few that serve the whole
installation (the scheduler, the doctor). References between such tables are composite foreign keys on (workspace, id), so that the
database itself refuses a row that points into another workspace, and its cascades run on indexes that begin with the workspace. Every
join along a reference compares the workspaces too, and a row is saved, deleted and read again within its own: so each table of a
statement is tied to the workspace, whatever mistake stands elsewhere in it, and a database that is distributed by workspace can run it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, override

from django.db import models
from django.db.models.fields.related_descriptors import ForwardManyToOneDescriptor, ReverseManyToOneDescriptor
from django.utils.functional import cached_property

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

    from metwith.workspaces.models import Workspace


class ScopedQuerySet[M: models.Model](models.QuerySet[M, M]):
    """Rows that are changed or deleted by what stands in a joined table are named by their workspace too.

    Django puts the whole condition of such a query into a nested SELECT, and names the rows outside by their ids alone.
    """

    workspace_id: int | None = None
    """Set by `ScopedManager.of`."""

    @override
    def update(self, **values: Any) -> int:
        return self._apart().update(**values) if self._joins() else super().update(**values)

    @override
    def delete(self) -> tuple[int, dict[str, int]]:
        return self._apart().delete() if self._joins() else super().delete()

    def _joins(self) -> bool:
        return self.workspace_id is not None and not self.query.is_sliced and self.query.count_active_tables() > 1

    def _apart(self) -> models.QuerySet[M]:
        return ScopedQuerySet(self.model, using=self.db).filter(workspace_id=self.workspace_id, pk__in=self.order_by().values("pk"))

    def _clone(self) -> Self:
        found: Self = super()._clone()  # type: ignore[misc]  # Django's own way of carrying something along; not in its stubs
        found.workspace_id = self.workspace_id
        return found


class ScopedManager[M: models.Model](models.Manager[M]):
    """The only manager of a workspace's table."""

    @override
    def get_queryset(self) -> ScopedQuerySet[M]:
        return ScopedQuerySet(self.model, using=self._db)

    def of(self, workspace: Workspace | int) -> models.QuerySet[M]:
        """The rows of one workspace. Takes the workspace or its id."""
        found = self.get_queryset()
        found.workspace_id = workspace if isinstance(workspace, int) else workspace.pk
        return found.filter(workspace_id=found.workspace_id)

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

    def _do_update(self, base_qs: models.QuerySet[Self], *options: Any) -> Any:
        """The UPDATE of `save` (Django has no public hook for its condition): within the row's workspace, not by its id alone."""
        return super()._do_update(base_qs.filter(workspace_id=self.workspace_id), *options)

    @override
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """The row by its workspace and id; what belongs to it goes by the database's cascade."""
        if self.pk is None:
            raise ValueError("a row that was not saved cannot be deleted")
        gone = type(self).objects.of(self.workspace_id).filter(pk=self.pk).delete()
        self.pk = None
        return gone

    @override
    def refresh_from_db(self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None) -> None:
        """Also what fetches a deferred column: within the row's workspace."""
        known = "workspace_id" in self.__dict__
        super().refresh_from_db(
            using, fields, type(self).objects.of(self.workspace_id) if from_queryset is None and known else from_queryset
        )


class Forward(ForwardManyToOneDescriptor):  # type: ignore[type-arg]  # generic in the stubs only
    """`person.company`, as `prefetch_related` asks for it."""

    @override
    def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
        asked = querysets[0] if querysets else self.get_queryset(instance=instances[0])
        return super().get_prefetch_querysets(instances, [_within_theirs(asked, instances)])


class Reverse(ReverseManyToOneDescriptor):  # type: ignore[type-arg]  # as above
    """`person.addresses`, asked for one person and as `prefetch_related` asks for it."""

    @cached_property
    def related_manager_cls(self) -> Any:
        """Django's manager of such rows, narrowed."""
        manager: Any = super().related_manager_cls

        class Within(manager):  # type: ignore[misc]  # a class that Django makes
            def __init__(self, instance: Any) -> None:
                super().__init__(instance)
                self.core_filters["workspace_id"] = instance.workspace_id

            def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
                asked = querysets[0] if querysets else self.model.objects.get_queryset()
                return super().get_prefetch_querysets(instances, [_within_theirs(asked, instances)])

        return Within


def _within_theirs(asked: models.QuerySet[Any], instances: Iterable[Any]) -> models.QuerySet[Any]:
    return asked.filter(workspace_id__in={instance.workspace_id for instance in instances})


class Reference[S, G](models.ForeignKey[S, G]):
    """A foreign key inside a workspace. The database's part is done by `SameWorkspace` in the model's constraints."""

    forward_related_accessor_class = Forward
    related_accessor_class = Reverse

    def __init__(self, to: Any, **options: Any) -> None:
        options.setdefault("on_delete", models.DO_NOTHING)  # the database cascades: see SameWorkspace
        options.setdefault("db_constraint", False)
        options.setdefault("db_index", False)
        options.setdefault("related_name", "+")
        super().__init__(to, **options)

    @cached_property
    def _workspaces(self) -> tuple[Any, Any]:
        """The column `workspace` on this side and on the other."""
        return self.model._meta.get_field("workspace"), self.remote_field.model._meta.get_field("workspace")

    def get_joining_fields(self, reverse_join: bool = False) -> tuple[tuple[Any, Any], ...]:  # noqa: FBT001, FBT002  Django's signature
        """What every join along this reference compares, in either direction: the ids, and the workspaces."""
        near, far = self._workspaces
        return (*super().get_joining_fields(reverse_join), (far, near) if reverse_join else (near, far))

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
        model, quote = _both(model, schema_editor)
        field: Any = model._meta.get_field(self.field)
        target = _table(field.related_model)
        column = quote(field.column)
        action = f"SET NULL ({column})" if self.set_null else "CASCADE"
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({quote('workspace_id')}, {column}) "
            f"REFERENCES {quote(target)} ({quote('workspace_id')}, {quote('id')}) ON DELETE {action}"
        )

    @override
    def create_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        model, quote = _both(model, schema_editor)
        return f"ALTER TABLE {quote(_table(model))} ADD {self.constraint_sql(model, schema_editor)}"

    @override
    def remove_sql(self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None) -> str:
        model, quote = _both(model, schema_editor)
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


def _both(
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
