"""A file replaced whole: every byte is there, errors name it, nothing half-written stays."""

import errno
import os
from pathlib import Path

import pytest

from checks.whole_file import replace_file, write_all


def test_what_the_system_takes_in_pieces_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:3]))
    replace_file(tmp_path / "file", b"0123456789", tmp_path / "file.tmp")
    assert (tmp_path / "file").read_bytes() == b"0123456789"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_an_error_names_the_file_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def fail(descriptor: int, data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        replace_file(tmp_path / "file", b"new", tmp_path / "file.tmp")
    assert (caught.value.errno, caught.value.filename) == (number, str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_system_that_takes_nothing_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda *_: 0)
    with pytest.raises(OSError, match="No space"):
        write_all(1, b"x", Path("file"))


def test_what_a_killed_writer_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"kept")
    (tmp_path / "file.tmp").symlink_to(tmp_path / "precious")
    replace_file(tmp_path / "file", b"new", tmp_path / "file.tmp")
    assert (tmp_path / "precious").read_bytes() == b"kept"
    assert (tmp_path / "file").read_bytes() == b"new"
