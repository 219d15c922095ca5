"""Statements whose SQL Django writes once in a process, for the few that run most.

The SQL of a queryset is written anew each time, which takes several times as long as to have the database answer it
(docs/decisions/0021-statements-written-once.md). A statement here is a function of parameters that returns a queryset;
it is called once, with placeholders.

    >>> @Select
    ... def model_named(name):
    ...     return RegisteredModel.objects.filter(name=name).only("name")
    >>> model_named.first(name="churn")
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import DeleteQuery, InsertQuery, Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row", bound=Model)
Changes = dict[str, "Parameter"]


class Parameter(Expression):
    """Stands in a queryset for a value that is given when the statement runs."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.stored_as: Field[Any, Any] | None = None

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", (self,)

    def value(self, values: dict[str, Any]) -> Any:
        """As the database takes it."""
        value = values[self.name]
        return self.stored_as.get_db_prep_save(value, connection) if self.stored_as else value


@dataclass(frozen=True)
class Written:
    """`compiler` knows how answers are read; `arguments` are in the order of the placeholders."""

    compiler: SQLCompiler
    sql: str
    arguments: Sequence[Any]


class Statement(ABC):
    """Runs on the default database. Its parameters have the names of the function's."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.parameters = {name: Parameter(name) for name in inspect.signature(function).parameters}

    @abstractmethod
    def query(self) -> Query:
        """What the function returns for the parameters themselves."""

    @cached_property
    def written(self) -> Written:
        compiler = self.query().get_compiler(connection=connection)
        return Written(compiler, *compiler.as_sql())

    def execute(self, cursor: CursorWrapper, values: dict[str, Any]) -> None:
        arguments = [each.value(values) if isinstance(each, Parameter) else each for each in self.written.arguments]
        cursor.execute(self.written.sql, arguments)


class Select(Statement, Generic[Row]):
    """The function returns a queryset of one model's rows, without related ones, which may lock them."""

    def __init__(self, function: Callable[..., QuerySet[Row]]) -> None:
        super().__init__(function)

    def query(self) -> Query:
        query: Query = self.function(**self.parameters)[:1].query
        return query

    @cached_property
    def columns(self) -> list[Any]:
        return [column for column, *_ in self.written.compiler.select]

    @cached_property
    def converters(self) -> dict[Any, Any]:
        """From what the database answers to what Python has, for columns where these differ."""
        return self.written.compiler.get_converters(self.columns)

    def first(self, **values: Any) -> Row | None:
        """The first row, with the fields that were asked for; None when there is none.

        Raises TransactionManagementError when a lock would not outlive the statement.
        """
        if self.written.compiler.query.select_for_update and not connection.in_atomic_block:
            raise TransactionManagementError(f"{self.function.__name__} locks rows: call it within a transaction.")
        with connection.cursor() as cursor:
            self.execute(cursor, values)
            found = cursor.fetchone()
        if found is None:
            return None
        (row,) = self.written.compiler.apply_converters([found], self.converters)
        fields = [column.target for column in self.columns]
        model: type[Row] = fields[0].model
        return model.from_db(connection.alias, [field.attname for field in fields], row)


class Change(Statement):
    """Its function's queryset says which rows."""

    def run(self, **values: Any) -> None:
        with connection.cursor() as cursor:
            self.execute(cursor, values)


class Update(Change):
    """The function returns a queryset and, by field, what its rows are given."""

    def __init__(self, function: Callable[..., tuple[QuerySet[Any], Changes]]) -> None:
        super().__init__(function)

    def query(self) -> Query:
        queryset, changes = self.function(**self.parameters)
        for name, parameter in changes.items():
            parameter.stored_as = queryset.model._meta.get_field(name)
        query: UpdateQuery = queryset.query.chain(UpdateQuery)
        query.add_update_values(changes)
        return query


class Delete(Change):
    """The function returns a queryset. Rows that depend on the deleted are not looked for."""

    def __init__(self, function: Callable[..., QuerySet[Any]]) -> None:
        super().__init__(function)

    def query(self) -> Query:
        query: Query = self.function(**self.parameters).query.chain(DeleteQuery)
        return query


class Insert(Generic[Row]):
    """Of rows whose keys the database gives, with the signals of `Model.save`."""

    def __init__(self, model: type[Row]) -> None:
        self.model = model

    @cached_property
    def fields(self) -> list[Field[Any, Any]]:
        return [field for field in self.model._meta.local_concrete_fields if not field.primary_key]

    @cached_property
    def sql(self) -> str:
        query = InsertQuery(self.model)
        query.insert_values(self.fields, [self.model()])
        compiler = query.get_compiler(connection=connection)
        compiler.returning_fields = [self.model._meta.pk]
        ((sql, _),) = compiler.as_sql()
        return str(sql)

    def run(self, row: Row) -> Row:
        """The same row, now with its key."""
        told = {"sender": self.model, "instance": row, "raw": False, "using": connection.alias, "update_fields": None}
        pre_save.send(**told)
        values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in self.fields]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            row.pk = self._key(cursor)
        row._state.adding, row._state.db = False, connection.alias
        post_save.send(**told, created=True)
        return row

    def _key(self, cursor: CursorWrapper) -> Any:
        if connection.features.can_return_columns_from_insert:
            return cursor.fetchone()[0]
        # SQLite before 3.35
        return connection.ops.last_insert_id(cursor, self.model._meta.db_table, str(self.model._meta.pk.column))
