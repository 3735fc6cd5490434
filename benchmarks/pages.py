"""Saved pages for benchmarks: invented articles inside the furniture of a real news page."""

import random
from collections.abc import Callable
from pathlib import Path

from tests.pipelines.newssite import paragraphs

_NAMES = [
    "Mara Lindqvist",
    "Jonas Hale",
    "Petra Dunai",
    "Ilie Marent",
    "Rosa Imbert",
    "Theo Brandvold",
]
_PLACES = ["Vienna", "Oslo", "Geneva", "Lisbon", "Prague", "Helsinki", "Turin", "Ghent"]


def article_page(n: int) -> str:
    """Page number `n`: about 700 words of article in 45 KB of HTML."""
    dice = random.Random(n)
    body = []
    for text in paragraphs(f"bench {n}", 9):
        who, where = dice.choice(_NAMES), dice.choice(_PLACES)
        body.append(f"<p>{text} {who}, who had come from {where} on Tuesday, did not agree.</p>")
    teasers = "".join(
        f'<div class="card card--{k % 4}" data-id="{n}-{k}">'
        f'<a class="card__link" href="/story/{k}">'
        f'<img class="card__image" loading="lazy" src="/images/{k}/small.jpg" alt="">'
        f'<h3 class="card__title">{paragraphs(f"teaser {k}", 1)[0][:70]}</h3></a>'
        f'<span class="card__meta">'
        f'<time datetime="2026-11-{k % 19 + 1:02}">today</time></span></div>'
        for k in range(60)
    )
    menu = "".join(
        f'<li class="nav__item"><a class="nav__link" href="/section/{k}">Section {k}</a></li>'
        for k in range(60)
    )
    title = f"Report {n}: {paragraphs(f'title {n}', 1)[0][:60]}"
    style = "".join(f".c{k}{{margin:{k}px;padding:{k}px;color:#{k:06x}}}" for k in range(200))
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>{title} | Bench Post</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="Bench Post">
<meta property="article:published_time" content="2026-11-{n % 19 + 1:02}T08:30:00+01:00">
<link rel="canonical" href="https://bench.example/{n}"><style>{style}</style>
<script type="application/ld+json">{{"@context":"https://schema.org","@type":"NewsArticle",
"headline":"{title}","datePublished":"2026-11-{n % 19 + 1:02}T08:30:00+01:00",
"author":[{{"@type":"Person","name":"Nora Quist"}}]}}</script></head>
<body><header><nav class="nav"><ul>{menu}</ul></nav></header><main><article><h1>{title}</h1>
<p class="byline">By Nora Quist</p>{"".join(body)}</article>
<aside class="more">{teasers}</aside></main><footer><ul>{menu}</ul></footer></body></html>"""


def short_page(n: int) -> str:
    """Page number `n`: about 250 words of article in 9 KB of HTML."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs(f"short {n}", 4))
    menu = "".join(
        f'<li><a class="nav__link" href="/s/{k}">Section {k}</a></li>' for k in range(60)
    )
    title = f"Note {n}: {paragraphs(f'note {n}', 1)[0][:60]}"
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta property="article:published_time" content="2026-11-{n % 19 + 1:02}T08:30:00+01:00">
<meta name="author" content="Nora Quist"></head><body><nav><ul>{menu}</ul></nav>
<main><article><h1>{title}</h1>{body}</article></main><footer><ul>{menu}</ul></footer></body></html>"""


def write_pages(folder: Path, count: int, make: Callable[[int], str] = article_page) -> list[Path]:
    """Write pages 0 to `count`-1 as files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{n:05}.html" for n in range(count)]
    for n, path in enumerate(paths):
        path.write_text(make(n), encoding="utf-8")
    return paths
