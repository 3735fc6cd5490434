"""Fetch, and the loop it runs in, on Beam against sites on several loopback hosts."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import apache_beam as beam
import pytest
from aiohttp import web
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms import window
from apache_beam.utils.windowed_value import WindowedValue

from schemas.elements import Entry, Known, Origin, Page, Run
from transforms.concurrently import Concurrently
from transforms.fetch import ENTRY_TYPE, Fetch, entry_json, fetch, page, unfetched
from transforms.outcomes import Deferred, Failed, Rejected
from transforms.robots import Robots
from transforms.web import Web

NOW = datetime(2024, 11, 2, 9, 30, tzinfo=UTC)
RUN = Run("20261120T120000Z-test", NOW)
WEB = Web(allow=("127.0.0.0/8",), delay=0.0, timeout=5.0, retry_delay=0.0)


def entry(url: str, attempts: int = 0) -> Entry:
    return Entry(
        Origin(
            discovery=url, kind="feed", id=url[-8:], url=url, source="Courier", attempts=attempts
        ),
        title="Ferry late again",
    )


class Site:
    """A news site on every address of 127.0.0.0/8, and what it saw."""

    def __init__(self) -> None:
        self.asked: Counter = Counter()  # host/path
        self.running: Counter = Counter()  # host
        self.peak: Counter = Counter()  # host
        self.hosts_at_once = 0
        self.expected_hosts = 0
        self.base = ""

    def url(self, host: int, path: str) -> str:
        return self.base.replace("0.0.0.0", f"127.0.0.{host}") + path

    async def answer(self, request: web.Request) -> web.StreamResponse:
        host = request.host.split(":")[0]
        self.asked[f"{host}{request.path}"] += 1
        self.running[host] += 1
        self.peak[host] = max(self.peak[host], self.running[host])
        self.hosts_at_once = max(self.hosts_at_once, sum(n > 0 for n in self.running.values()))
        if self.hosts_at_once >= self.expected_hosts:
            self.all_there.set()
        try:
            await self.all_there.wait()
            return self.page(request, host)
        finally:
            self.running[host] -= 1

    def page(self, request: web.Request, host: str) -> web.Response:
        path = request.path
        if path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /private/\n")
        if path.startswith("/to/"):
            _, _, to, rest = path.split("/", 3)
            return web.Response(status=302, headers={"Location": self.url(int(to), f"/{rest}")})
        if path.startswith("/status/"):
            return web.Response(status=int(path.removeprefix("/status/")))
        return web.Response(text=f"<p>{host}{path}</p>", content_type="text/html")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as served:
        yield served


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> web.AppRunner:
        site.all_there = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", site.answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 0).start()
        site.base = f"http://0.0.0.0:{runner.addresses[0][1]}"
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield site
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def fetch_one(url: str, settings: Web = WEB) -> Page:
    async def run() -> Page:
        async with settings.client() as client:
            return page(entry(url), await fetch(entry(url), client, Robots(client)), NOW)

    return asyncio.run(run())


# ------------------------------------------------------------------------- the function


def test_a_page_carries_what_the_transport_said_of_it(site):
    page = fetch_one(site.url(2, "/to/3/a"))
    assert page.url == site.url(3, "/a")
    assert page.entry.origin.url == site.url(2, "/to/3/a")
    assert (page.status, page.body, page.retrieved_at) == (200, b"<p>127.0.0.3/a</p>", NOW)
    assert dict(page.headers)["content-type"].startswith("text/html")


def test_a_page_that_robots_txt_forbids_is_never_asked_for(site):
    with pytest.raises(Rejected) as rejected:
        fetch_one(site.url(2, "/private/a"))
    assert rejected.value.reason == "robots_disallowed"
    assert site.asked == {"127.0.0.2/robots.txt": 1}


def test_a_redirect_does_not_lead_around_the_robots_txt_of_its_target(site):
    for path in ("/to/2/private/a", "/to/3/private/a"):
        with pytest.raises(Rejected) as rejected:
            fetch_one(site.url(2, path))
        assert rejected.value.reason == "robots_disallowed"
    assert not [asked for asked in site.asked if "/private/a" in asked and "/to/" not in asked]


# --------------------------------------------------------------------------- the outcome


def test_an_outcome_counts_the_attempts_that_failed_for_a_passing_reason():
    tried = entry("http://courier.example/a", attempts=2)
    passing = unfetched(tried, Failed("timeout", "30 s"), NOW)
    assert (passing.outcome, passing.stage, passing.reason) == ("failed", "fetch", "timeout")
    assert (passing.detail, passing.at, passing.origin.attempts) == ("30 s", NOW, 3)
    lasting = unfetched(tried, Failed("gone", passing=False), NOW)
    assert (lasting.outcome, lasting.origin.attempts) == ("failed", 0)
    rejected = unfetched(tried, Rejected("robots_disallowed"), NOW)
    assert (rejected.outcome, rejected.origin.attempts) == ("rejected", 0)


def test_a_page_that_its_host_had_us_wait_for_is_deferred_and_costs_none_of_its_tries(site):
    async def run() -> list[Failed]:
        async with WEB.client() as client:
            robots, raised = Robots(client), []
            await robots.check(site.url(2, "/a"))
            client.pacing.pause("127.0.0.2", 3600.0)
            client.pacing.pause("127.0.0.3", 3600.0)
            for url in (site.url(2, "/a"), site.url(3, "/a")):  # 3: not even its robots.txt
                try:
                    await fetch(entry(url), client, robots)
                except Failed as error:
                    raised.append(error)
            return raised

    for error in asyncio.run(run()):
        assert isinstance(error, Deferred)
        first = unfetched(entry(site.url(2, "/a")), error, NOW)
        assert (first.outcome, first.reason) == ("deferred", "rate_limited")
        assert first.origin.attempts == 1, "it is to be tried again"
        assert first.origin.retry_after == pytest.approx(3600, abs=5)
        last = unfetched(entry(site.url(2, "/a"), 4), error, NOW)
        assert last.origin.attempts == 4
    assert site.asked == {"127.0.0.2/robots.txt": 1}


def test_an_outcome_carries_the_whole_entry_for_a_replay():
    known = Known(1, "0" * 64, NOW, "published", NOW, "g", "original", None, "s1")
    full = replace(
        entry("http://courier.example/a"), authors=("Åsa Holm",), content="broken \ud800 text"
    )
    full = replace(full, origin=replace(full.origin, known=known))
    outcome = unfetched(full, Failed("timeout"), NOW)
    assert outcome.payload_type == ENTRY_TYPE
    assert outcome.payload == entry_json(full)
    read = json.loads(outcome.payload)
    assert read["authors"] == ["Åsa Holm"]
    assert read["content"] == "broken \ud800 text"
    assert read["origin"]["url"] == "http://courier.example/a"
    assert read["origin"]["known"]["first_seen_at"] == "2024-11-02T09:30:00+00:00"


# ------------------------------------------------------------------------------ the stage


def test_hosts_proceed_side_by_side_and_each_is_asked_one_thing_at_a_time(site):
    hosts = range(2, 8)
    # No host gets its first answer before all of them are being asked.
    site.expected_hosts = len(hosts)
    urls = [site.url(host, f"/{n}") for n in range(5) for host in hosts]
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        fetched = (
            pipeline | beam.Create([entry(url) for url in urls], reshuffle=False) | Fetch(RUN, WEB)
        )
        pages = fetched["main"] | beam.Map(url_of_page)
        assert_that(pages, equal_to(urls), label="pages")
        assert_that(fetched["outcomes"], equal_to([]), label="outcomes")
    assert site.hosts_at_once == len(hosts)
    assert set(site.peak.values()) == {1}
    assert [site.asked[f"127.0.0.{host}/robots.txt"] for host in hosts] == [1] * len(hosts)


def url_of_page(page: Page) -> str:
    return page.url


def test_every_entry_becomes_a_page_or_an_outcome(site):
    urls = {
        site.url(2, "/a"): None,
        site.url(2, "/private/a"): ("rejected", "robots_disallowed"),
        site.url(3, "/status/404"): ("failed", "http_error"),
        site.url(3, "/status/410"): ("failed", "gone"),
        site.url(4, "/to/4/to/4/a"): None,
        "http://10.0.0.1/a": ("failed", "blocked_address"),
        "ftp://127.0.0.1/a": ("failed", "bad_url"),
    }
    pipeline = beam.Pipeline(runner=FnApiRunner())
    fetched = (
        pipeline
        | beam.Create([entry(url) for url in urls], reshuffle=False)
        | Fetch(RUN, WEB, in_flight=2)
    )
    discovered = fetched["main"] | beam.Map(discovery_of_page)
    ends = fetched["outcomes"] | beam.Map(url_and_reason)
    assert_that(
        discovered, equal_to([url for url, end in urls.items() if end is None]), label="pages"
    )
    assert_that(ends, equal_to([(url, *end) for url, end in urls.items() if end]), label="outcomes")
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query()["counters"]
    counted = {
        f"{counter.key.metric.namespace}/{counter.key.metric.name}": counter.committed
        for counter in counters
        if counter.key.metric.namespace == "fetch"
    }
    assert (counted["fetch/pages"], counted["fetch/failed"], counted["fetch/rejected"]) == (2, 4, 1)


def discovery_of_page(page: Page) -> str:
    return page.entry.origin.discovery


def url_and_reason(outcome: object) -> tuple[str, str, str]:
    return outcome.url, outcome.outcome, outcome.reason


# ------------------------------------------------------------------------------- the loop


class Echo(Concurrently):
    """Gives back each element; a negative one raises, evens are tagged."""

    in_flight = 3

    async def handle(self, element: int, run: Run) -> list:
        await asyncio.sleep(0)
        if element < 0:
            raise RuntimeError("a bug")
        if element % 2 == 0:
            return [beam.pvalue.TaggedOutput("even", element)]
        return [element, element]


class Stamp(beam.DoFn):
    def process(
        self, element, at=beam.DoFn.TimestampParam, span=beam.DoFn.WindowParam
    ) -> Iterator[tuple]:
        yield element, int(at), int(span.start), int(span.end)


def test_outputs_keep_the_timestamp_and_window_of_their_own_element():
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        stamped = pipeline | beam.Create(
            [window.TimestampedValue(n, n * 10) for n in range(40)], reshuffle=False
        )
        echoed = (
            stamped
            | beam.WindowInto(window.SlidingWindows(60, 30))
            | beam.ParDo(Echo(), RUN).with_outputs("even", main="odd")
        )
        expected = [
            (n, n * 10, start, start + 60)
            for n in range(40)
            for start in {n * 10 // 30 * 30, n * 10 // 30 * 30 - 30}
        ]
        odd = echoed["odd"] | "odd" >> beam.ParDo(Stamp())
        even = echoed["even"] | "even" >> beam.ParDo(Stamp())
        assert_that(odd, equal_to([e for e in expected if e[0] % 2] * 2), label="odds")
        assert_that(even, equal_to([e for e in expected if e[0] % 2 == 0]), label="evens")


def test_a_bug_in_handling_crashes_the_bundle():
    pipeline = beam.Pipeline(runner=FnApiRunner())
    _ = pipeline | beam.Create([1, -1, 3], reshuffle=False) | beam.ParDo(Echo(), RUN)
    with pytest.raises(RuntimeError, match="a bug"):
        pipeline.run()


class Gated(Concurrently):
    """Handles an element when the gate of its number is opened; notes how many are in work."""

    in_flight = 4

    async def open(self) -> None:
        self.gate = asyncio.Semaphore(0)
        self.begun = 0
        self.closed = False

    async def handle(self, element: int, run: Run) -> list[int]:
        self.begun += 1
        await self.gate.acquire()
        return [element]

    async def close(self) -> None:
        self.closed = True


def drive(dofn: Concurrently, elements: list[int]) -> list[int]:
    outputs: list[WindowedValue] = []
    dofn.start_bundle()
    for element in elements:
        outputs.extend(dofn.process(element, RUN, 0, window.GlobalWindow()))
    outputs.extend(dofn.finish_bundle())
    return [output.value for output in outputs]


def test_no_more_than_the_cap_is_in_work_and_the_rest_waits_for_room():
    dofn = Gated()
    dofn.setup()
    dofn.start_bundle()
    for element in range(3):
        assert list(dofn.process(element, RUN, 0, window.GlobalWindow())) == []
    dofn._loop.call_soon_threadsafe(dofn.gate.release)
    # The fourth fills the house: it returns once one of them is done.
    assert len(list(dofn.process(3, RUN, 0, window.GlobalWindow()))) == 1
    for _ in range(3):
        dofn._loop.call_soon_threadsafe(dofn.gate.release)
    assert len(list(dofn.finish_bundle())) == 3
    assert dofn.begun == 4
    dofn.teardown()
    assert dofn.closed
    assert not dofn._thread.is_alive()


def test_what_a_crashed_bundle_left_behind_does_not_reach_the_next_one():
    dofn = Gated()
    dofn.setup()
    dofn.start_bundle()
    for element in (1, 2):
        assert list(dofn.process(element, RUN, 0, window.GlobalWindow())) == []
    for _ in range(8):
        dofn._loop.call_soon_threadsafe(dofn.gate.release)
    assert sorted(drive(dofn, [7, 8, 9])) == [7, 8, 9]
    dofn.teardown()
