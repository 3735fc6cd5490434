"""The day in the address of an article."""

import re
from typing import Final
from urllib.parse import urlsplit

from schemas.elements import DateEvidence
from transforms.dates import evidence

# /2024/10/31/, /2024-10-31-slug, /20241031/, /2024/oct/31/; anything looser is a number.
_URL_DATES: Final = (
    re.compile(r"[/_-]((?:19|20)\d\d)([/-])(\d{1,2})\2(\d{1,2})(?=[/_.-]|$)"),
    re.compile(r"/((?:19|20)\d\d)()(\d\d)(\d\d)(?=[/_-]|$)"),
    re.compile(r"/((?:19|20)\d\d)(/)([a-z]{3})/(\d{1,2})(?=/)"),
)


def url_dates(*urls: str | None) -> tuple[DateEvidence, ...]:
    """The days in the paths of URLs, as publishers' systems put them there."""
    found = []
    for url in urls:
        path = urlsplit(url).path if url and url.startswith("http") else ""
        for pattern in _URL_DATES:
            match = pattern.search(path)
            if match:
                year, _, month, day = match.groups()
                date = f"{day} {month} {year}" if month.isalpha() else f"{year}-{month}-{day}"
                candidate = evidence(date, "url")
                if candidate and candidate.precision == "day":
                    found.append(candidate)
                    break
    return tuple(dict.fromkeys(found))
