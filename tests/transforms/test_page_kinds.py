"""Pages that are not articles like others are told from those that are."""

import pytest

from tests.transforms.test_extract import ARTICLE, SENTENCE, page
from transforms.clean import key
from transforms.extract import extract
from transforms.page_kinds import (
    has_list_tail,
    is_live_blog,
    is_section_address,
)

PROSE = SENTENCE.strip()
URL = "https://harbour-gazette.example/city/tram"


def flags(html: str, url: str = URL) -> tuple[str, ...]:
    return extract(page(html, url), 30).quality_flags


@pytest.mark.parametrize(
    "path",
    [
        "/live/tram",
        "/world/liveblog-tram",
        "/world/news-ticker",
        "/a/en-direct-tram",
        "/x/tram-live-updates",
    ],
)
def test_an_address_names_a_live_blog(path: str) -> None:
    assert is_live_blog(SENTENCE, f"https://news.example{path}", None, declared=False)


@pytest.mark.parametrize(
    "path",
    ["/alive/x", "/olive/oil", "/live-music-in-town", "/delivery", "/newsticker/meldung/tram-1"],
)
def test_an_address_with_live_in_it_may_be_another(path: str) -> None:
    assert not is_live_blog(SENTENCE, f"https://news.example{path}", None, declared=False)


@pytest.mark.parametrize(
    ("title", "live"),
    [
        ("Quay fire live updates: what we know", True),
        ("LIVE: Council votes on the tram", True),
        ("Tram riots LIVE: Council in retreat", True),
        ("The Latest: Council votes on the tram", True),
        ("Hafen-Ticker: Die Sitzung beginnt", True),
        ("En direct : le conseil vote", True),
        ("The latest tram news", False),
        ("Where to live by the quay", False),
        ("Live music returns to the harbour", False),
    ],
)
def test_a_title_names_a_live_blog(title: str, live: bool) -> None:
    assert is_live_blog(SENTENCE, URL, title, declared=False) == live


def test_minutes_of_play_make_a_live_report() -> None:
    lines = [f"{n}' A shot from the left goes wide." for n in range(1, 90, 8)]
    assert is_live_blog("\n".join(lines), URL, None, declared=False)
    assert not is_live_blog("\n".join(lines[:5]), URL, None, declared=False)


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("", True),
        ("/news/local", True),
        ("/category/tram-and-bus", True),
        ("/news/local.html", True),
        ("/news/council-votes-on-new-tram", False),
        ("/news/48213", False),
        ("/2031/06/tram", False),
        ("/page.php?article=7", False),
    ],
)
def test_a_sections_address_names_no_story(path: str, section: bool) -> None:
    assert is_section_address(f"https://news.example{path}") == section
    assert not is_section_address("seed:tram.html")


@pytest.mark.parametrize(
    ("address", "flagged"), [("/local", True), ("/a/council-to-vote-on-tram", False)]
)
def test_a_front_of_teasers_is_an_index_by_its_address(address: str, flagged: bool) -> None:
    cards = "".join(
        f"<h2><a href='/a/{n}'>The council's decision number {n}</a></h2><p>{PROSE}</p>"
        for n in range(12)
    )
    html = f"<html><body><main>{cards}</main></body></html>"
    assert ("index_page" in flags(html, f"https://news.example{address}")) == flagged


@pytest.mark.parametrize(
    ("line", "stamped"),
    [
        ("14:05 The vote on the new tram line begins.", True),
        ("14.05 Uhr: Die Sitzung zur neuen Bahn im Hafen beginnt.", True),
        ("2:05 p.m. The vote on the new tram line begins.", True),
        ("[14h05] Le vote sur la ligne de tram commence.", True),
        ("14:05 Dinner", False),
        ("14:05 - 15:30 The council meets on the new tram line", False),
        ("| 14:05 | The train to the harbour leaves from here today |", False),
        ("14.05.2031 Concert in the harbour", False),
        ("3.11. Konzert am Hafen", False),
        ("14:0 was the score", False),
        ("At 14:05 the vote began.", False),
    ],
)
def test_paragraphs_that_begin_with_a_time_make_a_live_blog(line: str, stamped: bool) -> None:
    text = "\n".join([SENTENCE, *[line] * 4])
    assert is_live_blog(text, URL, None, declared=False) == stamped
    assert not is_live_blog("\n".join([SENTENCE, line]), URL, None, declared=False)


