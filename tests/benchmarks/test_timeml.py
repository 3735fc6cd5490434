"""The scorer of dates: TimeML read with its places, and the counts of TempEval-3."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks.timeml import Score, Timex, read_gold, score

TML = """<?xml version="1.0" ?>
<TimeML><DCT><TIMEX3 tid="t0" type="DATE" value="2031-05-09">May 9</TIMEX3></DCT><TEXT>
<EVENT eid="e1">Fell</EVENT> on <TIMEX3 tid="t1" type="DATE" value="2031-05-08">Thursday</TIMEX3>,
for <TIMEX3 tid="t2" type="DURATION" value="P3D"><EVENT eid="e2">three</EVENT> days</TIMEX3>.
</TEXT></TimeML>"""


def test_a_gold_text_has_its_expressions_at_their_places(tmp_path: Path) -> None:
    (tmp_path / "a.tml").write_text(TML, "utf-8")
    [gold] = read_gold(tmp_path)
    assert gold.written == date(2031, 5, 9)
    assert gold.text == "\nFell on Thursday,\nfor three days.\n"
    found = [(gold.text[t.start : t.end], t.type, t.value) for t in gold.timexes]
    assert found == [("Thursday", "DATE", "2031-05-08"), ("three days", "DURATION", "P3D")]
    perfect = score([gold], lambda text, written: gold.timexes)
    assert perfect.f1(perfect.values) == 1


def test_a_file_without_a_day_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tml").write_text("<TimeML><TEXT>Fell.</TEXT></TimeML>", "utf-8")
    with pytest.raises(ValueError, match="no DCT"):
        read_gold(tmp_path)


def test_spans_types_and_values_count_apart() -> None:
    gold = [Timex(0, 8, "DATE", "2031"), Timex(10, 14, "DATE", "2032"), Timex(20, 24, "SET", "P1D")]
    found = [Timex(0, 8, "DATE", "2031"), Timex(9, 14, "TIME", "2032"), Timex(30, 34, "DATE", "")]
    total = Score()
    total.add(gold, found)
    assert (total.gold, total.found) == (3, 3)
    assert (total.strict, total.relaxed, total.types, total.values) == (1, 2, 1, 2)
    assert total.f1(total.relaxed) == pytest.approx(2 / 3)


def test_one_found_expression_pairs_with_one_of_the_gold() -> None:
    total = Score()
    total.add([Timex(0, 4, "DATE", "a"), Timex(5, 9, "DATE", "b")], [Timex(0, 9, "DATE", "a")])
    assert (total.relaxed, total.strict, total.values) == (1, 0, 1)


def test_nothing_found_scores_nothing() -> None:
    total = Score()
    total.add([Timex(0, 4, "DATE", "a")], [])
    assert total.f1(total.values) == 0
