"""The flags that are about the kind of page that a text is from."""

from functools import cache

from lxml.html import HtmlElement

from transforms import around, page_kinds, quality, stubs, walls
from transforms.beside import beside
from transforms.declared import Declared


def page_flags(
    text: str, title: str | None, tree: HtmlElement, html: str, url: str, declared: Declared
) -> dict[str, bool]:
    """Each flag, and whether it is raised.

    text, title: as they were read from the page at `url`; tree, html: of the page; declared: what
    it says of itself.
    """
    links = cache(lambda: quality.linked_lines(tree, url))
    near = cache(lambda: beside(text, html))
    is_list = declared.is_list and not declared.is_article
    is_home = page_kinds.is_home_address(url)
    index = (
        (is_list or page_kinds.is_section_address(url))
        and quality.is_index(text, quality.linked_headings(tree, url), is_home)
    ) or (not declared.is_article and quality.is_made_of_links(text, links))
    return {
        "index_page": index,
        "liveblog": page_kinds.is_live_blog(text, url, title, declared.is_live),
        "media_page": not index and page_kinds.is_media_page(text, title, url, declared, near),
        "list_tail": page_kinds.has_list_tail(text, links),
        "boilerplate": around.is_boilerplate(text),
        "consent_page": walls.is_consent(text),
        "paywall": declared.free is False
        or (declared.free is None and stubs.is_stub(text, html, tree, near)),
    }
