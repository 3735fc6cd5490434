"""parse_guarded: `parse_feed` in a process that can be killed.

The parsers are patient with hostile bytes, and what the scan before them lets through may still
keep them busy for minutes. Here it costs one worker and five seconds, and the feed is told so.
"""

from functools import partial
from typing import Final

from schemas.elements import Feed
from transforms.outcomes import Rejected
from transforms.parse_feed import ParsedFeed, parse_feed
from transforms.workers import TaskError, TaskTimeout, shared

SECONDS: Final = 5.0  # of CPU; 8 MB take 0.5
MEMORY: Final = 256 << 20  # bytes; 10 MB of feed take up to 100


def parse_guarded(
    body: bytes,
    feed: Feed,
    url: str,
    content_type: str | None,
    id_policy: str = "guid",
) -> ParsedFeed:
    """`parse_feed`, within limits of CPU time and memory.

    Raises Rejected as `parse_feed`; also parse_timeout, and parse_error if its process ends.
    """
    pool = shared(1, seconds=SECONDS, memory=MEMORY)
    task = partial(parse_feed, feed=feed, url=url, content_type=content_type, id_policy=id_policy)
    try:
        parsed: ParsedFeed = pool.submit(task, body).result()
    except TaskTimeout as error:
        raise Rejected("parse_timeout", str(error)) from None
    except TaskError as error:
        raise Rejected("parse_error", str(error)) from None
    return parsed
