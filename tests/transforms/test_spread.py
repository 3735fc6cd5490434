"""Each host in one place, and hosts in turn."""

from itertools import permutations
from string import ascii_lowercase

import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import Entry, Origin
from transforms.spread import SpreadHosts, in_turn, shard_of


def entry(host: str, n: int) -> Entry:
    url = f"http://{host}.example/{n}"
    return Entry(Origin(f"{host}{n}", "feed", url, url, host, feed_url="f", key=f"{n:04}"))


def names(entries: list[Entry]) -> list[str]:
    return [e.origin.discovery for e in entries]


def test_hosts_take_turns_in_any_order_of_arrival() -> None:
    entries = [entry("a", 1), entry("a", 2), entry("a", 3), entry("b", 1), entry("c", 1)]
    for arrival in permutations(entries):
        assert names(list(in_turn(arrival))) == ["a1", "b1", "c1", "a2", "a3"]


@given(
    st.lists(st.tuples(st.sampled_from(ascii_lowercase), st.integers(0, 99)), unique=True),
    st.integers(1, 64),
)
def test_nothing_is_lost_and_a_host_is_in_one_shard(made: list[tuple[str, int]], n: int) -> None:
    entries = [entry(*one) for one in made]
    assert sorted(names(list(in_turn(entries)))) == sorted(names(entries))
    shards: dict[str, set[int]] = {}
    for one in entries:
        shards.setdefault(one.origin.source, set()).add(shard_of(one, n))
    assert all(len(found) == 1 for found in shards.values())
    assert all(0 <= shard < n for found in shards.values() for shard in found)


def test_the_stage_keeps_the_entries_of_a_host_together() -> None:
    entries = [entry(host, n) for n in range(5) for host in "abcdef"]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        spread = pipeline | beam.Create(entries) | SpreadHosts(4)
        assert_that(
            spread | beam.Map(lambda e: e.origin.discovery), equal_to(names(entries)), label="all"
        )
