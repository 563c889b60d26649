"""Lines are found slice by slice, in a file that grows, starts over, and is longer than is kept of it."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amn_tui.run.text import LINE_BYTES, decode_log_line
from amn_tui.ui import log_index, log_scan
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_index import holds_bars
from amn_tui.ui.log_pattern import Level, LinePattern, PlainPattern, RegexpPattern, match_level
from amn_tui.ui.log_scan import LogScan, find_lines, list_starts


class Log:
    """A log file with its index, as LogWatch keeps it."""

    def __init__(self, path: Path, text: str | bytes) -> None:
        self.path, self.file = path, LogFile(path)
        self.write(text)

    def write(self, text: str | bytes, mode: str = "w") -> None:
        with self.path.open(mode + "b") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        self.file.refresh()
        self.file.index_head()

    def scan(self, *patterns: LinePattern, fold: bool = False) -> LogScan:
        scan = LogScan(self.file, patterns, fold=fold)
        self.advance(scan)
        return scan

    def advance(self, scan: LogScan) -> None:
        while not scan.advance(self.file.index, budget_s=0.0):
            assert scan.measure_progress(self.file.index) < 1

    def list_shown(self, scan: LogScan) -> list[str]:
        index = self.file.index
        rows = [scan.rows[row] for row in range(len(scan.rows))]
        return [self.file.read_line(index, index.find_line(start)) for start in rows]


def test_lines_are_found_as_the_log_grows(tmp_path: Path) -> None:
    log = Log(tmp_path / "log", "one\ntwo\none more\nON")
    scan = log.scan(PlainPattern("on"))
    assert log.list_shown(scan) == ["one", "one more", "ON"]
    log.write("CE\nnone\n", "a")
    log.advance(scan)
    assert log.list_shown(scan) == ["one", "one more", "ONCE", "none"]
    log.write("anew\nonce\n")
    log.advance(scan)
    assert log.list_shown(scan) == ["once"]


def test_a_scan_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_scan, "CHUNK_BYTES", 64)
    log = Log(tmp_path / "log", "".join(f"line {n}\n" for n in range(1000)) + "x" * 200 + "7\n" + "end 7")
    scan = LogScan(log.file, [PlainPattern("7")])
    assert not scan.advance(log.file.index, budget_s=0.0)
    assert 0 < scan.measure_progress(log.file.index) < 0.1
    log.advance(scan)
    assert log.list_shown(scan) == [*(f"line {n}" for n in range(1000) if "7" in str(n)), "x" * 200 + "7", "end 7"]
    assert scan.is_done(log.file.index)


def test_what_is_not_shown_is_not_found(tmp_path: Path) -> None:
    log = Log(tmp_path / "log", "10%\rsecret 20%\rdone\n\x1b]0;secret\x07title\nlo\x1b[31mss\x1b[0m\n")
    assert log.list_shown(log.scan(PlainPattern("secret"))) == []
    assert log.list_shown(log.scan(PlainPattern("loss"))) == ["loss"]
    log = Log(tmp_path / "long", "x" * LINE_BYTES + "beyond\nbeyond\n")
    assert log.list_shown(log.scan(PlainPattern("beyond"))) == ["beyond"]


def test_all_patterns_must_match(tmp_path: Path) -> None:
    log = Log(tmp_path / "log", "Error: a\nerror b\nwarning a\nfine a\n")
    assert log.list_shown(log.scan(match_level(Level.ERRORS), PlainPattern("a"))) == ["Error: a"]
    assert log.list_shown(log.scan(match_level(Level.WARNINGS), RegexpPattern(r"a$"))) == ["Error: a", "warning a"]


def test_an_expression_that_runs_away_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amn_tui.ui.log_pattern.LINE_S", 0.01)
    log = Log(tmp_path / "log", ("x," * 60 + "\n") * 50)
    scan = log.scan(RegexpPattern("(.*,){20}P"))
    assert scan.problem.startswith("given up: more than 10 lines")
    assert scan.is_done(log.file.index)


def test_bars_are_folded_into_the_last_one_of_each(tmp_path: Path) -> None:
    bars = [f"train: {n}%|{'#' * n}| {n}/9 [00:0{n}<00:01, 3.1it/s]" for n in range(3)]
    other = "val: 5%|#| 1/9 [00:01<00:01, 3.1it/s]"
    log = Log(tmp_path / "log", "\n".join(["begin", *bars, "between", *bars, other, bars[0]]) + "\n")
    scan = log.scan(fold=True)
    assert log.list_shown(scan) == ["begin", bars[2], "between", bars[2], other, bars[0]]
    assert [scan.rows.count_folded(scan.rows[row]) for row in range(6)] == [1, 3, 1, 3, 1, 1]
    log.write(bars[1] + "\nend\n", "a")
    log.advance(scan)
    assert log.list_shown(scan)[-3:] == [other, bars[1], "end"]
    assert scan.rows.count_folded(scan.rows[len(scan.rows) - 2]) == 2
    assert log.file.index.has_bars


@pytest.mark.parametrize(
    ("line", "may"),
    [("5%|#| 1/9", True), ("12it [00:50, 4.2s/it]", True), ("3it/s", False), ("loss [a | b] 5% of it", False)],
)
def test_a_bar_is_known_by_a_few_bytes(line: str, *, may: bool) -> None:
    assert holds_bars(line.encode()) is may


def test_lines_that_the_index_lets_go_of_go_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amn_tui.ui.log_file.MOST_LINES", 10)
    monkeypatch.setattr(log_index, "MOST_LINES", 10)
    log = Log(tmp_path / "log", "".join(f"line {n}\n" for n in range(5)))
    scan = log.scan(PlainPattern("line"))
    for n in range(5, 25):
        log.write(f"line {n}\n", "a")
        log.advance(scan)
    assert log.file.index.cut
    assert log.list_shown(scan) == [f"line {n}" for n in range(25 - log.file.index.count, 25)]


def find_naively(raw: bytes, patterns: Sequence[LinePattern]) -> list[int]:
    lines = [decode_log_line(line.removesuffix(b"\r")) for line in raw.split(b"\n")[:-1]]
    return [
        start
        for start, line in zip(list_starts(raw), lines, strict=True)
        if all(pattern.holds(line) for pattern in patterns)
    ]


@settings(max_examples=200, deadline=None)
@given(
    lines=st.lists(st.text(st.sampled_from("aAbBé \t\r\x1b[m0%|"), max_size=8), min_size=1, max_size=8),
    words=st.text(st.sampled_from("aAbB é"), min_size=1, max_size=3),
)
def test_the_quick_way_finds_what_the_plain_way_finds(lines: list[str], words: str) -> None:
    raw = ("\n".join(lines) + "\n").encode()
    patterns = [PlainPattern(words)]
    assert find_lines(raw, patterns) == find_naively(raw, patterns)
    both = [RegexpPattern(re.escape(words)), *patterns]
    assert find_lines(raw, both) == find_naively(raw, both)
