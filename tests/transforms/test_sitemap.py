"""Sitemaps, news sitemaps and indexes of sitemaps."""

import pytest

from schemas.elements import Feed
from transforms.outcomes import Rejected
from transforms.parse_feed import parse_feed
from transforms.sitemap import MAX_CHILDREN, site

URL = "https://www.halm.example/sitemap.xml"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
IMAGE = "http://www.google.com/schemas/sitemap-image/1.1"


def urlset(*urls, end="</urlset>"):
    start = f'<?xml version="1.0"?><urlset xmlns="{SITEMAP}" xmlns:news="{NEWS}"'
    return f'{start} xmlns:image="{IMAGE}">{"".join(urls)}{end}'


def url(n, more=""):
    return f"<url><loc>https://www.halm.example/{n}</loc>{more}</url>"


def index(*children):
    listed = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{at}</lastmod>' if at else ''}</sitemap>"
        for loc, at in children
    )
    return f'<sitemapindex xmlns="{SITEMAP}">{listed}</sitemapindex>'


def parse(text, at=URL):
    # The label is wrong on purpose: the content decides.
    return parse_feed(text.encode(), Feed(at), at, "application/rss+xml")


def test_a_news_sitemap_says_of_each_page_what_a_feed_would():
    news = (
        "<news:news><news:publication><news:name>Halm Post</news:name>"
        "<news:language>sv</news:language></news:publication>"
        "<news:publication_date>2026-11-20T10:00:00Z</news:publication_date>"
        "<news:title>Ferry sails &amp; returns</news:title>"
        "<news:keywords>Ferry, Harbour,Ferry</news:keywords></news:news>"
    )
    image = (
        "<image:image><image:loc>https://www.halm.example/a.jpg</image:loc>"
        "<image:title>Not the headline</image:title></image:image>"
    )
    parsed = parse(urlset(url(1, f"<lastmod>2026-11-20T11:00:00Z</lastmod>{image}{news}")))
    assert (parsed.kind, parsed.title, parsed.flags) == ("news_sitemap", "Halm Post", ())
    (entry,) = parsed.entries
    assert entry.origin.url == entry.origin.key == "https://www.halm.example/1"
    assert entry.title == "Ferry sails & returns"
    assert entry.published == "2026-11-20T10:00:00Z"
    assert entry.updated == "2026-11-20T11:00:00Z"
    assert entry.tags == ("Ferry", "Harbour")
    assert entry.language == "sv"
    assert entry.image_url == "https://www.halm.example/a.jpg"


def test_a_plain_sitemap_gives_addresses_and_when_they_changed():
    text = urlset(url(1, "<lastmod>2026-11-20</lastmod>"), url(2))
    parsed = parse(text.replace(f' xmlns:news="{NEWS}"', ""))
    assert parsed.kind == "sitemap"
    assert [(e.origin.url, e.published, e.updated) for e in parsed.entries] == [
        ("https://www.halm.example/1", None, "2026-11-20"),
        ("https://www.halm.example/2", None, None),
    ]


def test_a_time_at_which_all_pages_changed_is_when_the_sitemap_was_made():
    def prints(made):
        changed = f"<lastmod>{made}</lastmod>"
        parsed = parse(urlset(*(url(n, changed) for n in range(10))))
        return [entry.origin.fingerprint for entry in parsed.entries]

    # Else every page would be fetched again at every poll.
    assert prints("2026-11-20T10:00:00Z") == prints("2026-11-20T10:10:00Z")
    assert prints("2026-11-20") != prints("2026-11-21"), "a day may well be shared"


def test_a_page_of_another_site_is_refused_and_one_of_another_host_is_not():
    parsed = parse(
        urlset(
            "<url><loc>https://news.halm.example/1</loc></url>",
            "<url><loc>https://other.example/2</loc></url>",
            "<url><loc>javascript:alert(1)</loc></url>",
            "<url></url>",
        )
    )
    assert [entry.origin.url for entry in parsed.entries] == ["https://news.halm.example/1"]
    assert sorted(item.reason for item in parsed.broken) == ["bad_url", "foreign_host", "no_link"]
    assert all(item.payload for item in parsed.broken)


def test_a_sitemap_that_breaks_off_gives_its_whole_entries():
    parsed = parse(urlset(url(1), url(2), "<url><loc>https://www.halm.example/3", end=""))
    assert [entry.origin.url[-1] for entry in parsed.entries] == ["1", "2"]
    assert [item.reason for item in parsed.broken] == ["malformed_feed"]
    assert {"truncated", "malformed_xml"} <= set(parsed.flags)


def test_a_prefix_that_is_never_declared_costs_nothing():
    text = urlset(url(1, "<news:news><news:title>Two</news:title></news:news>"))
    parsed = parse(text.replace(f' xmlns:news="{NEWS}"', ""))
    assert [entry.title for entry in parsed.entries] == ["Two"]
    assert parsed.flags == ("malformed_xml",)


def test_an_index_names_its_newest_sitemaps_first_and_those_of_its_own_site_only():
    parsed = parse(
        index(
            ("https://www.halm.example/old.xml", "2026-01-01"),
            ("https://www.halm.example/new.xml.gz", "2026-11-20T10:00:00Z"),
            ("https://www.halm.example/live.xml", None),
            ("https://www.halm.example/new.xml.gz", "2026-11-20T10:00:00Z"),
            ("https://other.example/foreign.xml", "2026-11-20"),
            ("javascript:alert(1)", None),
            (URL, None),
        )
    )
    assert (parsed.kind, parsed.entries, parsed.broken) == ("sitemap_index", (), ())
    assert parsed.children == (
        "https://www.halm.example/live.xml",
        "https://www.halm.example/new.xml.gz",
        "https://www.halm.example/old.xml",
    )


def test_an_index_of_many_sitemaps_is_cut_to_the_newest():
    many = [
        (f"https://www.halm.example/{n}.xml", f"2026-11-{n % 28 + 1:02}")
        for n in range(MAX_CHILDREN + 20)
    ]
    parsed = parse(index(*many))
    assert len(parsed.children) == MAX_CHILDREN
    assert parsed.flags == ("too_many_items",)
    assert parsed.children[0] == "https://www.halm.example/27.xml"


def test_an_index_of_itself_is_a_loop():
    with pytest.raises(Rejected) as rejected:
        parse(index((URL, None), ("/sitemap.xml#top", None)))
    assert rejected.value.reason == "sitemap_loop"


def test_entities_are_refused_in_sitemaps_too():
    declared = '<!DOCTYPE urlset [<!ENTITY a "b">]>' + urlset(url(1)).partition("?>")[2]
    with pytest.raises(Rejected) as rejected:
        parse(declared)
    assert rejected.value.reason == "entity_expansion"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://sitemaps.paper.co.uk/news.xml", "paper.co.uk"),
        ("https://www.halm.example/", "halm.example"),
        ("http://127.0.0.1:8000/", "127.0.0.1"),
        ("http://[::1]/", "[::1]"),
        ("http://localhost/", "localhost"),
        ("mailto:a@b.example", None),
    ],
)
def test_a_site_is_a_registrable_domain(address, expected):
    assert site(address) == expected
