"""`make demo`: newsbeam's main job on sample data, end to end, on this machine only.

Serves seeds/site from loopback, ingests its two feeds and the sample documents, and shows what
came out. The port is fixed because an article's identity is its address.
"""

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.cli import main

SEEDS = Path(__file__).parent
PORT = 8765  # the one in seeds/feeds.opml and seeds/site
QUERY = """SELECT event_date, source, title, duplicate_relation AS relation, wire_source AS wire
FROM read_parquet('{dataset}/articles/event_date=*/*.parquet', union_by_name=true)
ORDER BY event_date, source, title"""


class _Site(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The demo's output is newsbeam's, not the server's."""


def demo(dataset: str) -> int:
    """Run the demo; returns newsbeam's exit code."""
    try:
        server = ThreadingHTTPServer(
            ("127.0.0.1", PORT), partial(_Site, directory=str(SEEDS / "site"))
        )
    except OSError:
        print(f"demo: port {PORT} is in use on this machine; free it and try again")
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = main(
        [
            "ingest",
            "--feeds",
            str(SEEDS / "feeds.opml"),
            "--seeds",
            str(SEEDS / "documents"),
            "--output",
            dataset,
            "--allow-address",
            "127.0.0.1",
            "--host-delay",
            "0",
        ]
    )
    server.shutdown()
    if code == 0:
        show(dataset)
    return code


def show(dataset: str) -> None:
    """The query to run next, and its rows."""
    query = QUERY.format(dataset=dataset)
    console = Console(highlight=False)
    console.print("\nThe next query, in DuckDB:\n", style="bold")
    console.print(query, markup=False, soft_wrap=True)
    found = duckdb.execute(query)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in found.description:
        table.add_column(column[0], overflow="fold")
    for row in found.fetchmany(12):
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print()
    console.print(table)


if __name__ == "__main__":
    sys.exit(demo(sys.argv[1] if len(sys.argv) > 1 else "demo-data"))