def test_a_live_blog_says_so_in_its_data_beside_an_article() -> None:
    live = '{"@type":"LiveBlogPosting"}'
    block = '<script type="application/ld+json">%s</script>'
    assert "liveblog" in flags(ARTICLE + block % live)
    assert "liveblog" in flags(ARTICLE + block % f'[{{"@type":"NewsArticle"}},{live}]')
    assert "liveblog" not in flags(ARTICLE)


VIDEO = "<iframe src='https://www.youtube.com/embed/x'></iframe>"
NAMED = "https://news.example/a/watch-the-tram-arrive"


def is_media(text: str, url: str, beside: str = "", head: str = "", margin: str = "") -> bool:
    html = (
        f"<html><head><title>Tram</title>{head}</head><body><article>{beside}<p>{text}</p></article>"
        f"{margin}</body></html>"
    )
    return "media_page" in flags(html, url)


def test_a_few_words_at_a_videos_address_are_a_media_page_and_an_article_there_is_not() -> None:
    assert is_media(SENTENCE * 3, "https://news.example/video/tram")
    assert is_media(SENTENCE * 3, "https://news.example/photo-gallery/tram")
    assert is_media(SENTENCE * 3, "https://video.news.example/tram")
    assert not is_media(SENTENCE * 3, URL)
    assert not is_media(SENTENCE * 3, "https://news.example/a/videos-in-court")
    assert not is_media(SENTENCE * 30, "https://news.example/video/tram")
    assert not is_media("市议会周四投票决定延长电车线路。" * 40, "https://news.example/video/tram")


def test_a_player_beside_a_few_words_is_what_they_are_about() -> None:
    assert is_media(SENTENCE * 3, URL, VIDEO)
    assert not is_media(SENTENCE * 10, URL, VIDEO), "an article that has a video"
    assert is_media(SENTENCE * 10, NAMED, VIDEO), "its address speaks of one"
    assert not is_media(SENTENCE * 20, NAMED, VIDEO)
    assert not is_media(SENTENCE * 10, NAMED), "of one that is not there"
    far = "<ul>" + "<li><a href='/x'>A note of the day</a></li>" * 90 + "</ul>"
    assert not is_media(SENTENCE * 3, URL, margin=f"<aside>{far}{VIDEO}</aside>")


def test_a_recording_makes_a_media_page_of_what_introduces_it() -> None:
    player = "<iframe src='https://w.soundcloud.com/player/?url=tram'></iframe>"
    assert is_media(SENTENCE * 10, URL, player)
    assert is_media(SENTENCE * 10, URL, "<a class='x' href='/tram-7.mp3'>Download</a>")
    assert not is_media(SENTENCE * 10, URL, "<audio controls></audio>"), "the text, read out"
    assert not is_media(SENTENCE * 20, URL, player)


def test_pictures_that_an_address_speaks_of_make_a_media_page_of_a_few_words() -> None:
    pictures = "<figure><img src='/1.jpg'><figcaption>The tram</figcaption></figure>" * 4
    address = "https://news.example/a/tram-in-pictures"
    assert is_media(SENTENCE * 3, address, pictures)
    assert not is_media(SENTENCE * 3, URL, pictures)
    assert not is_media(SENTENCE * 3, address)
    assert not is_media(SENTENCE * 12, address, pictures)


def test_a_page_that_declares_a_player_and_is_no_article_is_a_media_page() -> None:
    card = '<meta name="twitter:card" content="player">'
    article = '<meta property="og:type" content="article">'
    episode = '<script type="application/ld+json">{"@type":"PodcastEpisode"}</script>'
    assert is_media(SENTENCE * 10, URL, head=card)
    assert is_media(SENTENCE * 10, URL, head=episode)
    assert not is_media(SENTENCE * 10, URL, head=card + article)
    assert is_media(SENTENCE * 3, URL, head=card + article), "hardly an article"


