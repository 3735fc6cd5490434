"""Quality: what an editor should know, and what ordinary articles are not accused of."""

from lxml.html import HtmlElement, document_fromstring

from transforms.clean import key
from transforms.outcomes import REASONS
from transforms.quality import (
    FLAGS,
    is_index,
    is_made_of_links,
    is_too_short,
    linked_headings,
    order,
    size,
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


SECTION = "https://quay-post.example/news/local"


def linked(number: int, within: str = "div", there: str = "") -> HtmlElement:
    cards = "".join(
        f"<h3><a href='{there}/a/{n}'>Headline number {n} of the day</a></h3><p>What it says.</p>"
        for n in range(number)
    )
    return document_fromstring(f"<html><body><{within}>{cards}</{within}><p>x</p></body></html>")


def test_headings_that_link_within_the_site_are_counted_outside_its_margins():
    assert linked_headings(linked(12), SECTION) == 12
    assert linked_headings(linked(12, there="https://m.quay-post.example"), SECTION) == 12
    assert linked_headings(linked(12, there="https://other.example"), SECTION) == 0
    for margin in ("nav", "aside", "footer"):
        assert not linked_headings(linked(12, margin), SECTION)
    contents = "<html><body><h2><a href='#one'>The first part of this</a></h2></body></html>"
    assert not linked_headings(document_fromstring(contents), SECTION)


def test_a_section_with_a_summary_for_each_headline_is_an_index():
    summaries = "\n".join("The work costs two million crowns." for _ in range(6))
    assert is_index(summaries, 6, is_home=False)
    assert not is_index(summaries, 4, is_home=False)
    assert not is_index("\n".join([PARAGRAPH] * 20), 6, is_home=False)
    assert is_index("\n".join([PARAGRAPH] * 20), 6, is_home=True), "a blog of whole posts"


def test_a_text_of_links_is_an_index_wherever_it_is():
    known = {key(f"Headline number {n} of the day"): True for n in range(12)}
    heads = [f"Headline number {n} of the day" for n in range(12)]
    assert is_made_of_links("\n".join(heads), lambda: known)
    assert not is_made_of_links("\n".join([*heads, *[PARAGRAPH] * 10]), lambda: known)
    assert not is_made_of_links("\n".join(heads[:9]), lambda: known)


def test_a_chinese_character_says_more_than_a_letter():
    assert size("市议会") == 9
    assert size("council") == 7
