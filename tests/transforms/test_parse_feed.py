import json
import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import Entry, Feed, Origin
from transforms.identity import article_id, canonical_url
from transforms.outcomes import Rejected
from transforms.parse_feed import parse_feed

SAMPLES = Path(__file__).parents[1] / "data" / "feeds"
URL = "https://www.halm.example/rss"
FEED = Feed(URL)


def rss(*items, head='<?xml version="1.0" encoding="utf-8"?>', tail="</channel></rss>"):
    start = f'{head}<rss version="2.0"><channel><title>Halm</title>'
    return f"{start}{''.join(items)}{tail}".encode()


def item(number=1, extra="", guid=None, link=None):
    link = link if link is not None else f"https://www.halm.example/{number}"
    guid = f"halm-{number}" if guid is None else guid
    return (
        f"<item><title>Item {number}</title><link>{link}</link>"
        f'<guid isPermaLink="false">{guid}</guid>{extra}</item>'
    )


def parse(body, feed=FEED, url=URL, content_type="application/rss+xml"):
    return parse_feed(body, feed, url, content_type)


# ---------------------------------------------------------------------- our own samples


@pytest.mark.parametrize("name", ["rss091", "rss10", "rss20", "atom03", "atom10"])
def test_every_dialect_gives_the_same_fields(name):
    expected = json.loads((SAMPLES / f"{name}.json").read_text())
    parsed = parse((SAMPLES / f"{name}.xml").read_bytes())
    for field in ("kind", "title", "language", "ttl_seconds", "id_policy"):
        assert getattr(parsed, field) == expected[field], field
    assert parsed.broken == ()
    assert parsed.flags == ()
    assert len(parsed.entries) == len(expected["entries"])
    for entry, said in zip(parsed.entries, expected["entries"], strict=True):
        want = Entry(
            origin=Origin(
                discovery=entry.origin.discovery,
                kind="feed",
                id=article_id(canonical_url(said["url"])),
                url=said["url"],
                source=urlsplit(said["url"]).hostname.removeprefix("www."),
                feed_url=URL,
                key=said["key"],
                fingerprint=entry.origin.fingerprint,
            ),
            title=said["title"],
            summary=said.get("summary"),
            content=said.get("content"),
            authors=tuple(said.get("authors", ())),
            tags=tuple(said.get("tags", ())),
            published=said.get("published"),
            updated=said.get("updated"),
            image_url=said.get("image_url"),
            language=said.get("language"),
        )
        assert entry == want
        assert re.fullmatch("[0-9a-f]{16}", entry.origin.discovery)
        assert re.fullmatch("[0-9a-f]{64}", entry.origin.fingerprint)


def test_what_the_operator_says_of_a_feed_comes_before_what_it_says_of_itself():
    body = (SAMPLES / "atom10.xml").read_bytes()
    feed = Feed(URL, source="Orla Today Ltd", language="en-IE")
    first, second = parse(body, feed).entries
    assert first.origin.source == second.origin.source == "Orla Today Ltd"
    assert first.language == "en-IE"
    assert second.language == "sv"  # this item says so itself


# ------------------------------------------------------------------------------ identity


def test_a_guid_stays_the_same_when_the_feed_moves():
    body = rss("<item><guid>a/1</guid><link>/a/1</link></item>")
    keys = [parse(body, url=url).entries[0].origin.key for url in (URL, "https://other.example/f")]
    assert keys == ["a/1", "a/1"]


def test_a_guid_that_all_items_share_does_not_make_them_one():
    parsed = parse(rss(*(item(n, guid="same") for n in range(3)), item(2, guid="same")))
    keys = [entry.origin.key for entry in parsed.entries]
    assert keys == [
        "same|https://www.halm.example/0",
        "same|https://www.halm.example/1",
        "same|https://www.halm.example/2",
        "same|https://www.halm.example/2|2",
    ]
    assert len({entry.origin.discovery for entry in parsed.entries}) == 4
    assert parsed.id_policy == "link"


def test_the_identity_of_an_item_does_not_depend_on_its_place():
    items = [item(1), item(2, guid=""), item(3, guid="x"), item(4, guid="x")]
    once = {e.origin.url: e.origin.key for e in parse(rss(*items)).entries}
    again = {e.origin.url: e.origin.key for e in parse(rss(item(9), *reversed(items))).entries}
    assert once.items() <= again.items()
    assert len(set(once.values())) == 4


def test_the_same_link_under_two_guids_is_the_same_article():
    one, two = parse(rss(item(1, guid="a"), item(1, guid="b"))).entries
    assert one.origin.id == two.origin.id
    assert one.origin.discovery != two.origin.discovery


