"""Pickling of what travels between stages and processes, at what its fields cost.

A frozen dataclass with slots pickles itself in Python: on both ways it asks `dataclasses.fields` of
each object and takes one field after the other (CPython, `dataclasses._dataclass_getstate`). An
article with its entities and dates, which is pickled at each process and each group that it passes,
takes twice as long by that.
"""

from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def packed(cls: Class) -> Class:
    """Make a frozen dataclass pickle, and copy, as its class and its values in order.

    The values go through the class's own `__init__`. TypeError for a class with a field that
    `__init__` does not take in its place.
    """
    names = [field.name for field in fields(cls)]
    if not all(field.init and not field.kw_only for field in fields(cls)):
        raise TypeError(f"{cls.__name__}: all fields must be arguments of __init__, in order")
    read = attrgetter(*names)

    def __reduce__(self: Any) -> tuple[type, tuple[Any, ...]]:
        values = read(self)
        return cls, values if len(names) > 1 else (values,)

    made: Any = cls
    made.__reduce__ = __reduce__
    return cls
