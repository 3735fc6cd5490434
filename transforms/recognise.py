"""Which entries of a feed were listed before, and what is known of them. Pure.

An entry is recognised by its key, which is mostly its guid; if the feed has given it another
one, by the article that it links to. It keeps the id of its first sight through both changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from schemas.elements import Entry, FeedPoll, Listed, Renamed, Waiting

# An entry that fails for a passing reason is tried again for so long, as long as it is listed.
LONGEST_WAIT: Final = timedelta(days=30)
FIRST_WAIT: Final = 600  # seconds; doubled with each try, up to
MOST_WAIT: Final = 6 * 3600


@dataclass(frozen=True, slots=True)
class Recognised:
    """The entries of a poll with what the feed's state knows of them.

    waiting, aliases: the state's, under the keys that the entries have now. rekeyed: entries
    known under another key. kept: entries known under the same one.
    """

    entries: tuple[Entry, ...]
    waiting: tuple[Waiting, ...]
    aliases: tuple[Renamed, ...]
    rekeyed: int
    kept: int

    @property
    def guids_change(self) -> bool:
        """Whether the feed gives its items new guids at each poll: then only links tell."""
        return self.rekeyed >= 2 and self.rekeyed >= self.kept


def recognise(entries: Sequence[Entry], before: FeedPoll | None, at: datetime) -> Recognised:
    """`entries`, each with what the state `before` knows of it."""
    if before is None:
        return Recognised(tuple(entries), (), (), 0, 0)
    by_key = {listed.key: listed for listed in before.listed}
    taken = {entry.origin.key for entry in entries}
    by_id = {listed.article_id: listed for listed in before.listed if listed.key not in taken}
    first_id = {alias.link_id: alias.article_id for alias in before.aliases}
    waiting = {one.key: one for one in before.waiting}
    known: list[Entry] = []
    still: list[Waiting] = []
    aliases: list[Renamed] = []
    rekeyed = kept = 0
    for entry in entries:
        key, link_id = entry.origin.key or "", entry.origin.id
        listed = by_key.get(key)
        if listed is not None:
            kept += 1
        else:
            listed = by_id.pop(first_id.get(link_id, link_id), None)
            rekeyed += listed is not None
        wait = waiting.get(listed.key) if listed else None
        if listed is None:
            known.append(entry)
            continue
        known.append(_known(entry, listed, wait, at))
        if wait:
            still.append(replace(wait, key=key))
        if link_id != listed.article_id:
            aliases.append(Renamed(link_id, listed.article_id))
    return Recognised(tuple(known), tuple(still), tuple(aliases), rekeyed, kept)


def _known(entry: Entry, listed: Listed, wait: Waiting | None, at: datetime) -> Entry:
    # The id is given once, at first sight: a feed that changes an item's link does not make
    # another article of it.
    origin = replace(entry.origin, id=listed.article_id, listed=True)
    if listed.fingerprint == origin.fingerprint:
        origin = replace(
            origin,
            attempts=listed.attempts,
            previous=listed.outcome,
            rests=wait is not None and wait.due_at > at,
        )
    return replace(entry, origin=origin)


def wants_all(before: FeedPoll, at: datetime) -> bool:
    """Whether an entry is to be tried again at `at`: then only a full listing will do."""
    known = {one.key for one in before.waiting}
    unscheduled = any(one.attempts and one.key not in known for one in before.listed)
    return unscheduled or any(one.due_at <= at for one in before.waiting)


def wait_of(
    key: str,
    attempts: int,
    before: Waiting | None,
    at: datetime,
    *,
    retry_after: float | None,
    asked: bool,
) -> Waiting | None:
    """When an entry that failed `attempts` times is tried next; None when it is given up.

    asked: whether the last of the tries sent a request. retry_after: seconds that its host wants
    to be left alone. Never sooner than that, else after 10 minutes, 20, 40 ... at most 6 hours.
    """
    since = before.since if before else at
    if at - since > LONGEST_WAIT:
        return None
    seconds = min(FIRST_WAIT * 2 ** min(max(attempts, 1) - 1, 16), MOST_WAIT) if asked else 0
    return Waiting(key, since, at + timedelta(seconds=max(seconds, int(retry_after or 0))))


def merged(new: Iterable[Listed], before: Iterable[Listed], most: int) -> tuple[Listed, ...]:
    """What a feed lists after an answer that named its changes only (RFC 3229, 226 IM Used).

    At most `most` entries: nobody says which of the old ones are no longer listed.
    """
    changed = {listed.key: listed for listed in new}
    old = [listed for listed in before if listed.key not in changed]
    kept = old[: max(most - len(changed), 0)]
    return tuple(sorted([*changed.values(), *kept], key=lambda listed: listed.key))