def test_the_fingerprint_changes_with_what_the_item_says_and_with_nothing_else():
    def fingerprint(text):
        return parse(rss(text)).entries[0].origin.fingerprint

    plain = fingerprint(item(1))
    assert fingerprint(item(1, link="https://www.halm.example/1?utm_source=other")) == plain
    assert fingerprint(item(1, guid="another")) == plain
    assert fingerprint(item(1, "<category>x</category>")) == plain
    changed = {
        fingerprint(item(1, extra))
        for extra in (
            "<description>x</description>",
            "<pubDate>2026-09-01</pubDate>",
            "<author>x</author>",
        )
    }
    assert len(changed | {plain}) == 4


def test_a_very_long_guid_becomes_a_key_of_bounded_length():
    one, two = parse(rss(item(1, guid="g" * 5000), item(2, guid="g" * 5001))).entries
    assert len(one.origin.key) < 200
    assert one.origin.key != two.origin.key


# --------------------------------------------------------------------------- broken items


def test_one_bad_item_of_a_hundred_loses_only_itself():
    items = [item(n) for n in range(100)]
    items[50] = "<item><title>bad</title><link>http://[::1</link><guid>b</guid></item>"
    parsed = parse(rss(*items))
    assert len(parsed.entries) == 99
    (broken,) = parsed.broken
    assert (broken.key, broken.url, broken.reason) == ("b", "http://[::1", "bad_url")
    assert broken.payload == items[50].encode()


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("javascript:alert(1)", "bad_url"),
        ("mailto:desk@halm.example", "bad_url"),
        ("ftp://halm.example/a", "bad_url"),
        ("https://user:secret@halm.example/a", "bad_url"),
        ("https://halm.example/" + "a" * 2048, "bad_url"),
        ("", "no_link"),
    ],
)
def test_an_item_that_leads_to_no_page_is_named(link, reason):
    parsed = parse(rss(item(1), item(2, link=link)))
    assert [entry.origin.key for entry in parsed.entries] == ["halm-1"]
    assert [(b.key, b.reason) for b in parsed.broken] == [("halm-2", reason)]
    assert len(parsed.broken[0].url or "") <= 2048


def test_a_guid_that_is_no_address_is_no_link():
    parsed = parse(rss("<item><title>a</title><guid>12345</guid></item>"))
    assert parsed.entries == ()
    assert [(b.key, b.reason) for b in parsed.broken] == [("12345", "no_link")]


def test_the_half_of_an_item_is_not_an_item():
    whole = rss(item(1), item(2), item(3, "<description>long</description>"))
    for cut in (whole.index(b"long") + 2, whole.index(b"halm-3"), whole.index(b"Item 3") + 1):
        parsed = parse(whole[:cut])
        assert [entry.origin.key for entry in parsed.entries] == ["halm-1", "halm-2"]
        assert [b.reason for b in parsed.broken] == ["malformed_feed"]
        assert whole.endswith(parsed.broken[0].payload + whole[cut:])
        assert "truncated" in parsed.flags


def test_a_feed_cut_after_its_last_item_is_whole_but_flagged():
    parsed = parse(rss(item(1), item(2), tail=""))
    assert len(parsed.entries) == 2
    assert parsed.broken == ()
    assert parsed.flags == ("truncated",)


def test_items_beyond_the_limit_are_counted_not_parsed():
    parsed = parse(rss(*(item(n) for n in range(2100))))
    assert len(parsed.entries) == 2000
    assert parsed.entries[-1].origin.key == "halm-1999"
    assert [(b.reason, b.detail) for b in parsed.broken] == [
        ("too_complex", "100 items beyond the first 2000")
    ]


def test_a_forgotten_closing_tag_costs_no_other_item():
    broken = item(2).replace("</item>", "")
    parsed = parse(rss(item(1), broken, item(3)))
    assert [entry.origin.key for entry in parsed.entries] == ["halm-1", "halm-2", "halm-3"]
    assert parsed.flags == ("malformed_xml",)


# ------------------------------------------------------------------------------ the text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("AT&amp;amp;T &amp;lt; all", "AT&T < all"),
        ("AT&T", "AT&T"),
        ("1 &lt; 2 and 3 &gt; 2", "1 < 2 and 3 > 2"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Hi &amp;amp; bye", "Hi & bye"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;two&lt;br&gt;three&lt;/p&gt;", "One two three"),
        ("a&lt;b&gt;b&lt;/b&gt;c", "abc"),
        ("caf&eacute; &nbsp; &hellip;", "café …"),
        ("<![CDATA[caf&eacute; <b>x</b>]]>", "café x"),
        ("a\u202eevil\u200b\u2066\u0007", "aevil"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\n  two\n lines ", "two lines"),
        ("=HYPERLINK(&quot;x&quot;)", '=HYPERLINK("x")'),
    ],
)
def test_titles_and_summaries_are_plain_text(written, read):
    body = rss(
        f"<item><title>{written}</title><link>/1</link><description>{written}</description></item>"
    )
    (entry,) = parse(body).entries
    assert entry.title == read
    assert entry.summary == read


