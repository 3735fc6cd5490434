"""Groups and stories, in whatever order and however many runs the articles arrive."""

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.elements import Footprint, Known
from tests.newswire import GRADES, VOCABULARY, Newsroom, newswire, text_of
from tests.shelf import AT, Shelf, footprint, id_of
from transforms.candidates import Corpus, candidates, carriers
from transforms.linking import Similarity
from transforms.sketch import sketch, tokens
from transforms.sketches import gather

WIRE = Newsroom(11).article(24)
OTHER = Newsroom(12).article(24)
TEXT = text_of(WIRE)


def copies(n: int, seed: int) -> list[Footprint]:
    """The agency's text, and n papers' edits of it."""
    room = Newsroom(seed)
    wire, other = room.article(24), room.article(24)
    grades = ("exactish", "light", "medium")
    made = [footprint(f"wire{seed}", text_of(wire), wire_source="AFP", credited=True)]
    for k in range(n):
        edited = room.edit(wire, grades[k % 3], other)
        made.append(footprint(f"copy{seed}-{k}", text_of(edited)))
    return made


def in_runs(articles: Sequence[Footprint], runs: int) -> Shelf:
    shelf = Shelf()
    for k in range(runs):
        if part := articles[k::runs]:
            shelf.run(part)
    return shelf


CASES = [article for seed in range(4) for article in copies(4, seed)]
LONE = [footprint(f"lone{n}", text_of(Newsroom(100 + n).article(15))) for n in range(4)]
GROUPS = {
    *(frozenset(a.discovery for a in CASES[k : k + 5]) for k in range(0, 20, 5)),
    *(frozenset([a.discovery]) for a in LONE),
}


@settings(max_examples=25, deadline=None)
@given(st.permutations(CASES + LONE), st.integers(1, 10))
def test_any_order_and_any_split_into_runs_give_the_same_groups(
    articles: list[Footprint], runs: int
) -> None:
    shelf = in_runs(articles, runs)
    assert shelf.groups() == GROUPS
    assert {shelf.agencies()[a.discovery] for a in CASES} == {"AFP"}
    assert {shelf.agencies()[a.discovery] for a in LONE} == {None}


@settings(max_examples=10, deadline=None)
@given(st.permutations(CASES + LONE))
def test_the_order_of_arrival_in_a_run_changes_nothing_at_all(articles: list[Footprint]) -> None:
    shelf, again = in_runs(CASES + LONE, 1), in_runs(articles, 1)
    for article in CASES + LONE:
        assert again.link_of(article.discovery) == shelf.link_of(article.discovery)


