"""Ten things that happen to a log, in any order, between any two reads: the tail against a simple model."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from amn_tui.run.tail import LineSplitter, Tail, read_small
from amn_tui.run.text import LINE_BYTES, TRUNCATED, decode_log_line


class LogHistory(RuleBasedStateMachine):
    """What was read since the last restart must be the whole lines of the file that is there now.

    Every content is written once only, as in a log with time stamps, so that two contents are never the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "log"
        self.tail = Tail(self.path, chunk_bytes=64)
        self.count = 0
        self.read: list[str] = []
        self.owed: list[str] | None = (
            None  # all lines of the file that was moved away, to be read before its successor's
        )
        self.content = b""

    def teardown(self) -> None:
        self.tail.close()
        shutil.rmtree(self.folder)

    def _new(self) -> bytes:
        self.count += 1
        return f"content {self.count} größer".encode()

    def _append(self, raw: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(raw)
        self.content += raw

    def _look(self) -> None:
        """Read until there is nothing more, as a reader does at every tick."""
        while True:
            quiet = True
            for _ in range(1000):
                news = self.tail.read()
                assert news.problem == ""
                if news.restarted:
                    assert self.owed in (None, self.read)
                    self.owed, self.read = None, []
                self.read += news.lines
                quiet = quiet and not news.lines and not news.restarted
                if not news.more:
                    break
            if quiet:
                return

    @rule(lines=st.integers(1, 4))
    def append_lines(self, lines: int) -> None:
        self._append(b"".join(self._new() + b"\n" for _ in range(lines)))

    @rule(cut=st.integers(1, 16))
    def append_half_a_line(self, cut: int) -> None:
        self._append(self._new()[:cut])

    @rule()
    def append_a_line_of_another_system(self) -> None:
        self._append(self._new() + b"\r\n")

    @rule()
    def append_a_progress_bar(self) -> None:
        self._append(b"\r".join(self._new() for _ in range(3)) + b"\n")

    @rule()
    def truncate(self) -> None:
        if self.path.exists():
            self._look()  # what was in it and not read by now is lost with it, for anybody
            os.truncate(self.path, 0)
            self.content = b""
            self._append(self._new() + b"\n")

    @rule(lines=st.integers(1, 6))
    def rewrite_in_place(self, lines: int) -> None:
        if self.path.exists():
            self.content = b"".join(self._new() + b"\n" for _ in range(lines))
            self.path.write_bytes(self.content)

    @rule()
    def replace_by_rename(self) -> None:
        self._look()
        self.content = self._new() + b"\n"
        (self.folder / "made").write_bytes(self.content)
        (self.folder / "made").replace(self.path)

    @rule(rest=st.booleans())
    def rotate(self, rest: bool) -> None:
        if self.path.exists():
            self._look()
            if rest:
                self._append(self._new() + b"\n")
            self.owed = decode(self.content)
            self.path.rename(self.folder / "log.1")
            self.content = b""
            self._append(self._new() + b"\n")

    @rule()
    def delete_and_make_again(self) -> None:
        if self.path.exists():
            self._look()
            self.path.unlink()
            self._look()
            self.content = b""
            self._append(self._new() + b"\n")

    @rule()
    def delete_the_folder(self) -> None:
        self._look()
        shutil.rmtree(self.folder)
        self._look()
        self.folder.mkdir()
        self.content = b""
        self._append(self._new() + b"\n")

    @rule()
    def look(self) -> None:
        self._look()

    @invariant()
    def what_was_read_is_what_is_there(self) -> None:
        if self.count % 2:  # not after every step: some changes must come between two reads
            self._look()
            assert self.read == decode(self.content)


def decode(content: bytes) -> list[str]:
    return [decode_log_line(line) for line in content.split(b"\n")[:-1]]


TestLogHistory = pytest.mark.slow(LogHistory.TestCase)
TestLogHistory.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\xc3", b"\xb6", b"\x1b[1m", b"x" * 40_000]), max_size=30))
def test_however_bytes_arrive_the_lines_are_the_same(parts: list[bytes]) -> None:
    one, other = LineSplitter(), LineSplitter()
    lines = [line for part in parts for line in one.feed(part)]
    assert list(map(decode_log_line, lines)) == list(map(decode_log_line, other.feed(b"".join(parts))))


def test_a_long_progress_bar_ends_in_its_last_state() -> None:
    splitter = LineSplitter()
    for step in range(20_000):
        assert splitter.feed(f"\r{step} of 20000 ".encode()) == []
    (line,) = splitter.feed(b"\rval_loss: 0.1\r\n")
    assert decode_log_line(line) == "val_loss: 0.1"


def test_only_the_last_state_is_capped() -> None:
    (line,) = LineSplitter().feed(b"x" * LINE_BYTES * 2 + b"\rdone\n")
    assert decode_log_line(line) == "done"
    (line,) = LineSplitter().feed(b"early\r" + b"x" * LINE_BYTES * 2 + b"\n")
    assert decode_log_line(line) == "x" * LINE_BYTES + TRUNCATED


def test_a_file_that_begins_as_before_and_goes_on_otherwise(tmp_path: Path) -> None:
    path, banner = tmp_path / "log", b"loading data\n" * 30
    path.write_bytes(banner + b"epoch 1 of the first run\n")
    tail = Tail(path)
    tail.read()
    path.write_bytes(banner + b"epoch 1 of the other run\nepoch 2\n")
    news = tail.read()
    assert news.restarted
    assert news.lines[-2:] == ("epoch 1 of the other run", "epoch 2")


def test_small_files_are_read_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert read_small(tmp_path / "file") == b"x"
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("fifo", "link", "nothing"):
        with pytest.raises(OSError, match=name):
            read_small(tmp_path / name)
