import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from schemas.elements import Article, FeedPoll, Known
from schemas.tables import TABLES, from_row
from tests.rows import FIRST_DAY, TEXT, article, digest, origin, outcome, poll, reject
from transforms.commit import commit
from transforms.dataset import Dataset, DatasetError, Snapshot
from transforms.lookup import MOST_BOUND, rows
from transforms.write import partition_of, write_file


def run_id(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def run(root: Path, at: datetime, **tables: Iterable[Any]) -> str:
    """One run at logical time `at` that stores the elements given for each table."""
    staged = []
    for name, elements in tables.items():
        table = TABLES[name]
        days: dict[str, list[Any]] = {}
        for element in elements:
            days.setdefault(partition_of(table, element, at), []).append(element)
        for day, those in days.items():
            staged.append(write_file(table, those, str(root), day, run_id(at), 0))
    commit(str(root), run_id(at), [file for file in staged if file], {})
    return run_id(at)


def now(root: Path) -> Snapshot:
    return Dataset(str(root)).snapshot()


def known_of(made: Article) -> Known:
    return Known(
        version=made.version,
        content_hash=made.content_hash,
        event_at=made.event_at,
        event_at_source=made.event_at_source,
        first_seen_at=made.first_seen_at,
        duplicate_group=made.duplicate_group,
        duplicate_relation=made.duplicate_relation,
        duplicate_of=made.duplicate_of,
        story_id=made.story_id,
    )


HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


# --------------------------------------------------------------------------------- snapshots


@pytest.mark.parametrize("there", [True, False], ids=["empty folder", "no folder"])
def test_a_dataset_that_does_not_exist_yet_is_an_empty_snapshot(there: bool, tmp_path: Path):
    root = tmp_path if there else tmp_path / "new"
    snapshot = now(root)
    assert snapshot.seq == 0
    assert snapshot == Dataset(str(root)).snapshot(0)
    assert snapshot.files("articles") == []
    assert snapshot.without_run("r1") == snapshot
    assert snapshot.known([article(1).id], [FIRST_DAY.date()]) == {}
    assert snapshot.same_content([article(1).content_hash]) == {}
    assert snapshot.feed_states([poll(1).feed_url]) == {}
    assert snapshot.article("u") == snapshot.outcomes("u") == snapshot.rejects("u") == []


def test_a_folder_that_holds_something_else_is_not_a_dataset(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("...")
    with pytest.raises(ValueError, match=r"not a dataset: .* holds 'thesis.tex'"):
        now(tmp_path)
    with pytest.raises(ValueError, match="is a file"):
        now(tmp_path / "thesis.tex")


def test_a_run_that_was_killed_before_its_first_commit_left_an_empty_dataset(tmp_path: Path):
    write_file(TABLES["articles"], [article(1)], str(tmp_path), "event_date=2024-10-29", "r", 0)
    assert now(tmp_path).seq == 0


def test_a_missing_manifest_is_a_named_damage(tmp_path: Path):
    run(tmp_path, FIRST_DAY, articles=[article(1)])
    (tmp_path / "_meta/manifests/0000000001.json").unlink()
    with pytest.raises(DatasetError, match="no manifest 1"):
        now(tmp_path)


def test_a_snapshot_stays_what_it_was_while_later_runs_commit(tmp_path: Path):
    run(tmp_path, FIRST_DAY, articles=[article(0)])
    before = now(tmp_path)
    run(tmp_path, FIRST_DAY + HOUR, articles=[article(1)])
    wanted = [article(0).id, article(1).id]
    assert before.known(wanted, []).keys() == {article(0).id}
    assert Dataset(str(tmp_path)).snapshot(1) == before
    assert now(tmp_path).known(wanted, []).keys() == set(wanted)
    assert now(tmp_path).rows("articles") == 2
    with pytest.raises(DatasetError, match="no generation 7"):
        Dataset(str(tmp_path)).snapshot(7)


def test_what_the_manifest_does_not_list_is_not_read(tmp_path: Path):
    run(tmp_path, FIRST_DAY, articles=[article(0)])
    (file,) = now(tmp_path).files("articles")
    other = tmp_path / "other"
    run(other, FIRST_DAY, articles=[article(1, event_at=FIRST_DAY)])
    (stray,) = now(other).files("articles")
    shutil.copy(stray, Path(file).parent / "stray-0-0123456789ab.parquet")
    assert now(tmp_path).known([article(1).id], [FIRST_DAY.date()]) == {}
    assert now(tmp_path).article(article(1).url) == []


def test_a_snapshot_can_be_sent_to_another_process(tmp_path: Path):
    run(tmp_path, FIRST_DAY, articles=[article(0)])
    snapshot = now(tmp_path)
    assert snapshot.known([article(0).id], [])
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot


def test_a_run_that_is_run_again_sees_what_it_saw_the_first_time(tmp_path: Path):
    times = [FIRST_DAY + HOUR * n for n in range(4)]
    for n, at in enumerate(times):
        run(tmp_path, at, articles=[article(n, event_at=at)])
    everything = [article(n).id for n in range(4)]
    again = now(tmp_path).without_run(run_id(times[2]))
    assert again.known(everything, []).keys() == {article(0).id, article(1).id}
    assert now(tmp_path).without_run(run_id(times[0])).live == ()


def test_a_run_that_was_never_committed_sees_all_there_is(tmp_path: Path):
    run(tmp_path, FIRST_DAY, articles=[article(0)])
    snapshot = now(tmp_path)
    assert snapshot.without_run(run_id(FIRST_DAY - HOUR)) == snapshot
    assert snapshot.without_run(run_id(FIRST_DAY + HOUR)) == snapshot


# --------------------------------------------------------------------------- what is known


def test_the_newest_version_of_an_article_is_known(tmp_path: Path):
    first = article(0)
    second = article(0, version=2, text="Edited.", duplicate_of="x", duplicate_relation="copy")
    run(tmp_path, FIRST_DAY, articles=[first, article(1)])
    run(tmp_path, FIRST_DAY + HOUR, articles=[second])
    found = now(tmp_path).known({first.id, article(1).id, "0" * 32}, [])
    assert found == {first.id: known_of(second), article(1).id: known_of(article(1))}
    assert found[first.id].event_at.tzinfo is UTC


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten runs, forty days apart, of two articles each: one of the day, one of long before."""
    root = tmp_path_factory.mktemp("years")
    for n in range(10):
        at = FIRST_DAY + 40 * DAY * n
        old = article(100 + n, event_at=at - 3650 * DAY, retrieved_at=at)
        of_the_day = article(n, event_at=at, retrieved_at=at)
        run(root, at, articles=[of_the_day, old], ledger=[outcome(n, at)], feeds=[poll(n, at)])
    return root


def test_an_article_is_known_however_old_it_is(years: Path):
    wanted = [article(n).id for n in (*range(10), *range(100, 110))]
    assert now(years).known(wanted, []).keys() == set(wanted)
    assert now(years).known([article(77).id], [date(2024, 10, 29)]) == {}


def test_what_is_found_in_the_likely_days_is_not_looked_for_elsewhere(years: Path, tmp_path: Path):
    """Shown by files that are gone: a look-up that needed them would fail."""
    root = tmp_path / "partly"
    shutil.copytree(years, root)
    near = FIRST_DAY + 120 * DAY
    newest = FIRST_DAY + 360 * DAY
    for path in root.glob("articles/*/*"):
        kept = {newest.date(), near.date(), (newest - 3650 * DAY).date()}
        if date.fromisoformat(path.parent.name.partition("=")[2]) not in kept:
            path.unlink()
    snapshot = now(root)
    likely = {article(9).id, article(109).id}  # of the newest day, and of the newest run
    assert snapshot.known(likely, []).keys() == likely
    for days_off in (-2, 0, 2):
        day = (near + days_off * DAY).date()
        assert snapshot.known([article(3).id], [day]).keys() == {article(3).id}
    with pytest.raises(Exception, match="No files found"):
        snapshot.known([article(3).id], [(near + 3 * DAY).date()])


def test_many_ids_are_looked_up_at_once(tmp_path: Path):
    """More of them than are bound one by one."""
    run(tmp_path, FIRST_DAY, articles=[article(n, event_at=FIRST_DAY) for n in range(20)])
    wanted = [article(n).id for n in range(MOST_BOUND + 20)]
    found = now(tmp_path).known(wanted, [])
    assert found.keys() == {article(n).id for n in range(20)}
    assert now(tmp_path).known(wanted[:3], []).items() <= found.items()


# ---------------------------------------------------------------------------- same content


def test_the_article_that_had_a_text_first_is_found_by_its_hash(tmp_path: Path):
    copied = digest("same text")
    early = article(1, content_hash=copied, retrieved_at=FIRST_DAY, event_at=FIRST_DAY)
    # Within one run the original goes first, whatever the ids are.
    copies = [
        article(n, content_hash=copied, retrieved_at=FIRST_DAY, duplicate_relation="exact")
        for n in range(2, 8)
    ]
    late = article(0, content_hash=copied, retrieved_at=FIRST_DAY + 90 * DAY, version=3)
    run(tmp_path, FIRST_DAY, articles=[*copies, early])
    run(tmp_path, FIRST_DAY + 90 * DAY, articles=[late])
    found = now(tmp_path).same_content([copied, digest("unseen")])
    assert found.keys() == {copied}
    assert found[copied].id == early.id
    assert found[copied].story_id == early.story_id
    assert found[copied].duplicate_group == early.duplicate_group
    assert (found[copied].event_at, found[copied].version) == (FIRST_DAY, 1)


# ------------------------------------------------------------------------------ feed states


def test_the_newest_poll_of_each_feed_is_its_state(tmp_path: Path):
    for n in range(12):
        at = FIRST_DAY + HOUR * n
        # Feed 1 is polled each time, feed 2 only at first, feed 3 every third time.
        polls = [poll(1, at)] + [poll(2, at)] * (n == 0) + [poll(3, at)] * (n % 3 == 0)
        run(tmp_path, at, feeds=polls)
    urls = [poll(n).feed_url for n in (1, 2, 3, 4)]
    assert now(tmp_path).feed_states(urls) == {
        urls[0]: poll(1, FIRST_DAY + 11 * HOUR),
        urls[1]: poll(2, FIRST_DAY),
        urls[2]: poll(3, FIRST_DAY + 9 * HOUR),
    }


def test_a_feed_state_is_exactly_the_poll_that_was_written(tmp_path: Path):
    polled = replace(poll(1), last_success_at=FIRST_DAY + timedelta(microseconds=7), title="Ä 😀")
    run(tmp_path, FIRST_DAY, feeds=[polled, poll(2)])
    state = now(tmp_path).feed_states([polled.feed_url])[polled.feed_url]
    assert state == polled
    assert isinstance(state, FeedPoll)
    assert state.at.tzinfo is UTC


def test_a_feed_that_was_not_polled_for_a_month_starts_afresh(tmp_path: Path):
    run(tmp_path, FIRST_DAY, feeds=[poll(1)])
    run(tmp_path, FIRST_DAY + 30 * DAY, feeds=[poll(2)])
    assert now(tmp_path).feed_states([poll(1).feed_url])
    run(tmp_path, FIRST_DAY + 31 * DAY, feeds=[poll(2)])
    assert now(tmp_path).feed_states([poll(1).feed_url]) == {}


def test_older_polls_are_not_read_once_all_feeds_are_found(tmp_path: Path):
    """Shown by files that are gone: reading them would fail."""
    for n in range(6):
        run(tmp_path, FIRST_DAY + HOUR * n, feeds=[poll(1, FIRST_DAY + HOUR * n)])
    for path in sorted(tmp_path.glob("feeds/*/*"))[:-1]:
        path.unlink()
    url = poll(1).feed_url
    assert now(tmp_path).feed_states([url])[url].at == FIRST_DAY + 5 * HOUR
    with pytest.raises(Exception, match="No files found"):
        now(tmp_path).feed_states([url, poll(2).feed_url])


# ------------------------------------------------------------------------ questions of people


def test_an_article_is_found_by_id_by_url_and_by_canonical_url_in_all_its_versions(
    tmp_path: Path,
):
    shared = "https://paper1.example/canonical/1"
    first = article(1, canonical_url=shared)
    second = article(1, canonical_url=shared, version=2, text=f"Edited. {TEXT}")
    run(tmp_path, FIRST_DAY, articles=[first, article(2)])
    run(tmp_path, FIRST_DAY + HOUR, articles=[second])
    for name in (first.id, first.url, shared):
        found = now(tmp_path).article(name)
        assert [from_row(TABLES["articles"], row, origin=origin(1)) for row in found] == [
            first,
            second,
        ]
        assert [row["run_id"] for row in found] == [run_id(FIRST_DAY), run_id(FIRST_DAY + HOUR)]
    assert now(tmp_path).article("https://paper1.example/nowhere") == []


def test_the_outcomes_of_a_document_come_newest_first(tmp_path: Path):
    run(tmp_path, FIRST_DAY, ledger=[outcome(1), outcome(2)], rejects=[reject(1), reject(2)])
    later = FIRST_DAY + HOUR
    again = outcome(1, later, outcome="unchanged", reason="entry_unchanged")
    run(tmp_path, later, ledger=[again], rejects=[reject(1, later)])
    snapshot = now(tmp_path)
    for name in (again.url, again.article_id or ""):
        assert [row["outcome"] for row in snapshot.outcomes(name)] == ["unchanged", "stored"]
    assert [row["at"] for row in snapshot.rejects(again.url)] == [later, FIRST_DAY]
    assert snapshot.rejects(again.url)[0]["payload"] == b"\0<p>"


@pytest.mark.parametrize("hostile", ["' OR '1'='1", "x'); DROP TABLE y; --", "?", "%", "\0", "😀"])
def test_a_value_is_never_taken_for_a_query(hostile: str, tmp_path: Path):
    run(tmp_path, FIRST_DAY, articles=[article(1)], ledger=[outcome(1), outcome(2, url=hostile)])
    assert now(tmp_path).article(hostile) == []
    assert len(now(tmp_path).outcomes(hostile)) == 1


@pytest.mark.parametrize("name", ["we[i]rd", "all*", "wh?t", "{a,b}", "it's", "sp ace", "é😀"])
def test_a_folder_whose_name_is_a_pattern_is_taken_by_its_name(name: str, tmp_path: Path):
    run(tmp_path / "weird", FIRST_DAY, articles=[article(2)])
    shutil.copytree(tmp_path / "weird", tmp_path / "allall")
    shutil.copytree(tmp_path / "weird", tmp_path / "what")
    run(tmp_path / name, FIRST_DAY, articles=[article(1)])
    assert now(tmp_path / name).known([article(1).id, article(2).id], []).keys() == {article(1).id}


def test_times_do_not_depend_on_the_zone_of_the_machine(tmp_path: Path):
    east = timezone(timedelta(hours=13, minutes=45))
    run(tmp_path, FIRST_DAY, articles=[article(1, updated_at=FIRST_DAY.astimezone(east))])
    asked = (
        "import sys; from transforms.dataset import Dataset; "
        "(row,) = Dataset(sys.argv[1]).snapshot().article(sys.argv[2]); "
        "print(row['updated_at'].isoformat(), row['event_at'].isoformat())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked, str(tmp_path), article(1).id],
        env={**os.environ, "TZ": "Pacific/Chatham"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [
        "2024-10-29T12:00:00+00:00",
        "2024-10-29T12:00:00.000001+00:00",
    ]


def test_many_threads_may_ask_at_once(years: Path):
    wanted = [article(n).id for n in range(10)] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda one: now(years).known([one], []), wanted))
    assert [list(one) for one in found] == [[one] for one in wanted]


def test_looking_for_nothing_reads_nothing():
    assert rows(["/nowhere.parquet"], [], ["id"], []) == []
    assert rows([], [], ["id"], ["x"]) == []


def test_a_dataset_whose_pointer_is_lost_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    for n in range(2):
        run(tmp_path, FIRST_DAY + n * HOUR, articles=[article(n)])
    current = tmp_path / "_meta" / "CURRENT"
    for content in ("", "garbage\n", "-1.json"):
        current.write_text(content)
        with pytest.raises(DatasetError, match="CURRENT should hold"):
            Dataset(str(tmp_path)).snapshot()
    current.unlink()
    with pytest.raises(DatasetError, match=r"0000000002\.json"):
        Dataset(str(tmp_path)).snapshot()
    current.write_text("0000000002.json\n")
    (tmp_path / "_meta" / "manifests" / "0000000002.json").write_text("{")
    with pytest.raises(DatasetError, match="is not a manifest"):
        Dataset(str(tmp_path)).snapshot()
