"""Look-ups by a process that lives for days."""

import shutil
from pathlib import Path

import pytest

from schemas.tables import ARTICLES
from tests.rows import article
from transforms import lookup
from transforms.write import write_file

DAY, RUN = "event_date=2024-10-31", "20241101T000000Z-test"


def resident() -> float:
    """Resident memory of this process in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def test_a_process_that_reads_new_files_for_days_does_not_remember_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With all footers remembered it grows by 80 MB here.
    monkeypatch.setattr(lookup, "MOST_FILES", 50)
    elements = [article(n) for n in range(5)]
    staged = write_file(ARTICLES, elements, str(tmp_path), DAY, RUN, 0)
    assert staged
    (written,) = tmp_path.rglob("*.parquet")
    files = [str(shutil.copy(written, tmp_path / f"{n}.parquet")) for n in range(700)]
    wanted = elements[0].id
    for file in files[:100]:
        assert [row["id"] for row in lookup.rows([file], ["id"], ["id"], [wanted])] == [wanted]
    before = resident()
    for file in files[100:]:
        assert [row["id"] for row in lookup.rows([file], ["id"], ["id"], [wanted])] == [wanted]
    assert resident() - before < 40
