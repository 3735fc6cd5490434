"""What a person sees of what the web said."""

import os
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.explain import describe_row
from pipelines.printable import printable
from pipelines.progress import MOST, print_summary


def report(problems: dict[str, str]) -> dict[str, Any]:
    return {
        "discovered": 1,
        "outcomes": {"stored": 1},
        "sources": {"[red]quay.example[/]": {"stored": 1}},
        "reasons": {},
        "feeds": {"failed": len(problems)},
        "feed_problems": problems,
        "elapsed_seconds": 1.0,
        "run_id": "r",
    }


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_shown(text: str) -> None:
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in printable(text))
    assert len(printable(text).splitlines()) <= 1


def test_what_can_be_read_is_shown_as_it_is() -> None:
    assert printable("Zürich – 東京\u00a0🙂 \\x") == "Zürich – 東京\u00a0🙂 \\x"
    assert printable("a\x1b[2Jb\nc\u202e") == r"a\x1b[2Jb\nc\u202e"


def test_a_row_or_a_feed_cannot_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in describe_row({"title": "a\x1b[2J", "tags": ["\x1b]0;x\x07"]})
    print_summary(report({"http://a.example/": "json_error: {\x1b[2J\n}"}), "news")
    said = capsys.readouterr().out
    assert r"json_error: {\x1b[2J\n}" in said
    assert "[red]quay.example[/]" in said


def test_a_thousand_broken_feeds_do_not_bury_the_summary(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_summary(report({f"http://{n}.example/": "timeout" for n in range(1000)}), "news")
    said = capsys.readouterr().out
    assert len(said.splitlines()) < MOST + 10
    assert f"{1000 - MOST} more" in said


def test_a_reader_that_left_is_the_commands_business(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", closefd=True) as gone, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", gone)
        with pytest.raises(BrokenPipeError):
            print_summary(report({}), "news")
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
