"""Pages that are not articles like others are told from those that are."""

import pytest

from tests.transforms.test_extract import ARTICLE, SENTENCE, page
from transforms.clean import key
from transforms.extract import extract
from transforms.page_kinds import has_list_tail, is_boilerplate, is_live_blog, is_media_page

PROSE = SENTENCE.strip()
URL = "https://harbour-gazette.example/city/tram"


def flags(html: str, url: str = URL) -> tuple[str, ...]:
    return extract(page(html, url), 30).quality_flags


@pytest.mark.parametrize(
    "path",
    [
        "/live/tram",
        "/world/liveblog-tram",
        "/news-ticker/x",
        "/a/en-direct-tram",
        "/x/tram-live-updates",
    ],
)
def test_an_address_names_a_live_blog(path: str) -> None:
    assert is_live_blog(SENTENCE, f"https://news.example{path}", declared=False)


@pytest.mark.parametrize("path", ["/alive/x", "/olive/oil", "/live-music-in-town", "/delivery"])
def test_an_address_with_live_in_it_may_be_another(path: str) -> None:
    assert not is_live_blog(SENTENCE, f"https://news.example{path}", declared=False)


@pytest.mark.parametrize(
    ("line", "stamped"),
    [
        ("14:05 The vote begins.", True),
        ("14.05 Uhr: Die Sitzung beginnt.", True),
        ("2:05 p.m. The vote begins.", True),
        ("[14h05] Le vote commence.", True),
        ("14.05.2031 Concert in the harbour", False),
        ("3.11. Konzert am Hafen", False),
        ("14:0 was the score", False),
        ("At 14:05 the vote began.", False),
    ],
)
def test_paragraphs_that_begin_with_a_time_make_a_live_blog(line: str, stamped: bool) -> None:
    text = "\n".join([SENTENCE, *[line] * 4])
    assert is_live_blog(text, URL, declared=False) == stamped
    assert not is_live_blog("\n".join([SENTENCE, line]), URL, declared=False)


def test_a_live_blog_says_so_in_its_data() -> None:
    block = '<script type="application/ld+json">{"@type":"LiveBlogPosting"}</script>'
    assert "liveblog" in flags(ARTICLE + block)
    assert "liveblog" not in flags(ARTICLE)


def test_a_few_words_beside_a_video_are_a_media_page_and_an_article_with_one_is_not() -> None:
    assert is_media_page(SENTENCE, "https://news.example/video/tram", declared=False)
    assert is_media_page(SENTENCE, "https://news.example/photo-gallery/tram", declared=False)
    assert is_media_page(SENTENCE, URL, declared=True)
    assert not is_media_page(SENTENCE, URL, declared=False)
    assert not is_media_page(SENTENCE, "https://news.example/a/videos-in-court", declared=False)
    assert not is_media_page(SENTENCE * 30, "https://news.example/video/tram", declared=True)


@pytest.mark.parametrize(("og_type", "flagged"), [("video.other", True), ("article", False)])
def test_a_page_says_that_it_is_a_video(og_type: str, flagged: bool) -> None:
    head = f'<html><head><meta property="og:type" content="{og_type}"></head>'
    assert ("media_page" in flags(head + ARTICLE.removeprefix("<html>"))) == flagged


def test_headlines_at_the_end_of_a_text_are_a_tail() -> None:
    heads = [f"Headline number {n} of the day" for n in range(3)]
    known = frozenset(map(key, heads))
    text = "\n".join([SENTENCE, *heads])
    assert has_list_tail(text, lambda: known)
    assert has_list_tail("\n".join([SENTENCE, *[f"- {head}" for head in heads]]), lambda: known)
    assert not has_list_tail(text, lambda: frozenset())
    assert not has_list_tail("\n".join([*heads, PROSE]), lambda: known)
    assert not has_list_tail("\n".join([SENTENCE, *heads[:2]]), lambda: known)


def test_the_links_of_a_page_are_not_looked_for_when_its_text_ends_in_prose() -> None:
    def refuse() -> frozenset[str]:
        raise AssertionError("not needed")

    assert not has_list_tail("\n".join([PROSE] * 4), refuse)


def test_a_text_of_calls_to_subscribe_is_boilerplate_and_one_that_ends_in_one_is_not() -> None:
    calls = ["Sign up to our newsletter for more", "Follow us on all channels", "Read more here"]
    assert is_boilerplate("\n".join([SENTENCE, *calls]))
    assert not is_boilerplate("\n".join([SENTENCE * 8, calls[0]]))
    assert not is_boilerplate(SENTENCE * 2 + "She founded a newsletter about harbours. " * 12)


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
