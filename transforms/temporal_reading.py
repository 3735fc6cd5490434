"""How a temporal expression is read: what a kind of rule is given, and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

Parts = dict[str, Any]  # a rule's constants and the values of the words it captured
Direction = Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True)
class Reading:
    """A TIMEX3 type and value, and what the value was resolved against."""

    type: str
    value: str = ""
    anchor: str = "none"
    begin: datetime | None = None  # of a length that has a place in time
    end: datetime | None = None
    clock: str = ""  # a time whose day is yet to be found: 17:00, MO
    offset: timedelta = timedelta()  # of the zone of a time, from UTC


@dataclass(frozen=True, slots=True)
class Scene:
    """What an expression is read against."""

    today: date | None  # None if no publication day is known
    anchor: str  # what today is: publication, lead or none
    previous: str  # value of the calendar date that was spoken of last, or empty
    day: str  # value of the day that was spoken of last, or empty
    report: str  # value of the quarter that was spoken of last, or empty
    look: Callable[[], Direction]  # 1 if the clause looks ahead, -1 back, 0 if nothing tells
    is_rate: Callable[[], bool]  # whether a quantity stands before it in the clause


UNKNOWN: Final = Reading("DATE")  # a relative date without anything to count from

Kind = Callable[[Parts, Scene], Reading | None]


def relative(value: str, scene: Scene) -> Reading:
    """A date that counts from the scene's day."""
    return Reading("DATE", value, scene.anchor)


def explicit(value: str) -> Reading:
    """A date that names its own year."""
    return Reading("DATE", value, "explicit")