@pytest.mark.parametrize(("og_type", "flagged"), [("video.other", True), ("article", False)])
def test_a_page_says_that_it_is_a_video(og_type: str, flagged: bool) -> None:
    head = f'<html><head><meta property="og:type" content="{og_type}"></head>'
    assert ("media_page" in flags(head + ARTICLE.removeprefix("<html>"))) == flagged


HEADS = [f"Headline number {n} of the day" for n in range(4)]


def tail(*lines: str, own: bool = True) -> bool:
    return has_list_tail("\n".join(lines), lambda: dict.fromkeys(map(key, HEADS), own))


def test_headlines_at_the_end_of_a_text_are_a_tail() -> None:
    assert tail(SENTENCE, *HEADS[:3])
    assert tail(SENTENCE, *[f"- {head}" for head in HEADS])
    assert tail(SENTENCE, *[f"{head} and what it says of the tram" for head in HEADS])
    assert tail(SENTENCE, *HEADS[:3], "Picture: A. Fenn", "Sign up here"), "with notes after it"
    assert not tail(*HEADS[:3], PROSE, PROSE, PROSE)
    assert not has_list_tail("\n".join([SENTENCE, *HEADS]), dict)


def test_two_headlines_need_a_line_that_introduces_them() -> None:
    assert tail(SENTENCE, "Read also", *HEADS[:2])
    assert tail(SENTENCE, "You may be interested in these stories of ours today:", *HEADS[:2])
    assert tail(SENTENCE, "Monday", HEADS[0], "Tuesday", HEADS[1])
    assert not tail(SENTENCE, *HEADS[:2])


def test_links_to_other_sites_need_to_be_one_more() -> None:
    assert not tail(SENTENCE, "Sources", *HEADS[:2], own=False)
    assert tail(SENTENCE, "More", *HEADS[:3], own=False)
    assert tail(SENTENCE, *HEADS, own=False)


def test_the_links_of_a_page_are_not_looked_for_when_its_text_ends_in_prose() -> None:
    def refuse() -> dict[str, bool]:
        raise AssertionError("not needed")

    assert not has_list_tail("\n".join([PROSE] * 4), refuse)


def test_a_text_that_only_the_pages_data_have_is_kept_and_flagged() -> None:
    body = " ".join([PROSE] * 6)
    block = f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}'
    note = "<article><p>The paper's trams note of the day is short.</p></article>"
    found = extract(page(f"<html><head>{block}</script></head><body>{note}</body></html>"), 30)
    assert found.text == body
    assert "fallback_text" in found.quality_flags


def test_a_text_that_is_declared_and_shown_is_no_fallback() -> None:
    body = " ".join(PROSE.replace("tram", f"tram {n}") for n in range(8))
    block = f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}'
    shown = f"<article><h1>Tram</h1><p>{body}</p></article>"
    found = extract(page(f"<html><head>{block}</script></head><body>{shown}</body></html>"), 30)
    assert found.text == body
    assert "fallback_text" not in found.quality_flags


def test_a_declared_text_stands_in_for_a_note() -> None:
    body = "".join(f"<p>{PROSE.replace('tram', f'tram {n}')}</p>" for n in range(8))
    block = f'<script type="application/ld+json">{{"@type":"NewsArticle","articleBody":"{body}"}}'
    found = extract(
        page(f"<html><head>{block}</script></head><body><p>A note.</p></body></html>"), 30
    )
    assert PROSE.replace("tram", "tram 7") in found.text
    assert "fallback_text" in found.quality_flags


def test_a_declared_text_does_not_replace_one_that_was_found() -> None:
    block = '<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"%s"}</script>'
    found = extract(page(ARTICLE + block % ("other words " * 400)), 30)
    assert SENTENCE.strip() in found.text
    assert "fallback_text" not in found.quality_flags
