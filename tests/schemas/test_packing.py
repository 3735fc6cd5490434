"""Elements travel by pickle: what comes out is what went in."""

import copy
import pickle
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from schemas import elements
from schemas.packing import packed

CLASSES = [cls for cls in vars(elements).values() if isinstance(cls, type) and is_dataclass(cls)]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_element_is_the_same_after_its_way_through_a_process(cls: Any) -> None:
    """Each field has a value of its own, so that none can be taken for another."""
    element = cls(
        *[
            (one.name, datetime(2026, 11, 20, n % 24, tzinfo=UTC))
            for n, one in enumerate(fields(cls))
        ]
    )
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(element, protocol)) == element
    assert copy.deepcopy(element) == element
    assert type(copy.copy(element)) is cls


def test_a_class_that_is_not_made_of_its_fields_in_order_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Counted:
        name: str
        count: int = field(init=False, default=0)

    with pytest.raises(TypeError, match="Counted"):
        packed(Counted)
