"""Kinds of rules that name a quarter or a half of a year, and what reports compare it with.

A report speaks of one quarter; "a year earlier" and "the year-ago quarter" are the same quarter of
the year before, and "the latest quarter" is the one it reports.
"""

from transforms import temporal_values as values
from transforms.temporal_dates import cycle
from transforms.temporal_reading import UNKNOWN, Parts, Reading, Scene, explicit, relative


def quarter(part: Parts, scene: Scene) -> Reading | None:
    """n, and year or year_step: 2024-Q3; without a year the nearest."""
    return _nth_of_year(part, scene, "Q", 4)


def half(part: Parts, scene: Scene) -> Reading | None:
    """n, and year or year_step: 2024-H1."""
    return _nth_of_year(part, scene, "H", 2)


def _nth_of_year(part: Parts, scene: Scene, letter: str, count: int) -> Reading | None:
    n = part["n"]
    if not 1 <= n <= count:
        return None
    if "year" in part:
        return explicit(f"{part['year']:04}-{letter}{n}")
    if scene.today is None:
        return UNKNOWN
    year = scene.today.year
    if "year_step" in part:
        year += part["year_step"]
    else:
        now = (scene.today.month - 1) * count // 12 + 1
        if (now - n) % count != 1:  # results of the last quarter are told for a whole quarter
            year += cycle(now, n, count, scene)
        elif n > now:
            year -= 1
        year -= part.get("years_back", 0)
    return relative(f"{year:04}-{letter}{n}", scene)


def year_before(part: Parts, scene: Scene) -> Reading | None:
    """quarterly: the same quarter of the year before, where one is spoken of; else that year."""
    if scene.report:
        return Reading("DATE", _minus_a_year(scene.report), "previous")
    if scene.today is None:
        return UNKNOWN
    if part.get("quarterly"):
        return relative(_minus_a_year(values.shifted(scene.today, -1, "Q")), scene)
    return relative(values.shifted(scene.today, -1, "Y"), scene)


def _minus_a_year(value: str) -> str:
    return f"{int(value[:4]) - 1:04}{value[4:]}"


def year_of_report(part: Parts, scene: Scene) -> Reading | None:
    """year: the quarter that is spoken of, in that year."""
    return explicit(f"{part['year']:04}{scene.report[4:]}")


def last_report(part: Parts, scene: Scene) -> Reading | None:
    """The quarter that is spoken of, or else the last that has ended."""
    if scene.report:
        return Reading("DATE", scene.report, "previous")
    if scene.today is None:
        return UNKNOWN
    return relative(values.shifted(scene.today, -1, "Q"), scene)
