"""Lines of a log: half, split, huge, binary, drawn over, coloured. Whole lines come out, and no event is lost."""

import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amn_tui.run.fold import fold
from amn_tui.run.formats.detect import DetectedDialect
from amn_tui.run.model import Run, RunEvent
from amn_tui.run.source import LogSource
from amn_tui.run.tail import LineSplitter, Tail
from amn_tui.run.text import LINE_BYTES, TRUNCATED, decode_log_line, sanitize
from amn_tui.ui.log_file import LogFile
from trainer.events import EpochEnded

Happened = Callable[[str], None]
ACTING = {"Cc", "Cs", "Zl", "Zp"}  # kinds of characters that are no mark on the screen: controls, halves, breaks
EPOCH = "2026-11-22T10:24:40Z Epoch {}/20 done val_cosine=0.{}"
PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([b"\r", b"\n", b"\r\n", "ß日".encode(), b"\xe6\x97", b"\x1b[1m", b"x" * 70_000]),
)


def read_lines(path: Path) -> list[str]:
    """Return the lines that the monitor, the guard and the pane have in common: those that ended."""
    tail, lines, more = Tail(path), list[str](), True
    while more:
        news = tail.read()
        lines, more = [*lines, *news.lines], news.more
    tail.close()
    return lines


def read_pane(log: LogFile) -> list[str]:
    """Return the lines as the pane draws them, a half one included."""
    log.refresh()
    log.index_head()
    return [log.read_line(log.index, number) for number in range(log.index.count)]


def read_epochs(path: Path) -> list[tuple[int, float]]:
    source, run = LogSource(path), Run("/x")
    while True:
        events: list[RunEvent] = source.read()
        run = fold(run, events)
        if not source.more:
            source.close()
            return run.curve.list_values("val_cosine")


@pytest.mark.fault(31)
def test_any_split_of_the_same_bytes_gives_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, happened: Happened
) -> None:
    splits = 0

    @settings(max_examples=100)
    @given(st.lists(PIECES, max_size=12), st.integers(1, 9))
    def check(pieces: list[bytes], chunk_bytes: int) -> None:
        nonlocal splits
        splits += len(pieces)
        path = tmp_path_factory.mktemp("log") / "training.log"
        path.touch()
        whole = list(map(decode_log_line, LineSplitter().feed(b"".join(pieces))))
        tail, pane, lines = Tail(path, chunk_bytes=chunk_bytes * 1000), LogFile(path), list[str]()
        for piece in pieces:
            with path.open("ab") as file:
                file.write(piece)
            pane.refresh()
            while (news := tail.read()).lines or news.more:
                lines += news.lines
        tail.close()
        assert lines == whole
        assert len(read_pane(pane)) - len(whole) in (0, 1)  # the half line is drawn, and not yet read
        pane.close()

    check()
    happened(f"100 files in {splits} pieces: the same lines in monitor, guard and pane, no U+FFFD at a seam")


@pytest.mark.fault(31)
def test_a_character_and_a_line_end_that_are_split(tmp_path: Path, happened: Happened) -> None:
    path, tail = tmp_path / "training.log", Tail(tmp_path / "training.log")
    lines: list[str] = []
    for number in range(len(raw := "größer\r\n日本\r\n".encode())):
        with path.open("ab") as file:
            file.write(raw[number : number + 1])
        lines += tail.read().lines
    tail.close()
    assert lines == ["größer", "日本"]
    happened("2 lines byte by byte: whole, without U+FFFD")


@pytest.mark.fault(32)
def test_binary_between_epochs_hides_none_of_them(tmp_path_factory: pytest.TempPathFactory, happened: Happened) -> None:
    @settings(max_examples=150)
    @given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
    def check(noise: list[bytes]) -> None:
        path = tmp_path_factory.mktemp("log") / "training.log"
        raw = b"".join(part + b"\n" + EPOCH.format(n, n).encode() + b"\n" for n, part in enumerate(noise, 1))
        path.write_bytes(raw)
        assert read_epochs(path) == [(1, 0.1), (2, 0.2), (3, 0.3)]
        pane = LogFile(path)
        # Characters that Unicode has not given out yet are drawn; what acts on a terminal is not.
        assert not {unicodedata.category(each) for line in read_pane(pane) for each in line} & ACTING
        assert not any(character in line for line in read_pane(pane) for character in "\x00\x1b\x9b\x07\u202e")
        pane.close()

    check()
    assert decode_log_line(b"a\x00b\xff\xfe\x07") == "a·b\ufffd\ufffd·"
    happened("150 logs with binary, NUL and bad UTF-8 between 3 epochs: 3 epochs read, shown as · and U+FFFD")


