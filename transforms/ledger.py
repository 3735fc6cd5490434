"""The books: every discovered document has exactly one outcome, or the run fails.

Balance joins the debit side (what sources discovered) with the credit side (how each way
ended). KeepFeedState closes each feed's poll with what became of its entries, for the next run.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from schemas.elements import Article, FeedPoll, Listed, Origin, Outcome, Reject, Waiting
from transforms.feed_state import GONE_POLLS
from transforms.outcomes import OUTCOMES, end
from transforms.polls import DELTA
from transforms.recognise import merged, wait_of
from transforms.tally import count

# Entries that a feed's state remembers, where the feed names its changes only.
MAX_LISTED = 5_000
VERSIONED = ("newsbeam", "trafilatura", "feedparser", "aiohttp")


class Unbalanced(RuntimeError):
    """A document has no outcome, or more than one: a bug, never the world's doing."""


def balance(discovered: Iterable[Origin], outcomes: Iterable[Outcome]) -> Outcome:
    """The one outcome of one discovery. Raises Unbalanced."""
    origins, ends = list(discovered), list(outcomes)
    if len(origins) == 1 and len(ends) == 1:
        return ends[0]
    url = origins[0].url if origins else ends[0].url
    reached = ", ".join(f"{item.outcome} at {item.stage}" for item in ends) or "none"
    raise Unbalanced(
        f"the books do not balance: {url} was discovered {len(origins)} time(s) "
        f"and has {len(ends)} outcome(s): {reached}. Nothing was written. This is a bug."
    )


def stored(article: Article) -> Outcome:
    """The outcome of an article that is written."""
    relation = article.duplicate_relation
    detail = None if relation == "original" else f"{relation} of {article.duplicate_of}"
    return end(article.origin, "stored", "write", article.retrieved_at, detail=detail)


def versions() -> str:
    """newsbeam and the libraries that judge a document, for a reject."""
    return " ".join(f"{name}/{version(name)}" for name in VERSIONED)


def to_rejects(outcome: Outcome) -> Iterator[Reject]:
    """What could not become an article, with what another try needs."""
    if outcome.outcome in ("rejected", "failed"):
        yield Reject(
            url=outcome.url,
            source=outcome.source,
            stage=outcome.stage,
            reason=outcome.reason or "",
            # A failure that passes has been counted by Fetch; any other is one try.
            attempts=max(outcome.origin.attempts, 1),
            versions=versions(),
            at=outcome.at,
            feed_url=outcome.feed_url,
            detail=outcome.detail,
            payload=outcome.payload,
            payload_type=outcome.payload_type,
            archive_ref=outcome.archive_ref,
        )


def feed_to_rejects(poll: FeedPoll) -> Iterator[Reject]:
    """A feed that answered with something else than a feed, or that is gone for good."""
    if poll.payload is not None or (poll.reason == "gone" and poll.error_streak == GONE_POLLS):
        yield Reject(
            url=poll.feed_url,
            source="feed",
            stage="feeds",
            reason=poll.reason or "",
            attempts=poll.error_streak,
            versions=versions(),
            at=poll.at,
            feed_url=poll.feed_url,
            detail=poll.detail,
            payload=poll.payload,
            payload_type=poll.payload_type,
        )


def tries(outcome: Outcome) -> int:
    """Tries in a row that failed for a passing reason; 0 once the way ended otherwise."""
    if outcome.outcome in ("failed", "deferred", "duplicate"):
        return outcome.origin.attempts
    return outcome.origin.attempts if outcome.reason == "entry_unchanged" else 0


def listed(outcome: Outcome) -> Listed:
    """What the next poll must know of an entry."""
    origin = outcome.origin
    ended = f"{outcome.outcome}:{outcome.reason}" if outcome.reason else outcome.outcome
    return Listed(
        key=origin.key or "",
        article_id=origin.id,
        fingerprint=origin.fingerprint or "",
        # "unchanged" says nothing of what it was before; keep that.
        outcome=origin.previous
        if ended == "unchanged:entry_unchanged" and origin.previous
        else ended,
        attempts=tries(outcome),
    )


def keep_feed_state(poll: FeedPoll, outcomes: Iterable[Outcome]) -> FeedPoll:
    """`poll` with the listing that the next poll compares against, and what is tried again."""
    if poll.outcome != "ok":
        return poll  # nothing was listed: the state is the one before
    before = {one.key: one for one in poll.waiting}
    rows, waiting = [], []
    for outcome in outcomes:
        row = listed(outcome)
        wait = before.pop(row.key, None)
        if row.attempts and not (outcome.origin.rests and wait):
            wait = wait_of(
                row.key,
                row.attempts,
                wait,
                poll.at,
                retry_after=outcome.origin.retry_after,
                asked=outcome.outcome != "deferred",
            )
        if row.attempts and wait:
            waiting.append(wait)
        rows.append(replace(row, attempts=row.attempts if wait else 0))
    if poll.http_status == DELTA:
        waiting += before.values()
    return replace(
        poll,
        listed=merged(rows, poll.listed, MAX_LISTED),
        waiting=tuple(sorted(waiting, key=_key)),
    )


def _key(entry: Waiting) -> str:
    return entry.key


# ------------------------------------------------------------------------------ the stages


def discovery_of_origin(origin: Origin) -> tuple[str, Origin]:
    """(discovery, origin)."""
    return origin.discovery, origin


def discovery_of_outcome(outcome: Outcome) -> tuple[str, Outcome]:
    """(discovery, outcome)."""
    return outcome.origin.discovery, outcome


