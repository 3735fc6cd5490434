"""A site that takes its time, for benchmarks: many hosts on loopback, one answer each 200 ms.

Runs in a process of its own (`python -m benchmarks.slowsite HOSTS LATENCY`), prints its port, and
counts at each host how many requests are open at a time. `/stats` of the first host tells.
"""

import asyncio
import gzip
import json
import sys
from collections import Counter

from tests.pipelines.newssite import page, paragraphs

ROBOTS = b"User-agent: *\nDisallow: /private/\nDisallow: /search\nAllow: /\n"


def host(number: int) -> str:
    """The address of a host."""
    return f"127.0.1.{number + 1}"


class Site:
    """What the hosts answer, and what they saw."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.requests: Counter[str] = Counter()
        body = page("Late again", paragraphs("slow", 60), "2026-11-20T10:00:00Z").encode()
        self.page = answer("text/html; charset=utf-8", gzip.compress(body, 6, mtime=0), True)
        self.robots = answer("text/plain", ROBOTS, False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as many requests as it likes."""
        name = writer.get_extra_info("sockname")[0]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1]
                if path == b"/stats":
                    writer.write(answer("application/json", self.stats(), False))
                    continue
                self.open[name] += 1
                self.most[name] = max(self.most[name], self.open[name])
                self.requests[name] += 1
                await asyncio.sleep(self.latency)
                self.open[name] -= 1
                writer.write(self.robots if path == b"/robots.txt" else self.page)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client is done
        finally:
            writer.close()

    def stats(self) -> bytes:
        """What was seen since the last call, as JSON."""
        said = {"most_open": max(self.most.values(), default=0), "requests": dict(self.requests)}
        self.most.clear()
        self.requests.clear()
        return json.dumps(said).encode()


def answer(kind: str, body: bytes, packed: bool) -> bytes:
    """A whole HTTP response."""
    head = [
        "HTTP/1.1 200 OK",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *(["Content-Encoding: gzip"] if packed else []),
        "Server: slowsite",
        "Cache-Control: max-age=60",
        "",
        "",
    ]
    return "\r\n".join(head).encode() + body


async def main(hosts: int, latency: float) -> None:
    """Serve until killed."""
    site = Site(latency)
    first = await asyncio.start_server(site.serve, host(0), 0)
    port = first.sockets[0].getsockname()[1]
    for number in range(1, hosts):
        await asyncio.start_server(site.serve, host(number), port)
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
