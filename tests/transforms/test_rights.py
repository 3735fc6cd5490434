"""Reservations that a site states for machines are found, named, and carried to the article."""

from datetime import UTC, datetime

import pytest

from schemas.elements import Entry, Origin, Page
from transforms.extract import extract
from transforms.rights import of_headers, reservations
from transforms.robots_rules import parse

BODY = "".join(
    f"<p>The ferry was late again on day {n}, as it had been before.</p>" for n in range(9)
)


def reserved(robots: str, path: str = "/a") -> tuple[str, ...]:
    read = parse(robots.encode())
    return reservations(read, read.group("newsbeam"), path)


def test_an_ai_crawler_that_is_named_and_kept_off_the_page_is_a_reservation() -> None:
    robots = "User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /news/\n\nUser-agent: *\nAllow: /\n"
    assert reserved(robots, "/news/a") == ("robots.txt:CCBot", "robots.txt:GPTBot")
    assert reserved(robots, "/about") == ()


def test_a_rule_for_everybody_is_no_word_about_ai() -> None:
    assert reserved("User-agent: *\nDisallow: /private/\n", "/private/a") == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Content-Signal: search=yes, ai-train=no", ("robots.txt:ai-train=no",)),
        ("Content-Signal: ai-train=yes", ()),
        ("Content-Usage: train-ai=n", ("robots.txt:train-ai=n",)),
        ("Content-Usage: \x00=n", ()),
    ],
)
def test_a_preference_counts_in_the_group_that_is_for_us(
    line: str, expected: tuple[str, ...]
) -> None:
    assert reserved(f"User-agent: *\n{line}\nAllow: /\n") == expected
    assert reserved(f"User-agent: other\n{line}\nAllow: /\n") == ()


def test_headers_reserve_as_meta_elements_do() -> None:
    headers = (
        ("tdm-reservation", "1"),
        ("x-robots-tag", "noindex, NoAI"),
        ("x-robots-tag", "otherbot: noimageai"),
        ("tdm-policy", "http://quay.example/policy.json"),
    )
    assert of_headers(headers) == ("tdm-reservation", "noai", "noimageai")
    assert of_headers((("tdm-reservation", "0"), ("x-robots-tag", "noindex"))) == ()


def test_an_article_carries_the_reservations_of_its_page_its_answer_and_its_site() -> None:
    url = "http://quay.example/a"
    page = Page(
        Entry(Origin("d", "feed", "i" * 32, url, "Quay Post")),
        url,
        200,
        (("content-type", "text/html"), ("tdm-reservation", "1"), ("x-robots-tag", "noai")),
        f"<html><head><meta name='robots' content='noimageai'></head><body><article>"
        f"<h1>Late</h1>{BODY}</article></body></html>".encode(),
        datetime(2026, 11, 20, tzinfo=UTC),
        rights=("robots.txt:GPTBot",),
    )
    assert set(extract(page, 30).rights) == {
        "noimageai",
        "tdm-reservation",
        "noai",
        "robots.txt:GPTBot",
    }
