import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.elements import Feed
from transforms.feedlists import read_feed_list

HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile" / "hostile_documents.py"


def opml(body, head=""):
    start = f'<?xml version="1.0" encoding="utf-8"?>{head}<opml version="2.0"><body>'
    return f"{start}{body}</body></opml>".encode()


def test_opml_gives_every_feed_of_every_folder_with_its_source():
    data = opml(
        """<outline text="Coast">
             <outline type="rss" text="The Halm Gazette" title="other"
                      xmlUrl="https://halm.example/rss" language="en_GB"/>
             <outline text="Deep"><outline title="Vell Daily" xmlUrl="https://vell.example/atom"/>
             </outline></outline>
           <outline text="a link, not a feed" url="https://halm.example/"/>"""
    )
    assert read_feed_list(data, "feeds.opml") == (
        (
            Feed("https://halm.example/rss", "The Halm Gazette", "en-GB"),
            Feed("https://vell.example/atom", "Vell Daily"),
        ),
        (),
    )


def test_the_same_feed_in_two_spellings_is_one_feed_spelled_as_the_first():
    data = opml(
        '<outline xmlUrl="https://HALM.example:443/rss?b=1&amp;a=2"/>'
        '<outline text="Halm" xmlUrl="https://halm.example/rss?a=2&amp;b=1"/>'
    )
    feeds, problems = read_feed_list(data, "feeds.opml")
    assert feeds == (Feed("https://HALM.example:443/rss?b=1&a=2", "Halm"),)
    assert problems == ()


def test_bad_rows_of_an_opml_list_are_named_and_the_others_used():
    data = opml(
        '\n<outline xmlUrl=""/>\n<outline xmlURL="https://halm.example/a"/>'
        '\n<outline xmlUrl="javascript:1"/>'
    )
    feeds, problems = read_feed_list(data, "feeds.opml")
    assert feeds == (Feed("https://halm.example/a"),)
    assert [problem.partition(":")[0] for problem in problems] == [
        "line 2, column 1",
        "line 4, column 1",
    ]


def test_a_list_that_breaks_off_is_read_up_to_there_and_says_so():
    data = opml('<outline xmlUrl="https://halm.example/a"/><outline text="AT&T"/>')[:-20]
    feeds, problems = read_feed_list(data, "feeds.opml")
    assert feeds == (Feed("https://halm.example/a"),)
    assert len(problems) == 1
    assert "line 1" in problems[0]


def test_an_opml_list_that_declares_entities_is_refused():
    head = '<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    data = opml('<outline text="&b;" xmlUrl="https://halm.example/a"/>', head)
    with pytest.raises(ValueError, match="entities"):
        read_feed_list(data, "feeds.opml")


def test_a_text_list_is_one_url_a_line_with_comments():
    data = (
        b"\xef\xbb\xbf# ours\n\nhttps://halm.example/rss\r\n"
        b"  https://vell.example/atom#top  # theirs\nnot a url\n"
    )
    feeds, problems = read_feed_list(data, "feeds.txt")
    assert feeds == (Feed("https://halm.example/rss"), Feed("https://vell.example/atom#top"))
    assert len(problems) == 1
    assert problems[0].startswith("line 5: ")


def test_a_csv_list_is_read_by_its_header():
    data = (
        "Publisher;URL;Language;note\nDie Vell-Post;https://vell.example/rss;German;täglich\n;;;\n"
    )
    feeds, problems = read_feed_list(data.encode("cp1252"), "feeds.CSV")
    assert feeds == (Feed("https://vell.example/rss", "Die Vell-Post", "de"),)
    assert problems == ()


def test_a_csv_list_of_one_column_needs_no_header():
    data = b"https://halm.example/rss\nhttps://vell.example/rss\n"
    feeds, _ = read_feed_list(data, "feeds.csv")
    assert [feed.url for feed in feeds] == ["https://halm.example/rss", "https://vell.example/rss"]


def test_a_csv_row_without_a_url_is_named():
    data = b'name,url\nHalm,https://halm.example/rss\n"Vell",\nNowhere,nowhere\n'
    feeds, problems = read_feed_list(data, "feeds.csv")
    assert feeds == (Feed("https://halm.example/rss", "Halm"),)
    assert problems[0] == "line 3: no URL"
    assert problems[1].startswith("line 4: ")


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "feeds.opml", "empty"),
        (b" \n", "feeds.txt", "empty"),
        (b"# nothing\n", "feeds.txt", "no usable feed"),
        (b"nowhere\n", "feeds.txt", "line 1"),
        (b"name,address\nHalm,https://halm.example/rss\n", "feeds.csv", "no column url"),
        (b"<html><body>Sign in</body></html>", "feeds.opml", "root is <html>"),
        (b"not xml at all", "feeds.opml", "no element"),
        (opml('<outline text="only a folder"/>'), "feeds.opml", "no usable feed"),
    ],
)
def test_a_list_without_a_usable_feed_is_an_error_of_one_line(data, name, why):
    with pytest.raises(ValueError, match=why) as error:
        read_feed_list(data, name)
    assert "\n" not in str(error.value)


def test_hostile_opml_lists_lose_no_good_feed(tmp_path):
    if not HOSTILE.exists():
        pytest.skip(f"NOT TESTED: the hostile documents are not at {HOSTILE}")
    subprocess.run([sys.executable, str(HOSTILE), str(tmp_path)], check=True, capture_output=True)
    nested, problems = read_feed_list((tmp_path / "opml_nested_500.opml").read_bytes(), "a.opml")
    assert (nested, problems) == ((Feed("https://news.example/f"),), ())
    bad, problems = read_feed_list((tmp_path / "opml_bad_rows.opml").read_bytes(), "a.opml")
    assert bad == (Feed("https://news.example/a"),)
    assert len(problems) == 2


@given(st.binary() | st.text().map(str.encode), st.sampled_from(["a.opml", "a.csv", "a.txt", "a"]))
def test_any_bytes_are_a_list_or_a_value_error(data, name):
    try:
        feeds, _ = read_feed_list(data, name)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - that it is raised is optional
    else:
        assert feeds
