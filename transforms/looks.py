"""Title, authors, sections and tags of a page by its looks, where it does not declare them.

trafilatura's reading (A. Barbaresi, ACL 2021), part by part: the rest of its `extract_metadata`
(address, name of the site, license, date) is found elsewhere or not asked for, and costs an eighth.
"""

import logging

from lxml.html import HtmlElement
from trafilatura import metadata
from trafilatura.settings import Document

from transforms.outcomes import Rejected

_LOG = logging.getLogger(__name__)


def read_looks(tree: HtmlElement) -> Document:
    """title, author, categories and tags, as trafilatura's `extract_metadata` gives them.

    Raises Rejected extract_error.
    """
    try:
        found = metadata.examine_meta(tree)
        if found.author and " " not in found.author:
            found.author = None
        found = _with_json_ld(tree, found)
        found.title = found.title or metadata.extract_title(tree)
        found.author = found.author or metadata.extract_author(tree)
        found.categories = found.categories or metadata.extract_catstags("category", tree)
        found.tags = found.tags or metadata.extract_catstags("tag", tree)
        found.clean_and_trim()
    except Exception as error:  # lxml, trafilatura and courlan on hostile bytes
        raise Rejected("extract_error", f"{type(error).__name__}: {error}"[:500]) from error
    return found


def _with_json_ld(tree: HtmlElement, found: Document) -> Document:
    try:
        return metadata.extract_meta_json(tree, found)
    except Exception:  # noqa: BLE001 - as trafilatura does: half of it may be there
        _LOG.debug("JSON-LD that trafilatura does not read", exc_info=True)
        return found
