"""`make bench-fetch`: what fetching costs, in time beside what politeness allows and in CPU.

A loopback site of its own process: 2,000 pages on 50 hosts, each answer after 200 ms.

elapsed_vs_ideal        seconds of the Fetch stage on the local runner, as a ratio to the least that
                        one paced conversation per host allows: robots.txt and 40 pages, each
                        200 ms, with the pause between them.
cpu_vs_bare_aiohttp     CPU seconds for each page of the same stage (robots.txt, address checks,
                        pacing, decoding and Beam included), as a ratio to a loop of bare aiohttp
                        that gets the same pages, one per host at a time. What a run costs before
                        its first page is left out: for both, it is what 2,000 pages cost more than
                        50. In turn; the median of the rounds' ratios.
most_open_per_host      the most requests that any host ever had open at a time, counted there.
"""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from statistics import median

import aiohttp
import apache_beam as beam

from benchmarks.slowsite import host
from pipelines.logs import configure_logging
from pipelines.runner import Options, make_runner
from schemas.elements import Entry, Origin, Run
from transforms.fetch import Fetch
from transforms.tally import TALLY
from transforms.web import Web

HOSTS, PAGES = 50, 2000
LATENCY = 0.2  # seconds
DELAY = 0.05  # seconds
ROUNDS = 3
RUN = Run("20261120T120000Z-bench", datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


@contextmanager
def site() -> Iterator[int]:
    """The site's port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.slowsite", str(HOSTS), str(LATENCY)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def stats(port: int) -> dict:
    """What the hosts saw since the last call."""
    with urllib.request.urlopen(f"http://{host(0)}:{port}/stats") as answer:
        return json.load(answer)


def urls(port: int, pages: int) -> list[str]:
    """The pages, host by host."""
    return [f"http://{host(n % HOSTS)}:{port}/news/{n}" for n in range(pages)]


def newsbeam(port: int, pages: int) -> int:
    """The Fetch stage on the local runner. Gives the number of pages."""
    entries = [
        Entry(Origin(f"{n:016x}", "feed", f"{n:032x}", url, "Quay Post"))
        for n, url in enumerate(urls(port, pages))
    ]
    web = Web(allow=("127.0.1.0/24",), delay=DELAY)
    before = TALLY["fetch/pages"]
    options = Options([])
    with beam.Pipeline(runner=make_runner(options), options=options) as pipeline:
        _ = pipeline | beam.Create(entries, reshuffle=False) | Fetch(RUN, web)
    return TALLY["fetch/pages"] - before


def bare(port: int, pages: int) -> int:
    """aiohttp and nothing else. Gives the number of pages."""

    async def one_host(session: aiohttp.ClientSession, mine: list[str]) -> int:
        got = 0
        for url in mine:
            async with session.get(url) as reply:
                await reply.read()
                got += reply.status == 200
            await asyncio.sleep(DELAY)
        return got

    async def all_hosts() -> int:
        wanted = urls(port, pages)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            hosts = [wanted[n::HOSTS] for n in range(HOSTS)]
            return sum(await asyncio.gather(*(one_host(session, mine) for mine in hosts)))

    return asyncio.run(all_hosts())


def measured(work: Callable[[int, int], int], port: int, pages: int) -> tuple[float, float]:
    """(CPU seconds, seconds) of `work` on so many pages."""
    cpu, clock = time.process_time(), time.monotonic()
    got = work(port, pages)
    took = time.process_time() - cpu, time.monotonic() - clock
    assert got == pages, f"{got} of {pages} pages"
    return took


def main() -> None:
    """Measure, and print one JSON object last."""
    configure_logging(False)
    each = PAGES // HOSTS
    ideal = (each + 1) * LATENCY + each * DELAY  # robots.txt first, a rest after each
    ratios, elapsed, most = [], [], 0
    with site() as port:
        for work in (newsbeam, bare):  # warm: imports, caches, the site's own
            work(port, HOSTS)
        for _ in range(ROUNDS):
            first = {work: measured(work, port, HOSTS)[0] for work in (newsbeam, bare)}
            stats(port)
            ours, seconds = measured(newsbeam, port, PAGES)
            there = stats(port)
            most = max(most, there["most_open"])
            assert set(there["requests"].values()) == {each + 1}, "nothing is asked twice"
            theirs, _ = measured(bare, port, PAGES)
            more = PAGES - HOSTS
            our_page, their_page = (ours - first[newsbeam]) / more, (theirs - first[bare]) / more
            print(
                f"CPU {our_page * 1e3:.3f} ms a page, bare aiohttp {their_page * 1e3:.3f} ms; "
                f"elapsed {seconds:.2f} s, ideal {ideal:.2f} s; "
                f"at most {there['most_open']} open per host"
            )
            ratios.append(our_page / their_page)
            elapsed.append(seconds / ideal)
    assert most == 1, f"a host had {most} requests open at a time"
    results = {
        "elapsed_vs_ideal": round(median(elapsed), 3),
        "cpu_vs_bare_aiohttp": round(median(ratios), 3),
        "most_open_per_host": most,
    }
    print(json.dumps({"benchmark": "fetch", "results": results}))


if __name__ == "__main__":
    main()
