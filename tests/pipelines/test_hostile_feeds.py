"""Every hostile feed and sitemap through the command, over HTTP, in one run."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from tests.transforms.test_parse_feed_corpora import (
    ITEMS,
    OTHERWISE,
    REASONS,
    hostile_documents,
)


class _Documents:
    def __init__(self) -> None:
        self.bodies: dict[str, tuple[str, bytes]] = {}  # path -> content type, body
        self.address = ""


@pytest.fixture
def documents() -> Iterator[_Documents]:
    served = _Documents()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            kind, body = served.bodies[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.address = f"http://127.0.0.1:{server.server_address[1]}"
    yield served
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_every_hostile_feed_ends_as_its_expectation_says(
    documents: _Documents, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A sitemap may list pages of its own site only: those of the cases are of news.example.
    rows = [
        (row, body)
        for row, body in hostile_documents(tmp_path, "feed", "sitemap")
        if row["kind"] == "feed" or row["id"] in ("sitemap_index_self_loop",)
    ]
    for row, body in rows:
        path = f"/{row['id']}"
        own = f">{documents.address}{path}<".encode()
        body = body.replace(b">https://news.example/f<", own)
        documents.bodies[path] = (row["content_type"], body)
    listed = tmp_path / "feeds.txt"
    listed.write_text("\n".join(documents.address + path for path in documents.bodies))
    code = main(
        ["feeds", "check", str(listed), "--json", "--allow-address=127.0.0.1", "--host-delay=0"]
    )
    checked = json.loads(capsys.readouterr().out)
    assert code == 1, "some are unusable"
    assert len(checked) == len(rows) == 71
    for (row, _), found in zip(rows, checked, strict=True):
        name, expect = row["id"], row["expect"]
        outcome = OTHERWISE.get(name, (expect["outcome"],))[0]
        if outcome == "dead":
            assert found["reason"] == REASONS.get(name, expect["code"]), name
        else:
            assert (found["reason"], found["entries"]) == (
                None,
                ITEMS.get(name, expect["items"]),
            ), name
            assert found["problems"] or outcome != "partial", name
