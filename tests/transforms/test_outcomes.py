"""How a way ends: whatever the document is, its outcome can be written down."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import Origin
from transforms.outcomes import end

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def origin(url: str) -> Origin:
    return Origin("d" * 16, "feed", "a" * 32, url, "a.example", feed_url="http://a.example/feed")


@given(st.text() | st.text("[]:/@%.1a ").map("http://{}".format))
def test_an_outcome_is_made_of_any_url_that_a_feed_may_name(url: str) -> None:
    assert end(origin(url), "rejected", "feeds", AT, reason="bad_url").url == url


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example:8080/a", "news.example"),
        ("http://[::1]/a", "::1"),
        ("http://[::1", None),
        ("http://a]b/", None),
        ("seed:ferry.txt", None),
        ("javascript:alert(1)", None),
    ],
)
def test_the_host_is_named_only_of_a_url_that_has_one(url: str, host: str | None) -> None:
    assert end(origin(url), "rejected", "feeds", AT, reason="bad_url").host == host
