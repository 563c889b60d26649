"""Whatever happens to a file, its lines come once, whole and in order."""

import os
import shutil
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amn_tui.run.tail import Tail
from amn_tui.run.text import LINE_BYTES, TRUNCATED, decode_log_line


def drain(tail: Tail) -> tuple[list[str], bool]:
    lines: list[str] = []
    restarted = False
    while True:
        news = tail.read()
        assert not news.problem
        lines += news.lines
        restarted |= news.restarted
        if not news.more:
            return lines, restarted


def append(path: Path, raw: bytes) -> None:
    with path.open("ab") as file:
        file.write(raw)


BYTES = st.binary(max_size=200) | st.text("ab \n\r", max_size=200).map(str.encode)


@given(BYTES, st.lists(st.integers(0, 200), max_size=8), st.integers(1, 7) | st.integers(20, 200))
def test_any_split_of_the_same_bytes_gives_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, cuts: list[int], chunk_bytes: int
) -> None:
    path = tmp_path_factory.mktemp("tail") / "log"
    tail = Tail(path, chunk_bytes=chunk_bytes)
    lines: list[str] = []
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(raw)], strict=True):
        append(path, raw[start:stop])
        lines += drain(tail)[0]
    tail.close()
    assert lines == [decode_log_line(line) for line in raw.split(b"\n")[:-1]]


def test_a_file_that_comes_later_and_a_half_line_that_waits(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "log")
    assert drain(tail) == ([], False)
    append(tmp_path / "log", b"one\r\ntw")
    assert drain(tail) == (["one"], False)
    append(tmp_path / "log", b"o gr\xc3")
    append(tmp_path / "log", b"\xb6\xc3\x9fer\n")
    assert drain(tail) == (["two größer"], False)


def test_truncated(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, b"one\ntwo\n")
    tail = Tail(path)
    assert drain(tail)[0] == ["one", "two"]
    os.truncate(path, 0)
    append(path, b"new\n")
    assert drain(tail) == (["new"], True)


def test_rewritten_with_longer_content_between_two_reads(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, b"AAAA\n")
    tail = Tail(path)
    assert drain(tail)[0] == ["AAAA"]
    path.write_bytes(b"BBBB\nCCC\n")
    assert drain(tail) == (["BBBB", "CCC"], True)


def test_rotated_the_rest_of_the_old_one_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, b"one\n")
    tail = Tail(path)
    assert drain(tail)[0] == ["one"]
    append(path, b"two\n")
    path.rename(tmp_path / "log.1")
    append(path, b"three\n")
    assert drain(tail)[0] == ["two"]
    assert drain(tail) == (["three"], True)


def test_deleted_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, b"one\n")
    tail = Tail(path)
    assert drain(tail)[0] == ["one"]
    path.unlink()
    assert drain(tail) == ([], False)
    append(path, b"two\n")
    assert drain(tail) == (["two"], True)


def test_replaced_by_rename(tmp_path: Path) -> None:
    path = tmp_path / "log"
    append(path, b"one\n")
    tail = Tail(path)
    drain(tail)
    append(tmp_path / "new", b"other\n")
    (tmp_path / "new").replace(path)
    assert drain(tail) == (["other"], True)


def test_the_folder_deleted_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "run" / "log"
    path.parent.mkdir()
    append(path, b"one\n")
    tail = Tail(path)
    drain(tail)
    shutil.rmtree(path.parent)
    assert drain(tail) == ([], False)
    path.parent.mkdir()
    append(path, b"two\n")
    assert drain(tail) == (["two"], True)


def test_a_line_of_100_mb_needs_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\nafter\n")
    tail = Tail(path)
    tracemalloc.start()
    lines = drain(tail)[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == ["x" * LINE_BYTES + TRUNCATED, "after"]
    assert peak < 30_000_000


def test_what_is_not_a_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "target").write_bytes(b"one\n")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name in ("fifo", "zero", "link"):
        assert str(tmp_path / name) in Tail(tmp_path / name).read().problem
    assert "regular" in Tail(tmp_path).read().problem
    assert "regular" in Tail(tmp_path / "zero", follow=True).read().problem
    assert Tail(tmp_path / "link", follow=True).read().lines == ("one",)
