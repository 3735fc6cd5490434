"""Parsing in a process that can be killed."""

import pytest

from schemas.elements import Feed
from transforms import parse_guarded as guarded
from transforms.outcomes import Rejected
from transforms.parse_feed import parse_feed
from transforms.parse_guarded import parse_guarded

URL = "https://www.halm.example/rss"
RSS = (
    b"<rss version='2.0'><channel><title>Halm</title><item><title>One</title>"
    b"<link>https://www.halm.example/1</link></item></channel></rss>"
)


def test_the_result_is_that_of_the_function_itself() -> None:
    arguments = (RSS, Feed(URL), URL, "application/rss+xml", "link")
    assert parse_guarded(*arguments) == parse_feed(*arguments)


def test_what_it_rejects_is_rejected_by_name() -> None:
    with pytest.raises(Rejected) as rejected:
        parse_guarded(b"{", Feed(URL), URL, None)
    assert rejected.value.reason == "malformed_json"
    assert rejected.value.detail


def test_a_document_that_takes_too_long_costs_its_worker_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = b"".join(
        b"<item><title>%d</title><link>/%d</link></item>" % (n, n) for n in range(2000)
    )
    slow = RSS.replace(b"<item>", items + b"<item>") + b"<"
    monkeypatch.setattr(guarded, "SECONDS", 0.1)
    with pytest.raises(Rejected) as rejected:
        parse_guarded(slow, Feed(URL), URL, None)
    assert rejected.value.reason == "parse_timeout"
    assert len(parse_guarded(RSS, Feed(URL), URL, None).entries) == 1