def test_a_copy_excerpt_and_superset_are_told_apart() -> None:
    half = text_of(WIRE[: len(WIRE) // 3])
    more = text_of([*WIRE, *OTHER, *Newsroom(13).article(20)])
    shelf = Shelf()
    shelf.run([footprint("wire", TEXT)])
    shelf.run(
        [
            footprint("exact", TEXT),
            footprint("copy", text_of(Newsroom(13).edit(WIRE, "light", OTHER))),
            footprint("excerpt", half),
            footprint("superset", more),
            footprint("lone", text_of(OTHER[:4])),
        ]
    )
    relations = {one.discovery: one.duplicate_relation for one in shelf.links}
    assert relations["wire"] is None
    assert relations["exact"] == "exact"
    assert relations["copy"] == "copy"
    assert relations["excerpt"] == "excerpt"
    assert relations["superset"] == "superset"
    for name in ("exact", "copy", "excerpt", "superset"):
        link = shelf.link_of(name)
        assert link.duplicate_group == id_of("wire")
        assert link.story_id == f"s{id_of('wire')}"
    assert shelf.link_of("exact").duplicate_of == id_of("wire")
    assert shelf.link_of("copy").duplicate_of == id_of("wire")
    assert shelf.link_of("exact").duplicate_similarity == Similarity(1.0, 1.0)


def test_material_taken_over_is_a_link_and_no_group() -> None:
    own = Newsroom(13).article(20)
    borrowed = text_of([*own[:3], *WIRE[2:6], *own[3:]])
    shelf = in_runs([footprint("wire", TEXT), footprint("own", borrowed)], 2)
    link = shelf.link_of("own")
    assert (link.duplicate_relation, link.duplicate_of) == ("derived", id_of("wire"))
    assert link.duplicate_group == id_of("own")


def test_a_late_bridge_ties_groups_by_an_alias_and_renames_nobody() -> None:
    begin, end = text_of(WIRE[: len(WIRE) // 2]), text_of(WIRE[len(WIRE) // 2 :])
    shelf = Shelf()
    shelf.run([footprint("begin", begin)])
    shelf.run([footprint("end", end, wire_source="AP", credited=True)])
    assert len(shelf.groups()) == 2
    shelf.run([footprint("whole", TEXT)])
    assert shelf.groups() == {frozenset({"begin", "end", "whole"})}
    assert shelf.stories() == shelf.groups()
    assert shelf.aliased["duplicate_group"] == {id_of("end"): id_of("begin")}
    assert shelf.link_of("end").duplicate_group == id_of("end")
    assert shelf.link_of("whole").duplicate_group == id_of("begin")
    assert shelf.link_of("whole").wire_source == "AP"
    shelf.run([footprint("late", end)])
    assert shelf.link_of("late").duplicate_group == id_of("begin")


def test_a_page_put_together_from_two_reports_does_not_tie_them() -> None:
    mixed = text_of([*WIRE[: len(WIRE) * 2 // 3], *OTHER[: len(OTHER) // 3]])
    for runs in (1, 3):
        shelf = in_runs(
            [footprint("a", TEXT), footprint("b", text_of(OTHER)), footprint("mixed", mixed)], runs
        )
        assert shelf.groups() == {frozenset({"a", "mixed"}), frozenset({"b"})}


def test_a_credit_of_its_own_is_not_overruled_and_two_agencies_infer_none() -> None:
    texts = [text_of(Newsroom(n).edit(WIRE, "light", OTHER)) for n in range(4)]
    shelf = Shelf()
    shelf.run(
        [
            footprint("afp", texts[0], wire_source="AFP", credited=True),
            footprint("own", texts[1], credited=True),
            footprint("none", texts[2]),
        ]
    )
    assert shelf.link_of("own").wire_source is None
    assert shelf.link_of("none").wire_source == "AFP"
    shelf.run([footprint("ap", texts[3], wire_source="AP", credited=True)])
    shelf.run([footprint("late", TEXT)])
    assert shelf.link_of("late").wire_source is None


@pytest.mark.parametrize("runs", [1, 2, 10])
def test_long_footers_make_no_blob(runs: int) -> None:
    articles = []
    for paper in range(24):
        room = Newsroom(500 + paper)
        footer = room.article(room.rnd.randint(4, 8))
        for n in range(10):
            text = text_of([*room.article(room.rnd.randint(8, 20)), *footer])
            articles.append(footprint(f"p{paper}-{n}", text, f"paper{paper}.example"))
    random.Random(1).shuffle(articles)
    assert {len(group) for group in in_runs(articles, runs).groups()} == {1}


def test_three_hundred_copies_are_one_group_in_linear_work() -> None:
    room = Newsroom(3)
    wire, other = room.article(24), room.article(24)
    articles = [
        footprint(f"copy{n}", text_of(room.edit(wire, GRADES[n % 3], other))) for n in range(300)
    ]
    assert len(in_runs(articles, 10).groups()) == 1

    def cost(n: int) -> float:
        best = float("inf")
        for _ in range(3):
            before = time.process_time()
            assert len(in_runs(articles[:n], 1).groups()) == 1
            best = min(best, time.process_time() - before)
        return best

    # Pairs of all with all would be 9 times as many; the fixed part flatters, the rest is slack.
    assert cost(300) < 5.5 * cost(100)


def test_a_corrected_text_of_one_publisher_is_a_copy_and_a_template_is_none() -> None:
    room = Newsroom(9)
    words = text_of(room.article(5)).split()
    template = ["@" if n % 6 == 0 else word for n, word in enumerate(words)]
    briefs = []
    for n in range(6):
        filled = " ".join(room.rnd.choice(VOCABULARY) if word == "@" else word for word in template)
        briefs.append(footprint(f"brief{n}", filled, "bot.example"))
    corrected = text_of(Newsroom(13).edit(WIRE, "exactish", OTHER))
    pair = [footprint("first", TEXT, "x.example"), footprint("again", corrected, "x.example")]
    for runs in (1, 4):
        groups = in_runs([*briefs, *pair], runs).groups()
        assert frozenset({"first", "again"}) in groups
        assert len(groups) == 7


def known_of(shelf: Shelf, name: str) -> Known:
    link = shelf.link_of(name)
    return Known(
        1, "0" * 64, AT, "published", AT, link.duplicate_group, "original", None, link.story_id
    )


def test_a_known_article_keeps_its_column_and_goes_where_its_newest_text_belongs() -> None:
    shelf = Shelf()
    shelf.run([footprint("stub", "More soon about the lock."), footprint("wire", TEXT)])
    update = footprint("stub", TEXT + " More.", known=known_of(shelf, "stub"))
    shelf.run([replace(update, discovery="stub2")])
    link = shelf.link_of("stub2")
    assert (link.duplicate_group, link.duplicate_of) == (id_of("stub"), id_of("wire"))
    assert frozenset({"stub", "stub2", "wire"}) in shelf.groups()

    live = Shelf()
    live.run([footprint("live", text_of(OTHER)), footprint("copy", text_of(OTHER[:-1]))])
    live.run([footprint("wire", TEXT)])
    changed = footprint("live", TEXT + " More.", known=known_of(live, "live"))
    live.run([replace(changed, discovery="live2")])
    assert live.groups() == {frozenset({"copy"}), frozenset({"wire", "live", "live2"})}
    assert live.link_of("live2").duplicate_group == id_of("live")
    live.run([footprint("late", text_of(OTHER))])
    assert frozenset({"copy", "late"}) in live.groups()


def test_what_is_together_for_a_reason_out_of_sight_stays_when_another_leaves() -> None:
    note = "More soon about the lock."  # too short to have a sketch that says anything
    shelf = Shelf()
    shelf.run([footprint(name, note) for name in ("first", "second", "third")])
    assert len(shelf.groups()) == 1
    changed = footprint("third", TEXT, known=known_of(shelf, "third"))
    shelf.run([replace(changed, discovery="third2"), footprint("wire", text_of(WIRE[:-1]))])
    assert frozenset({"first", "second"}) in shelf.groups()
    assert frozenset({"third", "third2", "wire"}) in shelf.groups()


def short_and_mixed() -> list[Footprint]:
    """A cut of a report; a page that is half of this report and more of another; both reports."""
    mixed = text_of([*OTHER[: len(OTHER) * 2 // 3], *WIRE[: len(WIRE) * 2 // 5]])
    cut = text_of(WIRE[: len(WIRE) // 2])
    return [
        footprint("cut", cut),
        footprint("mixed", mixed),
        footprint("wire", TEXT),
        footprint("other", text_of(OTHER)),
    ]


def test_an_article_that_is_nearer_to_a_later_one_is_pointed_there_and_keeps_its_column() -> None:
    cut, mixed, wire, other = short_and_mixed()
    shelf = Shelf()
    shelf.run([mixed])
    shelf.run([cut])
    assert shelf.groups() == {frozenset({"cut", "mixed"})}
    assert shelf.link_of("cut").duplicate_group == id_of("mixed")
    shelf.run([wire])
    shelf.run([other])
    assert shelf.groups() == {frozenset({"cut", "wire"}), frozenset({"mixed", "other"})}
    assert shelf.link_of("cut").duplicate_group == id_of("mixed")
    assert shelf.aliased["duplicate_group"][id_of("cut")] in {id_of("cut"), id_of("wire")}
    together = {frozenset({"cut", "wire"}), frozenset({"mixed", "other"})}
    assert together <= shelf.groups()


MIXTURES = [
    footprint(one.id, one.text, one.source)
    for one in newswire(6, stories=40, others=30, quoters=10, digests=4, briefs=30)
]
WHOLE = in_runs(MIXTURES, 1).groups()


@settings(max_examples=15, deadline=None)
@given(st.permutations(MIXTURES), st.lists(st.integers(1, 80), min_size=1, max_size=6))
def test_copies_of_every_grade_are_the_same_groups_in_any_order_and_any_split(
    articles: list[Footprint], sizes: list[int]
) -> None:
    shelf = Shelf()
    for size in sizes:
        shelf.run(articles[:size])
        articles = articles[size:]
    shelf.run(articles)
    assert shelf.groups() == WHOLE


def test_the_pairs_of_some_are_those_of_all_that_they_are_in() -> None:
    room = Newsroom(5)
    wire, other = room.article(24), room.article(24)
    texts = [text_of(room.edit(wire, GRADES[n % 3], other)) for n in range(40)]
    texts += [text_of([*room.article(8), *wire[n % 6 : n % 6 + 1]]) for n in range(40)]
    rank = np.array(random.Random(2).sample(range(80), 80), np.uint32)
    sketches = gather([sketch(tokens(text)) for text in texts])
    every = np.ones(80, bool)
    corpus = Corpus([sketches], np.arange(80, dtype=np.uint32), rank, every)
    pairs = {*zip(*candidates(corpus, carriers(corpus, every), every), strict=True)}
    assert len(pairs) < 80 * 79 / 4  # the crowd is not paired all with all
    for row in range(80):
        focus = np.arange(80) == row
        found = {*zip(*candidates(corpus, carriers(corpus, focus), focus), strict=True)}
        assert found == {pair for pair in pairs if row in pair}


def test_new_versions_are_grouped_as_if_they_had_been_the_first() -> None:
    before = MIXTURES[::2]
    changes = [*zip(MIXTURES[:60:2], MIXTURES[1:60:2], strict=True)]
    shelf = Shelf()
    shelf.run(before)
    updates = [
        replace(now, id=was.id, source=was.source, known=known_of(shelf, was.discovery))
        for was, now in changes
    ]
    for part in (updates[::2], updates[1::2]):
        shelf.run(part)
    newest = {one.id: one for one in (*before, *updates)}
    fresh = Shelf()
    fresh.run(replace(one, discovery=one.id, known=None) for one in newest.values())
    group_of = {one.id: shelf.group_of(n) for n, one in enumerate(shelf.footprints)}
    found: dict[str, set[str]] = {}
    for id, group in group_of.items():
        found.setdefault(group, set()).add(id)
    assert {frozenset(group) for group in found.values()} == fresh.groups()


def test_grades_of_edits_are_found_and_traps_are_not() -> None:
    articles = newswire(4, stories=60, others=40, quoters=20, digests=8, briefs=100)
    prints = [footprint(one.id, one.text, one.source) for one in articles]
    groups = in_runs(prints, 1).groups()
    group_of = {one.id: one.group for one in articles}
    assert max(map(len, groups)) <= 8
    pairs = [(a, b) for group in groups for a in group for b in group if a < b]
    right = sum(group_of[a] == group_of[b] for a, b in pairs)
    every = sum(group_of[a.id] == group_of[b.id] for a in articles for b in articles if a.id < b.id)
    assert right / len(pairs) > 0.96
    assert right / every > 0.95


def test_one_event_in_several_wordings_is_one_story_within_days() -> None:
    topic = [f"{w}ville" for w in ("Ostrel", "Tarn", "Quell", "Brack", "Albar", "Hohen", "Vals")]
    reports = [text_of(Newsroom(40 + n).article(12, topic)) for n in range(3)]
    shelf = Shelf()
    shelf.run(
        footprint(f"r{n}", text, published_at=AT + timedelta(days=n))
        for n, text in enumerate(reports)
    )
    old = text_of(Newsroom(50).article(12, topic))
    shelf.run([footprint("old", old, published_at=AT - timedelta(days=30)), LONE[0]])
    assert shelf.stories() == {
        frozenset({"r0", "r1", "r2"}),
        frozenset({"old"}),
        frozenset({"lone0"}),
    }
    assert shelf.link_of("r0").story_score is None
    assert 0.2 < (shelf.link_of("r1").story_score or 0) <= 1
