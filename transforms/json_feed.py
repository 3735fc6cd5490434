"""read_json: a JSON Feed (https://www.jsonfeed.org, versions 1 and 1.1) -> FeedDocument.

Publishers' JSON is as careless as their XML: a value of another type than the specification's is
left out, an item that is no object is broken, and the others are read.
"""

import html
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from transforms.feed_bytes import ILLEGAL
from transforms.feed_document import BrokenItem, FeedDocument
from transforms.feed_items import (
    MAX_CONTENT,
    MAX_NAMES,
    MAX_SUMMARY,
    MAX_TITLE,
    Item,
    language_tag,
    plain,
    resolve,
    visible,
)
from transforms.feed_scan import MAX_ITEMS
from transforms.identity import canonical_url
from transforms.outcomes import Rejected

_VERSION: Final = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/(\d+(?:\.\d+)?)/?")
_MAX_NAME: Final = 200
_MAX_PAYLOAD: Final = 64 * 1024


def read_json(text: str, url: str) -> FeedDocument:
    """The JSON Feed in `text`, found at `url`.

    Raises Rejected: malformed_json if it is no JSON, or nested or numbered beyond what any feed
    has; json_error if it is JSON and no feed.
    """
    try:
        feed = json.loads(text)
    except RecursionError:
        raise Rejected("malformed_json", "nested too deep") from None
    except ValueError as error:  # a syntax error, or an integer of thousands of digits
        raise Rejected("malformed_json", str(error)[:200]) from None
    if not isinstance(feed, dict):
        raise Rejected("json_error", text[:200])
    version = _VERSION.fullmatch(_string(feed, "version") or "")
    if version is None:
        raise Rejected("json_error", text[:200])
    listed = feed.get("items")
    listed = listed if isinstance(listed, list) else []
    items, payloads, lost = [], [], []
    language = language_tag(_string(feed, "language"))
    for number, one in enumerate(listed[:MAX_ITEMS]):
        payload = json.dumps(one).encode()[:_MAX_PAYLOAD]
        if isinstance(one, dict):
            items.append(_item(one, url))
            payloads.append(payload)
        else:
            what = f"item {number + 1} is a {type(one).__name__}, not an object"
            lost.append(BrokenItem(f"#{number}", None, "bad_item", what, payload))
    flags = []
    if len(listed) > MAX_ITEMS:
        flags.append("too_many_items")
        detail = f"{len(listed) - MAX_ITEMS} items beyond the first {MAX_ITEMS}"
        lost.append(BrokenItem("#beyond", None, "too_complex", detail))
    if any(item.cut for item in items):
        flags.append("field_truncated")
    return FeedDocument(
        kind="json" + version[1].replace(".", "").removesuffix("0"),
        title=_text(feed, "title", MAX_TITLE),
        language=language,
        hub=_hub(feed.get("hubs")),
        items=tuple(items),
        payload=payloads.__getitem__,
        lost=tuple(lost),
        flags=tuple(flags),
    )


def _item(one: dict[str, Any], base: str) -> Item:
    guid = one.get("id")
    # Version 1 let some write numbers; the specification asks readers to take them as strings.
    if isinstance(guid, int | float) and not isinstance(guid, bool):
        guid = str(guid)
    guid = ILLEGAL.sub("", guid).strip() if isinstance(guid, str) else None
    link = _string(one, "url") or _string(one, "external_url")
    if link is None and guid and guid.lower().startswith(("http://", "https://")):
        link = guid
    content = _string(one, "content_html")
    if content is None and (written := _string(one, "content_text")):
        content = f"<p>{html.escape(written, quote=False)}</p>".replace("\n\n", "</p><p>")
    image = _string(one, "image") or _string(one, "banner_image")
    title, summary = _string(one, "title") or "", _string(one, "summary") or ""
    return Item(
        guid=guid or None,
        link=resolve(base, link) if link else None,
        title=_text(one, "title", MAX_TITLE),
        summary=_text(one, "summary", MAX_SUMMARY),
        content=content[:MAX_CONTENT] if content else None,
        authors=_authors(one),
        tags=_names(_list(one.get("tags"))),
        published=_date(one, "date_published"),
        updated=_date(one, "date_modified"),
        image_url=_image(base, image) if image else None,
        language=language_tag(_string(one, "language")),
        cut=len(title) > MAX_TITLE
        or len(summary) > MAX_SUMMARY
        or len(content or "") > MAX_CONTENT,
    )


def _string(one: dict[str, Any], key: str) -> str | None:
    value = one.get(key)
    return ILLEGAL.sub("", value).strip() or None if isinstance(value, str) else None


def _text(one: dict[str, Any], key: str, limit: int) -> str | None:
    value = _string(one, key)
    return visible(value[: 4 * limit])[:limit].rstrip() or None if value else None


def _date(one: dict[str, Any], key: str) -> str | None:
    value = _string(one, key)
    return value[:_MAX_NAME] if value else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _authors(one: dict[str, Any]) -> tuple[str, ...]:
    authors = _list(one.get("authors")) or _list(one.get("author"))  # 1.1, else 1
    return _names(a.get("name") if isinstance(a, dict) else a for a in authors)


def _names(values: Iterable[Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, str):
            name = plain(ILLEGAL.sub("", value[: 4 * _MAX_NAME]))[:_MAX_NAME]
            if name:
                found.setdefault(name)
    return tuple(found)[:MAX_NAMES]


def _hub(hubs: Any) -> str | None:
    for hub in _list(hubs):
        if isinstance(hub, dict) and isinstance(hub.get("url"), str):
            return ILLEGAL.sub("", hub["url"])[:2048]
    return None


def _image(base: str, image: str) -> str | None:
    resolved = resolve(base, image)
    try:
        canonical_url(resolved)
    except ValueError:
        return None
    return resolved
