"""JSON Feed, versions 1 and 1.1, as publishers write it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import Feed
from transforms.outcomes import Rejected
from transforms.parse_feed import parse_feed

URL = "https://www.halm.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def parse(items, **feed):
    body = json.dumps({"version": VERSION, "title": "Halm", "items": items, **feed}).encode()
    # The label is wrong on purpose: the content decides.
    return parse_feed(body, Feed(URL), URL, "text/html")


def test_every_field_of_an_item_arrives():
    item = {
        "id": "halm-1",
        "url": "/a/1",
        "title": "Ferry <i>Alma</i> sails & returns",
        "content_html": "<p>The ferry sails.</p>",
        "summary": "It sails.",
        "image": "https://www.halm.example/a.jpg",
        "date_published": "2026-11-20T10:00:00+01:00",
        "date_modified": "2026-11-20T11:00:00+01:00",
        "authors": [{"name": "Nora Quist"}, {"url": "https://x.example/"}],
        "tags": ["Ferry", "Harbour", "Ferry"],
        "language": "sv",
    }
    parsed = parse([item], language="en", hubs=[{"type": "WebSub", "url": "https://hub.example/"}])
    assert (parsed.kind, parsed.title, parsed.language) == ("json11", "Halm", "en")
    assert (parsed.hub, parsed.flags, parsed.broken) == ("https://hub.example/", (), ())
    (entry,) = parsed.entries
    assert entry.origin.key == "halm-1"
    assert entry.origin.url == "https://www.halm.example/a/1"
    assert entry.title == "Ferry <i>Alma</i> sails & returns", "a title here is plain text"
    assert entry.content == "<p>The ferry sails.</p>"
    assert entry.summary == "It sails."
    assert entry.image_url == "https://www.halm.example/a.jpg"
    assert entry.published == "2026-11-20T10:00:00+01:00"
    assert entry.updated == "2026-11-20T11:00:00+01:00"
    assert entry.authors == ("Nora Quist",)
    assert entry.tags == ("Ferry", "Harbour")
    assert entry.language == "sv"


def test_version_1_has_one_author_and_plain_text_becomes_markup():
    item = {
        "id": 17,
        "external_url": "https://other.example/17",
        "content_text": "1 < 2\n\nSo it is.",
        "author": {"name": "Ilse Brandt"},
    }
    body = {"version": "https://jsonfeed.org/version/1", "title": "Halm", "items": [item]}
    parsed = parse_feed(json.dumps(body).encode(), Feed(URL), URL, None)
    assert parsed.kind == "json1"
    (entry,) = parsed.entries
    assert (entry.origin.key, entry.origin.url) == ("17", "https://other.example/17")
    assert entry.content == "<p>1 &lt; 2</p><p>So it is.</p>"
    assert entry.authors == ("Ilse Brandt",)


def test_a_url_as_id_is_the_link_when_there_is_no_other():
    (entry,) = parse([{"id": "https://www.halm.example/2", "title": "Two"}]).entries
    assert entry.origin.url == "https://www.halm.example/2"


def test_one_bad_item_does_not_cost_the_others():
    good = {"id": "1", "url": "https://www.halm.example/1"}
    parsed = parse([good, "nope", None, {"id": "4"}, {"id": "5", "url": "javascript:alert(1)"}])
    assert [entry.origin.key for entry in parsed.entries] == ["1"]
    assert sorted(item.reason for item in parsed.broken) == [
        "bad_item",
        "bad_item",
        "bad_url",
        "no_link",
    ]
    assert {item.payload for item in parsed.broken} >= {b'"nope"', b"null", b'{"id": "4"}'}


def test_items_beyond_the_limit_are_counted():
    items = [{"id": str(n), "url": f"https://www.halm.example/{n}"} for n in range(2001)]
    parsed = parse(items)
    assert len(parsed.entries) == 2000
    assert [(item.reason, item.detail) for item in parsed.broken] == [
        ("too_complex", "1 items beyond the first 2000")
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_FIELDS = [
    *("id", "url", "external_url", "title", "content_html", "content_text", "summary", "image"),
    *("banner_image", "date_published", "date_modified", "authors", "author", "tags", "language"),
]


@given(st.dictionaries(st.sampled_from(_FIELDS), _JSON), _JSON, _JSON)
def test_whatever_the_types_are_every_item_arrives_or_is_named(fields, title, other):
    parsed = parse([fields, other, {"id": "1", "url": "https://www.halm.example/1"}], hubs=title)
    assert len(parsed.entries) + len(parsed.broken) == 3
    for entry in parsed.entries:
        f"{entry}".encode()  # nothing that Parquet could not store


@given(st.text())
def test_any_text_that_only_looks_like_json_is_rejected(text):
    with pytest.raises(Rejected) as rejected:
        parse_feed(b"{" + text.encode("utf-8", "replace"), Feed(URL), URL, None)
    assert rejected.value.reason in ("malformed_json", "json_error")
