"""Rights: the reservations against text mining and AI that a site states for machines. Pure.

They are recorded, not obeyed: what may be done with an article is for whoever uses it to decide.
Whether it may be fetched is robots.txt's word to us, and that is obeyed (transforms.robots).

tdm-reservation        meta or header tdm-reservation: 1 (TDMRep, W3C Community Group report 2024)
noai, noimageai        in meta robots or X-Robots-Tag (DeviantArt's convention, 2022)
robots.txt:GPTBot      the site's robots.txt names this crawler of an AI and keeps it off the page
robots.txt:ai-train=no a Content-Signal (contentsignals.org, 2025) or Content-Usage (IETF aipref)
                       preference against a use, in the group that is for us
"""

import re
from collections.abc import Iterable
from typing import Final

from transforms.answers import Headers
from transforms.robots_rules import Group, Robots

# Product tokens by which the operators of AI crawlers say that they can be refused.
AI_CRAWLERS: Final = (
    "AI2Bot",
    "Amazonbot",
    "anthropic-ai",
    "Applebot-Extended",
    "Bytespider",
    "CCBot",
    "ClaudeBot",
    "cohere-ai",
    "Diffbot",
    "FacebookBot",
    "Google-Extended",
    "GPTBot",
    "meta-externalagent",
    "Omgilibot",
    "PerplexityBot",
)
# Groups are found by the letters of a token alone (RFC 9309 2.2.1).
_TOKENS: Final = tuple((name, re.sub(r"[^a-z_-].*", "", name.lower())) for name in AI_CRAWLERS)
_WORDS: Final = re.compile(r"\b(noai|noimageai)\b", re.IGNORECASE)
_REFUSED: Final = re.compile(r"\s*([a-z][a-z-]{0,30})\s*=\s*(?:no|n)\s*", re.IGNORECASE)


def reservations(robots: Robots, ours: Group, path: str) -> tuple[str, ...]:
    """What a robots.txt reserves of what is at `path`; `ours` is its group for us."""
    found = [
        f"robots.txt:{name}"
        for name, token in _TOKENS
        if token in robots.groups and not robots.groups[token].allows(path)
    ]
    if ours.signals:
        found += [f"robots.txt:{use}" for use in _refused(ours.signals)]
    return tuple(dict.fromkeys(found))


def _refused(signals: Iterable[str]) -> list[str]:
    """`ai-train=no` of "search=yes, ai-train=no"."""
    parts = (part for signal in signals for part in re.split(r"[,;]", signal))
    return [part.strip().lower() for part in parts if _REFUSED.fullmatch(part)]


def of_headers(headers: Headers) -> tuple[str, ...]:
    """What an answer's headers reserve."""
    found = []
    for name, value in headers:
        if name == "tdm-reservation" and value.strip() == "1":
            found.append("tdm-reservation")
        elif name == "x-robots-tag":
            found += [word.lower() for word in _WORDS.findall(value)]
    return tuple(dict.fromkeys(found))