HUGE = """
import resource, sys
from pathlib import Path
from amn_tui.run.fold import fold
from amn_tui.run.model import Run
from amn_tui.run.source import LogSource
from amn_tui.ui.log_file import LogFile
from amn_tui.ui.log_lines import LogLines
path = Path(sys.argv[1])
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
small = path.with_name("small")
small.write_bytes(b"x" * 5_000_000)
source, pane, run = LogSource(small), LogFile(small), Run("/x")
source.read(); pane.refresh(); pane.index_head()
before = peak()
source, pane = LogSource(path), LogFile(path)
while True:
    run = fold(run, source.read())
    if not source.more: break
pane.refresh(); pane.index_head(); lines = LogLines(pane); lines.read_end(pane.index)
shown = [sum(len(p.text) for p in lines.find(pane.index, n)) for n in range(pane.index.count)]
print((peak() - before) // 1024, run.curve.list_values("val_cosine"), shown)
"""


@pytest.mark.slow
@pytest.mark.fault(33)
def test_a_line_of_100_mb_takes_little_memory(tmp_path: Path, happened: Happened) -> None:
    path = tmp_path / "training.log"
    with path.open("wb") as file:
        file.write(EPOCH.format(1, 1).encode() + b"\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n" + EPOCH.format(2, 2).encode() + b"\n")
    said = subprocess.run([sys.executable, "-c", HUGE, str(path)], capture_output=True, text=True, check=True).stdout
    grown, rest = said.split(" ", 1)
    epoch = len(EPOCH.format(1, 1))
    assert rest.strip() == f"[(1, 0.1), (2, 0.2)] [{epoch}, {LINE_BYTES + len(TRUNCATED)}, {epoch}]"
    assert int(grown) <= 30
    assert decode_log_line(b"x" * 100_000).endswith("…(truncated)")
    happened(f"100 MB in one line: {grown} MB more memory, 64 KiB shown and marked, the epochs around it read")


BAR = "\r{:3}%|{}| {}/10 [00:0{}<00:05,  1.99it/s, loss=0.5]"


def draw_bar(step: int) -> bytes:
    """Return what tqdm writes."""
    return BAR.format(step * 10, ("█" * step).ljust(10), step, step).encode()


@pytest.mark.fault(35)
def test_a_progress_bar_is_one_line_drawn_in_place(tmp_path: Path, happened: Happened) -> None:
    path = tmp_path / "training.log"
    path.write_bytes(b"begin\n")
    pane = LogFile(path)
    for step in range(1, 10):
        with path.open("ab") as file:
            file.write(draw_bar(step))
        lines = read_pane(pane)
        assert len(lines) == 2
        assert f"{step}/10" in lines[1]
        assert f"{step - 1}/10" not in lines[1]
    with path.open("ab") as file:
        file.write(draw_bar(10) + b"\nend\n")
    assert [line[:4] for line in read_pane(pane)] == ["begi", "100%", "end"]
    assert [line[:4] for line in read_lines(path)] == ["begi", "100%", "end"]
    pane.close()
    happened("10 states of a bar: one line, always the newest state")


@pytest.mark.fault(35)
@pytest.mark.parametrize("space", ["", " "])
def test_an_epoch_that_is_printed_behind_a_bar_is_read(tmp_path: Path, happened: Happened, space: str) -> None:
    path = tmp_path / "training.log"
    behind = [draw_bar(step) + f"{space}{EPOCH.format(step, step)}\n".encode() for step in (1, 2, 3)]
    path.write_bytes(b"".join(behind))
    assert read_epochs(path) == [(1, 0.1), (2, 0.2), (3, 0.3)]
    dialect = DetectedDialect()  # what the guard reads with
    assert [type(dialect.read(line)) for line in read_lines(path)] == [EpochEnded] * 3
    quoted = DetectedDialect().read(f"he said: {EPOCH.format(1, 1)}")
    assert not isinstance(quoted, EpochEnded)
    happened("3 epochs printed behind a bar that had not ended its line: 3 read; one that is only quoted is text")


@pytest.mark.fault(36)
@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m plain", "red plain"),
        ("\x1b[1;38;2;255;0;0mbold\x1b[m", "bold"),
        ("\x1b[38:5:196mcolons\x1b[39m", "colons"),
        ("\x1b[4:3mcurly\x1b[24m", "curly"),
        ("\x9b31mC1", "C1"),
        ("\x1b[31", "31"),  # a torn one is text
    ],
)
def test_colours_are_taken_away_whole(happened: Happened, raw: str, shown: str) -> None:
    assert sanitize(raw) == shown
    line = DetectedDialect().read(sanitize(f"\x1b[32m{EPOCH.format(1, 5)}\x1b[0m"))
    assert line == EpochEnded(1, 20, {"val_cosine": 0.5}, 1795343080.0)
    happened("6 kinds of colour sequences: none left, no parameter left behind, a coloured epoch is read")


@pytest.mark.fault(31)
def test_the_same_bytes_at_the_size_of_a_chunk(tmp_path: Path, happened: Happened) -> None:
    raw = b"".join(f"line {number} größer\r\n".encode() for number in range(2000))
    (tmp_path / "log").write_bytes(raw)
    for size in (1, 7, 64, 1000):
        tail, lines = Tail(tmp_path / "log", chunk_bytes=size), list[str]()
        while len(lines) < 2000:
            lines += tail.read().lines
        tail.close()
        assert lines == [f"line {number} größer" for number in range(2000)]
    happened("2,000 lines in chunks of 1, 7, 64 and 1,000 bytes: the same")
