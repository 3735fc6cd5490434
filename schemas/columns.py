"""Columns from annotations: how a described dataclass becomes a pyarrow schema, and its rows.

str is string, int is int32, float is float32, bytes is binary, datetime is timestamp[us, UTC],
`X | None` is nullable, a tuple is a list that is never null (empty means none) of elements that
are never null, and a nested dataclass is a struct. Every other type breaks some reader, so
there is no way to ask for one.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

_LEAVES: Final[dict[Any, pa.DataType]] = {
    str: pa.string(),
    int: pa.int32(),
    float: pa.float32(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Column:
    """An annotation taken apart."""

    type: Any  # a leaf type or a dataclass: of the elements, if `many`
    nullable: bool
    many: bool
    description: str


@cache
def described(element: type) -> dict[str, Column]:
    """The described fields of a dataclass, in its own order."""
    hints = get_type_hints(element, include_extras=True)
    return {
        field.name: _column(*get_args(hints[field.name]))
        for field in fields(element)
        if get_origin(hints[field.name]) is Annotated
    }


def required_text(description: str) -> Column:
    """A string column that no element carries."""
    return Column(str, nullable=False, many=False, description=description)


def _column(annotation: Any, description: str) -> Column:
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        return Column(arguments[0], nullable=False, many=True, description=description)
    if get_origin(annotation) in (types.UnionType, Union):
        (inner,) = (a for a in arguments if a is not types.NoneType)
        return Column(inner, nullable=True, many=False, description=description)
    return Column(annotation, nullable=False, many=False, description=description)


def _within(column: Column) -> dict[str, Column]:
    """The columns one level below: a list's element, a struct's fields, a leaf's nothing."""
    if column.many:
        return {"element": Column(column.type, nullable=False, many=False, description="")}
    # The type is a class, and so hashable; mypy takes is_dataclass to allow an instance.
    return described(column.type) if is_dataclass(column.type) else {}  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ the schema

_Path = tuple[str, ...]


def _number(columns: Mapping[str, Column], ids: dict[_Path, int], path: _Path = ()) -> None:
    """Give ids as Iceberg does: one level first, then what is nested in it, in order."""
    for name in columns:
        ids[(*path, name)] = len(ids) + 1
    for name, column in columns.items():
        _number(_within(column), ids, (*path, name))


def _field(name: str, column: Column, ids: Mapping[_Path, int], path: _Path = ()) -> pa.Field:
    path = (*path, name)
    inner = [_field(n, c, ids, path) for n, c in _within(column).items()]
    if column.many:
        kind = pa.list_(inner[0])
    elif inner:
        kind = pa.struct(inner)
    else:
        kind = _LEAVES[column.type]
    metadata = {"PARQUET:field_id": str(ids[path])}
    if column.description:
        metadata["description"] = column.description
    return pa.field(name, kind, column.nullable, metadata)


def schema_of(versions: Iterable[Mapping[str, Column]]) -> pa.Schema:
    """The schema of the columns that each version added, in order, with fixed field ids.

    A later version only adds columns, after all ids that are already given away.
    """
    ids: dict[_Path, int] = {}
    columns: dict[str, Column] = {}
    for added in versions:
        _number(added, ids)
        columns |= added
    return pa.schema([_field(name, column, ids) for name, column in columns.items()])


def leaves(field: pa.Field, prefix: str = "") -> list[str]:
    """The Parquet paths of the leaves of `field`: tags.list.element, dateline.place."""
    path = prefix + field.name
    if pa.types.is_list(field.type):
        return leaves(field.type.value_field, f"{path}.list.")
    if pa.types.is_struct(field.type):
        return [leaf for inner in field.type for leaf in leaves(inner, f"{path}.")]
    return [path]


# ---------------------------------------------------------------- elements to rows, and back


def _same(value: Any) -> Any:
    return value


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value.isoformat()} has no time zone: Parquet would take it for UTC")
    return value.astimezone(UTC)


@cache
def _packs(type_: type) -> Callable[[Any], Any]:
    if is_dataclass(type_):
        return lambda value: pack(type_, value)
    return _utc if type_ is datetime else _same


@cache
def _unpacks(type_: type) -> Callable[[Any], Any]:
    if is_dataclass(type_):
        return lambda row: unpack(type_, row, {})
    return _utc if type_ is datetime else _same


def pack(element: type, value: Any) -> dict[str, Any]:
    """The described fields of `value`, an `element`, as plain Python values."""
    packed: dict[str, Any] = {}
    for name, column in described(element).items():
        one, convert = getattr(value, name), _packs(column.type)
        if column.many:
            packed[name] = [convert(item) for item in one]
        else:
            packed[name] = None if one is None else convert(one)
    return packed


def unpack(element: Any, row: Mapping[str, Any], carried: Mapping[str, Any]) -> Any:
    """The `element` of a row; `carried` gives the fields that are never written.

    A column that the row lacks, because its file is of an earlier version, takes the field's
    default; a list that a reader filled up with null is empty.
    """
    values = dict(carried)
    for name, column in described(element).items():
        if name not in row:
            continue
        one, convert = row[name], _unpacks(column.type)
        if column.many:
            values[name] = tuple(convert(item) for item in one or ())
        else:
            values[name] = None if one is None else convert(one)
    return element(**values)