def test_fields_are_cut_at_their_limit_and_the_feed_is_flagged():
    title = f"<title>{'A' * 1_000_000}</title>"
    text = f"<description>{'b ' * 700_000}</description>"
    parsed = parse(rss(f"<item>{title}<link>/1</link>{text}</item>"))
    (entry,) = parsed.entries
    assert entry.title == "A" * 2000
    assert len(entry.summary) <= 10_000
    assert parsed.flags == ("field_truncated",)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("desk@halm.example (Oskar Brandt)", ("Oskar Brandt",)),
        ("Oskar Brandt &lt;oskar@halm.example&gt;", ("Oskar Brandt",)),
        ("By Oskar Brandt", ("Oskar Brandt",)),
        ("&lt;a href='/o'&gt;Oskar Brandt&lt;/a&gt;", ("Oskar Brandt",)),
        ("desk@halm.example", ()),
        (" ", ()),
    ],
)
def test_authors_are_names_without_addresses(written, names):
    (entry,) = parse(rss(item(1, f"<author>{written}</author>"))).entries
    assert entry.authors == names


def test_dates_are_given_as_they_were_written():
    raw = "2016/6/29 15:07:41"  # feedparser alone reads today's month into it
    (entry,) = parse(rss(item(1, f"<pubDate> {raw}\n</pubDate>"))).entries
    assert (entry.published, entry.updated) == (raw, None)


# ---------------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("label", "real", "header", "flags"),
    [
        ("utf-8", "utf-8", None, ()),
        ("utf-8", "utf-8-sig", None, ()),
        ("utf-8", "cp1252", None, ("encoding_override",)),
        ("iso-8859-1", "utf-8", None, ("encoding_override",)),
        ("iso-8859-1", "cp1252", None, ()),
        ("utf-16", "utf-8", None, ("encoding_override",)),
        ("utf-16", "utf-16-le", None, ()),
        ("utf-8", "utf-16", None, ()),
        ("x-klingon", "utf-8", None, ("encoding_override",)),
        ("utf-7", "utf-8", None, ("encoding_override",)),
        ("utf-8", "cp1252", "text/xml; charset=windows-1252", ()),
        ("utf-8", "utf-8", "text/xml; charset=utf-16", ("encoding_override",)),
        ("utf-8", "utf-8", "text/xml; charset=\udcff", ()),
        ("utf-8", "utf-8", "text/xml; charset=base64", ()),
    ],
)
def test_text_is_read_in_the_encoding_that_it_is_in(label, real, header, flags):
    head = f'<?xml version="1.0" encoding="{label}"?>'
    body = rss(item(1, "<description>naïve – “déjà”</description>"), head=head).decode()
    parsed = parse(body.encode(real), content_type=header)
    assert parsed.entries[0].summary == "naïve – “déjà”"
    assert parsed.flags == flags


def test_one_bad_byte_does_not_spoil_the_rest_of_the_text():
    body = rss(item(1, "<description>déjà vu, naïve – BYTE</description>"))
    parsed = parse(body.replace(b"BYTE", b"\xa9"))
    assert parsed.entries[0].summary == "déjà vu, naïve – \ufffd"
    assert parsed.flags == ("encoding_broken",)


# --------------------------------------------------------------------- not a feed at all


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (b"", "empty_body", "0 bytes"),
        (b"\xef\xbb\xbf \n", "empty_body", "bytes"),
        (b"\0" * 100, "not_a_feed", "no element"),
        (b"/etc/hostname", "not_a_feed", "no element"),
        (b"https://www.halm.example/rss", "not_a_feed", "no element"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html_not_feed", ""),
        (b"<html><head><title>Just a moment...</title></head></html>", "bot_challenge", ""),
        (b'{"error": "not found"}', "json_error", "not found"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "malformed_json", "line 1"),
        (b'[{"version": "https://jsonfeed.org/version/1.1"}]', "json_error", "version"),
        (b'{"a":' * 100_000, "malformed_json", "deep"),
        (b"<sitemapindex><sitemap><loc>/rss</loc></sitemap></sitemapindex>", "sitemap_loop", ""),
        (b'<opml version="2.0"/>', "not_a_feed", "OPML"),
        (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
            "not_a_feed",
            "rdf",
        ),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]><rss version="2.0"/>', "entity_expansion", "declared"),
        (rss("<a>" * 500), "too_complex", "deep"),
        (rss("<a/>" * 250_000), "too_complex", "elements"),
        (rss("<category>x</category>" * 600), "too_complex", "categories"),
    ],
)
def test_a_document_that_is_no_feed_is_rejected_by_name(body, reason, detail):
    with pytest.raises(Rejected) as rejected:
        parse(body)
    assert rejected.value.reason == reason
    assert detail in (rejected.value.detail or "")


