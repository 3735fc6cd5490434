"""The kinds of rules by the name that a grammar calls them."""

from typing import Final

from transforms import temporal_dates as dates
from transforms import temporal_lengths as lengths
from transforms import temporal_quarters as quarters
from transforms.temporal_holidays import holiday
from transforms.temporal_reading import Kind

KINDS: Final[dict[str, Kind]] = {
    "calendar": dates.calendar,
    "spelled_year": dates.spelled_year,
    "decade": dates.decade,
    "century": dates.century,
    "quarter": quarters.quarter,
    "half": quarters.half,
    "season": dates.season,
    "year_before": quarters.year_before,
    "year_of_report": quarters.year_of_report,
    "last_report": quarters.last_report,
    "week_of": dates.week_of,
    "weekday": dates.weekday,
    "shift": dates.shift,
    "weekend": dates.weekend,
    "ago": dates.ago,
    "holiday": holiday,
    "time": lengths.time,
    "time_of_day": lengths.time_of_day,
    "duration": lengths.duration,
    "span": lengths.span,
    "rate": lengths.rate,
    "often": lengths.often,
    "reference": lengths.reference,
}
