"""One run folder, one run: whoever comes second is told who holds it, and the lock goes through an exec."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from amn_tui.run.folder import RunFolder
from amn_tui.run.guard_record import GuardRecord
from amn_tui.run.lock import LOCK_VARIABLE, hand_on, take_lock
from amn_tui.run.process import identify_self
from checks.errors import InputError


def test_the_second_is_told_who_holds_it(tmp_path: Path) -> None:
    folder, me = RunFolder(tmp_path), identify_self()
    lock = take_lock(folder)
    with pytest.raises(InputError, match=r"found .a run that goes on, launched 2\S+Z., expected a run folder"):
        take_lock(folder)
    GuardRecord(folder, me, "here").sign(None, "training")
    with pytest.raises(InputError, match=f"guarded by process {me.pid} on here, last seen"):
        take_lock(folder)
    os.close(lock)
    os.close(take_lock(folder))


@pytest.mark.parametrize("found", ["folder", "link", "fifo"])
def test_what_is_no_lock_is_refused(tmp_path: Path, found: str) -> None:
    folder = RunFolder(tmp_path)
    if found == "folder":
        folder.lock.mkdir()
    elif found == "link":
        folder.lock.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(folder.lock)
        os.close(take_lock(folder))  # a FIFO can be locked like a file, and is never read
        return
    with pytest.raises(InputError, match="can be locked"):
        take_lock(folder)
    assert not (tmp_path / "elsewhere").exists()


def test_it_goes_through_an_exec_and_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path)
    lock = take_lock(folder)
    monkeypatch.setenv(LOCK_VARIABLE, "")
    hand_on(lock)
    code = """
import os, sys
from pathlib import Path
from amn_tui.run.folder import RunFolder
from amn_tui.run.lock import LOCK_VARIABLE, take_lock
lock = take_lock(RunFolder(Path(sys.argv[1])))
print(lock, os.get_inheritable(lock), LOCK_VARIABLE in os.environ)
"""
    argv = [sys.executable, "-P", "-c", code, str(tmp_path)]
    told = subprocess.run(argv, close_fds=False, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(lock), "False", "False"]
    os.close(lock)


@pytest.mark.parametrize("given", ["999", "0", "words", "-1"])
def test_a_descriptor_of_something_else_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv(LOCK_VARIABLE, given)
    held = take_lock(RunFolder(tmp_path))
    assert str(held) != given
    with pytest.raises(InputError):
        take_lock(RunFolder(tmp_path))
    os.close(held)