def test_a_web_page_names_the_feed_that_it_advertises():
    page = (
        '<html><head><link rel="alternate" type="text/html" hreflang="de" href="/de">'
        '<link rel="Alternate" type="application/rss+xml" href="../feed.xml"></head></html>'
    )
    with pytest.raises(Rejected) as rejected:
        parse(page.encode(), url="https://www.halm.example/a/b", content_type="text/html")
    assert rejected.value.detail == "it names the feed https://www.halm.example/feed.xml"


def test_a_feed_with_a_document_type_that_only_refers_elsewhere_is_read():
    head = '<!DOCTYPE rss [<!ENTITY % l PUBLIC "-//W3C//x" "http://127.0.0.99:9/x.ent">%l;]>'
    parsed = parse(rss(item(1), head=head))
    assert len(parsed.entries) == 1


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_are_a_feed_or_a_named_rejection(body):
    for document in (body, rss(item(1)) + body, rss("<item>") + body, b"<rss>" + body):
        try:
            parse(document)
        except Rejected as rejected:
            assert rejected.reason  # noqa: PT017 - that it is raised is optional


_PIECES = st.sampled_from(
    [
        *(
            f"<{name}>"
            for name in ("item", "title", "link", "author", "guid", "content", "p", "x:y")
        ),
        *(f"</{name}>" for name in ("item", "title", "link", "author", "guid", "rss", "p", "ITEM")),
        *("<![CDATA[", "]]>", "<!--", "-->", "&", "&#0;", "&amp;", "&lt;b&gt;", "<", ">", '"'),
        *('<a b="', "<br>", "<br/>", "<?x", "<!DOCTYPE", "text", "https://halm.example/1", "\0"),
    ]
)


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_no_mess_of_tags_loses_the_whole_item_before_it(mess):
    parsed = parse(rss(item(1), mess))
    assert parsed.entries[0].origin.key == "halm-1"
    keys = [one.origin.key for one in parsed.entries] + [one.key for one in parsed.broken]
    assert len(set(keys)) == len(keys)


# ------------------------------------------------------------------- what would take long

NUMBERS = range(30_000)
WORDS = ",".join(map(str, NUMBERS))
ATTRIBUTES = " ".join(f"a{n}='1'" for n in NUMBERS)
LETTERS = "a" * 60_000
SLOW = {
    "authors of many letters": "<item>" + f"<author>{LETTERS}</author>" * 20 + "</item>",
    "author with a hidden end": f"<item><author><![CDATA[</author>{LETTERS}]]></author></item>",
    "author never closed": f"<item><author>{LETTERS}</item>",
    "author of many hosts": f"<item><author>a@{'a.' * 20_000}!</author></item>",
    "keywords": f"<item><tags>{WORDS}</tags></item>",
    "prefixes": "".join(f'<a{n}:x xmlns:a{n}="u{n}"/>' for n in NUMBERS),
    "categories": "<item>" + "".join(f"<category>{n}</category>" for n in NUMBERS) + "</item>",
    "attributes": f"<x {ATTRIBUTES}/>",
    "comments never closed": "<item><description>" + "<!--" * 50_000,
    "tags never closed": "<b>" * 100_000,
    "quotes never closed": '<a b="' * 100_000,
    "angle brackets": "<" * 300_000,
}


@pytest.mark.parametrize("name", SLOW)
@pytest.mark.parametrize("start", ["", "<undeclared:prefix/>"], ids=["strict", "loose"])
def test_what_keeps_feedparser_busy_is_cut_or_refused_before(name, start):
    began = time.process_time()
    try:
        parsed = parse(rss(item(1), start, SLOW[name]))
    except Rejected as rejected:
        assert rejected.reason == "too_complex"  # noqa: PT017 - either is right
    else:
        assert parsed.entries[0].origin.key == "halm-1"
    assert time.process_time() - began < 3


def test_a_link_that_is_only_a_scheme_is_no_link_to_the_feed_itself():
    parsed = parse(rss(item(1, link="https://"), item(2)))
    assert [entry.origin.url for entry in parsed.entries] == ["https://www.halm.example/2"]
    assert [broken.reason for broken in parsed.broken] == ["bad_url"]
