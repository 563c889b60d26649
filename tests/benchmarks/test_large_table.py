import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from checks.table import open_table
from checks.windows import cut_windows

ROOT = Path(__file__).resolve().parents[2]
ROWS = 3000


def run(*argv: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks.large_table", *argv]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.slow
def test_a_small_table_is_trained_on_for_an_epoch_and_its_memory_judged(tmp_path: Path) -> None:
    folder = tmp_path / "table"
    ended = run("--rows", str(ROWS), "--folder", str(folder), "--", "--lr", "0.0005")
    assert ended.returncode == 0, ended.stderr
    rows = [line.split() for line in ended.stdout.splitlines() if line.startswith(("ram ", "mapped "))]
    assert [row[0] for row in rows] == ["ram", "mapped"]
    table = open_table(folder)
    for row in rows:
        windows, cosine, peak_gb = int(row[4]), float(row[5]), float(row[6])
        assert 0.85 * ROWS > windows > 0.8 * ROWS  # windows of 5 in articles of 75, a tenth of them held out
        assert 0 < cosine < 1
        assert 0.1 < peak_gb < 1.5  # torch alone takes more than 0.1
        assert row[-1] == "holds"
    assert rows[0][5] == rows[1][5]  # it is the same epoch, wherever the table lies
    assert len(cut_windows(table, 5)) == ROWS - 5 * (len(table.offsets) - 1)


@pytest.mark.slow
def test_another_table_in_the_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    assert run("--rows", "50", "--folder", str(tmp_path), "--", "--val-fraction", "2").returncode == 1
    assert np.load(tmp_path / "offsets.npy")[-1] == 50
    ended = run("--rows", "60", "--folder", str(tmp_path))
    assert ended.returncode == 2
    assert re.fullmatch(r".*manifest\.json.*'rows': 50.*\n", ended.stderr)
