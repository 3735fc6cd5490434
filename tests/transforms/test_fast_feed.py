"""The quick reader of feeds says what feedparser says, or leaves the feed to it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from benchmarks.feeds import bodies
from transforms import feed_items
from transforms.fast_feed import read_fast
from transforms.feed_bytes import decode, legal_xml
from transforms.feed_document import FeedDocument
from transforms.feed_items import plain, visible
from transforms.feed_root import find_root
from transforms.outcomes import Rejected
from transforms.xml_feed import read_slowly

SHARED = Path(__file__).parents[2].parent / "shared"
SAMPLES = Path(__file__).parents[1] / "data" / "feeds"
URL = "https://news.example/f"


def both(body: bytes) -> tuple[FeedDocument, FeedDocument] | None:
    """What both readers say; None if the quick one leaves it to the other."""
    text, _ = decode(body, None)
    data, _ = legal_xml(text)
    root, _ = find_root(data)
    if root is None:
        return None
    fast = read_fast(data, root, URL)
    return None if fast is None else (fast, read_slowly(data, root, URL))


def assert_the_same(fast: FeedDocument, slow: FeedDocument) -> None:
    assert fast.items == slow.items
    for name in ("kind", "title", "language", "ttl_seconds", "skips", "hub", "lost", "flags"):
        assert getattr(fast, name) == getattr(slow, name), name


def test_a_keyword_may_be_an_address() -> None:
    item = "<item><title>a</title><media:keywords>desk@a.example, quay</media:keywords></item>"
    said = both(f'<rss version="2.0" {_SPACES}><channel>{item}</channel></rss>'.encode())
    assert said
    assert_the_same(*said)
    assert said[0].items[0].tags == ("desk@a.example", "quay")


def feeds_of_feedparser() -> list[Path]:
    return sorted((SHARED / "data" / "feedparser_core").rglob("*.xml"))


def test_on_feedparsers_own_cases_it_says_the_same_wherever_it_says_something() -> None:
    if not feeds_of_feedparser():
        pytest.skip("NOT TESTED: feedparser's cases are not there")
    taken = 0
    for path in feeds_of_feedparser():
        try:
            said = both(path.read_bytes())
        except Rejected:
            continue
        if said is not None:
            taken += 1
            assert said[0].items == said[1].items, path.name
            assert_the_same(*said)
    assert taken > 100


@pytest.mark.parametrize("kind", ["short", "blog", "escaped", "atom", "rdf"])
def test_it_takes_feeds_of_the_usual_kinds(kind: str) -> None:
    said = both(bodies()[kind][0])
    assert said is not None
    assert_the_same(*said)


def test_text_in_pieces_is_one_text() -> None:
    title = "<title>a<!-- no -->b<![CDATA[c &amp; d]]>e<?pi no?>f&#233;&amp;</title>"
    said = both(f"<rss version='2.0'><channel><item>{title}</item></channel></rss>".encode())
    assert said is not None
    assert said[0].items == said[1].items
    assert said[0].items[0].title == "abc & def\xe9&"


@pytest.mark.parametrize("name", ["rss091", "rss10", "rss20", "atom10"])
def test_it_takes_our_samples(name: str) -> None:
    said = both((SAMPLES / f"{name}.xml").read_bytes())
    assert said is None or said[0].items == said[1].items


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="<>&\x00", exclude_categories=["Cs", "Cc"]),
    max_size=12,
) | st.sampled_from(
    [
        *("https://a.example/1", "//b.example/2", "/3", "By Nora Quist", "desk@a.example (Ilse)"),
        *("Fri, 20 Nov 2026 10:00:00 GMT", "&lt;p&gt;a &amp;amp; b&lt;/p&gt;", "&#233;", "Ã©"),
        *("<![CDATA[<p>x<br/>y</p>]]>", "text/html", "a,b", "", "en"),
    ]
)
_NAMES = st.sampled_from(
    [
        *("title", "link", "guid", "pubDate", "description", "author", "category", "enclosure"),
        *("comments", "source", "summary", "published", "id", "name", "image", "language"),
        *("rights", "contributor", "TITLE", "pubdate", "other:thing", "slash:comments"),
        *("dc:creator", "dc:date", "dc:subject", "dc:title", "dc:description", "content:encoded"),
        *("atom:link", "atom:updated", "atom:author", "media:content", "media:thumbnail"),
        *("media:group", "media:title", "media:description", "media:keywords", "itunes:author"),
        *("itunes:summary", "itunes:image", "itunes:keywords", "feedburner:origLink"),
    ]
)
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        [
            "href",
            "url",
            "rel",
            "type",
            "term",
            "label",
            "domain",
            "isPermaLink",
            "xml:lang",
            "medium",
        ]
    ),
    st.sampled_from(["alternate", "enclosure", "text/html", "html", "image/png", "true", "false"])
    | st.sampled_from(["https://a.example/i.png", "de", "Harbour", "self", "image", ""]),
    max_size=3,
)


def _element(name: str, attributes: dict[str, str], inside: str) -> str:
    given_ = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{given_}>{inside}</{name}>"


_ELEMENTS = st.recursive(
    st.builds(_element, _NAMES, _ATTRIBUTES, _TEXT),
    lambda inner: st.builds(
        _element, _NAMES, _ATTRIBUTES, st.lists(inner, max_size=3).map("".join)
    ),
    max_leaves=3,
)
_SPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:other="urn:other" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_ELEMENTS, max_size=8), st.lists(_ELEMENTS, max_size=2), st.booleans())
def test_whatever_stands_in_an_item_it_says_the_same_or_nothing(
    item: list[str], channel: list[str], atom: bool
) -> None:
    inside = "".join(item)
    around = "".join(one for one in channel if "<atom:link" not in one)
    if atom:
        text = (
            f'<feed xmlns="http://www.w3.org/2005/Atom" {_SPACES}>{around}<entry>{inside}</entry>'
            "</feed>"
        )
    else:
        text = (
            f'<rss version="2.0" {_SPACES}><channel>{around}<item>{inside}</item></channel></rss>'
        )
    said = both(text.encode())
    if said is not None:
        assert said[0].items == said[1].items


@pytest.mark.parametrize(
    "unusual",
    [
        "<rss version='2.0'><channel><item><description>a <b>b</b></description></item>",
        "<rss version='2.0' xml:base='https://a.example/'><channel><item/>",
        "<rss version='2.0'><channel><item><title>cut",
        "<rss version='2.0'><item><title>outside the channel</title></item><channel>",
    ],
)
def test_what_is_unusual_is_left_to_feedparser(unusual: str) -> None:
    closed = unusual if unusual.endswith("cut") else f"{unusual}</channel></rss>"
    assert both(closed.encode()) is None


def _by_the_parser(markup: str) -> str:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = etree.fromstring(f"<div>{markup}</div>".encode(), parser)
    return visible("".join(feed_items._pieces(tree)))


@given(
    st.lists(
        st.sampled_from(
            [
                *("<p>", "</p>", "<br/>", "<br>", "a", "b c", " ", "&amp;", "&eacute;", "<b>"),
                *("</b>", '<a href="x?a=1">', "</a>", "<img alt='p'/>", "<ul><li>", "</li></ul>"),
                *("<div class='x' data-y>", "</div>", "<h2>t</h2>", "\n", "1 &lt; 2", "&#8211;"),
            ]
        ),
        max_size=12,
    )
)
def test_simple_markup_reads_as_the_parser_reads_it(pieces: list[str]) -> None:
    markup = "".join(pieces)
    # But for the spaces at tags that close nothing, of which nobody can say what they mean.
    if feed_items._MARKUP.search(markup):
        assert plain(markup).replace(" ", "") == _by_the_parser(markup).replace(" ", "")
