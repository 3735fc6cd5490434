"""Quality: what an editor should know, and what ordinary articles are not accused of."""

import pytest
from lxml.html import document_fromstring

from transforms.clean import key
from transforms.outcomes import REASONS
from transforms.quality import (
    FLAGS,
    headline_links,
    is_consent,
    is_index,
    is_stub,
    is_too_short,
    order,
    wall,
)

PARAGRAPH = "The council of Ostrel voted on Thursday to extend the tram line to the harbour. " * 4


def test_every_flag_can_be_a_reason_for_a_rejection():
    assert set(FLAGS) <= set(REASONS)


def test_flags_come_in_one_order_and_once():
    assert order(("no_date", "too_short", "no_date")) == ("too_short", "no_date")


def test_a_line_is_too_short_and_a_paragraph_is_not():
    assert is_too_short("The line opens in 2033.")
    assert not is_too_short(PARAGRAPH)
    assert not is_too_short("市议会周四晚上投票决定将有轨电车线路延长至旧港口。" * 4)


@pytest.mark.parametrize(
    "text",
    [
        "We value your privacy. We and our 812 partners store and/or access information on it.",
        "Mit Werbung weiterlesen. Wir und unsere bis zu 185 Partner nutzen Cookies.",
        "Nous et nos 210 partenaires utilisons des cookies. Tout accepter",
    ],
)
def test_a_consent_notice_is_known(text):
    assert is_consent(text)


def test_an_article_about_cookies_is_no_consent_notice():
    text = (
        "The data protection board fined the bakery chain, which sells cookies, for a form that"
        " gave visitors no choice. A notice must let people reject all trackers, the board said. "
    )
    assert not is_consent(text + PARAGRAPH * 12)
    assert not is_consent("Children sold cookies at the fair. " + PARAGRAPH)


def test_a_stub_with_a_call_to_subscribe_is_a_paywall_and_a_whole_article_is_not():
    def stub(text: str, wall: str = "") -> bool:
        page = f"<html><body><p>{text}</p><div class='PayWall'>{wall}</div></body></html>"
        return is_stub(text, page, document_fromstring(page))

    assert stub(PARAGRAPH + "\nSubscribe to continue reading")
    assert stub(PARAGRAPH, "Already a subscriber? Log in")
    assert stub("Der Rat tagte.", "Jetzt weiterlesen mit Abo")
    assert not stub(PARAGRAPH)
    assert not stub(PARAGRAPH * 12 + "\nSubscribe to continue reading")


def test_only_elements_named_after_a_paywall_are_read_as_one():
    tree = document_fromstring(
        "<body><p>Subscribe to read</p><div class='c-PayWall-box'>For subscribers</div></body>"
    )
    assert wall(tree) == "For subscribers"


def links(number: int, within: str = "div") -> str:
    items = "".join(f"<a href='/{n}'>Headline number {n} of the day</a>" for n in range(number))
    return f"<html><body><{within}>{items}</{within}><p>x</p></body></html>"


def test_headlines_in_navigation_and_margins_do_not_count():
    assert len(headline_links(document_fromstring(links(12)))) == 12
    for margin in ("nav", "aside", "footer"):
        assert not headline_links(document_fromstring(links(12, margin)))


def test_a_page_whose_text_is_headlines_or_teasers_is_an_index():
    found = headline_links(document_fromstring(links(12)))
    headlines = "\n".join(f"Headline number {n} of the day" for n in range(12))
    teasers = "\n".join("The work costs two million crowns." for _ in range(12))
    assert is_index(headlines, found, is_list=False)
    assert is_index(teasers, found, is_list=False)


def test_an_article_with_many_related_links_is_no_index():
    found = headline_links(document_fromstring(links(14)))
    article = "\n".join([PARAGRAPH] * 8)
    assert not is_index(article, found, is_list=False)


def test_a_declared_list_needs_fewer_links():
    found = frozenset(key(f"Headline number {n} of the day") for n in range(6))
    teasers = "\n".join("The work costs two million crowns." for _ in range(6))
    assert is_index(teasers, found, is_list=True)
    assert not is_index(teasers, found, is_list=False)
