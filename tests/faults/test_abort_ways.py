"""An abort that comes too late touches nobody; one whose line cannot be written goes another way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amn_tui.aborting import abort_run
from amn_tui.run import process
from amn_tui.run.folder import write_whole
from amn_tui.run.guard_events import ProcessIdentity, RunEnded, TrainerStarted
from amn_tui.run.liveness import read_guard_state
from amn_tui.run.outcome import ExitCode
from amn_tui.run.process import identify
from amn_tui.run.session import read_run
from checks.jsonl import encode_line
from tests.faults.small_disk import USER
from tests.real import AMN_TUI

WaitUntil = Callable[[Callable[[], object]], None]
Happened = Callable[[str], None]
pytestmark = pytest.mark.slow


@pytest.fixture
def nobody_is_signalled(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(identity: ProcessIdentity, number: signal.Signals) -> None:
        pytest.fail(f"{number.name} was sent to {identity.pid}")

    monkeypatch.setattr(process, "send_signal", send)
    monkeypatch.setattr("amn_tui.run.stop_request.send_signal", send)


@pytest.mark.fault(23)
@pytest.mark.usefixtures("nobody_is_signalled")
def test_an_abort_after_the_end_sends_nothing_and_says_so(
    launch: Any, capsys: pytest.CaptureFixture[str], happened: Happened
) -> None:
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    assert guard.wait(30) == ExitCode.COMPLETED
    before = folder.path.stat().st_mtime_ns
    assert abort_run(folder.path, "") == ExitCode.LOST
    said = capsys.readouterr().err
    assert "already ended: COMPLETED: exit code 0 after epoch 1" in said
    assert folder.path.stat().st_mtime_ns == before  # and nothing is written
    happened(said.strip()[-80:])


@pytest.mark.fault(23)
@pytest.mark.usefixtures("nobody_is_signalled")
def test_a_number_that_another_process_has_now_is_not_signalled(
    launch: Any, capsys: pytest.CaptureFixture[str], happened: Happened
) -> None:
    folder, guard = launch("say(1, 1, val_cosine=0.5)")
    guard.wait(30)
    folder.guard_log.unlink()  # nobody saw the end
    with subprocess.Popen(["sleep", "1000"]) as stranger:
        me, state = identify(stranger.pid), read_guard_state(folder)
        assert me is not None
        assert state is not None
        earlier = replace(me, start_ticks=me.start_ticks - 1)
        write_whole(folder.guard_state, encode_line(replace(state, guard=earlier, trainer=earlier)))
        assert abort_run(folder.path, "") == ExitCode.LOST
        assert stranger.poll() is None
        stranger.kill()
    happened(capsys.readouterr().err.strip()[-60:])


@pytest.mark.fault(23)
def test_an_abort_in_the_moment_of_the_end_is_one_or_the_other(
    tmp_path: Path, request: pytest.FixtureRequest, wait_until: WaitUntil, happened: Happened
) -> None:
    launch_class, ends = type(request.getfixturevalue("launch")), []
    for count in range(5):
        (tmp_path / str(count)).mkdir()
        launch = launch_class(tmp_path / str(count))
        try:
            folder, guard = launch("signal.signal(10, lambda *_: sys.exit(0)); say(1, 1, val_cosine=0.5); idle()")
            wait_until(lambda folder=folder: read_run(folder.path).curve.epochs)
            (started,) = launch.read_events(TrainerStarted)
            os.kill(started.trainer.pid, signal.SIGUSR1)
            launch.abort()
            assert guard.wait(30) in (ExitCode.COMPLETED, ExitCode.STOPPED_BY_OPERATOR)
            (ended,) = launch.read_events(RunEnded)
            assert ended.survivors == ()
            assert ended.exit_code == 0 or ended.signal == "SIGTERM"
            ends.append(str(ended.outcome))
        finally:
            launch.close()
    happened(", ".join(ends))


READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'


def see_read_only(folder: Path, *argv: str) -> list[str]:
    """Return a command that runs `argv` where the folder is mounted read-only; skips the test where that cannot be."""
    command = ["unshare", "-m", *USER, "--propagation", "private", "sh", "-c", READ_ONLY, "sh", str(folder)]
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"needs unshare -m: {tried.stderr.strip()}")
    return [*command, *argv]


ASK_AS_THE_SCREEN_DOES = """
import pathlib, sys, time
from amn_tui.run.folder import RunFolder
from amn_tui.run.session import read_run
from amn_tui.ui.requests import Requests
path = pathlib.Path(sys.argv[1])
print(Requests(RunFolder(path), "ann", time.time).abort(read_run(path)))
"""


@pytest.mark.fault(24)
@pytest.mark.parametrize("screen", [False, True])
def test_a_run_in_a_folder_that_is_read_only_is_stopped_by_signals(
    launch: Any, wait_until: WaitUntil, screen: bool, happened: Happened
) -> None:
    folder, guard = launch("say(1, val_cosine=0.5); idle()")
    wait_until(lambda: read_run(folder.path).curve.epochs)
    program = [sys.executable, "-c", ASK_AS_THE_SCREEN_DOES] if screen else [*AMN_TUI, "abort"]
    argv = see_read_only(folder.path, *program, str(folder.path))
    asked = subprocess.run(argv, capture_output=True, text=True, check=False)
    said = asked.stdout if screen else asked.stderr
    assert asked.returncode == (0 if screen else ExitCode.STOPPED_BY_OPERATOR), asked.stderr
    assert "control.jsonl cannot be written (Read-only file system); " in said
    assert f"sent SIGTERM to the guard, pid {guard.pid}" in said
    assert guard.wait(30) == ExitCode.STOPPED_BY_OPERATOR
    assert launch.list_members() == []
    happened(said.strip().rpartition("jsonl ")[2])
