"""The index of a log: the same lines however the file grew, was cut, replaced, or never ended its line."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amn_tui.run.text import LINE_BYTES, TRUNCATED
from amn_tui.ui.log_file import TAIL_BYTES, LogFile


def read_all(log: LogFile) -> list[str]:
    return [log.read_line(log.index, number) for number in range(log.index.count)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=8))
def test_any_cut_of_the_same_bytes_gives_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("log") / "training.log"
    path.touch()
    log = LogFile(path)
    log.refresh()
    whole = b""
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        whole += piece
        log.refresh()
        lines = whole.split(b"\n")
        assert log.index.count == len(lines) - (lines[-1] == b"")
        ends = [log.index.starts[number] for number in range(log.index.count)]
        assert ends == [len(b"\n".join(lines[:number])) + (number > 0) for number in range(log.index.count)]
    log.close()


def test_nothing_new_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_text("one\ntwo\nhalf")
    log = LogFile(path)
    assert log.refresh()
    assert not log.refresh()
    assert read_all(log) == ["one", "two", "half"]
    assert log.index.whole
    assert log.index.widest == 4


def test_the_tail_comes_first_and_the_head_after(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    count = TAIL_BYTES // 10
    path.write_text("".join(f"line {number}\n" for number in range(count)))
    log = LogFile(path)
    log.refresh()
    assert not log.index.whole
    assert read_all(log)[-1] == f"line {count - 1}"
    tail = log.index.count
    assert tail < count
    with path.open("a") as file:
        file.write("new\n")
    log.refresh()
    assert log.index.count == tail + 1
    assert log.index_head()
    assert not log.index_head()
    assert log.index.whole
    assert read_all(log) == [*(f"line {number}" for number in range(count)), "new"]


def test_a_line_longer_than_the_tail_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_bytes(b"first\n" + b"x" * (TAIL_BYTES * 2) + b"\nlast\n")
    log = LogFile(path)
    log.refresh()
    log.index_head()
    lines = read_all(log)
    assert lines[0] == "first"
    assert lines[1] == "x" * LINE_BYTES + TRUNCATED
    assert lines[2:] == ["last"]


def test_a_progress_bar_shows_its_newest_state_however_long_it_got(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_bytes(b"".join(f"\r{number}%".encode() for number in range(40_000)))
    log = LogFile(path)
    log.refresh()
    log.index_head()
    assert read_all(log) == ["39999%"]
    path.write_bytes(b"a\rb\rc\nd\r\n")
    log.refresh()
    assert read_all(log) == ["c", "d"]


@pytest.mark.parametrize("content", ["CCC\nD\n", "AAAA\n", "BBBB\n", "BBBB\nCCC\n", ""])
def test_truncated_or_written_anew_starts_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "training.log"
    path.write_text("AAAA\n")
    log = LogFile(path)
    log.refresh()
    generation = log.index.generation
    path.write_text(content)
    log.refresh()
    assert read_all(log) == content.splitlines()
    assert (log.index.generation == generation) == (content == "AAAA\n")


def test_replaced_deleted_and_made_again(tmp_path: Path) -> None:
    path, other = tmp_path / "training.log", tmp_path / "other"
    path.write_text("one\n")
    log = LogFile(path)
    log.refresh()
    old = log.index
    other.write_text("two\n")
    other.replace(path)
    log.refresh()
    assert read_all(log) == ["two"]
    assert log.read_line(old, 0) == ""  # an index of what is gone reads nothing of what has come
    path.unlink()
    with pytest.raises(FileNotFoundError):
        log.refresh()
    path.write_text("three\n")
    log.refresh()
    assert read_all(log) == ["three"]
    log.close()
    assert log.read_line(log.index, 0) == ""


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero"), tmp_path / "link"):
        with pytest.raises(OSError, match=r"not a regular file|symbolic links"):
            LogFile(path).refresh()


def test_what_a_line_holds_is_safe(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_bytes(b"\x1b]0;owned\x07title\n\xff\xfe\x00bin\n[/red]\n")
    log = LogFile(path)
    log.refresh()
    assert read_all(log) == ["title", "\ufffd\ufffd·bin", "[/red]"]


def test_a_file_that_begins_as_before_and_goes_on_otherwise(tmp_path: Path) -> None:
    path, banner = tmp_path / "training.log", "loading data\n" * 30
    path.write_text(banner + "epoch 1 of the first run\n")
    log = LogFile(path)
    log.refresh()
    path.write_text(banner + "epoch 1 of the second, longer run\nepoch 2\n")
    log.refresh()
    assert read_all(log)[-2:] == ["epoch 1 of the second, longer run", "epoch 2"]
    log.close()


def test_a_line_is_found_by_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "training.log"
    path.write_text("one\ntwo\nthree\n")
    log = LogFile(path)
    log.refresh()
    assert [log.index.find_line(start) for start in (0, 4, 8, 99)] == [0, 1, 2, 3]
    log.close()