def balance_group(group: tuple[str, Mapping[str, Iterable[Any]]]) -> Outcome:
    """`balance` on one group of the join."""
    outcome = balance(group[1]["discovered"], group[1]["outcomes"])
    count("ledger", outcome.outcome)
    return outcome


@dataclass
class Balance(beam.PTransform):
    """{"discovered": Origin, "outcomes": Outcome} -> Outcome, exactly one for each discovery."""

    def expand(self, pcoll: dict[str, PCollection]) -> PCollection[Outcome]:
        return (
            {
                "discovered": pcoll["discovered"]
                | "DiscoveryOfOrigin" >> beam.Map(discovery_of_origin),
                "outcomes": pcoll["outcomes"]
                | "DiscoveryOfOutcome" >> beam.Map(discovery_of_outcome),
            }
            | "Join" >> beam.CoGroupByKey()
            | "Balance" >> beam.Map(balance_group).with_output_types(Outcome)
        )


def feed_of_poll(poll: FeedPoll) -> tuple[str, FeedPoll]:
    """(feed url, poll)."""
    return poll.feed_url, poll


def feed_of_outcome(outcome: Outcome) -> tuple[str, Outcome]:
    """(feed url, outcome)."""
    return outcome.feed_url or "", outcome


def id_of_outcome(outcome: Outcome) -> Iterator[tuple[str, Outcome]]:
    """(article id, outcome without its payload), for outcomes of feeds."""
    if outcome.feed_url and outcome.origin.key is not None:
        yield outcome.origin.id, replace(outcome, payload=None)


def share_fate(group: tuple[str, Iterable[Outcome]]) -> Iterator[Outcome]:
    """The outcomes of one article: what one feed tries again, those that left it to it do too.

    Else the article would be lost if that feed drops it before a try succeeds.
    """
    outcomes = list(group[1])
    worst = max(outcomes, key=tries)
    for outcome in outcomes:
        if outcome.outcome == "duplicate" and tries(worst):
            origin = worst.origin
            shared = replace(outcome.origin, attempts=tries(worst), retry_after=origin.retry_after)
            yield replace(outcome, origin=shared)
        else:
            yield outcome


def close_poll(group: tuple[str, Mapping[str, Iterable[Any]]]) -> Iterator[FeedPoll]:
    """`keep_feed_state` on one group of the join."""
    for poll in group[1]["polls"]:
        yield keep_feed_state(poll, group[1]["outcomes"])


@dataclass
class KeepFeedState(beam.PTransform):
    """{"polls": FeedPoll, "outcomes": Outcome} -> FeedPoll with its listing."""

    def expand(self, pcoll: dict[str, PCollection]) -> PCollection[FeedPoll]:
        return (
            {
                "polls": pcoll["polls"] | "FeedOfPoll" >> beam.Map(feed_of_poll),
                "outcomes": pcoll["outcomes"]
                | "IdOfOutcome" >> beam.FlatMap(id_of_outcome)
                | "GroupById" >> beam.GroupByKey()
                | "ShareFate" >> beam.FlatMap(share_fate)
                | "FeedOfOutcome" >> beam.Map(feed_of_outcome),
            }
            | "JoinFeeds" >> beam.CoGroupByKey()
            | "Close" >> beam.FlatMap(close_poll).with_output_types(FeedPoll)
        )


Tally = dict[str, Any]


class _Summarise(beam.CombineFn):
    """Counts by outcome, reason and source; small, so that one reader can hold it."""

    def create_accumulator(self) -> Tally:
        return {"outcomes": dict.fromkeys(OUTCOMES, 0), "reasons": {}, "sources": {}, "feeds": {}}

    def add_input(self, tally: Tally, element: Outcome | FeedPoll) -> Tally:
        if isinstance(element, FeedPoll):
            _add(tally["feeds"], element.outcome, 1)
            if element.reason:
                problems = tally.setdefault("feed_problems", {})
                problems[element.feed_url] = _because(element.reason, element.detail)
            return tally
        _add(tally["outcomes"], element.outcome, 1)
        _add(tally["sources"].setdefault(element.source, {}), element.outcome, 1)
        if element.reason:
            # The status is what an operator looks for; other details are each different.
            status = f" {element.detail}" if element.reason == "http_error" else ""
            _add(tally["reasons"], f"{element.outcome}:{element.reason}{status}", 1)
        return tally

    def merge_accumulators(self, tallies: Iterable[Tally]) -> Tally:
        merged = self.create_accumulator()
        for tally in tallies:
            for name in ("outcomes", "reasons", "feeds"):
                for key, n in tally[name].items():
                    _add(merged[name], key, n)
            for source, counts in tally["sources"].items():
                for key, n in counts.items():
                    _add(merged["sources"].setdefault(source, {}), key, n)
            merged.setdefault("feed_problems", {}).update(tally.get("feed_problems", {}))
        return merged

    def extract_output(self, tally: Tally) -> Tally:
        return {"discovered": sum(tally["outcomes"].values()), "feed_problems": {}, **tally}


def _add(counts: dict[str, int], key: str, n: int) -> None:
    counts[key] = counts.get(key, 0) + n


def _because(reason: str, detail: str | None) -> str:
    return f"{reason}: {detail}" if detail else reason


@dataclass
class Summarise(beam.PTransform):
    """Outcome | FeedPoll -> one dict of counts: the run's report. None for a run of nothing."""

    def expand(self, pcoll: PCollection) -> PCollection[dict]:
        return pcoll | "Count" >> beam.CombineGlobally(_Summarise()).without_defaults()


def empty_report() -> Tally:
    """The report of a run in which nothing was discovered and no feed was due."""
    summarise = _Summarise()
    return summarise.extract_output(summarise.create_accumulator())
