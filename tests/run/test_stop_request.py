"""A stop is asked for by a line; by a signal only where nobody would read that line, and then it is said."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from amn_tui.run.control import AbortAsked
from amn_tui.run.folder import RunFolder, write_whole
from amn_tui.run.guard_events import GuardState, ProcessIdentity
from amn_tui.run.liveness import this_machine
from amn_tui.run.process import identify
from amn_tui.run.stop_request import ask_to_stop
from checks.errors import InputError
from checks.jsonl import decode_line, encode_line

REQUEST = AbortAsked(5.0, "me", "enough")
GONE = ProcessIdentity(1 << 22, 1, "another boot")


@pytest.fixture
def living() -> Iterator[subprocess.Popen[bytes]]:
    code = "import signal; signal.signal(15, lambda *_: exit(7)); print('ready', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def write_state(path: Path, guard: ProcessIdentity, trainer: ProcessIdentity | None = None) -> RunFolder:
    folder = RunFolder(path)
    state = GuardState(time.time(), guard, trainer, this_machine().host, "training")
    write_whole(folder.guard_state, encode_line(state))
    return folder


def know(process: subprocess.Popen[bytes]) -> ProcessIdentity:
    identity = identify(process.pid)
    assert identity is not None
    return identity


@pytest.mark.parametrize("reads_control", [True, False])
def test_a_line_is_enough_where_a_guard_lives(
    tmp_path: Path, living: subprocess.Popen[bytes], reads_control: bool
) -> None:
    folder = write_state(tmp_path, know(living))
    assert ask_to_stop(folder, REQUEST, reads_control=reads_control) == ""
    assert decode_line(folder.control.read_bytes(), (AbortAsked,)) == REQUEST
    assert living.poll() is None


def test_the_guard_is_told_where_the_folder_cannot_be_written(tmp_path: Path, living: subprocess.Popen[bytes]) -> None:
    folder = write_state(tmp_path, know(living))
    folder.control.mkdir()
    words = ask_to_stop(folder, REQUEST, reads_control=True)
    assert "Is a directory" in words
    assert f"sent SIGTERM to the guard, pid {living.pid}" in words
    assert living.wait(20) == 7


def test_a_foreign_trainer_without_a_guard_is_told_even_when_it_is_stopped(
    tmp_path: Path, living: subprocess.Popen[bytes]
) -> None:
    folder = write_state(tmp_path, GONE, know(living))
    living.send_signal(signal.SIGSTOP)
    words = ask_to_stop(folder, REQUEST, reads_control=False, arm=lambda _: False)
    assert "no guard is there; sent SIGTERM to the trainer" in words
    assert living.wait(20) == 7
    assert folder.control.exists()


def test_our_trainer_without_a_guard_reads_the_line(tmp_path: Path, living: subprocess.Popen[bytes]) -> None:
    folder = write_state(tmp_path, GONE, know(living))
    assert ask_to_stop(folder, REQUEST, reads_control=True, arm=lambda _: False) == ""
    assert living.poll() is None


@pytest.mark.parametrize("reads_control", [True, False])
def test_where_a_guard_was_killed_another_one_carries_it_out(
    tmp_path: Path, living: subprocess.Popen[bytes], reads_control: bool
) -> None:
    folder, armed = write_state(tmp_path, GONE, know(living)), list[bytes]()

    def arm(folder: RunFolder) -> bool:
        armed.append(folder.control.read_bytes())  # the request is there before the guard that has to hear it
        return True

    assert "another one is armed" in ask_to_stop(folder, REQUEST, reads_control=reads_control, arm=arm)
    assert [decode_line(line, (AbortAsked,)) for line in armed] == [REQUEST]
    assert living.poll() is None  # it was not told itself


def test_where_nobody_is_left_it_is_an_error(tmp_path: Path) -> None:
    folder = write_state(tmp_path, GONE, GONE)
    with pytest.raises(InputError, match="nobody here"):
        ask_to_stop(folder, REQUEST, reads_control=False)
